import { sha256 } from '#crypto'
import { EsignAuthError, type EsignAuthErrorCode } from './errors.ts'

export { randomText } from '#crypto'

/** A login begins here and must end within this time, in milliseconds. */
export const pendingLifetime = 600_000

/** At most this many logins pend in one browser; a new one ends the oldest. */
export const mostPending = 8

/** What every host keeps of a login between its start and its callback. */
export interface PendingBasis {
  /** 256 random bits; the `state` on the wire. */
  readonly state: string
  /** Epoch milliseconds. */
  readonly startedAt: number
  readonly redirectUri: string
  /** The PKCE verifier, where the client uses PKCE. */
  readonly verifier?: string | undefined
}

/**
 * That a login whose callback has come may end now.
 *
 * @throws EsignAuthError `state_used`, `state_expired` or `redirect_uri_mismatch`.
 */
export function checkPending(
  vendor: { readonly id: string; readonly name: string },
  login: PendingBasis,
  { unused, now, redirectUri }: { readonly unused: boolean; readonly now: number; readonly redirectUri: string },
): void {
  const fail = (code: EsignAuthErrorCode, why: string): never => {
    throw new EsignAuthError(code, vendor, why)
  }
  if (!unused) fail('state_used', 'this sign-in has already been completed or refused. Begin a new one.')
  if (now - login.startedAt > pendingLifetime) {
    fail('state_expired', `this sign-in was begun more than ${pendingLifetime / 60_000} minutes ago. Begin a new one.`)
  }
  if (login.redirectUri !== redirectUri) {
    fail(
      'redirect_uri_mismatch',
      'this sign-in was begun with another callback URL. Both its routes must name the same one.',
    )
  }
}

/** That no sign-in with this state pends in this browser. */
export function stateUnknown(vendor: { readonly id: string; readonly name: string }): EsignAuthError {
  return new EsignAuthError(
    'state_unknown',
    vendor,
    'no sign-in with this state is pending in this browser. Begin a new one, and check that cookies are allowed.',
  )
}

/** The S256 challenge of a verifier (RFC 7636 §4.2). */
export function challengeOf(verifier: string): Promise<string> {
  return sha256(verifier)
}
