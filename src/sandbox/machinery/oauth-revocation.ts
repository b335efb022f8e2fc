import { json, type Route } from './fake.ts'
import type { Grant } from './grants.ts'
import type { OAuthState } from './oauth-fake.ts'
import { oauthError } from './oauth-token-endpoint.ts'
import { findByBody, refuseWith } from './oauth-token-request.ts'
import { type EndpointLocation, unauthorized } from './oauth-vendor.ts'
import type { Received } from './request.ts'
import { checkNames, type Refuse, readForm, readQuery } from './strict-request.ts'

/** What one vendor's page says of revoking a token. */
export interface RevokePage {
  /** Where the token stands: a form, with the client's credentials or without; the query; or as bearer of a DELETE. */
  readonly place: 'client-form' | 'form' | 'query' | 'bearer'
  /** The error of a token that is unknown or was revoked before. Default: none, as in RFC 7009 §2.2. */
  readonly unknown?: string
  /** What the answer holds. Default: nothing. */
  readonly body?: object
  serves?(grant: Grant, request: Received, refuse: (error: string) => Refuse): void
  refusal?(error: string, reason: string): Response
}

/** A revocation endpoint: either token ends the whole grant. */
export function revokeRoute(place: EndpointLocation, state: OAuthState, page: RevokePage): Route {
  return {
    ...place,
    ...{ place: 'token', method: page.place === 'bearer' ? 'DELETE' : 'POST' },
    answer(request) {
      const refuse = refuseWith(page.refusal ?? oauthError)
      const token = readToken(state, page.place, request, refuse)
      const grant = state.grants.grantOf(token)
      if (grant) page.serves?.(grant, request, refuse)
      if (page.unknown && (!grant || grant.revoked)) throw refuse(page.unknown)('the token is unknown or was revoked')
      if (grant) grant.revoked = true
      return page.body ? json(200, page.body) : new Response(null, { status: 200 })
    },
  }
}

function readToken(
  { clients, grants }: OAuthState,
  place: RevokePage['place'],
  request: Received,
  refuse: (error: string) => Refuse,
): string {
  const malformed = refuse('invalid_request')
  const header = request.headers.get('authorization')
  if (place === 'bearer') {
    const [scheme, token] = (header ?? '').split(' ')
    if (scheme !== 'Bearer' || !token) throw unauthorized('the Authorization header must be "Bearer <access token>"')
    if (request.body.length > 0 || request.url.search !== '') throw malformed('this call takes neither body nor query')
    grants.findAccessToken(token, unauthorized)
    return token
  }
  if (header !== null) throw malformed('there is an Authorization header, but this call takes none')
  const credentials = place === 'client-form' ? ['client_id', 'client_secret'] : []
  const fields = place === 'query' ? readQuery(request, malformed) : readForm(request, malformed)
  if (place === 'query' ? request.body.length > 0 : request.url.search !== '') {
    throw malformed(`the token belongs into the ${place === 'query' ? 'query' : 'body'} and nowhere else`)
  }
  if (credentials.length > 0) findByBody(clients, fields, malformed, refuse('invalid_client'))
  checkNames(fields, ['token', ...credentials], [], malformed)
  return fields.get('token') ?? ''
}
