import { type Client, createClient } from '../core/client.ts'
import { EsignAuthError, optionError } from '../core/errors.ts'
import { createFlight, type Flight } from '../core/flight.ts'
import type { ClientOptions } from '../core/registration.ts'
import { createSealer } from '../core/seal.ts'
import type { TokenSet } from '../core/token-set.ts'
import type { Vendor } from '../core/vendor.ts'
import { resolveCallbackUrl } from './addresses.ts'
import { OAuth2Strategy, type PassportRequest } from './base.ts'
import { acceptCallback, type CodeCallback, callbackEntries } from './callback.ts'
import { asText, createFacade, type OAuth2Facade } from './facade.ts'
import { beginLogin } from './login.ts'
import type { AnyStrategyOptions, AuthenticateOptions, StrategyClass } from './options.ts'
import { deliver, firstOutcomeOf, type Outcome } from './outcome.ts'
import { type PendingLogin, type PendingLogins, sessionPending } from './pending.ts'
import { cookiePending } from './pending-cookie.ts'
import { storePending } from './pending-store.ts'
import { profileOf, requireId } from './profile.ts'
import { callVerify, type VerifyStyle } from './verify.ts'

/** What a strategy is made of; nothing in it belongs to a request. */
export interface StrategyParts {
  readonly client: Client
  readonly settings: AnyStrategyOptions
  readonly pending: PendingLogins
  readonly verify: VerifyStyle
  /** Code exchanges under way, with their identity. */
  readonly signIns: Flight<SignIn>
  /** Tokens of the sign-ins under way by access token, for the base `userProfile`. */
  readonly fresh: Map<string, TokenSet>
}

/** What a callback yields before verify: tokens, and the profile unless it was skipped. */
interface SignIn {
  /** State of the login that began it. */
  readonly state: string
  readonly tokens: TokenSet
  readonly profile: unknown
}

/**
 * A Passport strategy for a vendor. It is a passport-oauth2 strategy: its options, openings (`authorizationParams`,
 * `tokenParams`, `userProfile`, `parseErrorResponse`) and error classes hold. Printing it shows no secret.
 */
export class EsignStrategy extends OAuth2Strategy {
  /** The vendor's client: `refresh`, `revoke`, `clientCredentials` and so on. */
  declare readonly client: Client
  /** Stands in for node-oauth; passport-oauth2 calls it protected, and other packages use it. */
  declare readonly _oauth2: OAuth2Facade
  /** @internal */
  declare readonly _parts: StrategyParts

  /** @throws TypeError with `code: 'invalid_option'`, naming vendor, option and remedy. */
  constructor(vendor: Vendor, options: AnyStrategyOptions, verify: (...args: never[]) => unknown) {
    const settings = checkOptions(vendor, options, verify)
    const sending: { agent?: object | undefined } & ClientOptions = clientOptions(settings)
    const client = createClient(vendor, sending, spellingOf(settings))
    const { authorization, token } = client.endpoints
    super(
      {
        ...settings,
        authorizationURL: authorization,
        tokenURL: token,
        // None of its business: we send the secret, keep the pending logins and use PKCE ourselves.
        clientSecret: undefined,
        state: undefined,
        store: undefined,
        pkce: undefined,
      },
      verify,
    )
    this.name = vendor.id
    // Not enumerable, so that neither inspect nor JSON walks into them. No `#private`: passport by name calls
    // `authenticate` on `Object.create(strategy)`.
    const hide = (name: string, value: unknown) =>
      Object.defineProperty(this, name, { value, enumerable: false, writable: true, configurable: true })
    hide('client', client)
    const setAgent = (agent: object) => {
      if (settings.fetch) throw optionError(vendor, 'agent', 'has no effect beside `fetch`: give one of them.')
      sending.agent = agent
    }
    hide('_oauth2', createFacade(client, settings.customHeaders ?? {}, setAgent))
    hide('_parts', {
      client,
      settings,
      pending: pendingLogins(vendor, client, settings),
      verify: { verify, passReqToCallback: settings.passReqToCallback === true, verifyStyle: settings.verifyStyle },
      signIns: createFlight(),
      fresh: new Map(),
    } satisfies StrategyParts)
  }

