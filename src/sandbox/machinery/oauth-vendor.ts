import { type Brand, json, Refusal, type Route, type SandboxUser, type Vendor } from './fake.ts'
import type { Grant } from './grants.ts'
import { type AuthorizePage, type AuthorizeSwitches, askPerson } from './oauth-authorize.ts'
import type { FakeClient, OAuthFake, OAuthParts, OAuthState, OAuthSwitches } from './oauth-fake.ts'
import type { Received } from './request.ts'
import type { Refuse } from './strict-request.ts'

/** How to reach a fake by its vendor's own addresses; spread it into the options of a client or strategy. */
export type OriginsAddress<Settings = unknown> = Settings & {
  /** The base URL that stands for each of the vendor's origins. */
  readonly origins: Readonly<Record<string, string>>
  readonly allowLoopbackHttp: true
  readonly minRefreshAge: 0
}

/** A fake from its parts: where it lives, what it answers. */
export function vendorOf<Client extends FakeClient, Switches extends OAuthSwitches, Settings>(
  { id, brand, hosts }: { readonly id: string; readonly brand: Brand; readonly hosts: readonly string[] },
  { fake, faults }: OAuthParts<Client, Switches>,
  routes: readonly Route[],
): Vendor<OAuthFake<Client, Switches>, Settings, OriginsAddress<Settings>> {
  const options = (base: (host: string) => string, settings?: Settings) => ({
    ...(settings as Settings),
    origins: Object.fromEntries(hosts.map((host) => [`https://${host}`, base(host)])),
    allowLoopbackHttp: true as const,
    minRefreshAge: 0 as const,
  })
  return { id, brand, hosts, routes, options, fake, faults }
}

/** One address: hosts and path. */
export interface EndpointLocation {
  readonly hosts: readonly string[]
  readonly path: string
}

/** The parameters in RFC 6749's names, for pages that use them. */
export const plainNames = { clientId: 'client_id', redirectUri: 'redirect_uri' } as const

/** The authorize endpoint. */
export function authorizeRoute<Client extends FakeClient>(
  place: EndpointLocation,
  state: OAuthState<Client, AuthorizeSwitches>,
  page: AuthorizePage<Client>,
): Route {
  return { ...place, place: 'authorize', method: 'GET', answer: (request) => askPerson(state, page, request) }
}

/** An API call that shows something of the token's user. */
export function userRoute(
  place: EndpointLocation,
  { grants }: Pick<OAuthState, 'grants'>,
  show: (user: SandboxUser, about: { readonly grant: Grant; readonly request: Received }) => object,
  schemes: readonly string[] = ['Bearer'],
): Route {
  return {
    ...place,
    ...{ place: 'api', method: 'GET' },
    answer(request) {
      const { user, grant } = bearerOf(grants, request, schemes)
      if (request.url.search !== '') throw unauthorized('this call takes no query')
      return json(200, show(user, { grant, request }))
    },
  }
}

/** Who an API request comes from, by its Authorization header and nothing else. */
function bearerOf(
  grants: OAuthState['grants'],
  { headers }: Received,
  schemes: readonly string[],
): { readonly user: SandboxUser; readonly grant: Grant } {
  const [scheme = '', token] = (headers.get('authorization') ?? '').split(' ')
  if (!schemes.includes(scheme) || !token) {
    throw unauthorized(`the Authorization header must be "${schemes[0]} <access token>"`)
  }
  const grant = grants.findAccessToken(token, unauthorized)
  if (!grant.user) throw unauthorized('the access token belongs to nobody')
  return { user: grant.user, grant }
}

/** The answer of an API to a request it does not trust. */
export const unauthorized: Refuse = (reason) =>
  new Refusal(reason, json(401, { error: 'invalid_token', message: reason }))
