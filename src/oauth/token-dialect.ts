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
