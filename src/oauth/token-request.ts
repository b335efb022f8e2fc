import { EsignAuthError } from './errors.ts'
import type { HttpRequest } from './http/exchange.ts'
import type { Registration } from './registration.ts'
import { post } from './request-body.ts'
import type { TokenSet } from './token-set.ts'

/** What a token request asks for, in the names of the wire. */
export type TokenGrant = {
  readonly params?: Readonly<Record<string, string>> | undefined
  /** What the vendor sent with this user's callback, see `TokenSet.vendor_state`. */
  readonly vendorState?: TokenSet['vendor_state']
} & (
  | {
      readonly grant_type: 'authorization_code'
      readonly code: string
      readonly redirect_uri?: string | undefined
      /** `null`: unknown here, left out also where the vendor's page names it. */
      readonly state?: string | null | undefined
      readonly code_verifier?: string | undefined
    }
  | { readonly grant_type: 'refresh_token'; readonly refresh_token: string; readonly scope?: string | undefined }
  | { readonly grant_type: 'client_credentials'; readonly scope?: string | undefined }
)

/**
 * The token request of a grant in the vendor's dialect. Pure: the same input gives the same bytes.
 *
 * @throws EsignAuthError `unsupported` when the vendor has no such grant, `invalid_argument` when a field is missing.
 */
export function tokenRequest(registration: Registration, grant: TokenGrant): HttpRequest {
  const { vendor, token, proof } = registration
  const names = token.fields[grant.grant_type]
  if (!names) throw new EsignAuthError('unsupported', vendor, `the vendor offers no grant of type ${grant.grant_type}.`)
  const { endpoints } = registration.at(grant.vendorState)

  const added = checkParams(registration, grant.params)
  const given: Readonly<Record<string, unknown>> = { ...grant }
  const before = fromBefore(registration, grant)
  const valueFor = (name: string) => given[name] ?? before[name]
  const fields: Record<string, string> = {}
  const write = (name: string) => {
    const value = valueFor(name)
    if (typeof value !== 'string' || value === '') {
      throw new EsignAuthError(
        'invalid_argument',
        vendor,
        `a token request of type ${grant.grant_type} needs ${name}, and it is missing or not text. Nothing was sent.`,
      )
    }
    fields[name] = value
  }
  // Of the code exchange, which tokens from elsewhere do not know.
  const unknown = grant.grant_type === 'refresh_token' && before['redirect_uri'] === undefined ? 'redirect_uri' : ''
  const untold = grant.grant_type === 'authorization_code' && grant.state === null ? 'state' : ''
  for (const name of names) if (name !== unknown && name !== untold) write(name)
  for (const optional of ['code_verifier', 'scope'] as const) {
    if (given[optional] !== undefined) write(optional)
  }
  const { code, refresh_token, code_verifier, state } = given
  const secret = [code, refresh_token, code_verifier, state].filter((value) => typeof value === 'string')
  const extraHeaders = lowerCase(registration.tokenHeaders(grant.grant_type))
  const url = grant.grant_type === 'refresh_token' ? (endpoints.refresh ?? endpoints.token) : endpoints.token
  return post(url, { ...registration.tokenParams, ...added, ...proof.fields, ...fields }, token.encoding, {
    headers: { ...extraHeaders, ...proof.headers },
    // What the caller adds may be a password or an API key.
    secrets: [
      proof.secrets,
      secret,
      registration.secrets,
      // Of `Basic abc=` also the part that counts.
      Object.values(extraHeaders).flatMap((value) => [value, value.slice(value.indexOf(' ') + 1)]),
      Object.values({ ...added, ...registration.tokenParams }),
    ].flat(),
  })
}

/** What a field holds where the grant itself does not say. */
function fromBefore(
  { clientId, scope }: Registration,
  { vendorState }: TokenGrant,
): Record<string, string | undefined> {
  return { client_id: clientId, scope, redirect_uri: vendorState?.['redirect_uri'] }
}

/** The caller's own fields for one request; one that is `undefined` counts as not given. */
function checkParams(
  { vendor, token }: Registration,
  params: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, string>> {
  const added: Record<string, string> = {}
  for (const [name, value] of Object.entries(params)) {
    if (value === undefined) continue
    const second = name === 'client_secret' && token.credentials !== 'body'
    if (typeof value !== 'string' || second) {
      const why = second ? 'would be a second proof of the client (RFC 6749 §2.3)' : 'is not text'
      throw new EsignAuthError('invalid_argument', vendor, `\`params.${name}\` ${why}. Nothing was sent.`)
    }
    added[name] = value
  }
  return added
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}
