import type { EsignAuthErrorCode } from '../oauth/errors.ts'
import { EsignAuthError } from '../oauth/errors.ts'

/** A login must end within this time after it began, in milliseconds. */
export const pendingLifetime = 600_000

/** At most this many logins pend in one browser. A new one ends the oldest. */
export const mostPending = 8

/** What is kept of a login between its start and its callback. */
export interface PendingLogin {
  /** 256 random bits; the `state` on the wire. */
  readonly state: string
  /** Epoch milliseconds. */
  readonly startedAt: number
  readonly redirectUri: string
  /** The PKCE verifier, where the client uses PKCE. */
  readonly verifier?: string | undefined
  /** Key of the signed-in user whose account is being connected; `null` if nobody was signed in. Absent for a plain sign-in. */
  readonly owner?: string | null | undefined
  /** The account may take the place of another one that is connected. */
  readonly replace?: boolean | undefined
  /** The application's own state, as it was given. */
  readonly appState?: unknown
  /** Where the visitor goes after the sign-in. */
  readonly returnTo?: string | undefined
  /** It came from an application's own store, which is responsible for its single use and its lifetime. */
  readonly ownStore?: boolean | undefined
}

/** The pending logins of the browser that sent the request at hand. */
export interface PendingLogins {
  /** Files the login. Resolves to the `state` for the wire, which is the login's own unless a store makes its own. */
  begin(login: PendingLogin): Promise<string>
  /** The login with this state, or `undefined`. Entries that cannot be opened are left alone. */
  open(state: string, redirectUri: string): Promise<PendingLogin | undefined>
  /** All of them, for vendors that do not echo `state`. */
  all(): Promise<readonly PendingLogin[]>
  /** Removes a login whose callback has come. */
  end(login: PendingLogin): void
}

/**
 * Checks that a login whose callback has come may end now.
 *
 * @throws EsignAuthError `state_used`, `state_expired` or `redirect_uri_mismatch`.
 */
export function checkPending(
  vendor: { readonly id: string; readonly name: string },
  login: PendingLogin,
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
