import { isToken, readJsonAnswer } from './answer.ts'
import { keptOf } from './captured.ts'
import { EsignAuthError } from './errors.ts'
import type { Registration } from './registration.ts'
import { IssuedTokens, MachineTokens, type TokenSet } from './token-set.ts'
import type { HttpAnswer, HttpRequest } from './transport.ts'

/** Claims: whatever the vendor tells of a user, unmapped. */
export type Claims = Readonly<Record<string, unknown>>

/**
 * Where a vendor's identity can be read, and under which names. A path such as `account.email_address` leads into
 * nested objects, `emails[0]` into a list, `accounts[is_default]` to the element of a list whose `is_default` is true,
 * or to its only one. The first path that holds something wins.
 */
export interface IdentitySource {
  readonly from: 'userinfo' | 'id_token' | 'access_token'
  /** Paths of the stable id, unique at the vendor. */
  readonly id: readonly string[]
  readonly email?: readonly string[]
  /** Paths of the display name; a list within the list is joined by spaces, empty parts dropped. */
  readonly name?: readonly (string | readonly string[])[]
  /** Paths of what is needed with the tokens ever after, by the names in `TokenSet.vendor_state`. */
  readonly keep?: Readonly<Record<string, readonly string[]>>
}

/**
 * The claims of OpenID Connect (Core §5.1) wherever they may stand: userinfo, where the caller knows an address, the
 * id_token, or an access token that is a JWT.
 */
export const openIdClaims: readonly IdentitySource[] = /* @__PURE__ */ (
  ['userinfo', 'id_token', 'access_token'] as const
).map((from) => ({ from, id: ['sub'], email: ['email'], name: ['name', ['given_name', 'family_name']] }))

/** Who signed in. */
export interface Identity {
  /** Stable and unique at the vendor, never empty. The key of a user is vendor and id together, never the e-mail. */
  readonly id: string
  /** Not verified unless `claims` say so in the vendor's words. */
  readonly email?: string | undefined
  readonly name?: string | undefined
  /** All that the vendor told. Claims of a JWT are read without a signature check, straight from the token endpoint. */
  readonly claims: Claims
  /** What the vendor said here and needs back with the tokens: add it to their `vendor_state` where you keep them yourself. */
  readonly vendorState?: TokenSet['vendor_state']
}

/** What a caller's `profile` gets to work with. */
export interface ProfileTools {
  /** GETs JSON from one of the vendor's API hosts, with the bearer token. A path counts from the first of them. */
  get(pathOrUrl: string): Promise<Claims>
}

/** The option `profile`: says who the tokens belong to. */
export type IdentityProfile = (tokens: TokenSet, tools: ProfileTools) => Promise<CallersIdentity> | CallersIdentity

/** What a `profile` returns; `id` may be a number, `claims` may be left out. */
export interface CallersIdentity {
  readonly id: string | number
  readonly email?: string | undefined
  readonly name?: string | undefined
  readonly claims?: Claims | undefined
  /** What is needed with the tokens ever after, such as the host of the account you choose; a host must be the vendor's. */
  readonly vendorState?: TokenSet['vendor_state']
}

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
  const { userinfo } = registration.at(tokens.vendor_state).endpoints
  if (profile) {
    const told = await profile(tokens, { get: (pathOrUrl) => getFromApi(registration, tokens, pathOrUrl, fetch, now) })
    const id = stableId(told?.id)
    if (id === undefined) throw unknown(registration, 'the option `profile` returned no id')
    const { email, name, claims = {} } = told
    return { id, email, name, claims, ...keep(vendor, told.vendorState ?? {}) }
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
      return { id, email, name: readName(claims, source.name ?? []), claims, ...kept }
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
  if (
    claims &&
    from === 'id_token' &&
    claims['aud'] !== undefined &&
    ![claims['aud']].flat().includes(registration.clientId)
  ) {
    throw new EsignAuthError(
      'invalid_answer',
      registration.vendor,
      'the id_token was made for another client. Nobody is signed in.',
      { sent: 'answered' },
    )
  }
  return claims
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
