import { createSend } from '#send'
import { type AuthorizationParams, authorizationUrls } from './authorization-url.ts'
import { type Callback, queryEntries, readCallback } from './callback.ts'
import type { ClientOptions } from './client-options.ts'
import type { Asked } from './error-answer.ts'
import { EsignAuthError } from './errors.ts'
import { exchange, type HttpRequest, type Send } from './http/exchange.ts'
import { createSend as createFetchSend } from './http/send-fetch.ts'
import { getFromApi, identify } from './identify.ts'
import type { Claims, Identity } from './identity.ts'
import { type Registration, register, type Spelling } from './registration.ts'
import { readRevocationAnswer, revocationRequest } from './revocation.ts'
import { createSealer, type Sealer } from './seal.ts'
import { createFlight } from './single-flight.ts'
import { readTokenAnswer } from './token-answer.ts'
import { type TokenGrant, tokenRequest } from './token-request.ts'
import { MachineTokens, type TokenSet } from './token-set.ts'
import type { Endpoints, Vendor } from './vendor.ts'

/** What a code is exchanged with. */
export interface CodeExchange {
  readonly code: string
  /** The one of the authorization URL. */
  readonly redirectUri: string
  readonly codeVerifier?: string | undefined
  /** The `state` of the callback, for vendors that want it repeated. `null` where a host does not tell: then it is left out. */
  readonly state?: string | null | undefined
  /** What {@link Client.readCallback} kept of the callback, for vendors that send more than a code. */
  readonly vendorState?: TokenSet['vendor_state']
  /** More fields for this request only. */
  readonly params?: Readonly<Record<string, string>> | undefined
}

/** One client at one vendor. Holds its secret in a closure: printing it shows none. */
export interface Client {
  readonly vendor: Vendor
  readonly clientId: string
  readonly endpoints: Endpoints
  /** Origins that may get a bearer token. */
  readonly api: readonly string[]
  /** The same for one user's tokens, where the vendor named a host that serves this user. */
  apiOf(tokens: Pick<TokenSet, 'vendor_state'>): readonly string[]
  /** The vendor's settings that choose among its hosts, as text: users of one region are unknown in another. */
  readonly region: string
  /** The `fetch` this client was given, or the global one: for API calls that stream. */
  readonly fetch: typeof globalThis.fetch
  /**
   * Seals what only this client's own processes shall read, with a key derived from `cookieSecret` or else from the client
   * secret. A public client without either seals what only this process shall read.
   */
  sealer(purpose: string): Sealer
  /** Milliseconds that a token must be old for a 401 of the API to refresh it. */
  readonly minRefreshAge: number
  /** Whether this client uses PKCE (S256). */
  readonly pkce: boolean
  /** Where to send the browser. Pure; keep `state` (and the PKCE verifier) bound to that browser until the callback. */
  authorizationUrl(params: AuthorizationParams): string
  /**
   * Reads the parameters of a callback strictly: those of its raw query or URL, or the fields of a posted form. Compare its
   * `state` with the one kept for this browser, and use that up, before you believe anything else of it.
   *
   * @throws EsignAuthError `callback_invalid`, `callback_incomplete` or `issuer_mismatch`.
   */
  readCallback(rawQueryOrForm: string | Readonly<Record<string, unknown>>): Callback
  /**
   * Exchanges a code for tokens. Callers that ask for the very same exchange at once share one request, since a code
   * used twice is a code stolen (RFC 6749 §4.1.2).
   */
  exchangeCode(exchange: CodeExchange): Promise<TokenSet>
  /**
   * New tokens for a refresh token; the old refresh token stays where no new one comes. Callers that hold the same
   * refresh token, and add the same `params`, share one request. Never repeated: whether a failed one may be,
   * `error.sent` tells.
   */
  refresh(
    tokens: Pick<TokenSet, 'refresh_token' | 'scope' | 'vendor_state'>,
    options?: {
      readonly params?: Readonly<Record<string, string>> | undefined
      /** Milliseconds for the whole exchange, in place of the client's. */
      readonly timeout?: number | undefined
    },
  ): Promise<TokenSet>
  /** Tokens for the app itself, without a user. */
  clientCredentials(options?: {
    readonly scope?: string | undefined
    /** Milliseconds for the whole exchange, in place of the client's. */
    readonly timeout?: number | undefined
  }): Promise<TokenSet>
  /**
   * Who the tokens belong to. Claims of JWTs count only when `tokens` are the very object that `exchangeCode` gave.
   *
   * @throws EsignAuthError `identity_unknown`
   */
  identify(tokens: TokenSet): Promise<Identity>
  /** GETs JSON from the vendor's API hosts with the bearer token; a path counts from the first of them. */
  get(tokens: Pick<TokenSet, 'access_token' | 'vendor_state'>, pathOrUrl: string): Promise<Claims>
  /**
   * Revokes the refresh token at the vendor, or the access token where there is no other.
   *
   * @throws EsignAuthError `unsupported` when the vendor publishes no way to.
   */
  revoke(tokens: Pick<TokenSet, 'access_token' | 'refresh_token' | 'vendor_state'>): Promise<void>
}

