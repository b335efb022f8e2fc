import type { IdentitySource } from './identity.ts'
import type { GrantType, RevocationDialect, TokenDialect } from './token-dialect.ts'

/** The vendor's URLs, absolute. */
export interface Endpoints {
  readonly authorization: string
  readonly token: string
  /** Default: `token`. */
  readonly refresh?: string | undefined
  /** Where the vendor has one (RFC 7009). */
  readonly revocation?: string | undefined
  /** Where the vendor tells who a bearer token belongs to. */
  readonly userinfo?: string | undefined
}

/** A lifetime of a hundred years, in seconds: longer than anything here lives, and still a number that any store keeps. */
export const endless: number = 3_155_760_000

/** What a vendor's own setting may be. */
export interface SettingRule {
  /**
   * The values it may have. `'label'`: one label of a host name. `'text'`: any. `'secret'`: any, and it never comes back
   * in a message.
   */
  readonly values: readonly (string | boolean)[] | 'label' | 'text' | 'secret'
  /** A value that fits, where `values` lists none. */
  readonly example?: string
  /** Does this setting choose the endpoints? Then it cannot stand beside endpoints of the caller's own. */
  readonly choosesEndpoints?: boolean
  /** `true`: it is about the request only. Default: users of one value are unknown under another, as with a region. */
  readonly sameUsers?: boolean
  /** The setting must be given, unless the one named here is on. */
  readonly requiredUnless?: string
}

/** How a vendor's authorization URL differs from RFC 6749 §4.1.1. */
export interface AuthorizationDialect<Settings extends object = object> {
  /** Parameters under the vendor's own names. */
  readonly names?: { readonly client_id?: string; readonly redirect_uri?: string }
  /** Parameters of RFC 6749 that this vendor's URL has not; the redirect URI is then the registered one. */
  readonly omit?: readonly ('response_type' | 'redirect_uri')[]
  /** Sent when the caller names no scope, for vendors that require one. */
  readonly scope?: string
  /** What joins several scopes. Default: a space (RFC 6749 §3.3). A `+` is written as it is, never as `%2B`. */
  readonly scopeSeparator?: ' ' | ',' | '+'
  /** The request that names the scope. Default: the authorization URL. With `token`, `token.fields` say of which grants; with `nowhere` one that is given is refused. */
  readonly scopeAt?: 'authorization' | 'token' | 'nowhere'
  /** More parameters; the caller's of the same name outweigh them. */
  params?(settings: Settings): Readonly<Record<string, string>>
}

/** What a callback calls `code`, `error` and `error_description` besides, where the vendor's pages disagree or differ. */
export type CallbackNames = Readonly<Record<string, 'code' | 'error' | 'error_description'>>

/**
 * A host that arrives in the callback, the token answer (`token.keep`) or the identity (`IdentitySource.keep`) and then
 * serves the endpoints, for vendors whose accounts live on many hosts. Of several the later one counts.
 */
export interface CapturedHost {
  /** Name of the callback's parameter; its value is an https origin. Kept with the tokens under this name. */
  readonly parameter: string
  /**
   * The only hosts it may be, such as `example.com` or `api.*.example.com`, where `*` is any one label. Checked before
   * anything is sent, since anybody who edits the callback would otherwise choose where the client secret goes.
   */
  readonly hosts: readonly string[]
  /** Whether a callback without it is refused. */
  readonly required: boolean
  /** A setting with which it is not required after all. */
  readonly requiredUnless?: string
  /** `false`: the callback never names it, and one that does is not listened to. Default `true`. */
  readonly inCallback?: boolean
  /** Another parameter of the callback, which names the host by a code where the host itself is missing. */
  readonly codes?: { readonly parameter: string; readonly hosts: Readonly<Record<string, string>> }
}

/**
 * How far a vendor's pages carry a sign-in. `documented`: from the authorization URL to who the user is.
 * `third-party-profile`: the tokens are the vendor's own word, the user's id is read as third parties do it.
 * `token-only`: tokens, but nothing known tells who the user is; give `profile` or `endpoints.userinfo`.
 */
export type Confidence = 'documented' | 'third-party-profile' | 'token-only'

/**
 * A vendor: everything it does differently from others, as data. Ours are made with nothing else, and so is a user's
 * private one.
 */
export interface VendorDefinition<Settings extends object = object> {
  /** Lower-case letters, digits and hyphens. Passport's strategy name, Auth.js's provider id, stem of `AUTH_<ID>_ID`. */
  readonly id: string
  /** The name people know. Every error message begins with it. */
  readonly name: string
  /** How sure the facts below are; required of ours by a test. */
  readonly confidence?: Confidence
  /** The vendor's own settings and the values each may have. */
  readonly settings?: { readonly [K in keyof Settings]-?: SettingRule }
  // Methods, so that a vendor with settings of its own is still a vendor.
  /** `captured`: the origin that came with the callback, see {@link CapturedHost}. */
  endpoints(settings: Settings, captured?: string): Endpoints
  /** Origins a bearer token may be sent to. */
  api(settings: Settings, captured?: string): readonly string[]
  /** Headers of a token request beyond the client's authentication. */
  tokenHeaders?(settings: Settings, grant: GrantType): Readonly<Record<string, string>>
  /** What of `token` depends on the settings. */
  tokenOf?(settings: Settings): Partial<TokenDialect>
  /** Where a token is not revoked as RFC 7009 says. Counts also for an `endpoints.revocation` that only the caller knows. */
  revocation?(settings: Settings): RevocationDialect
  readonly authorize?: AuthorizationDialect<Settings>
  readonly callbackNames?: CallbackNames
  readonly captured?: CapturedHost
  /** The scheme in front of the access token in API calls. Default `Bearer` (RFC 6750). */
  readonly apiScheme?: string
  /** `true`: a client may be registered as public, without a secret; then it uses PKCE. Default: none may. */
  readonly publicClients?: boolean
  /** `iss` of the vendor's authorization answers (RFC 9207), where it sends one. */
  readonly issuer?: string
  /** Where the stable user id, the e-mail and the name come from, tried in order; `none` for vendors without users. */
  readonly identity: readonly IdentitySource[] | 'none'
  /**
   * `required` and `supported`: always sent (S256). `unknown`: off, opt-in by the option `pkce`. `refused`: asking for
   * it throws. RFC 7636.
   */
  readonly pkce: 'required' | 'supported' | 'unknown' | 'refused'
  readonly token: TokenDialect
  /** Does a refresh bring a new refresh token and spend the old one? `unknown` is treated as `always`. */
  readonly rotation: 'never' | 'sometimes' | 'always' | 'unknown'
  /** What this vendor says in place of `invalid_grant` when a refresh token is good no more. */
  readonly terminalErrors?: readonly string[]
  /** Milliseconds during which the previous refresh token still works. Default 0. */
  readonly graceMs?: number
  /** Seconds a code lives, where the vendor names it. */
  readonly codeLifetime?: number
  /** Seconds an access token lives where an answer does not say; {@link endless} where it does not run out. */
  readonly accessLifetime?: number
  /** Seconds without use after which a refresh token dies, where the vendor names it. */
  readonly idleLifetime?: number
}

/** A checked, frozen vendor. */
export type Vendor<Settings extends object = object> = VendorDefinition<Settings>
