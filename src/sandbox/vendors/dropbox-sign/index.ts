import type { SandboxUser, Vendor } from '../../machinery/fake.ts'
import { askPerson } from '../../machinery/oauth-authorize.ts'
import { createOAuthFake, type OAuthFake, openSwitches } from '../../machinery/oauth-fake.ts'
import { createUsers } from '../../machinery/users.ts'
import { noTokensHere, showAccount } from './api.ts'
import { authorizePage } from './authorize.ts'
import { API, APP, brand, type DropboxSignClient, type DropboxSignSwitches } from './state.ts'
import { answerToken } from './token.ts'

/**
 * A strict fake of Dropbox Sign (formerly HelloSign), written from the vendor's pages: the OAuth walkthrough
 * (developers.hellosign.com/docs/oauth/walkthrough), developer.hellosign.com/docs/guides/o-auth/token-refresh and the
 * OpenAPI file (github.com/hellosign/hellosign-openapi).
 */
export type DropboxSignFake = OAuthFake<DropboxSignClient, DropboxSignSwitches>

/** How to reach the fake; spread it into the options of a client or strategy. */
export interface DropboxSignAddress {
  readonly endpoints: {
    readonly authorization: string
    readonly token: string
    readonly refresh: string
    readonly userinfo: string
  }
  readonly api: string[]
  readonly allowLoopbackHttp: true
  readonly minRefreshAge: 0
}

/** The fake, for the engine. */
export function dropboxSign(now: () => number): Vendor<DropboxSignFake, never, DropboxSignAddress> {
  const switches: DropboxSignSwitches = {
    ...openSwitches(),
    callback: 'query',
    tokenEncoding: 'json',
    stateInExchange: 'required',
    refreshUrl: 'query',
    errors: 'oauth',
    refreshToken: 'same',
    expiresIn: 'seconds',
    accountScopes: true,
    codeLifetime: 3600,
    accessLifetime: 3600,
    refreshLifetime: Number.POSITIVE_INFINITY,
  }
  const users = createUsers().map(withAccountId)
  const { fake, state, faults } = createOAuthFake<DropboxSignClient, DropboxSignSwitches>(
    { brand, switches, users, complete: (common, { apiKey }) => ({ ...common, apiKey }) },
    now,
  )

  return {
    id: 'dropbox-sign',
    brand,
    hosts: [APP, API],
    routes: [
      {
        ...{ place: 'authorize', method: 'GET', hosts: [APP], path: '/oauth/authorize' },
        answer: (request) => askPerson(state, authorizePage, request),
      },
      {
        ...{ place: 'token', method: 'POST', hosts: [APP], path: '/oauth/token' },
        answer: (request) => answerToken(state, request),
      },
      { ...{ place: 'token', method: 'POST', hosts: [API], path: '/v3/oauth/token' }, answer: noTokensHere },
      {
        ...{ place: 'api', method: 'GET', hosts: [API], path: '/v3/account' },
        answer: (request) => showAccount(state, request),
      },
    ],
    options(base) {
      const token = `${base(APP)}/oauth/token`
      return {
        endpoints: {
          authorization: `${base(APP)}/oauth/authorize`,
          token,
          refresh: `${token}?refresh`,
          userinfo: `${base(API)}/v3/account`,
        },
        api: [base(API)],
        allowLoopbackHttp: true,
        minRefreshAge: 0,
      }
    },
    fake,
    faults,
  }
}

/** An account id is 40 hex characters in the vendor's samples. */
function withAccountId(user: SandboxUser): SandboxUser {
  const hex = user.id.replaceAll('-', '')
  return { ...user, id: hex + hex.slice(0, 8) }
}
