import type { TokenKeeper } from '../keeper/keeper.ts'
import type { ClientOptions } from '../oauth/client-options.ts'
import type { TokenSet } from '../oauth/token-set.ts'
import type { ConnectFrom } from '../sign-in/foreign-start.ts'
import type { PassportRequest } from './passport-oauth2.ts'
import type { StateStore } from './pending-in-store.ts'
import type { VerifyCallback } from './verify.ts'

/** The client's options that a strategy takes under their own names. */
type SharedOptions = Pick<
  ClientOptions,
  | 'endpoints'
  | 'api'
  | 'origins'
  | 'pkce'
  | 'tokenEncoding'
  | 'clientAuthentication'
  | 'tokenParams'
  | 'profile'
  | 'cookieSecret'
  | 'minRefreshAge'
  | 'timeout'
  | 'fetch'
  | 'agent'
  | 'allowLoopbackHttp'
>

/** What does not depend on the form of verify. */
interface CommonOptions extends SharedOptions {
  /** The id the vendor gave your app. */
  readonly clientID: string
  /** The secret the vendor gave your app. Also the default key of the pending logins' cookies, see `cookieSecret`. */
  readonly clientSecret?: string | undefined
  /**
   * Where the vendor sends the browser back to, as registered there. Give it absolute: a relative one is resolved
   * against the Host header, which any visitor can forge, and decides whether cookies are `Secure`.
   */
  readonly callbackURL: string
  /** Default: what the vendor's page asks for, if anything. Per request: `authenticate(name, { scope })`. */
  readonly scope?: string | readonly string[] | undefined
  /** What joins an array of scopes. Default: a space (RFC 6749 §3.3). */
  readonly scopeSeparator?: string | undefined
  /**
   * State is always on; `true` changes nothing. `'not-echoed'` is for a vendor that does not send `state` back: a
   * callback without one is then accepted with exactly one pending login in that browser. Weaker: somebody who gets the
   * visitor to open a callback URL while that login is pending signs the visitor in as somebody else.
   */
  readonly state?: true | 'not-echoed' | undefined
  /**
   * A state store of your own, as passport-oauth2 takes it. Then your store answers for what ours does: one use, ten
   * minutes, bound to the browser. Default, also with `true`: a sealed cookie per login.
   */
  readonly store?: boolean | StateStore | undefined
  /** Name of the entry in `req.session`, used only where a host does not hang the response on the request. */
  readonly sessionKey?: string | undefined
  /** Trust `X-Forwarded-Proto` and `X-Forwarded-Host` when resolving a relative `callbackURL`. Express's `trust proxy` does the same. */
  readonly proxy?: boolean | undefined
  /** Do not ask who signed in. Default `false`. Then verify gets no profile and must know the user otherwise. */
  readonly skipUserProfile?:
    | boolean
    | (() => boolean)
    | ((accessToken: string, done: (error?: unknown, skip?: boolean) => void) => void)
    | undefined
  /** Headers of token requests, and of nothing else. `Authorization` among them is refused. */
  readonly customHeaders?: Readonly<Record<string, string>> | undefined
  /** `endpoints.authorization` in passport-oauth2's name. */
  readonly authorizationURL?: string | undefined
  /** `endpoints.token` in passport-oauth2's name. */
  readonly tokenURL?: string | undefined
  /** `endpoints.userinfo` in the name Passport strategies use. */
  readonly userProfileURL?: string | undefined
  /** The vendor posts the callback (a form) instead of redirecting. Default `false`. Cookies become `SameSite=None; Secure`, and a body parser is needed. */
  readonly postCallback?: boolean | undefined
  /**
   * Which pages may begin `passport.authorize`, as the browser's `Sec-Fetch-Site` tells. Default `'same-origin'`: those of
   * this origin; others end with `begun_elsewhere`. `'same-site'` adds its sibling domains, for a front end on one of
   * them; every page of all of them can then have a signed-in visitor connect an account.
   */
  readonly connectFrom?: ConnectFrom | undefined
  /**
   * The key of a user: of the signed-in one, to which `passport.authorize` binds a login, and of the one verify returned,
   * whose tokens the `keeper` keeps. Default: `String(user.id)`.
   */
  readonly owner?: ((user: never) => string) | undefined
  /**
   * Keeps the tokens: they are adopted after verify, under the user it returned (`owner`), and stay fresh from then on.
   * Default: verify gets them, and the application keeps them itself.
   */
  readonly keeper?: TokenKeeper | undefined
}

/** Options of every strategy, whatever the form of verify. */
export interface AnyStrategyOptions extends CommonOptions {
  /** Verify gets `req` first. */
  readonly passReqToCallback?: boolean | undefined
  /** `'tokens'`: verify is `([req,] tokens, profile[, done])`, whatever its length. Default: passport-oauth2's forms. */
  readonly verifyStyle?: 'tokens' | undefined
}

/**
 * Options of every strategy, in passport-oauth2's names, besides the vendor's own settings. As in passport-oauth2's
 * types they are those of a verify without `req`, so that no verify is called in another form than it was checked for.
 */
export interface StrategyOptions extends AnyStrategyOptions {
  readonly passReqToCallback?: false | undefined
  readonly verifyStyle?: undefined
}

