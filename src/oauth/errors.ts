/**
 * Stable codes of everything that can go wrong. A `switch` over them narrows.
 *
 * - Use: `invalid_option` (construction), `invalid_argument` (a call), `unsupported` (the vendor has no such thing).
 * - Callback: `callback_invalid`, `callback_incomplete`, `state_missing`, `state_unknown`, `state_used`, `state_expired`,
 *   `redirect_uri_mismatch`, `owner_mismatch`, `issuer_mismatch`, `access_denied`, `authorization_failed`,
 *   `method_not_allowed`, `begun_elsewhere`, `pending_login_impossible`.
 * - Exchange: `insecure_url`, `network_error`, `timeout`, `answer_too_large`, `redirect_refused`.
 * - Answer: `oauth_error` (the vendor's own error, see `oauth`), `http_error` (a status without one), `invalid_answer`.
 * - Identity: `identity_unknown`.
 * - Keeper: `reauth_required` (the only one that may sign a user out), `vendor_unavailable`, `client_misconfigured`,
 *   `store_unavailable`, `key_unavailable`, `account_mismatch`.
 */
export type EsignAuthErrorCode =
  | 'invalid_option'
  | 'invalid_argument'
  | 'unsupported'
  | 'callback_invalid'
  | 'callback_incomplete'
  | 'state_missing'
  | 'state_unknown'
  | 'state_used'
  | 'state_expired'
  | 'redirect_uri_mismatch'
  | 'owner_mismatch'
  | 'issuer_mismatch'
  | 'access_denied'
  | 'authorization_failed'
  | 'method_not_allowed'
  | 'begun_elsewhere'
  | 'pending_login_impossible'
  | 'insecure_url'
  | 'network_error'
  | 'timeout'
  | 'answer_too_large'
  | 'redirect_refused'
  | 'oauth_error'
  | 'http_error'
  | 'invalid_answer'
  | 'identity_unknown'
  | 'reauth_required'
  | 'vendor_unavailable'
  | 'client_misconfigured'
  | 'store_unavailable'
  | 'key_unavailable'
  | 'account_mismatch'

/** An OAuth error answer in the words of RFC 6749 §5.2, redacted and at most 300 characters a field. */
export interface OAuthErrorBody {
  /** The code as the vendor sent it, never rewritten; dropped altogether when it is not a code. */
  readonly error: string
  readonly error_description?: string | undefined
  readonly error_uri?: string | undefined
}

/** What is known about an error besides its code and message. */
export interface ErrorDetails {
  /** HTTP status of the vendor's answer, when there was one. */
  readonly vendorStatus?: number | undefined
  /**
   * Did the request reach the vendor? `no`: certainly not, it may be sent again. `maybe`: bytes may have left, the
   * vendor may have acted on it. `answered`: a complete answer came. Default `no`.
   */
  readonly sent?: 'no' | 'maybe' | 'answered' | undefined
  /** `Retry-After` of the answer in whole seconds from now, never negative, uncapped. */
  readonly retryAfter?: number | undefined
  readonly oauth?: OAuthErrorBody | undefined
}

/**
 * The one error of this package. Its message begins with the vendor's name and says what happened and what to do.
 * Neither it nor its fields ever hold a client secret, authorization code, token or body of an answer.
 */
export class EsignAuthError extends Error {
  readonly code: EsignAuthErrorCode
  /** Id of the vendor, such as `insuresign`. */
  readonly vendor: string
  /** HTTP status of the vendor's answer. Not `status`, which frameworks would answer the browser with. */
  readonly vendorStatus: number | undefined
  readonly sent: 'no' | 'maybe' | 'answered'
  readonly retryAfter: number | undefined
  readonly oauth: OAuthErrorBody | undefined

  constructor(
    code: EsignAuthErrorCode,
    vendor: { readonly id: string; readonly name: string },
    message: string,
    details: ErrorDetails = {},
  ) {
    super(`${vendor.name}: ${message}`)
    this.code = code
    this.vendor = vendor.id
    this.vendorStatus = details.vendorStatus
    this.sent = details.sent ?? 'no'
    this.retryAfter = details.retryAfter
    this.oauth = details.oauth
  }

  /** Where to read what happened, what the user sees and what to do: a page of this package, in `node_modules`. */
  get help(): string {
    return `esign-auth/docs/errors.md#${this.code}`
  }
}

Object.defineProperty(EsignAuthError.prototype, 'name', { value: 'EsignAuthError', configurable: true, writable: true })

/** A mistake in an option: a `TypeError` with `code: 'invalid_option'`, naming vendor, option and remedy. */
export function optionError(vendor: { readonly name: string }, option: string, remedy: string): TypeError {
  return Object.assign(new TypeError(`${vendor.name}: option \`${option}\` ${remedy}`), {
    code: 'invalid_option' satisfies EsignAuthErrorCode,
    option,
  })
}
