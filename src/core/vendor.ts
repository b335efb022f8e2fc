import type { IdentitySource } from './identity.ts'

/** Grants of RFC 6749 that a vendor's token endpoint may offer. */
export type GrantType = 'authorization_code' | 'refresh_token' | 'client_credentials'

/** How the body of a token request is written. */
export type TokenEncoding = 'form' | 'json' | 'multipart'

/**
 * How the client proves itself at the token endpoint. `basic-raw`: `Basic base64(id:secret)` of the values as they
 * are. `basic-form`: both form-encoded first, as RFC 6749 §2.3.1 says. `body`: `client_id` and `client_secret` among
 * the fields. Never two of them at once (RFC 6749 §2.3).
 */
export type ClientAuthentication = 'basic-raw' | 'basic-form' | 'body'

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
}

/** What a vendor's own setting may be. */
export interface SettingRule {
  readonly values: readonly (string | boolean)[]
  /** Does this setting choose the endpoints? Then it cannot stand beside endpoints of the caller's own. */
  readonly choosesEndpoints?: boolean
}

/**
 * A vendor: everything it does differently from others, as data. Ours are made with nothing else, and so is a user's
 * private one.
 */
export interface VendorDefinition<Settings extends object = object> {
  /** Lower-case letters, digits and hyphens. Passport's strategy name, Auth.js's provider id, stem of `AUTH_<ID>_ID`. */
  readonly id: string
  /** The name people know. Every error message begins with it. */
  readonly name: string
  /** Pages where the facts below were read. */
  readonly docs?: readonly string[]
  /** The vendor's own settings and the values each may have. */
  readonly settings?: { readonly [K in keyof Settings]-?: SettingRule }
  /** Written as a method, so that a vendor with settings is still a vendor. */
  endpoints(settings: Settings): Endpoints
  /** Origins a bearer token may be sent to. */
  readonly api: readonly string[]
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
  /** Milliseconds during which the previous refresh token still works. Default 0. */
  readonly graceMs?: number
  /** Seconds an access token lives where an answer does not say. */
  readonly accessLifetime?: number
  /** Seconds without use after which a refresh token dies, where the vendor names it. */
  readonly idleLifetime?: number
}

/** A checked, frozen vendor. */
export type Vendor<Settings extends object = object> = Readonly<VendorDefinition<Settings>>

/**
 * Makes a vendor from its definition, checked.
 *
 * @throws TypeError when the definition contradicts itself; that is a programming mistake.
 */
export function defineVendor<Settings extends object = object>(
  definition: VendorDefinition<Settings>,
): Vendor<Settings> {
  const { id, name, token } = definition
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(id)) {
    throw new TypeError(
      `defineVendor: \`id\` must be lower-case letters, digits and hyphens, not ${JSON.stringify(id)}`,
    )
  }
  if (!name)
    throw new TypeError(`defineVendor(${id}): \`name\` is missing; it is what people read in errors and buttons`)
  for (const [grant, fields] of Object.entries(token.fields)) {
    if (!fields.includes('grant_type')) {
      throw new TypeError(`defineVendor(${id}): \`token.fields.${grant}\` lacks grant_type`)
    }
  }
  for (const origin of definition.api) {
    if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
      throw new TypeError(`defineVendor(${id}): \`api\` holds origins such as https://api.example.com, not ${origin}`)
    }
  }
  return Object.freeze({ ...definition })
}
