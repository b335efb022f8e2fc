import type { AccountCallback, OAuth2Config, OAuthProviderButtonStyles } from '@auth/core/providers'
import type { Profile, TokenSet, User } from '@auth/core/types'
import type { ClientOptions } from '../oauth/client-options.ts'

/** The client's options that a provider takes under their own names. */
type SharedOptions = Pick<
  ClientOptions,
  | 'clientSecret'
  | 'scope'
  | 'endpoints'
  | 'api'
  | 'origins'
  | 'pkce'
  | 'tokenEncoding'
  | 'clientAuthentication'
  | 'tokenParams'
  | 'tokenHeaders'
  | 'minRefreshAge'
  | 'timeout'
  | 'fetch'
  | 'agent'
  | 'allowLoopbackHttp'
>

/**
 * Options of every provider, besides the vendor's own settings. All are optional: what is left out is read from the
 * environment (`AUTH_INSURESIGN_ID`, `AUTH_INSURESIGN_SECRET`, `AUTH_ESIGNGLOBAL_REGION`).
 */
export interface AnyProviderOptions extends SharedOptions {
  /** The id the vendor gave your app. Default: the variable `AUTH_<ID>_ID`. */
  readonly clientId?: string | undefined
  /** Auth.js's id of this provider: part of its callback URL and stem of its variables. Default: the vendor's. Give one to have two regions of one vendor. */
  readonly id?: string | undefined
  /** The name on the sign-in button. Default: the vendor's. */
  readonly name?: string | undefined
  /** The look of the sign-in button. Default: the vendor's colour and a plain mark. */
  readonly style?: OAuthProviderButtonStyles | undefined
  /** More parameters of the authorization URL. They cannot replace those that the vendor's dialect writes. */
  readonly authorization?: { readonly params?: Readonly<Record<string, string>> | undefined } | undefined
  /**
   * Who signed in, from what the vendor told (empty where it tells nothing) and the tokens. Its `id` must be stable and
   * unique at the vendor. Default: the vendor's own sources; where they name nobody, nobody is signed in.
   */
  readonly profile?: ((profile: Profile, tokens: TokenSet) => User | Promise<User>) | undefined
  /** What an adapter stores of the tokens. Default under `withEsign`: none, since the keeper keeps them. */
  readonly account?: AccountCallback | undefined
  /** As Auth.js has it. Default `false`: an e-mail address from a vendor proves nothing. */
  readonly allowDangerousEmailAccountLinking?: boolean | undefined
  /** The vendor posts the callback (a form) instead of redirecting. Default `false`. Needs `withEsign` and https. */
  readonly postCallback?: boolean | undefined
  /**
   * `'not-echoed'` is for a vendor that does not send `state` back: under `withEsign` a callback without one is then
   * accepted with exactly one pending login in that browser. Weaker: somebody who gets the visitor to open a callback URL
   * while that login is pending signs the visitor in as somebody else. Default: such a callback is refused.
   */
  readonly state?: 'not-echoed' | undefined
  /**
   * Where the vendor sends the browser back to, as registered there. Default: Auth.js's own,
   * `<origin><basePath>/callback/<id>`, with the origin of `AUTH_URL` where that is set. Needed only where a proxy rewrites
   * paths, or by a bare provider of a vendor that spells the parameter in its own way.
   */
  readonly redirectUri?: string | undefined
}

/** Options of a vendor's provider. */
export type ProviderOptions<Settings extends object> = AnyProviderOptions & Settings

/** A provider as Auth.js takes it. */
export type EsignProvider = OAuth2Config<Profile>

/** Makes a provider: `providers: [InsureSign]` or `providers: [InsureSign({ … })]`. */
export type ProviderFactory<Settings extends object> = (options?: ProviderOptions<Settings>) => EsignProvider
