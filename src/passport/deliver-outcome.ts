import { EsignAuthError, type EsignAuthErrorCode } from '../oauth/errors.ts'
import {
  AuthorizationError,
  InternalOAuthError,
  type OAuth2StrategyInstance,
  type Outcomes,
} from './passport-oauth2.ts'
import { StoreRefusal } from './pending-in-store.ts'

/** One request's way out. */
export type Outcome = Pick<Outcomes, 'success' | 'fail' | 'redirect' | 'error'>

/**
 * The outcome functions of the request at hand, captured before anything waits, since an instance that was passed to
 * passport directly is shared by all requests. Only the first outcome goes through. It is delivered outside of our
 * promises, so that what the host throws there is the host's own exception.
 */
export function firstOutcomeOf(strategy: Outcomes): Outcome {
  const { success, fail, redirect, error } = strategy
  let over = false
  const once = (deliver: () => void) => {
    if (over) return
    over = true
    process.nextTick(deliver)
  }
  return {
    success: (user, info) => once(() => success.call(strategy, user, info)),
    fail: (challenge, status) => once(() => fail.call(strategy, challenge, status)),
    redirect: (url, status) => once(() => redirect.call(strategy, url, status)),
    error: (reason) => once(() => error.call(strategy, reason)),
  }
}

/** Codes that mean "this visitor is not signed in", as against "something is broken". */
const failures: readonly EsignAuthErrorCode[] = [
  'callback_invalid',
  'callback_incomplete',
  'state_missing',
  'state_unknown',
  'state_used',
  'state_expired',
  'redirect_uri_mismatch',
  'owner_mismatch',
  'issuer_mismatch',
  'access_denied',
  'identity_unknown',
  'begun_elsewhere',
  'account_mismatch',
]

/** Ends a request with whatever was thrown: a failure (403), or an error in passport-oauth2's classes. */
export function deliver(
  thrown: unknown,
  outcome: Outcome,
  strategy: Pick<OAuth2StrategyInstance, '_createOAuthError'>,
): void {
  if (thrown instanceof EsignAuthError && failures.includes(thrown.code)) {
    outcome.fail({ code: thrown.code, message: thrown.message }, 403)
  } else if (thrown instanceof StoreRefusal) {
    outcome.fail(thrown.info, 403)
  } else if (thrown instanceof EsignAuthError && thrown.code === 'authorization_failed') {
    outcome.error(new AuthorizationError(thrown.message, thrown.oauth?.error, thrown.oauth?.error_uri))
  } else if (thrown instanceof EsignAuthError) {
    outcome.error(asOAuthError(thrown, strategy))
  } else {
    // A falsy reason would let the request pass, and Express reads some words ('route') as commands.
    outcome.error(
      typeof thrown === 'object' && thrown !== null
        ? thrown
        : new InternalOAuthError(`sign-in ended with ${String(thrown) || 'no reason'}`, undefined),
    )
  }
}

/**
 * The error of passport-oauth2 for ours: what the strategy's `parseErrorResponse` makes of an OAuth error answer
 * (a `TokenError`, unless the application overrode it), else an `InternalOAuthError` around ours. All carry `code`.
 */
function asOAuthError(error: EsignAuthError, strategy: Pick<OAuth2StrategyInstance, '_createOAuthError'>): Error {
  const made = strategy._createOAuthError(error.message, withBody(error))
  // passport-oauth2 takes the vendor's description for the message, and not every vendor gives one.
  if (!made.message) made.message = error.message
  if (made instanceof InternalOAuthError) {
    made.oauthError = error
    Object.assign(made, error.code === 'method_not_allowed' ? { code: error.code, status: 405 } : { code: error.code })
  } else if (Object.isExtensible(made) && !('oauthError' in made)) {
    // The whole story beside the vendor's own words; not printed with them.
    Object.defineProperty(made, 'oauthError', { value: error, configurable: true })
  }
  if (made.code === undefined) Object.assign(made, { code: error.oauth?.error ?? error.code })
  return made
}

/**
 * Adds status and body in node-oauth's names: passport-oauth2 gives them to `parseErrorResponse`, and applications look
 * for a 401 there. The body is ours to write, so it holds no secret; without an OAuth error there is none.
 */
export function withBody(error: EsignAuthError): EsignAuthError {
  Object.defineProperty(error, 'statusCode', { value: error.vendorStatus, configurable: true })
  Object.defineProperty(error, 'data', { value: error.oauth && JSON.stringify(error.oauth), configurable: true })
  return error
}
