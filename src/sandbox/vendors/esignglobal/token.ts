import { json, randomText } from '../../machinery/fake.ts'
import type { Grant } from '../../machinery/grants.ts'
import { findByBody, type Granted, redeem, refuseWith, type TokenPage } from '../../machinery/oauth-token-request.ts'
import type { Received } from '../../machinery/request.ts'
import { readBody } from '../../machinery/request-body.ts'
import type { Refuse } from '../../machinery/strict-request.ts'
import { type EsignGlobalClient, type EsignGlobalState, type EsignGlobalSwitches, homeOf } from './state.ts'

/** The token endpoint: "oAuth Authorization" in the API reference, www.esignglobal.com/developer-center/api. */
export async function answerToken(state: EsignGlobalState, request: Received): Promise<Response> {
  const { switches, clients } = state
  const { page, badClient } = tokenPage(switches)
  const { malformed } = page
  if (request.url.search !== '') throw malformed('parameters in the URL are not processed: they go into the body')
  if (request.headers.has('authorization')) {
    throw malformed('there is an Authorization header, but client_id and client_secret belong into the body')
  }
  const fields = await readBody(request, switches.tokenEncoding, malformed)
  for (const name of switches.alsoAccepts.token) fields.delete(name)
  checkQuotes(fields, malformed)
  const client = findByBody(clients, fields, malformed, badClient)
  const { openapi } = homeOf(client)
  if (request.url.host !== openapi) throw badClient(`this app belongs to https://${openapi}`)
  const tokens = await answerOf(state, client, await redeem(state, page, client.clientId, fields))
  return json(200, switches.tokensInData ? { code: 0, message: 'success', data: tokens } : tokens, NO_STORE)
}

/** The error codes, of either shape, are ours: no page shows one. */
function tokenPage({ errors }: EsignGlobalSwitches): { readonly page: TokenPage; readonly badClient: Refuse } {
  const refuse = refuseWith((error, reason) =>
    errors === 'envelope'
      ? json(200, { code: 400, message: reason, data: null }, NO_STORE)
      : json(400, { error, error_description: reason }, NO_STORE),
  )
  const invalidGrant = refuse('invalid_grant')
  const credentials = ['client_id', 'client_secret']
  const page: TokenPage = {
    fields: {
      authorization_code: [...credentials, 'code'],
      refresh_token: [...credentials, 'refresh_token'],
      client_credentials: credentials,
    },
    malformed: refuse('invalid_request'),
    unsupported: refuse('unsupported_grant_type'),
    badCode: invalidGrant,
    badRefreshToken: invalidGrant,
  }
  return { page, badClient: refuse('invalid_client') }
}

/** The curl sample wraps its values in quotes, for the shell of its author. */
function checkQuotes(fields: ReadonlyMap<string, string>, malformed: Refuse): void {
  for (const [name, value] of fields) {
    if (/^".*"$/s.test(value)) throw malformed(`the value of "${name}" is wrapped in quotes`)
  }
}

/** The answer, with the documented fields in the page's order. */
async function answerOf(state: EsignGlobalState, client: EsignGlobalClient, granted: Granted): Promise<object> {
  const { grant, refreshToken } = granted
  const { token, seconds } = await accessToken(state, client, grant)
  return {
    access_token: token,
    expires_in: seconds,
    scope: grant.scope ?? 'read-write',
    token_type: state.switches.tokenType,
    refresh_token: refreshToken,
  }
}

async function accessToken(
  { switches, grants, sign, now }: EsignGlobalState,
  client: EsignGlobalClient,
  grant: Grant,
): Promise<{ readonly token: string; readonly seconds: number }> {
  const live = switches.shrinking ? grants.findLive(grant) : undefined
  if (live) return live
  const seconds = switches.accessLifetime
  const issued = Math.floor(now() / 1000)
  const sub = switches.accessToken === 'jwt' ? (grant.user?.id ?? client.clientId) : undefined
  const claims = { sub, appId: client.clientId, iat: issued, exp: issued + seconds, jti: crypto.randomUUID() }
  const token = switches.accessToken === 'opaque' ? randomText(96) : await sign(claims)
  grants.enterAccessToken(token, grant, seconds)
  return { token, seconds }
}

const NO_STORE = { 'Cache-Control': 'no-store' }