  /** Passport's entry: begins a login, or ends one at the callback. */
  override authenticate(req: PassportRequest, options: AuthenticateOptions = {}): void {
    const outcome = firstOutcomeOf(this)
    run(this, req, options ?? {}, outcome)
      .catch((error) => deliver(error, outcome, this))
      // What `parseErrorResponse` of a subclass made of it could not even be delivered.
      .catch((error) => outcome.error(error))
  }

  /**
   * Who the access token belongs to. Override it to ask the vendor yourself; the profile it yields needs an `id`.
   * During a sign-in the token's claims count too, since it came straight from the token endpoint.
   */
  override userProfile(accessToken: string, done: (error?: unknown, profile?: unknown) => void): void {
    const { client, fresh } = this._parts
    client.identify(fresh.get(accessToken) ?? { access_token: accessToken }).then(
      (identity) => process.nextTick(done, null, profileOf(client.vendor, identity)),
      (error) => process.nextTick(done, error),
    )
  }
}

/** One request, from its first look to its outcome. */
async function run(
  strategy: EsignStrategy,
  req: PassportRequest,
  options: AuthenticateOptions,
  outcome: Outcome,
): Promise<void> {
  const parts = strategy._parts
  const { client, settings } = parts
  const redirectUri = resolveCallbackUrl(options.callbackURL ?? settings.callbackURL, req, settings.proxy === true)
  if (!redirectUri) {
    throw new EsignAuthError(
      'callback_invalid',
      client.vendor,
      'the Host header of this request is no host, and a relative `callbackURL` is resolved against it.',
    )
  }
  const entries = callbackEntries(client.vendor, req, new URL(redirectUri).pathname, settings.postCallback === true)
  if (!entries) {
    const extra = { ...strategy.authorizationParams(options) }
    return outcome.redirect(await beginLogin(parts, req, options, redirectUri, extra))
  }
  const { login, signIn } = await acceptCallback(parts, req, options, entries, redirectUri, (callback, login) =>
    signInWith(strategy, options, callback, login),
  )
  const { state, tokens, profile } = await signIn
  // Without PKCE nothing else tells a copy of this callback from a stolen code under a login of the thief's own.
  if (state !== login.state) {
    throw new EsignAuthError(
      'callback_invalid',
      client.vendor,
      'the code of this callback belongs to another sign-in. Begin a new one.',
    )
  }
  const { user, info } = await callVerify(parts.verify, req, tokens, profile)
  if (!user) return outcome.fail(info)
  const { appState, returnTo } = login
  // A string stays what it is: spreading it would make an object of its letters.
  const more = {
    ...(appState === undefined ? {} : { state: appState }),
    ...(returnTo === undefined ? {} : { returnTo }),
  }
  outcome.success(user, typeof info === 'object' || info === undefined ? { ...info, ...more } : info)
}

/** Exchanges the code and asks who signed in: what copies of one callback share. */
async function signInWith(
  strategy: EsignStrategy,
  options: AuthenticateOptions,
  { code, vendorState }: CodeCallback,
  login: PendingLogin,
): Promise<SignIn> {
  const tokens = await strategy.client.exchangeCode({
    code,
    redirectUri: login.redirectUri,
    codeVerifier: login.verifier,
    state: login.state,
    vendorState,
    params: asText(strategy.tokenParams(options)),
  })
  return { state: login.state, tokens, profile: await loadProfile(strategy, tokens, login.connecting !== undefined) }
}

