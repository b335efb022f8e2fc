import { EsignAuthError } from '../../oauth/errors.ts'

/**
 * What a failed refresh request means for the grant.
 *
 * - `never_sent`: the vendor never saw it; it may be sent again.
 * - `unknown`: the vendor may have acted on it, and rotated.
 * - `transient`: an answer, but no verdict on the grant.
 * - `configuration`: the vendor does not know this client.
 * - `terminal`: the vendor refuses the refresh token.
 */
export type FailureClass = 'never_sent' | 'unknown' | 'transient' | 'configuration' | 'terminal'

/** Sorts what the client threw. Client authentication is never probed with a refresh token. */
export function classOf(error: unknown, { terminalErrors, machine = false }: ClassContext = {}): FailureClass {
  if (!(error instanceof EsignAuthError)) return 'unknown'
  const { code, sent, vendorStatus: status = 0, oauth } = error
  if (oauth) {
    // Some vendors have words of their own, and may answer 200 with them. An app's own tokens cannot be revoked.
    const terminal = oauth.error === 'invalid_grant' || terminalErrors?.includes(oauth.error)
    if (terminal) return machine ? 'configuration' : 'terminal'
    if (oauth.error === 'invalid_client' || oauth.error === 'unauthorized_client') return 'configuration'
  }
  if (sent === 'no') return code === 'network_error' || code === 'timeout' ? 'never_sent' : 'configuration'
  // A limit, a firewall's page, a wrong path or a redirect say nothing about the token.
  const isAnswer = code === 'redirect_refused' || status >= 400 || oauth !== undefined
  return isAnswer && status < 500 ? 'transient' : 'unknown'
}

/**
 * Whether a failure says something of its grant only: an answer below 500, whatever it says. A request that was not
 * answered, or with a server's error, says something of the vendor.
 */
export function concernsGrant(error: EsignAuthError | undefined): boolean {
  return error?.sent === 'answered' && (error.vendorStatus ?? 0) < 500
}

/** Whose words, and whose grant. */
export interface ClassContext {
  readonly terminalErrors?: readonly string[] | undefined
  readonly machine?: boolean | undefined
}

/** What follows a failure: another post after a pause, or the lease given back, with a cool-down or without. */
export type Sequel = { readonly againMs: number } | { readonly restMs: number | undefined }

/** Milliseconds nobody posts after a failure. */
export const cooldownMs = 30_000
/** Seconds. */
const longestRetryAfter = 3600

/** Milliseconds that the vendor asked for, capped. */
export function retryAfterMs(error: EsignAuthError | undefined): number | undefined {
  return error?.retryAfter === undefined ? undefined : Math.min(error.retryAfter, longestRetryAfter) * 1000
}

/** `nth`: how many failures of this class came before it in this flight. `safe`: may the token be sent again in so many ms? */
export function whatFollows(
  kind: FailureClass,
  error: EsignAuthError | undefined,
  { nth, random, safe }: { nth: number; random: () => number; safe: (ms: number) => boolean },
): Sequel {
  // A vendor that says when is obeyed.
  const asked = retryAfterMs(error)
  if (asked !== undefined) return { restMs: asked }
  if (kind === 'never_sent' && nth < 2) return { againMs: 100 + random() * 400 * 2 ** nth }
  if (kind !== 'unknown') return { restMs: cooldownMs }
  // At once the first time, unless the vendor answered that it is in trouble; then after growing pauses.
  const atOnce = nth === 0 && error?.sent !== 'answered'
  const againMs = atOnce ? 0 : Math.min(2_000, 250 * 2 ** nth) * (0.75 + random() / 2)
  // A cool-down would outlast a grace, and a vendor that never rotates has nothing to lose by another try.
  return safe(againMs) ? { againMs } : { restMs: cooldownMs }
}
