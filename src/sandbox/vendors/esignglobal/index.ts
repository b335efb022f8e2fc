import type { Vendor } from '../../machinery/fake.ts'
import { createSigner } from '../../machinery/jwt.ts'
import { askPerson } from '../../machinery/oauth-authorize.ts'
import { createOAuthFake, type OAuthFake, openSwitches } from '../../machinery/oauth-fake.ts'
import { createUsers } from '../../machinery/users.ts'
import { authorizePage } from './authorize.ts'
import {
  ACCOUNT,
  ACCOUNT_SANDBOX,
  brand,
  type EsignGlobalClient,
  type EsignGlobalRegion,
  type EsignGlobalState,
  type EsignGlobalSwitches,
  homeOf,
  OPENAPI,
} from './state.ts'
import { answerToken } from './token.ts'

/**
 * A strict fake of eSignGlobal (eSign.AI), written from the vendor's pages: the guide to the authorization code flow and
 * "oAuth Authorization" of the API reference, www.esignglobal.com/developer-center/api. It has no API call, since no page
 * shows one that tells who the user is.
 */
export type EsignGlobalFake = OAuthFake<EsignGlobalClient, EsignGlobalSwitches>

/** How to reach the fake; spread it into the options of a client or strategy, whose region it brings along. */
export interface EsignGlobalAddress extends EsignGlobalSettings {
  readonly endpoints: { readonly authorization: string; readonly token: string }
  readonly api: string[]
  readonly allowLoopbackHttp: true
  readonly minRefreshAge: 0
}

/** Where the app belongs: to a region (default `'as1'`), or to the vendor's sandbox. */
export interface EsignGlobalSettings {
  readonly region?: EsignGlobalRegion
  readonly sandbox?: boolean
}

const TOKEN_PATH = '/esignglobal/v1/oauth2/accessToken'
const DAY = 86_400

/** The fake, for the engine. */
export function esignGlobal(now: () => number): Vendor<EsignGlobalFake, EsignGlobalSettings, EsignGlobalAddress> {
  const switches: EsignGlobalSwitches = {
    ...openSwitches(),
    callback: 'query',
    bothSpellings: false,
    tokenEncoding: 'multipart',
    tokenType: 'bearer',
    shrinking: false,
    refreshToken: 'new',
    refreshExpiry: 'extended',
    errors: 'oauth',
    tokensInData: false,
    accessToken: 'opaque',
    codeLifetime: 300,
    accessLifetime: 86_398,
    refreshLifetime: 30 * DAY,
    authorizationLifetime: 365 * DAY,
  }
  const parts = createOAuthFake<EsignGlobalClient, EsignGlobalSwitches>(
    {
      ...{ brand, switches, users: createUsers() },
      complete: (common, { region = 'as1', sandbox = false }) => ({ ...common, region, sandbox }),
    },
    now,
  )
  const state: EsignGlobalState = { ...parts.state, sign: createSigner('HS256') }
  const accounts = [ACCOUNT, ACCOUNT_SANDBOX]
  const openapis = Object.values(OPENAPI)

  return {
    id: 'esignglobal',
    brand,
    hosts: [...accounts, ...openapis],
    routes: [
      {
        ...{ place: 'authorize', method: 'GET', hosts: accounts, path: '/oauth' },
        answer: (request) => askPerson(state, authorizePage(switches), request),
      },
      {
        ...{ place: 'token', method: 'POST', hosts: openapis, path: TOKEN_PATH },
        answer: (request) => answerToken(state, request),
      },
    ],
    options(base, settings = {}) {
      const { region = 'as1', sandbox = false } = settings
      const { account, openapi } = homeOf({ region, sandbox })
      return {
        ...(sandbox ? settings : { ...settings, region }),
        endpoints: { authorization: `${base(account)}/oauth`, token: base(openapi) + TOKEN_PATH },
        api: [base(openapi)],
        allowLoopbackHttp: true,
        minRefreshAge: 0,
      }
    },
    fake: parts.fake,
    faults: parts.faults,
  }
}
