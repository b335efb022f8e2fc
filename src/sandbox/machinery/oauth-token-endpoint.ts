import { findByBasic } from './basic-authentication.ts'
import { json, type Route, randomText } from './fake.ts'
import type { Grant } from './grants.ts'
import type { FakeClient, OAuthState, OAuthSwitches } from './oauth-fake.ts'
import { findByBody, redeem, refuseWith, type TokenPage } from './oauth-token-request.ts'
import type { EndpointLocation } from './oauth-vendor.ts'
import type { Received } from './request.ts'
import { type BodyEncoding, readBody } from './request-body.ts'
import type { Refuse } from './strict-request.ts'

/** What one vendor's page says of its token requests, all in RFC 6749's names. */
export interface TokenEndpoint<Client extends FakeClient> {
  /** Where a client proves itself, and nowhere else. */
  readonly credentials: 'basic' | 'body'
  readonly encodings: readonly BodyEncoding[]
  /** The fields beside `grant_type` and the client's credentials. */
  readonly fields: TokenPage['fields']
  readonly soleGrant?: TokenPage['soleGrant']
  readonly optional?: readonly string[]
  readonly optionalInRefresh?: readonly string[]
  /** The hosts that give a client its tokens. Default: every host with this page. */
  home?(client: Client): readonly string[]
  /** Whether a client has no secret. Default: none is so. */
  isPublic?(client: Client): boolean
  serves?(grant: Grant, grantType: string, request: Received, refuse: (error: string) => Refuse): void
  /** Whether a refresh ends the access tokens before it. */
  readonly refreshEndsAccess?: boolean
  /** The answer to an error. Default: status 400, in the words of RFC 6749 §5.2. */
  refusal?(error: string, reason: string): Response
  /** The answer; what is `undefined` in it is left out. */
  answer(issued: Issued): object | Promise<object>
}

/** What a token answer is made of. */
export interface Issued {
  readonly accessToken: string
  readonly refreshToken: string | undefined
  readonly seconds: number
  readonly grant: Grant
  /** The `state` of the authorization request that the code came from. */
  readonly state: string | undefined
  /** Epoch seconds. */
  readonly now: number
}

/** The token endpoint, or one that only refreshes. */
export function tokenRoute<Client extends FakeClient, Switches extends OAuthSwitches>(
  place: EndpointLocation,
  state: OAuthState<Client, Switches>,
  endpoint: TokenEndpoint<Client>,
): Route {
  return { ...place, place: 'token', method: 'POST', answer: (request) => answerToken(state, endpoint, request) }
}

async function answerToken<Client extends FakeClient>(
  state: OAuthState<Client>,
  endpoint: TokenEndpoint<Client>,
  request: Received,
): Promise<Response> {
  const { switches, grants, now } = state
  const refuse = refuseWith(endpoint.refusal ?? oauthError)
  const malformed = refuse('invalid_request')
  if (request.url.search !== '') throw malformed('parameters in the URL are not processed: they go into the body')
  const fields = await readBody(request, encodingOf(request, endpoint.encodings), malformed)
  for (const name of switches.alsoAccepts.token) fields.delete(name)
  const client = findClient(state, endpoint, request, fields, refuse)
  const home = endpoint.home?.(client) ?? [request.url.host]
  if (!home.includes(request.url.host)) throw refuse('invalid_client')(`this app belongs to https://${home.join(', ')}`)
  const isRefresh = fields.get('grant_type') === 'refresh_token'
  const page = pageOf(endpoint, client, request, refuse)
  const { grant, refreshToken, state: asked } = await redeem(state, page, client.clientId, fields)
  if (isRefresh && endpoint.refreshEndsAccess) grants.expireAccessTokens(grant)
  const accessToken = randomText(48)
  const seconds = switches.accessLifetime
  grants.enterAccessToken(accessToken, grant, seconds)
  const epoch = Math.floor(now() / 1000)
  const answer = await endpoint.answer({ accessToken, refreshToken, seconds, grant, state: asked, now: epoch })
  return json(200, answer, NO_STORE)
}

function findClient<Client extends FakeClient>(
  { clients }: OAuthState<Client>,
  { credentials, isPublic }: TokenEndpoint<Client>,
  { headers }: Received,
  fields: ReadonlyMap<string, string>,
  refuse: (error: string) => Refuse,
): Client {
  const malformed = refuse('invalid_request')
  const badClient = refuse('invalid_client')
  if (credentials === 'basic') {
    const twice = ['client_id', 'client_secret'].find((name) => fields.has(name))
    if (twice) throw malformed(`${twice} belongs into the Authorization header, not the body`)
    return findByBasic(clients, headers.get('authorization'), badClient)
  }
  if (headers.has('authorization')) {
    throw malformed('there is an Authorization header, but client_id and client_secret belong into the body')
  }
  const client = clients.get(fields.get('client_id') ?? '')
  return client && isPublic?.(client) ? client : findByBody(clients, fields, malformed, badClient)
}

/** The page as `redeem` reads it: the same fields, with the credentials where they stand in the body. */
function pageOf<Client extends FakeClient>(
  endpoint: TokenEndpoint<Client>,
  client: Client,
  request: Received,
  refuse: (error: string) => Refuse,
): TokenPage {
  const invalidGrant = refuse('invalid_grant')
  const secret = endpoint.isPublic?.(client) ? [] : ['client_secret']
  const proof = endpoint.credentials === 'body' ? ['client_id', ...secret] : []
  const { soleGrant, optional = [], optionalInRefresh = [] } = endpoint
  return {
    fields: Object.fromEntries(
      Object.entries(endpoint.fields).map(([grantType, names]) => [grantType, [...proof, ...names]]),
    ),
    ...(soleGrant && { soleGrant }),
    ...{ optional, optionalInRefresh, malformed: refuse('invalid_request') },
    ...{ unsupported: refuse('unsupported_grant_type'), badCode: invalidGrant, badRefreshToken: invalidGrant },
    fits({ redirectUri, state }, fields) {
      if (fields.has('state') && fields.get('state') !== state)
        throw invalidGrant('state is not the one of the authorization request')
      const given = fields.get('redirect_uri')
      if (given === undefined || given === redirectUri) return
      throw invalidGrant(`redirect_uri is not the one of the authorization request, "${redirectUri}"`)
    },
    serves: (grant, grantType) => endpoint.serves?.(grant, grantType, request, refuse),
  }
}

/** The documented encoding that a body claims to be in, or the one to refuse it by. */
function encodingOf({ headers }: Received, encodings: readonly BodyEncoding[]): BodyEncoding {
  const label = headers.get('content-type') ?? ''
  const claimed = encodings.find((each) => label.toLowerCase().startsWith(LABELS[each]))
  return claimed ?? encodings[0] ?? 'form'
}

const LABELS = {
  form: 'application/x-www-form-urlencoded',
  json: 'application/json',
  multipart: 'multipart/form-data',
} as const

/** An error in the words of RFC 6749 §5.2. */
export function oauthError(error: string, reason: string): Response {
  return json(400, { error, error_description: reason }, NO_STORE)
}

const NO_STORE = { 'Cache-Control': 'no-store' }

/** The common members of a token answer, in RFC 6749's names. */
export function plainAnswer({ accessToken, refreshToken, seconds }: Issued): {
  readonly access_token: string
  readonly token_type: string
  readonly expires_in: number
  readonly refresh_token: string | undefined
} {
  return { access_token: accessToken, token_type: 'Bearer', expires_in: seconds, refresh_token: refreshToken }
}