/** The profile of who signed in, through the strategy's `userProfile`; `undefined` when it is to be skipped. */
async function loadProfile(strategy: EsignStrategy, tokens: TokenSet, connecting: boolean): Promise<unknown> {
  const { client, settings, fresh } = strategy._parts
  if (await skipsProfile(settings.skipUserProfile, tokens.access_token)) return undefined
  fresh.set(tokens.access_token, tokens)
  try {
    const profile = await new Promise<unknown>((resolve, reject) => {
      const returned: unknown = strategy.userProfile(tokens.access_token, (error, profile) =>
        error ? reject(error) : resolve(profile),
      )
      // An application's own may be async; what it rejects with must not go unhandled.
      Promise.resolve(returned).catch(reject)
    })
    if (!connecting && client.vendor.identity !== 'none') requireId(client.vendor, profile)
    return profile
  } catch (error) {
    // Whoever connects an account is signed in already; a vendor without users has no ids.
    const unknown = error instanceof EsignAuthError && error.code === 'identity_unknown'
    if (unknown && (connecting || client.vendor.identity === 'none')) return undefined
    throw error
  } finally {
    // Another sign-in may have brought the same token meanwhile.
    if (fresh.get(tokens.access_token) === tokens) fresh.delete(tokens.access_token)
  }
}

function skipsProfile(skip: AnyStrategyOptions['skipUserProfile'], accessToken: string): boolean | Promise<boolean> {
  if (typeof skip !== 'function') return Boolean(skip)
  if (skip.length < 2) return (skip as () => boolean)()
  return new Promise((resolve, reject) => {
    const done = (error?: unknown, skipped?: unknown) => (error ? reject(error) : resolve(Boolean(skipped)))
    // It may be async; what it rejects with must not go unhandled.
    Promise.resolve(skip(accessToken, done)).catch(reject)
  })
}

/** How Passport's users spell the client's options; an endpoint goes by the name it was given under. */
function spellingOf({ endpoints, ...settings }: AnyStrategyOptions): Record<string, string> {
  const aliases = { authorization: 'authorizationURL', token: 'tokenURL', userinfo: 'userProfileURL' } as const
  const used = (['authorization', 'token', 'userinfo'] as const).filter(
    (name) => settings[aliases[name]] !== undefined && endpoints?.[name] === undefined,
  )
  return {
    clientId: 'clientID',
    tokenHeaders: 'customHeaders',
    ...Object.fromEntries(used.map((name) => [`endpoints.${name}`, aliases[name]])),
  }
}

function checkOptions(vendor: Vendor, options: AnyStrategyOptions, verify: unknown): AnyStrategyOptions {
  const fail = (option: string, remedy: string): never => {
    throw optionError(vendor, option, remedy)
  }
  if (typeof options !== 'object' || options === null)
    fail('clientID', 'is missing: the first argument is an object of options.')
  const { callbackURL, state, store, verifyStyle, owner, scope, cookieSecret } = options as {
    [K in keyof AnyStrategyOptions]: unknown
  }
  if (typeof verify !== 'function')
    fail('verify', 'is missing: the second argument is the function that finds your user.')
  if (typeof callbackURL !== 'string' || callbackURL === '') {
    fail('callbackURL', 'is missing. It is the absolute URL of your callback route, as registered at the vendor.')
  } else if (
    URL.canParse(callbackURL)
      ? !/^https?:$/.test(new URL(callbackURL).protocol)
      : !URL.canParse(callbackURL, 'http://relative.invalid')
  ) {
    fail('callbackURL', 'must be an http or https URL, or a path.')
  }
  if (state === false)
    fail(
      'state',
      "cannot be off: without it anybody's callback signs the visitor in. If the vendor does not send it back, use state: 'not-echoed'.",
    )
  if (state !== undefined && state !== true && state !== 'not-echoed')
    fail(
      'state',
      "must be true or 'not-echoed'. The application's own state goes with the request: authenticate(name, { state }).",
    )
  if (typeof store === 'object' ? !isStore(store) : store !== undefined && typeof store !== 'boolean') {
    fail('store', 'must be an object with the functions `store` and `verify`, as passport-oauth2 takes it, or true.')
  }
  if (verifyStyle !== undefined && verifyStyle !== 'tokens') fail('verifyStyle', "must be 'tokens'.")
  if (owner !== undefined && typeof owner !== 'function')
    fail('owner', 'must be a function that returns the key of a user.')
  if (scope !== undefined && typeof scope !== 'string' && !Array.isArray(scope))
    fail('scope', 'must be text or an array of texts.')
  // With an empty one anybody could make our cookies.
  if (cookieSecret !== undefined && (typeof cookieSecret !== 'string' || cookieSecret === ''))
    fail('cookieSecret', 'must be text that nobody can guess; is its environment variable set?')
  for (const name of ['passReqToCallback', 'proxy', 'postCallback'] as const) {
    const value: unknown = options[name]
    if (value !== undefined && typeof value !== 'boolean') fail(name, 'must be true or false.')
  }
  return options
}

