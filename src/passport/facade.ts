import { createHash } from 'node:crypto'
import type { Client } from '../oauth/client.ts'
import { EsignAuthError } from '../oauth/errors.ts'
import type { TokenSet } from '../oauth/token-set.ts'
import { callBack } from './call-back.ts'
import { withBody } from './deliver-outcome.ts'
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
  getOAuthAccessToken(code: string, params: Readonly<Record<string, unknown>>, done: TokenAnswer): void
  get(url: string, accessToken: string, done: (error: unknown, body?: string, response?: unknown) => void): void
  /** A no-op: the bearer always goes into the header. */
  useAuthorizationHeaderforGET(use: boolean): void
  /** The `node:https` agent of all further requests, such as one through a corporate proxy. */
  setAgent(agent: object): void
}

/** A refresh answer is handed out again for so long, since a caller that comes just after still holds the old token. */
const keptMs = 10_000

/**
 * Stands in for node-oauth at `strategy._oauth2`, so that code written against it (passport-oauth2-refresh above all)
 * speaks the vendor's dialect without knowing. Its methods are closures: they work wherever they are copied to.
 */
export function createFacade(
  client: Client,
  customHeaders: Readonly<Record<string, string>>,
  setAgent: (agent: object) => void,
): OAuth2Facade {
  const kept = new Map<string, TokenSet>()
  const refresh = async (
    refresh_token: string,
    params: Readonly<Record<string, string>>,
    vendor_state: TokenSet['vendor_state'],
  ): Promise<TokenSet> => {
    const asked = JSON.stringify([refresh_token, params, vendor_state])
    const key = createHash('sha256').update(asked).digest('base64')
    const known = kept.get(key)
    if (known) return known
    const tokens = await client.refresh({ refresh_token, vendor_state }, { params })
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
      callBack(done, async (): Promise<[string, string | undefined, TokenParams]> => {
        // What verify got as `params.vendor_state`; a host in it is checked before anything is sent there.
        const { vendor_state, ...named } = given as { vendor_state?: TokenSet['vendor_state'] }
        const { grant_type, redirect_uri = '', code_verifier, state, ...params } = asText(named)
        const asked =
          grant_type === 'refresh_token'
            ? refresh(code, params, vendor_state)
            : client.exchangeCode({
                ...{ code, redirectUri: redirect_uri, codeVerifier: code_verifier, state, params },
                vendorState: vendor_state,
              })
        const tokens = await asked.catch(asNodeOAuth)
        return [tokens.access_token, tokens.refresh_token, tokenParams(tokens)]
      })
    },
    get(url, accessToken, done) {
      callBack(done, async (): Promise<[string]> => {
        const claims = await client.get({ access_token: accessToken }, url).catch(asNodeOAuth)
        return [JSON.stringify(claims)]
      })
    },
    useAuthorizationHeaderforGET() {},
    setAgent,
  }
  // passport-oauth2-refresh makes itself an object with `new facade.constructor(…)`, copies `getOAuthAccessToken` over,
  // and hands it to its user, who may call `setAgent`. Whatever arguments it gives, it is this client's.
  function StandIn() {}
  StandIn.prototype = facade
  Object.defineProperty(facade, 'constructor', { value: StandIn })
  return facade
}

/** Numbers and truth values as text, since node-oauth wrote them so; the client judges whatever else there is. */
export function asText(params: object | null | undefined): Record<string, string> {
  const text = (value: unknown) => (/^(number|bigint|boolean)$/.test(typeof value) ? String(value) : value)
  const entries = Object.entries(params ?? {}).map(([name, value]) => [name, text(value)])
  return Object.fromEntries(entries) as Record<string, string>
}

/** Throws what node-oauth's users look for: status and body beside the error. */
function asNodeOAuth(error: unknown): never {
  throw error instanceof EsignAuthError ? withBody(error) : error
}
