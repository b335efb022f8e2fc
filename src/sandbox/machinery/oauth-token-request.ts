import { Refusal } from './fake.ts'
import type { Asked, Grant, RefreshPolicy } from './grants.ts'
import type { FakeClient, OAuthState, OAuthSwitches } from './oauth-fake.ts'
import { checkVerifier } from './pkce.ts'
import { checkNames, type Refuse } from './strict-request.ts'

/** The fields of a token request. */
export type Fields = ReadonlyMap<string, string>

/** What one vendor's page says of the token request. */
export interface TokenPage {
  /** The fields of each documented grant, all of them required. */
  readonly fields: {
    readonly authorization_code?: readonly string[]
    readonly refresh_token?: readonly string[]
    readonly client_credentials?: readonly string[]
  }
  /** The only grant, where requests do not name theirs. */
  readonly soleGrant?: 'authorization_code'
  /** Fields of the code exchange that may be left out. */
  readonly optional?: readonly string[]
  /** The same of a refresh. */
  readonly optionalInRefresh?: readonly string[]
  /** Its error for a request that is not as documented. */
  readonly malformed: Refuse
  readonly unsupported: Refuse
  readonly badCode: Refuse
  readonly badRefreshToken: Refuse
  /** Refuses an exchange that does not fit what was asked at the authorize endpoint. */
  fits?(asked: Asked, fields: Fields): void
  /** Refuses a grant that this request cannot serve, after its code or refresh token was found good. */
  serves?(grant: Grant, grantType: string): void
}

/** What is granted, and what of it the answer tells. */
export interface Granted {
  readonly grant: Grant
  /** Undefined where the answer has none. */
  readonly refreshToken: string | undefined
  /** The `state` of the authorization request that the code came from. */
  readonly state: string | undefined
}

/** Takes the code, refresh token or word of an authenticated client for what it is worth. */
export async function redeem(
  { switches, grants }: OAuthState<FakeClient, Readonly<OAuthSwitches> & RefreshPolicy>,
  page: TokenPage,
  clientId: string,
  fields: Fields,
): Promise<Granted> {
  const grantType = page.soleGrant ?? fields.get('grant_type')
  if (grantType === undefined) throw page.malformed('the parameter "grant_type" is missing')
  const documented = new Map(Object.entries(page.fields)).get(grantType)
  if (!documented) throw page.unsupported(`grant_type "${grantType}" is not documented`)
  const isCode = grantType === 'authorization_code'
  const pkce = switches.pkce ? ['code_verifier'] : []
  const optional = isCode ? [...(page.optional ?? []), ...pkce] : (page.optionalInRefresh ?? [])
  const named = page.soleGrant ? documented : ['grant_type', ...documented]
  checkNames(fields, named, optional, page.malformed)

  if (isCode) {
    const { grant, asked } = grants.spendCode(fields.get('code') ?? '', clientId, page.badCode)
    page.fits?.(asked, fields)
    page.serves?.(grant, grantType)
    await checkVerifier(fields.get('code_verifier'), asked.challenge, page.malformed, page.badCode)
    const refreshToken =
      grant.refreshable === false ? undefined : grants.issueRefreshToken(grant, switches.refreshLifetime)
    return { grant, refreshToken, state: asked.state }
  }
  if (grantType === 'refresh_token') {
    const token = fields.get('refresh_token') ?? ''
    const known = grants.grantOf(token)
    if (known?.clientId === clientId) page.serves?.(known, grantType)
    const { grant, next } = grants.useRefreshToken(token, clientId, switches, page.badRefreshToken)
    return { grant, refreshToken: next, state: undefined }
  }
  return { grant: { clientId, user: undefined, revoked: false }, refreshToken: undefined, state: undefined }
}

/** The client whose `client_id` and `client_secret` the body carries. */
export function findByBody<Client extends FakeClient>(
  clients: ReadonlyMap<string, Client>,
  fields: Fields,
  malformed: Refuse,
  badClient: Refuse,
): Client {
  for (const name of ['client_id', 'client_secret']) {
    if (!fields.get(name)) throw malformed(`the parameter "${name}" is missing`)
  }
  const id = fields.get('client_id') ?? ''
  const client = clients.get(id)
  if (!client) throw badClient(`no client "${id}" is registered`)
  if (fields.get('client_secret') !== client.clientSecret) throw badClient(`the secret of the client "${id}" is wrong`)
  return client
}

/** Makes refusals that are answered with what `answer` says of an error code and a reason. */
export function refuseWith(answer: (error: string, reason: string) => Response): (error: string) => Refuse {
  return (error) => (reason) => new Refusal(reason, answer(error, reason))
}
