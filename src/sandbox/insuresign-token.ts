import { base64url, json, type Received, Refusal, randomText } from './fake.ts'
import type { Grant } from './grants.ts'
import { authenticate } from './insuresign-client.ts'
import type { Asked, InsureSignClient, InsureSignState } from './insuresign-state.ts'
import { checkNames, type Refuse, readForm } from './read.ts'

/**
 * The token endpoint: docs-api-v2.insuresign.io/reference/access-token and the token refresh page. The pages give no
 * error format: status and codes are those of Amazon Cognito, which the server probably is.
 */
export async function answerToken(state: InsureSignState, request: Received): Promise<Response> {
  if (request.url.search !== '') throw malformed('the token endpoint takes no query: everything goes into the body')
  const form = readForm(request, malformed)
  for (const name of state.switches.alsoAccepts.token) form.delete(name)
  const client = authenticate(state, request, form, refuseWith('invalid_client'))
  if (form.get('client_id') !== client.clientId) {
    throw malformed('client_id must be in the body, and the same as in the Authorization header')
  }
  if (form.has('client_secret')) throw malformed('client_secret belongs into the Authorization header, not the body')
  return json(200, await tokens(state, request.url.origin, await grantOf(state, client, form)), HEADERS)
}

type Form = ReadonlyMap<string, string>

/** What is granted, and the refresh token that comes with it. */
interface Granted {
  readonly grant: Grant
  readonly refreshToken: string | undefined
}

async function grantOf(state: InsureSignState, client: InsureSignClient, form: Form): Promise<Granted> {
  const grantType = form.get('grant_type')
  switch (grantType) {
    case 'authorization_code':
      return exchangeCode(state, client, form)
    case 'refresh_token':
      return refresh(state, client, form)
    case 'client_credentials':
      checkNames(form, ['grant_type', 'client_id'], [], malformed)
      return { grant: { clientId: client.clientId, user: undefined, revoked: false }, refreshToken: undefined }
    case undefined:
      throw malformed('the parameter "grant_type" is missing')
    default:
      throw refuseWith('unsupported_grant_type')(`grant_type "${grantType}" is not documented`)
  }
}

async function exchangeCode(
  { switches, grants }: InsureSignState,
  client: InsureSignClient,
  form: Form,
): Promise<Granted> {
  const names = ['grant_type', 'client_id', 'redirect_uri', 'code']
  checkNames(form, names, switches.pkce ? ['code_verifier'] : [], malformed)
  const { grant, asked } = grants.spendCode(form.get('code') ?? '', client.clientId, invalidGrant)
  if (form.get('redirect_uri') !== asked.redirectUri) {
    throw invalidGrant(`redirect_uri is not the one of the authorization request, "${asked.redirectUri}"`)
  }
  await checkVerifier(form.get('code_verifier'), asked)
  return { grant, refreshToken: grants.issueRefreshToken(grant, switches.refreshLifetime) }
}

/** PKCE, RFC 7636 section 4.6. */
async function checkVerifier(verifier: string | undefined, { challenge }: Asked): Promise<void> {
  if (!challenge && verifier === undefined) return
  if (!challenge) throw malformed('there is a code_verifier, but the authorization request had no code_challenge')
  if (verifier === undefined) throw malformed('the parameter "code_verifier" is missing')
  if (!/^[\w.~-]{43,128}$/.test(verifier)) throw malformed('code_verifier is not 43 to 128 unreserved characters')
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))
  if (base64url(new Uint8Array(digest)) !== challenge)
    throw invalidGrant('code_verifier does not fit the code_challenge')
}

/** No refresh token in the answer, as the page says, unless the `rotation` switch plays another vendor. */
function refresh({ switches, grants }: InsureSignState, client: InsureSignClient, form: Form): Granted {
  checkNames(form, ['grant_type', 'client_id', 'refresh_token'], [], malformed)
  const { grant, next } = grants.useRefreshToken(
    form.get('refresh_token') ?? '',
    client.clientId,
    switches,
    invalidGrant,
  )
  return { grant, refreshToken: next }
}

/** The answer, with the documented fields in the page's order; an `id_token` only where its switch is on. */
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

function refuseWith(error: string): Refuse {
  return (reason) => new Refusal(reason, json(400, { error, error_description: reason }, HEADERS))
}

const malformed = refuseWith('invalid_request')

/** Says nothing but its code, as the vendor probably does: why, stands in the sandbox's log. */
const invalidGrant: Refuse = (reason) => new Refusal(reason, json(400, { error: 'invalid_grant' }, HEADERS))

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
