import { errorPage } from '../pages/consent-page.ts'
import { type Brand, type Consent, Refusal, type Return, type SandboxUser } from './fake.ts'
import type { Grant } from './grants.ts'
import type { FakeClient, OAuthState, OAuthSwitches } from './oauth-fake.ts'
import { pkceNames, readChallenge } from './pkce.ts'
import type { Received } from './request.ts'
import { checkNames, type Refuse, readQuery } from './strict-request.ts'

/** What one vendor's page says of the authorization request. */
export interface AuthorizePage<Client> {
  readonly brand: Brand
  /** Its names for the two parameters. */
  readonly clientId: string
  readonly redirectUri: string
  readonly required: readonly string[]
  readonly optional: readonly string[]
  /** What the app wants, as plain sentences. */
  asks(query: ReadonlyMap<string, string>): readonly string[]
  /** The hosts where an app may ask. Default: every host with this page. */
  home?(client: Client): readonly string[]
  /** Refuses what only this vendor refuses. */
  check?(
    asked: { client: Client; redirectUri: string; query: ReadonlyMap<string, string>; url: URL },
    refuse: Refuse,
  ): void
  /** What the grant depends on besides, once the person has approved. */
  grants?(user: SandboxUser, query: ReadonlyMap<string, string>): Pick<Grant, 'ends' | 'refreshable'>
  /** What the callback says in place of the code or error alone. */
  comeBack?(outcome: readonly ['code' | 'error', string], about: About<Client>): readonly Parameter[]
}

type Parameter = readonly [name: string, value: string]

/** Who came back, to which app. */
export interface About<Client> {
  readonly client: Client
  readonly user: SandboxUser | undefined
  readonly url: URL
}

/** The switches that matter here. */
export type AuthorizeSwitches = Readonly<OAuthSwitches> & {
  readonly callback?: 'query' | 'form_post' | 'bare'
  /** How long a grant lasts, however often it is refreshed, in seconds. Without it: for ever. */
  readonly authorizationLifetime?: number
}

/** Checks an authorization request by its vendor's page, and asks the person. */
export function askPerson<Client extends FakeClient>(
  { clients, switches, grants, now }: OAuthState<Client, AuthorizeSwitches>,
  page: AuthorizePage<Client>,
  request: Received,
): Consent {
  const refuse: Refuse = (reason) => new Refusal(reason, errorPage(page.brand, 400, reason))
  const query = readQuery(request, refuse)
  for (const name of switches.alsoAccepts.authorize) query.delete(name)
  checkNames(query, page.required, [...page.optional, ...pkceNames(switches)], refuse)
  if (page.required.includes('response_type') && query.get('response_type') !== 'code')
    throw refuse('response_type must be "code"')
  const id = query.get(page.clientId) ?? ''
  const client = clients.get(id)
  if (!client) throw refuse(`no client "${id}" is registered`)
  const home = page.home?.(client) ?? [request.url.host]
  if (!home.includes(request.url.host)) throw refuse(`this app belongs to https://${home.join(', https://')}`)
  const redirectUri = query.get(page.redirectUri) ?? client.redirectUris[0] ?? ''
  page.check?.({ client, redirectUri, query, url: request.url }, refuse)
  checkRedirectUri(client, redirectUri, page.redirectUri, refuse)

  const state = query.get('state')
  const asked = { redirectUri, state, challenge: readChallenge(query, refuse) }
  const { clientId } = client
  return {
    app: client.name,
    redirectUri,
    asks: page.asks(query),
    decide(user) {
      const ends = now() + (switches.authorizationLifetime ?? Number.POSITIVE_INFINITY) * 1000
      const own = user && page.grants?.(user, query)
      const grant = { clientId, user, scope: query.get('scope'), ends, ...own, revoked: false }
      const outcome: readonly ['code' | 'error', string] = user
        ? ['code', grants.issueCode(grant, asked, switches.codeLifetime)]
        : ['error', 'access_denied']
      const parameters = page.comeBack?.(outcome, { client, user, url: request.url }) ?? [outcome]
      return comeBack(switches, redirectUri, parameters, state)
    },
  }
}

function checkRedirectUri({ redirectUris }: FakeClient, redirectUri: string, name: string, refuse: Refuse): void {
  if (!redirectUris.includes(redirectUri)) {
    throw refuse(`redirect_mismatch: the ${name} "${redirectUri}" is not registered for this client`)
  }
  if (!URL.canParse(redirectUri) || redirectUri.includes('#')) {
    throw refuse(`the ${name} "${redirectUri}" is not an absolute URL without fragment`)
  }
}

/** No vendor's page shows a callback whole: beyond the code, error and state are those of RFC 6749. */
function comeBack(
  { stateEcho, callback }: AuthorizeSwitches,
  redirectUri: string,
  outcome: readonly Parameter[],
  state: string | undefined,
): Return {
  const parameters = callback === 'bare' ? [] : [...outcome]
  if (state !== undefined && stateEcho !== 'drop') {
    parameters.push(['state', stateEcho === 'alter' ? `${state}-altered` : state])
  }
  return { method: callback === 'form_post' ? 'POST' : 'GET', redirectUri, parameters }
}
