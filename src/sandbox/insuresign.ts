import { type FakeControls, randomText, type Vendor } from './fake.ts'
import { createFaults } from './faults.ts'
import { createGrants } from './grants.ts'
import { listDocuments } from './insuresign-api.ts'
import { askPerson } from './insuresign-authorize.ts'
import {
  API,
  type Asked,
  brand,
  CURRENT,
  type InsureSignClient,
  type InsureSignState,
  type InsureSignSwitches,
  LEGACY,
} from './insuresign-state.ts'
import { answerToken } from './insuresign-token.ts'
import { createSigner } from './jwt.ts'
import { createUsers } from './users.ts'

/**
 * A strict fake of InsureSign (Formstack Sign), written from the vendor's pages:
 * docs-api-v2.insuresign.io/reference/authorization, /reference/access-token and the token refresh page.
 */
export interface InsureSignFake extends FakeControls {
  /** A client that is registered from the start. It has no redirect URI yet: push yours. */
  readonly client: InsureSignClient
  readonly switches: InsureSignSwitches
  /** Adds a client and returns it. What is not given is made up. Throws if the id is taken. */
  register(client?: Partial<InsureSignClient>): InsureSignClient
  /** Lets every access token expire now. Refresh tokens stay good. */
  expireAccessTokens(): void
  /** Ends all access of a user's tokens, as when the user revokes it at the vendor. */
  revokeUser(id: string): void
}

/** How to reach the fake; spread it into the options of a client or strategy. */
export interface InsureSignAddress {
  readonly endpoints: { readonly authorization: string; readonly token: string }
  readonly api: string[]
  readonly allowLoopbackHttp: true
}

/** For clients with legacy credentials: `legacy: true` gives the legacy host. Default false. */
export interface InsureSignSettings {
  readonly legacy?: boolean
}

/** The fake, for the engine. */
export function insureSign(now: () => number): Vendor<InsureSignFake, InsureSignSettings, InsureSignAddress> {
  const faults = createFaults()
  const grants = createGrants<Asked>(now)
  const fake: InsureSignFake = {
    client: {
      clientId: 'sandbox0insuresign0client0',
      clientSecret: 'sandbox+secret/100%2Fnot:for=production+0123456789',
      redirectUris: [],
      legacy: false,
      name: undefined,
    },
    switches: {
      stateEcho: 'echo',
      callback: 'query',
      pkce: false,
      bodyCredentials: false,
      alsoAccepts: { authorize: [], token: [] },
      accessToken: 'opaque',
      idToken: false,
      codeLifetime: 300,
      accessLifetime: 3600,
      refreshLifetime: Number.POSITIVE_INFINITY,
      rotation: 'never',
      reuseDetection: false,
      graceMs: 0,
    },
    users: createUsers(),
    faults,
    register(given = {}) {
      const client: InsureSignClient = {
        clientId: given.clientId ?? crypto.randomUUID().replaceAll('-', '').slice(0, 26),
        clientSecret: given.clientSecret ?? randomText(38),
        redirectUris: given.redirectUris ?? [],
        legacy: given.legacy ?? false,
        name: given.name,
      }
      if (clients.has(client.clientId))
        throw new TypeError(`InsureSign: the client ${client.clientId} is registered already`)
      clients.set(client.clientId, client)
      return client
    },
    expireAccessTokens: grants.expireAccessTokens,
    revokeUser: grants.revokeUser,
  }
  const clients = new Map([[fake.client.clientId, fake.client]])
  const state: InsureSignState = { clients, switches: fake.switches, grants, now, sign: createSigner() }

  return {
    id: 'insuresign',
    brand,
    hosts: [CURRENT, LEGACY, API],
    routes: [
      {
        ...{ place: 'authorize', method: 'GET', hosts: [CURRENT, LEGACY], path: '/oauth2/authorize' },
        answer: (request) => askPerson(state, request),
      },
      {
        ...{ place: 'token', method: 'POST', hosts: [CURRENT, LEGACY], path: '/oauth2/token' },
        answer: (request) => answerToken(state, request),
      },
      {
        ...{ place: 'api', method: 'GET', hosts: [API], path: '/my/documents' },
        answer: (request) => listDocuments(state, request),
      },
    ],
    options(base, { legacy = false } = {}) {
      const auth = base(legacy ? LEGACY : CURRENT)
      return {
        endpoints: { authorization: `${auth}/oauth2/authorize`, token: `${auth}/oauth2/token` },
        api: [base(API)],
        allowLoopbackHttp: true,
      }
    },
    fake,
    faults,
  }
}
