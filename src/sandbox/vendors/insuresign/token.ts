import { json, randomText } from '../../machinery/fake.ts'
import { type Granted, redeem, refuseWith, type TokenPage } from '../../machinery/oauth-token-request.ts'
import type { Received } from '../../machinery/request.ts'
import { type Refuse, readForm } from '../../machinery/strict-request.ts'
import { authenticate } from './client.ts'
import type { InsureSignState } from './state.ts'

/**
 * The token endpoint: docs-api-v2.insuresign.io/reference/access-token and the token refresh page. The pages give no
 * error format: status and codes are those of Amazon Cognito, which the server probably is.
 */
export async function answerToken(state: InsureSignState, request: Received): Promise<Response> {
  const { malformed } = page
  if (request.url.search !== '') throw malformed('the token endpoint takes no query: everything goes into the body')
  const form = readForm(request, malformed)
  for (const name of state.switches.alsoAccepts.token) form.delete(name)
  const client = authenticate(state, request, form, refuse('invalid_client'))
  if (form.get('client_id') !== client.clientId) {
    throw malformed('client_id must be in the body, and the same as in the Authorization header')
  }
  if (form.has('client_secret')) throw malformed('client_secret belongs into the Authorization header, not the body')
  const granted = await redeem(state, page, client.clientId, form)
  return json(200, await tokens(state, request.url.origin, granted), HEADERS)
}

const refuse = refuseWith((error, reason) => {
  // Says nothing but its code, as the vendor probably does: why, stands in the sandbox's log.
  const body = error === 'invalid_grant' ? { error } : { error, error_description: reason }
  return json(400, body, HEADERS)
})

const invalidGrant: Refuse = refuse('invalid_grant')

const page: TokenPage = {
  fields: {
    authorization_code: ['client_id', 'redirect_uri', 'code'],
    refresh_token: ['client_id', 'refresh_token'],
    client_credentials: ['client_id'],
  },
  malformed: refuse('invalid_request'),
  unsupported: refuse('unsupported_grant_type'),
  badCode: invalidGrant,
  badRefreshToken: invalidGrant,
  fits({ redirectUri }, fields) {
    if (fields.get('redirect_uri') === redirectUri) return
    throw invalidGrant(`redirect_uri is not the one of the authorization request, "${redirectUri}"`)
  },
}

/**
 * The answer, with the documented fields in the page's order: no refresh token on refresh, unless the `rotation` switch
 * plays another vendor; an `id_token` only where its switch is on.
 */
async function tokens(state: InsureSignState, issuer: string, { grant, refreshToken }: Granted): Promise<object> {
  const { switches, grants, sign, now } = state
  const { clientId, user } = grant
  const issued = Math.floor(now() / 1000)
  const common = { sub: user?.id ?? clientId, iss: issuer, iat: issued, exp: issued + switches.accessLifetime }
  const access = {
    ...common,
    client_id: clientId,
    username: user?.email,
    token_use: 'access',
    jti: crypto.randomUUID(),
  }
  const accessToken = switches.accessToken === 'jwt' ? await sign(access) : randomText(198)
  grants.enterAccessToken(accessToken, grant, switches.accessLifetime)
  return {
    access_token: accessToken,
    refresh_token: refreshToken,
    expires_in: switches.accessLifetime,
    token_type: 'Bearer',
    id_token:
      switches.idToken && user
        ? await sign({ ...common, aud: clientId, token_use: 'id', email: user.email, name: user.name })
        : undefined,
  }
}

/** The headers of the page's example. */
const HEADERS = {
  Pragma: 'no-cache',
  'X-XSS-Protection': '1; mode=block',
  Expires: '0',
  'X-Frame-Options': 'DENY',
  'X-Content-Type-Options': 'nosniff',
  'Content-Type': 'application/json;charset=UTF-8',
  'Strict-Transport-Security': 'max-age=31536000 ; includeSubDomains',
  'Cache-Control': 'no-cache, no-store, max-age=0, must-revalidate',
}
