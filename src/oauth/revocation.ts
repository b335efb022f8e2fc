import { authenticateClient } from './client-authentication.ts'
import type { Asked } from './error-answer.ts'
import { refusal } from './error-answer.ts'
import { EsignAuthError } from './errors.ts'
import type { HttpAnswer, HttpRequest } from './http/exchange.ts'
import { readObject } from './json-object.ts'
import type { Registration } from './registration.ts'
import { post } from './request-body.ts'
import { isToken } from './token-answer.ts'
import type { TokenSet } from './token-set.ts'

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

/**
 * Reads the answer to a revocation (RFC 7009 §2.2): 200 with any body but an error means that the token is gone; so
 * do a 204, and an error among `done`.
 *
 * @throws EsignAuthError `oauth_error` or `http_error`; a 503 with `retryAfter` means the token still exists.
 */
export function readRevocationAnswer(answer: HttpAnswer, asked: Asked, done: readonly string[] = []): void {
  if (answer.status === 204) return
  const refused = refusal(answer, readObject(answer, asked.secrets), asked)
  if (refused && !done.includes(refused.oauth?.error ?? '')) throw refused
}
