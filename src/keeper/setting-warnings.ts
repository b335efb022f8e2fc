import type { Vendor } from '../oauth/vendor.ts'
import type { KeeperTimes } from './keeper-context.ts'

/** Warns of a `wait` that ends before a refresh by somebody else could: lease, deadline of the request and 2 s. */
export function warnOfShortWait({ wait, ttl, timeout }: KeeperTimes): void {
  const least = ttl + timeout + 2_000
  if (wait >= least) return
  warn(`keeper: \`wait\` is ${wait} ms, and a refresh that another process gives up takes up to ${least} ms.`)
}

/** Warns of a lease that outlasts half of the vendor's grace: a take-over from a dead process comes too late. */
export function warnOfLongLease({ name, graceMs = 0 }: Vendor, { ttl }: KeeperTimes): void {
  if (graceMs === 0 || ttl <= graceMs / 2) return
  warn(`keeper: \`lease.ttl\` is ${ttl} ms, and ${name} takes a spent refresh token again for ${graceMs} ms only.`)
}

function warn(message: string): void {
  globalThis.process?.emitWarning?.(message, { code: 'ESIGN_AUTH_KEEPER' })
}
