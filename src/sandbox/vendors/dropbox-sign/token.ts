import { basicCredentials, json, randomText } from '../../machinery/fake.ts'
import {
  type Fields,
  findByBody,
  type Granted,
  redeem,
  refuseWith,
  type TokenPage,
} from '../../machinery/oauth-token-request.ts'
import type { Received } from '../../machinery/request.ts'
import { readBody } from '../../machinery/request-body.ts'
import type { Refuse } from '../../machinery/strict-request.ts'
import type { DropboxSignClient, DropboxSignState, DropboxSignSwitches } from './state.ts'

/**
 * The token endpoint: developer.hellosign.com/docs/guides/o-auth/token-refresh and the OpenAPI file. The error codes are
 * those measured at the live endpoint: `invalid_request` for a client or code, `invalid_grant` for a refresh token.
 */
export async function answerToken(state: DropboxSignState, request: Received): Promise<Response> {
  const { switches, clients, now } = state
  const page = tokenPage(switches)
  const { malformed } = page
  const isRefreshUrl = /^\?refresh=?$/.test(request.url.search)
  if (request.url.search !== '' && !isRefreshUrl) {
    throw malformed('the token endpoint takes no query but ?refresh: everything goes into the body')
  }
  const fields = await readBody(request, switches.tokenEncoding, malformed)
  for (const name of switches.alsoAccepts.token) fields.delete(name)
  checkUrl(fields, isRefreshUrl, switches, malformed)
  const client = findByBody(clients, fields, malformed, malformed)
  checkHeader(client, request.headers.get('authorization'), malformed)
  const granted = await redeem(state, page, client.clientId, fields)
  return json(200, tokens(state, granted, now()), NO_STORE)
}

function tokenPage({ errors, stateInExchange }: DropboxSignSwitches): TokenPage {
  const refuse = refuseWith((error, reason) =>
    errors === 'nested'
      ? json(400, { error: { error_msg: reason, error_name: 'bad_request' } }, NO_STORE)
      : json(errors === 'in-200' ? 200 : 400, { error, error_description: reason }, NO_STORE),
  )
  const malformed = refuse('invalid_request')
  const lenient = stateInExchange === 'lenient'
  const exchange = ['client_id', 'client_secret', 'code']
  return {
    fields: {
      authorization_code: lenient ? exchange : [...exchange, 'state'],
      refresh_token: ['client_id', 'client_secret', 'refresh_token'],
    },
    optional: lenient ? ['state'] : [],
    malformed,
    unsupported: refuse('unsupported_grant_type'),
    badCode: malformed,
    badRefreshToken: refuse('invalid_grant'),
    fits({ state }, fields) {
      const given = fields.get('state')
      if (given !== undefined && given !== state) throw malformed('state is not the one of the authorization request')
    },
  }
}

/** A refresh goes to the URL with `?refresh`, and nothing else does. */
function checkUrl(fields: Fields, isRefreshUrl: boolean, { refreshUrl }: DropboxSignSwitches, malformed: Refuse): void {
  const isRefresh = fields.get('grant_type') === 'refresh_token'
  if (isRefreshUrl && !isRefresh) throw malformed('only a refresh goes to /oauth/token?refresh')
  if (isRefresh && !isRefreshUrl && refreshUrl === 'query') {
    throw malformed('a refresh goes to /oauth/token?refresh, not to /oauth/token')
  }
}

/** The reference's "Basic" header carries an API key as user name and no password, never the client's credentials. */
function checkHeader(client: DropboxSignClient, header: string | null, malformed: Refuse): void {
  const { apiKey, clientId, clientSecret } = client
  if (header === null) return
  if (header === `Basic ${basicCredentials(clientId, clientSecret)}`) {
    throw malformed('client_id and client_secret belong into the body: Basic is for an API key and an empty password')
  }
  if (apiKey === undefined) throw malformed('there is an Authorization header, but no API key is known of this app')
  if (header !== `Basic ${basicCredentials(apiKey, '')}`) {
    throw malformed("the Authorization header is not Basic base64(apiKey + ':')")
  }
}

/** The answer, with the documented fields in the schema's order. */
function tokens({ switches, grants }: DropboxSignState, granted: Granted, now: number): object {
  const { grant, refreshToken, state } = granted
  const { accessLifetime, expiresIn } = switches
  const accessToken = randomText(48)
  grants.enterAccessToken(accessToken, grant, accessLifetime)
  return {
    access_token: accessToken,
    token_type: 'Bearer',
    refresh_token: refreshToken,
    expires_in: expiresIn === 'epoch' ? Math.floor(now / 1000) + accessLifetime : accessLifetime,
    state: state ?? null,
  }
}

const NO_STORE = { 'Cache-Control': 'no-store' }
