import { keptOf } from './captured-host.ts'
import { EsignAuthError } from './errors.ts'
import type { HttpAnswer, HttpRequest } from './http/exchange.ts'
import type { Claims, Identity } from './identity.ts'
import { readJsonAnswer } from './json-answer.ts'
import { isNestedTooDeep } from './nesting.ts'
import type { Registration } from './registration.ts'
import { isToken } from './token-answer.ts'
import { IssuedTokens, MachineTokens, type TokenSet } from './token-set.ts'

/** The exchange, with its context filled in. */
export type Fetch = (request: HttpRequest) => Promise<HttpAnswer>

/**
 * Who the tokens belong to: the caller's `profile`, else the vendor's sources in their order.
 *
 * @throws EsignAuthError `identity_unknown` when nobody can tell; what a source's request throws.
 */
export async function identify(
  registration: Registration,
  tokens: TokenSet,
  fetch: Fetch,
  now: () => number,
): Promise<Identity> {
  const { vendor, profile } = registration
  const where = registration.region ? { region: registration.region } : {}
  const { userinfo } = registration.at(tokens.vendor_state).endpoints
  if (profile) {
    const told = await profile(tokens, { get: (pathOrUrl) => getFromApi(registration, tokens, pathOrUrl, fetch, now) })
    const id = stableId(told?.id)
    if (id === undefined) throw unknown(registration, 'the option `profile` returned no id')
    const { email, name, claims = {} } = told
    if (!isPlain(claims)) {
      throw invalid(registration, 'the option `profile` returned claims that JSON cannot hold, or that nest too deep')
    }
    return { id, ...where, email, name, claims, ...keep(vendor, told.vendorState ?? {}) }
  }
  for (const source of vendor.identity === 'none' ? [] : vendor.identity) {
    const claims =
      source.from === 'userinfo'
        ? userinfo && (await get(registration, tokens, userinfo, fetch, now))
        : claimsOf(registration, tokens, source.from)
    if (!claims) continue
    const id = firstOf(claims, source.id, stableId)
    if (id !== undefined) {
      const email = firstOf(claims, source.email ?? [], text)
      const found = Object.entries(source.keep ?? {}).map(([name, paths]) => [name, firstOf(claims, paths, stableId)])
      const kept = keep(vendor, Object.fromEntries(found))
      return { id, ...where, email, name: readName(claims, source.name ?? []), claims, ...kept }
    }
    // The vendor's own word on the user outweighs what the tokens may hold.
    if (source.from === 'userinfo') throw unknown(registration, 'the userinfo answer holds no id')
  }
  throw unknown(registration, 'nothing in the answer names the user')
}

function keep(vendor: Registration['vendor'], found: Claims): Pick<Identity, 'vendorState'> {
  const vendorState = keptOf(vendor, found)
  return Object.keys(vendorState).length === 0 ? {} : { vendorState }
}

/**
 * GETs JSON with the bearer token, only from the vendor's API hosts.
 *
 * @throws EsignAuthError `insecure_url` for any other host; nothing is sent then.
 */
export async function getFromApi(
  registration: Registration,
  tokens: Pick<TokenSet, 'access_token' | 'vendor_state'>,
  pathOrUrl: string,
  fetch: Fetch,
  now: () => number,
): Promise<Claims> {
  const { vendor } = registration
  const { api, endpoints } = registration.at(tokens.vendor_state)
  const [first] = api
  if (typeof pathOrUrl !== 'string' || pathOrUrl === '') {
    throw new EsignAuthError('invalid_argument', vendor, 'there is no path or URL to ask for. Nothing was sent.')
  }
  const url = URL.canParse(pathOrUrl, first) ? new URL(pathOrUrl, first) : undefined
  const userinfo = endpoints.userinfo && new URL(endpoints.userinfo).origin
  if (!url || !(api.includes(url.origin) || url.origin === userinfo)) {
    throw new EsignAuthError(
      'insecure_url',
      vendor,
      `a bearer token goes only to the vendor's API (${api.join(', ') || 'none is known'}). Give the option \`api\` if there is another host. Nothing was sent.`,
    )
  }
  return get(registration, tokens, url.href, fetch, now)
}

