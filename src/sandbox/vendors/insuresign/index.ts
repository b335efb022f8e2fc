import type { Vendor } from '../../machinery/fake.ts'
import { createSigner } from '../../machinery/jwt.ts'
import { askPerson } from '../../machinery/oauth-authorize.ts'
import { createOAuthFake, type OAuthFake, openSwitches } from '../../machinery/oauth-fake.ts'
import { createUsers } from '../../machinery/users.ts'
import { listDocuments } from './api.ts'
import { authorizePage } from './authorize.ts'
import {
  API,
  brand,
  CURRENT,
  type InsureSignClient,
  type InsureSignState,
  type InsureSignSwitches,
  LEGACY,
} from './state.ts'
import { answerToken } from './token.ts'

/**
 * A strict fake of InsureSign (Formstack Sign), written from the vendor's pages:
 * docs-api-v2.insuresign.io/reference/authorization, /reference/access-token and the token refresh page.
 */
export type InsureSignFake = OAuthFake<InsureSignClient, InsureSignSwitches>

/** How to reach the fake; spread it into the options of a client or strategy. */
export interface InsureSignAddress {
  readonly endpoints: { readonly authorization: string; readonly token: string }
  readonly api: string[]
  readonly allowLoopbackHttp: true
  readonly minRefreshAge: 0
}

/** For clients with legacy credentials: `legacy: true` gives the legacy host. Default false. */
export interface InsureSignSettings {
  readonly legacy?: boolean
}

/** The fake, for the engine. */
export function insureSign(now: () => number): Vendor<InsureSignFake, InsureSignSettings, InsureSignAddress> {
  const switches: InsureSignSwitches = {
    ...openSwitches(),
    callback: 'query',
    bodyCredentials: false,
    accessToken: 'opaque',
    idToken: false,
    codeLifetime: 300,
    accessLifetime: 3600,
    refreshLifetime: Number.POSITIVE_INFINITY,
  }
  const parts = createOAuthFake<InsureSignClient, InsureSignSwitches>(
    { brand, switches, users: createUsers(), complete: (common, { legacy = false }) => ({ ...common, legacy }) },
    now,
  )
  const state: InsureSignState = { ...parts.state, sign: createSigner('ES256') }

  return {
    id: 'insuresign',
    brand,
    hosts: [CURRENT, LEGACY, API],
    routes: [
      {
        ...{ place: 'authorize', method: 'GET', hosts: [CURRENT, LEGACY], path: '/oauth2/authorize' },
        answer: (request) => askPerson(state, authorizePage, request),
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
        minRefreshAge: 0,
      }
    },
    fake: parts.fake,
    faults: parts.faults,
  }
}
