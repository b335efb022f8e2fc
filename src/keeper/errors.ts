import { EsignAuthError } from '../oauth/errors.ts'
import type { ReauthReason } from './record.ts'

interface Named {
  readonly id: string
  readonly name: string
}

const meaning: Readonly<Record<ReauthReason, string>> = {
  revoked: 'the vendor refuses the refresh token: the user or the vendor has ended the access',
  expired: 'the tokens were not used for longer than the vendor allows',
  lost_response: "an answer of the vendor was lost, and with it the new refresh token; nobody's fault",
  client_changed: 'the tokens belong to another client id than the configured one',
  no_refresh_token: 'the access token has run out, and the vendor gave no refresh token',
  unknown: 'nothing is kept for this owner',
}

/** The only error that may sign a user out: nothing but a new sign-in helps. */
export class ReauthRequired extends EsignAuthError {
  readonly reason: ReauthReason

  constructor(vendor: Named, reason: ReauthReason) {
    super('reauth_required', vendor, `the user has to sign in again: ${meaning[reason]}.`)
    this.reason = reason
  }
}

/** Try later; the session stays. `retryAfter` says when, in seconds. */
export class VendorUnavailable extends EsignAuthError {
  constructor(vendor: Named, retryAfterMs: number, why: string) {
    const retryAfter = Math.max(1, Math.ceil(retryAfterMs / 1000))
    super('vendor_unavailable', vendor, `no fresh token could be had (${why}). Try again in ${retryAfter} s.`, {
      retryAfter,
    })
  }
}

/** An alarm for the operator: the vendor does not know this client. Users stay signed in. */
export class ClientMisconfigured extends EsignAuthError {
  constructor(vendor: Named, said: string) {
    super(
      'client_misconfigured',
      vendor,
      `the vendor refuses this client (${said}). Check client id, client secret and host; nobody is signed out.`,
    )
  }
}

/** The store does not answer. Answer 503 with `Retry-After`; the session stays. */
export class StoreUnavailable extends EsignAuthError {
  constructor(vendor: Named) {
    super('store_unavailable', vendor, 'the store of the tokens does not answer. Try again later.', { retryAfter: 1 })
  }
}

/**
 * An alarm for the operator: a record cannot be opened, because its key is not among `keys` here or it was damaged. It is
 * left as it is, and the session stays.
 */
export class KeyUnavailable extends EsignAuthError {
  constructor(vendor: Named, kid?: string) {
    // A damaged record may name anything as its key.
    const named = kid !== undefined && /^[\w.-]{1,64}$/.test(kid) ? `its key "${kid}"` : 'its key'
    super(
      'key_unavailable',
      vendor,
      `the tokens that are kept cannot be opened. Is ${named} among \`keys\` of this instance? If it is, the record was damaged, or is another grant's. Nothing was overwritten.`,
    )
  }
}

/** Another account of the vendor is kept for this user, and stays until the application asks for something else. */
export class AccountMismatch extends EsignAuthError {
  constructor(vendor: Named) {
    super(
      'account_mismatch',
      vendor,
      'this user has connected another account already, or one that cannot be told apart. Disconnect it first with `keeper.revoke`, or begin the login with `replace: true` (which Auth.js has no place for).',
    )
  }
}

/** A store's own failure as ours; what is ours already stays. The store's error is not carried along: it may quote a record. */
export function storeTrouble(vendor: Named, error: unknown): EsignAuthError {
  return error instanceof EsignAuthError ? error : new StoreUnavailable(vendor)
}
