import { isToken } from './answer.ts'
import { authenticateClient } from './client-authentication.ts'
import { EsignAuthError } from './errors.ts'
import type { Registration } from './registration.ts'
import type { TokenSet } from './token-set.ts'
import type { HttpRequest } from './transport.ts'
import type { TokenEncoding } from './vendor.ts'

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

/**
 * The request that revokes a token at the vendor: RFC 7009 §2.1 with the client authentication of token requests, or
 * what the vendor has in its place.
 *
 * @throws EsignAuthError `unsupported` when the vendor publishes no revocation endpoint, `invalid_argument` without a token.
 */
export function revocationRequest(
  registration: Registration,
  { access_token, refresh_token, vendor_state }: Pick<TokenSet, 'access_token' | 'refresh_token' | 'vendor_state'>,
): HttpRequest {
  const { vendor, revocation } = registration
  const { endpoints } = registration.at(vendor_state)
  if (!endpoints.revocation) {
    throw new EsignAuthError(
      'unsupported',
      vendor,
      'the vendor publishes no way to revoke a token. Forget the tokens on your side; the user can withdraw the app in the account settings. If you know an address, give it as `endpoints.revocation`.',
    )
  }
  const { method = 'POST', place = 'form', credentials = registration.token.credentials, hint = true } = revocation
  const hinted = refresh_token && revocation.token !== 'access_token' ? 'refresh_token' : 'access_token'
  const token = hinted === 'refresh_token' ? refresh_token : access_token
  if (!isToken(token)) {
    throw new EsignAuthError('invalid_argument', vendor, 'there is no token to revoke. Nothing was sent.')
  }
  if (place === 'bearer') {
    const headers = { accept: 'application/json', authorization: `Bearer ${token}` }
    return { method, url: endpoints.revocation, headers, secrets: [token] }
  }
  const proof = authenticateClient(credentials, registration.clientId, registration.clientSecret)
  const fields = { ...proof.fields, token, ...(hint ? { token_type_hint: hinted } : {}) }
  const secrets = [...proof.secrets, token]
  if (place !== 'query') return { ...post(endpoints.revocation, fields, place, { ...proof, secrets }), method }
  const url = new URL(endpoints.revocation)
  for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, value)
  return { method, url: url.href, headers: { ...proof.headers, accept: 'application/json' }, secrets }
}

function post(
  url: string,
  fields: Readonly<Record<string, string>>,
  encoding: TokenEncoding,
  { headers, secrets }: { headers: Readonly<Record<string, string>>; secrets: readonly string[] },
): HttpRequest {
  const { contentType, body } = encode(fields, encoding)
  return {
    method: 'POST',
    url,
    headers: { ...headers, accept: 'application/json', 'content-type': contentType },
    body,
    secrets: [...new Set(secrets)],
  }
}

function encode(
  fields: Readonly<Record<string, string>>,
  encoding: TokenEncoding,
): { contentType: string; body: string } {
  switch (encoding) {
    case 'form':
      return { contentType: 'application/x-www-form-urlencoded', body: new URLSearchParams(fields).toString() }
    case 'json':
      return { contentType: 'application/json', body: JSON.stringify(fields) }
    case 'multipart':
      return multipart(fields)
  }
}

/** multipart/form-data (RFC 7578), with a boundary that occurs in no value. */
function multipart(fields: Readonly<Record<string, string>>): { contentType: string; body: string } {
  let boundary = 'esign-auth'
  const text = Object.values(fields).join('\n')
  while (text.includes(boundary)) boundary += '-x'
  const quote = (name: string) => name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
  const parts = Object.entries(fields).map(
    ([name, value]) => `--${boundary}\r\ncontent-disposition: form-data; name="${quote(name)}"\r\n\r\n${value}\r\n`,
  )
  return { contentType: `multipart/form-data; boundary=${boundary}`, body: `${parts.join('')}--${boundary}--\r\n` }
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}