/** {@link StrategyOptions} of a verify that gets `req` first. */
export interface StrategyOptionsWithRequest extends AnyStrategyOptions {
  readonly passReqToCallback: true
  readonly verifyStyle?: undefined
}

/** What a sign-in leaves in `req.authInfo`, beside whatever verify added. */
export interface AuthInfo {
  /** The application's own state, as it was given to `authenticate`. */
  readonly state?: unknown
  /** A path of this site. */
  readonly returnTo?: string | undefined
}

/** Per request: `passport.authenticate(name, options)`. */
export interface AuthenticateOptions {
  readonly callbackURL?: string | undefined
  readonly scope?: string | string[] | undefined
  /** Kept with the pending login and back as `req.authInfo.state`; the `state` on the wire is always ours. */
  // biome-ignore lint/suspicious/noExplicitAny: the hosts' types know text only, and an object must pass through them
  readonly state?: any
  /** A path of this site, back as `req.authInfo.returnTo`; anything that leads elsewhere is dropped. */
  readonly returnTo?: unknown
  /**
   * Of `passport.authorize`, where the login begins: with `true` the account may take the place of another one that the
   * `keeper` keeps for this user. Default: it ends with `account_mismatch`.
   */
  readonly replace?: unknown
  /** Set by `passport.authorize`. */
  readonly assignProperty?: string | undefined
  readonly [name: string]: unknown
}

/** Passport's normalised profile of who signed in. */
export interface Profile {
  /** Id of the vendor. */
  readonly provider: string
  /**
   * Which of the vendor's places, as the options chose it: `region=eu`, `demo=true`. Left out where they chose none. Two
   * people in two regions may have one id, so the key of a user is `provider`, `region` and `id` together. An option that
   * names the vendor's default place makes another region than no option: give it always, or never.
   */
  readonly region?: string | undefined
  /** Stable and unique at the vendor, in its region. Empty of meaning only where nobody asked for it: see `identity_unknown`. */
  readonly id: string
  readonly displayName?: string | undefined
  readonly name?: { readonly givenName?: string | undefined; readonly familyName?: string | undefined } | undefined
  readonly emails?: readonly { readonly value: string }[] | undefined
  readonly _raw: string
  readonly _json: unknown
}

// Written as methods, so that a verify may name its own types of request, profile and user.
interface Forms {
  plain(accessToken: string, refreshToken: string, profile: Profile, done: VerifyCallback): unknown
  params(accessToken: string, refreshToken: string, params: Params, profile: Profile, done: VerifyCallback): unknown
  tokens(tokens: TokenSet, profile: Profile, done: VerifyCallback): unknown
  reqPlain(req: Req, accessToken: string, refreshToken: string, profile: Profile, done: VerifyCallback): unknown
  reqParams(
    req: Req,
    accessToken: string,
    refreshToken: string,
    params: Params,
    profile: Profile,
    done: VerifyCallback,
  ): unknown
  reqTokens(req: Req, tokens: TokenSet, profile: Profile, done: VerifyCallback): unknown
}
// biome-ignore lint/suspicious/noExplicitAny: the host's own request type, which this package does not depend on
type Req = PassportRequest & Record<string, any>
// biome-ignore lint/suspicious/noExplicitAny: passport-oauth2's `params` has always been untyped
type Params = Record<string, any>

/** A verify in passport-oauth2's forms. */
export type VerifyFunction = EitherForm<Forms['plain'], Forms['params']>

/** The same with `req` first. */
export type VerifyFunctionWithRequest = EitherForm<Forms['reqPlain'], Forms['reqParams']>

/**
 * A function of one form or of the other, which has one parameter more, in a way that lets TypeScript infer the
 * parameters of either. Overloads would not: the first one tried fixes them. Nor would a plain union: TypeScript infers
 * from it only when a single member has parameters enough. So the longer form stands here in two disguises. `Lends` has
 * a second signature as long as the shorter form, and so lends its parameter types to longer functions only; nothing is
 * assignable to it. `Takes` has one that every function satisfies, and so lends none, and takes the function in.
 */
type EitherForm<Shorter extends AnyForm, Longer> = Shorter | Lends<Longer, Shorter> | Takes<Longer>
type Lends<Longer, Shorter extends AnyForm> = Longer & (<_>(...args: Parameters<Shorter>) => unknown)
type Takes<Longer> = Longer & (<_>(...args: never) => unknown)
type AnyForm = (...args: never) => unknown

/** A strategy's class: `new (options, verify)`, in every form of verify. */
export interface StrategyClass<Settings extends object, Instance> {
  new (
    options: AnyStrategyOptions & Settings & { readonly verifyStyle: 'tokens'; readonly passReqToCallback: true },
    verify: Forms['reqTokens'],
  ): Instance
  new (
    options: AnyStrategyOptions &
      Settings & { readonly verifyStyle: 'tokens'; readonly passReqToCallback?: false | undefined },
    verify: Forms['tokens'],
  ): Instance
  new (options: StrategyOptionsWithRequest & Settings, verify: VerifyFunctionWithRequest): Instance
  new (options: StrategyOptions & Settings, verify: VerifyFunction): Instance
}