function isStore(store: object | null): boolean {
  const { store: keep, verify } = (store ?? {}) as Readonly<Record<string, unknown>>
  return typeof keep === 'function' && typeof verify === 'function'
}

/** The strategy's options in the client's names. The vendor's own settings pass through. */
function clientOptions(settings: AnyStrategyOptions): ClientOptions {
  const {
    clientID,
    scope,
    scopeSeparator,
    authorizationURL,
    tokenURL,
    userProfileURL,
    endpoints,
    customHeaders,
    ...rest
  } = settings
  return {
    ...rest,
    clientId: clientID,
    scope: typeof scope === 'string' ? scope : scope?.join(scopeSeparator ?? ' '),
    endpoints: withoutUndefined({
      authorization: authorizationURL,
      token: tokenURL,
      userinfo: userProfileURL,
      ...withoutUndefined(endpoints ?? {}),
    }),
    tokenHeaders: customHeaders,
  }
}

function withoutUndefined<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T
}

/**
 * The cookie per login where there is a response to set it on, else the session; or the application's own store. They
 * belong to this very client.
 */
function pendingLogins(vendor: Vendor, client: Client, settings: AnyStrategyOptions): PendingLogins {
  const { endpoints, clientId } = client
  const context = JSON.stringify([vendor.id, clientId, endpoints.authorization, endpoints.token])
  const sealer = createSealer(settings.cookieSecret ?? settings.clientSecret ?? '', `pending login ${context}`)
  const cookies = cookiePending({ vendor, sealer, crossSite: settings.postCallback === true })
  const session = sessionPending(vendor, settings.sessionKey ?? `esign-auth:${context}`)
  const place = (req: PassportRequest) => (req.res ? cookies : session)
  const ours: PendingLogins = {
    begin: (req, login) => place(req).begin(req, login),
    open: (req, state, redirectUri) => place(req).open(req, state, redirectUri),
    all: (req) => place(req).all(req),
    end: (req, login) => place(req).end(req, login),
  }
  if (typeof settings.store !== 'object') return ours
  const meta = { authorizationURL: endpoints.authorization, tokenURL: endpoints.token, clientID: clientId }
  return storePending(vendor, settings.store, meta, ours)
}

/**
 * The strategy class of a vendor, ours or a private one:
 * `const AcmeStrategy = strategyFor(acme)`, then `passport.use(new AcmeStrategy(options, verify))`.
 */
export function strategyFor<Settings extends object>(vendor: Vendor<Settings>): StrategyClass<Settings, EsignStrategy> {
  class VendorStrategy extends EsignStrategy {
    constructor(options: AnyStrategyOptions, verify: (...args: never[]) => unknown) {
      super(vendor, options, verify)
    }
  }
  return VendorStrategy as StrategyClass<Settings, EsignStrategy>
}