/**
 * A client of `vendor`. Nothing is sent and nothing is opened until a method asks for it.
 *
 * Every method rejects with an {@link EsignAuthError}.
 *
 * @throws TypeError with `code: 'invalid_option'` on a mistake in the options.
 */
export function createClient<S extends object>(
  vendor: Vendor<S>,
  options: ClientOptions & S,
  spelling?: Spelling,
): Client {
  const registration = register(vendor, options, spelling)
  const send = options.fetch ? createFetchSend({ fetch: options.fetch }) : createSend(options)
  return clientOf(registration, send, options.fetch)
}

function clientOf(registration: Registration, send: Send, callersFetch: typeof globalThis.fetch | undefined): Client {
  const { vendor, timeout, allowLoopbackHttp } = registration
  const speaking = { ...vendor, token: registration.token }
  const flight = createFlight<TokenSet>()
  const now = Date.now
  // Without a secret: a key that dies with this process, never one that others could make.
  const sealingSecret = registration.sealingSecret || crypto.randomUUID() + crypto.randomUUID()
  const sealers = new Map<string, Sealer>()
  const rememberRedirect = registration.token.fields.refresh_token?.includes('redirect_uri') === true
  const fetch = (request: HttpRequest, deadline = timeout) =>
    exchange(request, { vendor, send, timeout: deadline, allowLoopbackHttp })
  const ask = async (
    purpose: string,
    grant: TokenGrant,
    { previous, deadline }: { previous?: Asked['previous']; deadline?: number | undefined } = {},
  ): Promise<TokenSet> => {
    const request = tokenRequest(registration, grant)
    const answer = await fetch(request, deadline)
    const { vendorState } = grant
    const { secrets } = request
    return readTokenAnswer(answer, { vendor: speaking, purpose, secrets, now: now(), previous, vendorState })
  }
  return {
    vendor,
    clientId: registration.clientId,
    endpoints: registration.endpoints,
    api: registration.api,
    apiOf: ({ vendor_state }) => registration.at(vendor_state).api,
    region: registration.region,
    fetch: callersFetch ?? globalThis.fetch,
    sealer(purpose) {
      // Of a handful of purposes; its key is derived once.
      const sealer = sealers.get(purpose) ?? createSealer(sealingSecret, purpose)
      sealers.set(purpose, sealer)
      return sealer
    },
    minRefreshAge: registration.minRefreshAge,
    pkce: registration.pkce,
    authorizationUrl: authorizationUrls(registration),
    readCallback: (raw) =>
      readCallback(vendor, typeof raw === 'string' ? queryEntries(queryOf(raw)) : Object.entries(raw)),
    exchangeCode: async ({ code, redirectUri, codeVerifier, state, vendorState, params = {} }) =>
      flight.share(JSON.stringify(['code', code, codeVerifier, redirectUri, state, vendorState, params]), () =>
        ask('the code exchange', {
          grant_type: 'authorization_code',
          code,
          redirect_uri: redirectUri,
          code_verifier: codeVerifier,
          state,
          vendorState: rememberRedirect ? { ...vendorState, redirect_uri: redirectUri } : vendorState,
          params,
        }),
      ),
    async refresh({ refresh_token, scope, vendor_state: vendorState }, { params = {}, timeout: deadline } = {}) {
      if (typeof refresh_token !== 'string' || refresh_token === '') {
        throw new EsignAuthError(
          'invalid_argument',
          vendor,
          'there is no refresh token to refresh with. The user has to sign in again.',
        )
      }
      const grant = { grant_type: 'refresh_token', refresh_token, vendorState, params } as const
      return flight.share(JSON.stringify(['refresh', refresh_token, vendorState, params]), () =>
        ask('the refresh', grant, { previous: { refresh_token, scope }, deadline }),
      )
    },
    clientCredentials: async ({ scope, timeout: deadline } = {}) =>
      new MachineTokens(
        await ask('the client credentials request', { grant_type: 'client_credentials', scope }, { deadline }),
      ),
    identify: (tokens) => identify(registration, tokens, fetch, now),
    get: (tokens, pathOrUrl) => getFromApi(registration, tokens, pathOrUrl, fetch, now),
    async revoke(tokens) {
      const request = revocationRequest(registration, tokens)
      const { secrets } = request
      const asked: Asked = { vendor, purpose: 'the revocation', secrets, now: now() }
      readRevocationAnswer(await fetch(request), asked, registration.revocation.doneErrors)
    },
  }
}

/** The query of a callback, also where the whole URL was given. */
function queryOf(raw: string): string {
  return URL.canParse(raw) ? new URL(raw).search : raw
}
