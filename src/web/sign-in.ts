import type { GrantLink } from '../keeper/targets.ts'
import type { Client } from '../oauth/client.ts'
import type { Identity } from '../oauth/identity.ts'
import type { TokenSet } from '../oauth/token-set.ts'

/** What a login begins with. */
export interface BeginOptions {
  /** A path of this site, back from `finish`. Anything that leads elsewhere is dropped. */
  readonly returnTo?: unknown
  /** Default: the option `scope`, else what the vendor's page asks for. */
  readonly scope?: string | readonly string[] | undefined
  /** Your own state, back from `finish`; JSON, below about 2 kB. The `state` on the wire is always ours. */
  readonly state?: unknown
  /** Key of the user who is signed in, to connect an account to. Without it the login is a sign-in. */
  readonly owner?: string | undefined
  /**
   * Of a connect: with `true` the account may take the place of another one that the keeper keeps for this user. Default:
   * `finish` throws `account_mismatch`.
   */
  readonly replace?: boolean | undefined
}

/** What every finished login has. */
interface FinishedBase {
  /** Key of your user: what the option `owner` made of the identity, or what `connect` was given. */
  readonly owner: string
  readonly tokens: TokenSet
  /** A path of this site, or `undefined`. */
  readonly returnTo: string | undefined
  /** Your own state, as it was given to `begin` or `connect`. */
  readonly state: unknown
  /** Where the keeper has the tokens: a target for `keeper.fetch`. `undefined` without a keeper. */
  readonly link: GrantLink | undefined
  /** `Set-Cookie` and `Cache-Control`, to be copied onto your answer. */
  readonly headers: Headers
}

/** Somebody signed in. */
export interface FinishedSignIn extends FinishedBase {
  readonly connected: false
  readonly identity: Identity
}

/** Somebody who was signed in already has connected an account. */
export interface FinishedConnect extends FinishedBase {
  readonly connected: true
  /** `undefined` where nothing tells whose account it is at the vendor. */
  readonly identity: Identity | undefined
}

/** Sign-in with one vendor, for hosts that speak `Request` and `Response`. */
export interface SignIn {
  /** The vendor's client: `refresh`, `revoke`, `get` and so on. */
  readonly client: Client
  /**
   * Begins a login: a 302 to the vendor that sets the login's cookie.
   *
   * @throws EsignAuthError `pending_login_impossible`, `begun_elsewhere`, `invalid_argument`.
   */
  begin(request: Request, options?: BeginOptions): Promise<Response>
  /** Begins a login that connects an account to the user who is signed in; only that user can finish it. */
  connect(request: Request, options: BeginOptions & { readonly owner: string }): Promise<Response>
  /**
   * Ends a login at the callback. `owner`: key of the user who is signed in now, if somebody is; a login begun by
   * `connect` ends only for its own.
   *
   * @throws SignInFailure whatever is wrong with the callback, the exchange or the identity. Exceptions of your own
   * `profile` and `owner` come through as they are.
   */
  finish(
    request: Request,
    options?: { readonly owner?: string | null | undefined },
  ): Promise<FinishedSignIn | FinishedConnect>
}
