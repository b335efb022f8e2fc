import { EsignAuthError } from 'esign-auth'
import { StoreUnavailable, VendorUnavailable } from 'esign-auth/keeper'
import { AuthorizationError, InternalOAuthError, TokenError } from 'esign-auth/passport'

/** What the page says of an error that signs nobody out, and how the response tells it. */
export interface Problem {
  readonly status: number
  readonly problem: string
  /** In seconds. */
  readonly retryAfter?: number | undefined
  /** Whether it is of a kind that happens; whatever else belongs into the server's log. */
  readonly foreseen: boolean
}

/** Tells of an error without giving anything away: the package's messages hold no secret and no token. */
export function problemOf(error: Error & { readonly status?: number; readonly code?: string }): Problem {
  if (error instanceof VendorUnavailable || error instanceof StoreUnavailable) {
    return { status: 503, problem: error.message, retryAfter: error.retryAfter, foreseen: true }
  }
  if (vendorErrors.some((kind) => error instanceof kind)) {
    return { status: 502, problem: error.message, foreseen: true }
  }
  const problem = 'Something went wrong here. Please try again.'
  return { status: error.status ?? 500, problem, foreseen: false }
}

/** What sign-in and API calls end with. */
const vendorErrors = [EsignAuthError, TokenError, AuthorizationError, InternalOAuthError]
