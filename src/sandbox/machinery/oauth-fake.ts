import { type Brand, type FakeControls, randomText, type SandboxUser } from './fake.ts'
import { createFaults, type FaultQueue } from './faults.ts'
import { createGrants, type Grants } from './grants.ts'

/** What every fake of an OAuth vendor lets a test do. */
export interface OAuthFake<Client extends FakeClient, Switches extends OAuthSwitches> extends FakeControls {
  /** A client that is registered from the start. It has no redirect URI yet: push yours. */
  readonly client: Client
  readonly switches: Switches
  /** Adds a client and returns it. What is not given is made up. Throws if the id is taken. */
  register(client?: Partial<Client>): Client
  /** Lets every access token expire now. Refresh tokens stay good. */
  expireAccessTokens(): void
  /** Ends all access of a user's tokens, as when the user revokes it at the vendor. */
  revokeUser(id: string): void
}

/** A client as every vendor knows it. */
export interface FakeClient {
  readonly clientId: string
  readonly clientSecret: string
  /** Compared letter by letter. Push to register one more. */
  readonly redirectUris: string[]
  /** How the consent page names it. Default: the host of the redirect URI. */
  readonly name: string | undefined
}

/** What every vendor's pages leave open, or what other servers do. */
export interface OAuthSwitches {
  /** What becomes of `state` on the callback. Default `'echo'`. */
  stateEcho: 'echo' | 'drop' | 'alter'
  /** Whether PKCE (S256) is understood. Default false: each of its parameters is refused, since no page names one. */
  pkce: boolean
  /**
   * Parameters accepted, and ignored, beside the documented ones, e.g. `scope` at authorize, or `redirect_uri` in the
   * token request. Default none.
   */
  readonly alsoAccepts: { readonly authorize: string[]; readonly token: string[] }
  /** Life of a code, in seconds. */
  codeLifetime: number
  /** Life of an access token, in seconds. */
  accessLifetime: number
  /** Life of a refresh token, in seconds. */
  refreshLifetime: number
  /** `'always'`: a refresh spends the refresh token it used and brings a new one. Default `'never'`. */
  rotation: 'never' | 'always'
  /** With rotation: whether a spent refresh token that is used again ends the whole grant. Default false. */
  reuseDetection: boolean
  /** With rotation: how long a spent refresh token is still accepted, in milliseconds. Default 0. */
  graceMs: number
}

/** What the endpoints of one fake share. */
export interface OAuthState<
  Client extends FakeClient = FakeClient,
  Switches extends Readonly<OAuthSwitches> = OAuthSwitches,
> {
  readonly clients: ReadonlyMap<string, Client>
  readonly switches: Switches
  readonly grants: Grants
  readonly now: () => number
}

/** What one vendor begins with. */
export interface Beginning<Client extends FakeClient, Switches extends OAuthSwitches> {
  readonly brand: Brand
  readonly switches: Switches
  readonly users: SandboxUser[]
  /** A client from what every vendor knows of one and what was given. */
  complete(common: FakeClient, given: Partial<Client>): Client
}

/** The handle that tests hold, and what is behind it. */
export interface OAuthParts<Client extends FakeClient, Switches extends OAuthSwitches> {
  readonly fake: OAuthFake<Client, Switches>
  readonly state: OAuthState<Client, Switches>
  readonly faults: FaultQueue
}

/** A fake with one client, whose secret shows each mistake of encoding. */
export function createOAuthFake<Client extends FakeClient, Switches extends OAuthSwitches>(
  { brand, switches, users, complete }: Beginning<Client, Switches>,
  now: () => number,
): OAuthParts<Client, Switches> {
  const faults = createFaults()
  const grants = createGrants(now)
  const clients = new Map<string, Client>()

  const add = (client: Client): Client => {
    const { clientId } = client
    if (clients.has(clientId)) throw new TypeError(`${brand.name}: the client ${clientId} is registered already`)
    clients.set(clientId, client)
    return client
  }

  const register = (given: Partial<Client> = {}): Client => {
    const common = {
      clientId: given.clientId ?? crypto.randomUUID().replaceAll('-', '').slice(0, 26),
      clientSecret: given.clientSecret ?? randomText(38),
      redirectUris: given.redirectUris ?? [],
      name: given.name,
    }
    return add(complete(common, given))
  }

  const first: FakeClient = {
    clientId: `sandbox0${brand.name.toLowerCase().replace(/\W/g, '')}0client0`,
    clientSecret: 'sandbox+secret/100%2Fnot:for=production+0123456789',
    redirectUris: [],
    name: undefined,
  }
  const fake: OAuthFake<Client, Switches> = {
    client: add(complete(first, {})),
    switches,
    users,
    faults,
    register,
    expireAccessTokens: () => grants.expireAccessTokens(),
    revokeUser: grants.revokeUser,
  }
  return { fake, state: { clients, switches, grants, now }, faults }
}

/** The switches every vendor begins with, beside its own lifetimes. */
export function openSwitches(): Omit<OAuthSwitches, 'codeLifetime' | 'accessLifetime' | 'refreshLifetime'> {
  return {
    stateEcho: 'echo',
    pkce: false,
    alsoAccepts: { authorize: [], token: [] },
    rotation: 'never',
    reuseDetection: false,
    graceMs: 0,
  }
}
