import { createHash } from 'node:crypto'
import type { Client } from '../core/client.ts'
import { EsignAuthError } from '../core/errors.ts'
import type { TokenSet } from '../core/token-set.ts'
import { withBody } from './outcome.ts'
import { type TokenParams, tokenParams } from './verify.ts'

/** How node-oauth's methods answer. */
export type TokenAnswer = (error: unknown, accessToken?: string, refreshToken?: string, results?: TokenParams) => void

/** What of node-oauth's `OAuth2` object other people's code uses on `strategy._oauth2`. */
export interface OAuth2Facade {
  readonly _clientId: string
  readonly _baseSite: string
  readonly _authorizeUrl: string
  readonly _accessTokenUrl: string
  readonly _customHeaders: Readonly<Record<string, string>>
  getOAuthAccessToken(code: string, params: Readonly<Record<string, string>>, done: TokenAnswer): void
  get(url: string, accessToken: string, done: (error: unknown, body?: string, response?: unknown) => void): void
  /** A no-op: the bearer always goes into the header. */
  useAuthorizationHeaderforGET(use: boolean): void
}

/** A refresh answer is handed out again for so long, since a caller that comes just after still holds the old token. */
const keptMs = 10_000

/**
 * Stands in for node-oauth at `strategy._oauth2`, so that code written against it (passport-oauth2-refresh above all)
 * speaks the vendor's dialect without knowing. Its methods are closures: they work wherever they are copied to.
 */
export function createFacade(client: Client, customHeaders: Readonly<Record<string, string>>): OAuth2Facade {
  const kept = new Map<string, TokenSet>()
  const refresh = async (refresh_token: string, params: Readonly<Record<string, string>>): Promise<TokenSet> => {
    const key = createHash('sha256').update(refresh_token).digest('base64')
    const known = kept.get(key)
    if (known) return known
    const tokens = await client.refresh({ refresh_token }, { params })
    if (!kept.has(key)) setTimeout(() => kept.delete(key), keptMs).unref()
    kept.set(key, tokens)
    return tokens
  }
  const facade: OAuth2Facade = {
    _clientId: client.clientId,
    _baseSite: '',
    _authorizeUrl: client.endpoints.authorization,
    _accessTokenUrl: client.endpoints.token,
    _customHeaders: customHeaders,
    getOAuthAccessToken(code, given, done) {
      const { grant_type, redirect_uri = '', code_verifier, state, ...params } = given ?? {}
      const asked =
        grant_type === 'refresh_token'
          ? refresh(code, params)
          : client.exchangeCode({ code, redirectUri: redirect_uri, codeVerifier: code_verifier, state, params })
      answer(
        asked,
        (tokens) => done(null, tokens.access_token, tokens.refresh_token, tokenParams(tokens)),
        (error) => done(error),
      )
    },
    get(url, accessToken, done) {
      answer(
        client.get({ access_token: accessToken }, url),
        (claims) => done(null, JSON.stringify(claims)),
        (error) => done(error),
      )
    },
    useAuthorizationHeaderforGET() {},
  }
  // passport-oauth2-refresh makes itself an object with `new facade.constructor(…)` and copies the method over.
  Object.defineProperty(facade, 'constructor', { value: StandIn })
  return facade
}

function StandIn(
  this: Record<string, unknown>,
  clientId: unknown,
  _clientSecret: unknown,
  baseSite: unknown,
  authorizeUrl: unknown,
  accessTokenUrl: unknown,
  customHeaders: unknown,
): void {
  Object.assign(this, {
    _clientId: clientId,
    _baseSite: baseSite,
    _authorizeUrl: authorizeUrl,
    _accessTokenUrl: accessTokenUrl,
    _customHeaders: customHeaders,
  })
}

/** Calls back outside of the promise, so that what a callback throws is its own exception, once. */
function answer<T>(asked: Promise<T>, done: (value: T) => void, failed: (error: unknown) => void): void {
  asked.then(
    (value) => process.nextTick(done, value),
    (error) => process.nextTick(failed, error instanceof EsignAuthError && error.oauth ? withBody(error) : error),
  )
}
