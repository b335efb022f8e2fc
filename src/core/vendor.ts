import type { IdentitySource } from './identity.ts'

/** Grants of RFC 6749 that a vendor's token endpoint may offer. */
export type GrantType = 'authorization_code' | 'refresh_token' | 'client_credentials'

/** How the body of a token request is written. */
export type TokenEncoding = 'form' | 'json' | 'multipart'

/**
 * How the client proves itself at the token endpoint. `basic-raw`: `Basic base64(id:secret)` of the values as they
 * are. `basic-form`: both form-encoded first, as RFC 6749 §2.3.1 says. `body`: `client_id` and `client_secret` among
 * the fields. `public`: `client_id` among the fields and no secret, for clients that cannot keep one (RFC 6749 §2.1).
 * Never two of them at once (RFC 6749 §2.3).
 */
export type ClientAuthentication = 'basic-raw' | 'basic-form' | 'body' | 'public'

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

/** What of a token request is named in the vendor's page. */
export type TokenField = 'grant_type' | 'client_id' | 'redirect_uri' | 'code' | 'state' | 'refresh_token' | 'scope'

/** How a vendor wants its token requests: the table of its page, as data. */
export interface TokenDialect {
  readonly credentials: ClientAuthentication
  readonly encoding: TokenEncoding
  /**
   * Per grant the fields of the body, in the page's order; each is required. `body` credentials come on top. A grant
   * that is missing here does not exist at this vendor.
   */
  readonly fields: { readonly [G in GrantType]?: readonly TokenField[] }
  /** `false`: token requests do not name their grant, and `fields` has no `grant_type`. Default `true`. */
  readonly grantType?: boolean
  /** Name of the member that holds the answer, where the vendor may wrap it. */
  readonly envelope?: string
  /**
   * Members of the answer that tell when the access token runs out; the first that is there counts. `at`: moments in
   * epoch seconds. `in`: seconds from now. Default: `expires_in`.
   */
  readonly expiry?: { readonly at?: readonly string[]; readonly in?: readonly string[] }
  /** `true`: an answer without `token_type` counts as Bearer. Default `false`: it is refused (RFC 6749 §5.1). */
  readonly untyped?: boolean
  /** `true`: a 201 is a success too. Default `false`: only 200 is (RFC 6749 §5.1). */
  readonly created?: boolean
  /** Media types, in lower case, under which the vendor sends its JSON besides `application/json`, such as `text/html`. */
  readonly labels?: readonly string[]
  /** Members of the answer that are kept with the tokens, as text. One named like {@link CapturedHost} is checked first. */
  readonly keep?: readonly string[]
}

/** The fields of RFC 6749 §4.1.3 and §6, for vendors that ask for these. */
export const plainFields: TokenDialect['fields'] = {
  authorization_code: ['grant_type', 'code', 'redirect_uri'],
  refresh_token: ['grant_type', 'refresh_token'],
}

/** A lifetime of a hundred years, in seconds: longer than anything here lives, and still a number that any store keeps. */
export const endless: number = 3_155_760_000

/** How a vendor wants a token revoked, where it is not as in RFC 7009 §2.1 with the client authentication of token requests. */
export interface RevocationDialect {
  /** Default `POST`. */
  readonly method?: 'POST' | 'DELETE'
  /** Where the token stands: in the body, in the query of a POST without body, or as `Authorization: Bearer`. Default `form`. */
  readonly place?: 'form' | 'json' | 'query' | 'bearer'
  /** Default: that of token requests. `none`: the token is proof enough; so it is always with `bearer`. */
  readonly credentials?: ClientAuthentication | 'none'
  /** Whether `token_type_hint` goes along. Default `true`. */
  readonly hint?: boolean
  /** The token that ends the grant. Default: the refresh token, or the access token where there is none. */
  readonly token?: 'access_token'
  /** Errors that say that the token was revoked or dead already: then the revocation is done. */
  readonly doneErrors?: readonly string[]
}

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
   * anything is sent, since whoever edits the callback would otherwise choose where the client secret goes.
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

/**
 * Makes a vendor from its definition, checked.
 *
 * @throws TypeError when the definition contradicts itself; that is a programming mistake.
 */
export function defineVendor<Settings extends object = object>(
  definition: VendorDefinition<Settings>,
): Vendor<Settings> {
  const { id, name, token, pkce, identity, rotation } = definition
  const fail = (what: string): never => {
    throw new TypeError(`defineVendor(${String(id)}): ${what}`)
  }
  const among = (what: string, value: unknown, values: readonly unknown[]) => {
    if (!values.includes(value)) fail(`\`${what}\` must be one of ${values.join(', ')}`)
  }
  if (typeof id !== 'string' || !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(id)) {
    fail('`id` must be lower-case letters, digits and hyphens')
  }
  if (!name) fail('`name` is missing; it is what people read in errors and buttons')
  for (const method of ['endpoints', 'api'] as const) {
    if (typeof definition[method] !== 'function') fail(`\`${method}\` must be a function of the settings`)
  }
  among('pkce', pkce, ['required', 'supported', 'unknown', 'refused'])
  among('rotation', rotation, ['never', 'sometimes', 'always', 'unknown'])
  if (identity !== 'none' && !Array.isArray(identity)) fail("`identity` must be a list of sources, or 'none'")
  if (typeof token?.fields !== 'object') fail('`token.fields` is missing: per grant the fields of its body')
  if (definition.confidence !== undefined) {
    among('confidence', definition.confidence, ['documented', 'third-party-profile', 'token-only'])
  }
  among('token.credentials', token.credentials, ['basic-raw', 'basic-form', 'body', 'public'])
  among('token.encoding', token.encoding, ['form', 'json', 'multipart'])
  for (const label of token.labels ?? []) {
    if (!/^[a-z]+\/[a-z0-9.+-]+$/.test(label))
      fail(`\`token.labels\` holds ${label}, which is no media type in lower case`)
  }
  const known = ['grant_type', 'client_id', 'redirect_uri', 'code', 'state', 'refresh_token', 'scope']
  for (const [grant, fields] of Object.entries(token.fields)) {
    among('token.fields', grant, ['authorization_code', 'refresh_token', 'client_credentials'])
    if (token.grantType !== false && !fields.includes('grant_type')) fail(`\`token.fields.${grant}\` lacks grant_type`)
    for (const field of fields) among(`token.fields.${grant}`, field, known)
  }
  const { captured, callbackNames = {}, authorize } = definition
  for (const host of captured?.hosts ?? []) {
    // `*.com` would let anybody be the vendor.
    if (!/^((\*|[a-z0-9-]+)\.)*[a-z0-9-]+\.[a-z0-9-]+$/.test(host))
      fail(`\`captured.hosts\` holds ${host}, which is no host`)
  }
  for (const meant of Object.values(callbackNames)) {
    among('callbackNames', meant, ['code', 'error', 'error_description'])
  }
  among('authorize.scopeSeparator', authorize?.scopeSeparator ?? ' ', [' ', ',', '+'])
  among('authorize.scopeAt', authorize?.scopeAt ?? 'authorization', ['authorization', 'token', 'nowhere'])
  for (const [method, given] of Object.entries({
    tokenOf: definition.tokenOf,
    revocation: definition.revocation,
    'authorize.params': authorize?.params,
  })) {
    if (given !== undefined && typeof given !== 'function') fail(`\`${method}\` must be a function of the settings`)
  }
  return deepFreeze({ ...definition })
}

/** A vendor is shared by all its clients: nobody changes it under them. */
function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const inner of Object.values(value)) deepFreeze(inner)
  return Object.freeze(value)
}