async function get(
  { vendor }: Registration,
  { access_token }: Pick<TokenSet, 'access_token'>,
  url: string,
  fetch: Fetch,
  now: () => number,
): Promise<Claims> {
  if (!isToken(access_token)) {
    throw new EsignAuthError('invalid_argument', vendor, 'there is no access token fit for a header. Nothing was sent.')
  }
  const secrets = [access_token]
  const answer = await fetch({
    method: 'GET',
    url,
    headers: { accept: 'application/json', authorization: `${vendor.apiScheme ?? 'Bearer'} ${access_token}` },
    secrets,
  })
  return readJsonAnswer(answer, { vendor, purpose: `the request for ${new URL(url).pathname}`, secrets, now: now() })
}

/** The claims of a JWT, unverified; only of tokens that came straight from the token endpoint. */
function claimsOf(registration: Registration, tokens: TokenSet, from: 'id_token' | 'access_token'): Claims | undefined {
  if (!(tokens instanceof IssuedTokens) || tokens instanceof MachineTokens) return undefined
  const claims = decodeClaims(tokens[from])
  if (!claims) return undefined
  if (isNestedTooDeep(claims)) throw invalid(registration, `the claims of the ${from} nest too deep`)
  const { aud } = claims
  if (from === 'id_token' && aud !== undefined && ![aud].flat().includes(registration.clientId)) {
    throw invalid(registration, 'the id_token was made for another client')
  }
  return claims
}

/** Whether a value can be kept and shown: hosts write claims as JSON. */
function isPlain(claims: Claims): boolean {
  try {
    if (isNestedTooDeep(claims)) return false
    JSON.stringify(claims)
    return true
  } catch {
    return false
  }
}

function invalid({ vendor }: Registration, why: string): EsignAuthError {
  return new EsignAuthError('invalid_answer', vendor, `${why}. Nobody is signed in.`, { sent: 'answered' })
}

function decodeClaims(jwt: string | undefined): Claims | undefined {
  const [, payload, signature] = jwt?.split('.') ?? []
  if (!payload || signature === undefined) return undefined
  try {
    const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0))
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Claims) : undefined
  } catch {
    return undefined
  }
}

/** An id that can be a user's key: text, or a whole number that lost nothing on its way through JSON. */
function stableId(value: unknown): string | undefined {
  return Number.isSafeInteger(value) ? String(value) : text(value)
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined
}

function firstOf<T>(claims: Claims, paths: readonly string[], read: (value: unknown) => T | undefined): T | undefined {
  for (const path of paths) {
    const value = read(at(claims, path))
    if (value !== undefined) return value
  }
  return undefined
}

function readName(claims: Claims, paths: readonly (string | readonly string[])[]): string | undefined {
  for (const path of paths) {
    const parts = [path].flat().flatMap((part) => text(at(claims, part)) ?? [])
    if (parts.length > 0) return parts.join(' ')
  }
  return undefined
}

function at(claims: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, step) => {
    const [, key = step, pick] = /^(.*)\[(\w+)\]$/.exec(step) ?? []
    return pick === undefined ? own(value, key) : element(own(value, key), pick)
  }, claims)
}

function own(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (value as Claims)[key] : undefined
}

function element(list: unknown, pick: string): unknown {
  if (!Array.isArray(list)) return undefined
  if (/^\d+$/.test(pick)) return list[Number(pick)]
  return list.length === 1 ? list[0] : list.find((each) => own(each, pick) === true)
}

function unknown({ vendor }: Registration, why: string): EsignAuthError {
  return new EsignAuthError(
    'identity_unknown',
    vendor,
    `who signed in is not known: ${why}. Give the option \`profile\`, which returns the user's stable id, or \`endpoints.userinfo\`.`,
  )
}
