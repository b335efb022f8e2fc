import type { Clock } from './clock.ts'
import type { GrantRecord } from './record.ts'

/** A moment of this process, taken before the store is asked: what was asked for earlier is older. */
export interface Moment {
  readonly order: number
  /** Monotonic milliseconds. */
  readonly at: number
}

/** The opened records of this process. */
export interface OpenedRecords {
  /** One lookup and two comparisons: a good record that is neither due nor unseen for too long. */
  look(grantId: string): GrantRecord | undefined
  /** Whatever was seen last, however old. */
  last(grantId: string): GrantRecord | undefined
  /** The same, unless it was a verdict: that is always read, since a sign-in elsewhere may have ended it. */
  lastGood(grantId: string): GrantRecord | undefined
  begin(): Moment
  /** What a read that began then has found. A write of this process that ended since is newer, and stays. */
  seen(grantId: string, record: GrantRecord | undefined, begun: Moment): void
  /** What this process has written. */
  wrote(grantId: string, record: GrantRecord, begun: Moment): void
  /** Tells reads before a write of this process from reads after it. */
  writes(grantId: string): number
}

interface Opened {
  readonly record: GrantRecord
  /** The order of this process's last write of it. */
  readonly wroteAt: number
  /** Monotonic milliseconds until which it may be served without a look at the store. */
  readonly lookUntil: number
}

/**
 * Keeps at most `most` records open; the one opened longest ago goes first. What another process does meanwhile is
 * harmless, or a revocation, which is thus seen within `cacheMs`.
 */
export function openedRecords(clock: Clock, cacheMs: number, most = 10_000): OpenedRecords {
  const opened = new Map<string, Opened>()
  let order = 0
  const put = (grantId: string, record: GrantRecord, wroteAt: number, { at }: Moment) => {
    opened.delete(grantId)
    opened.set(grantId, { record, wroteAt, lookUntil: at + cacheMs })
    for (const oldest of opened.keys()) {
      if (opened.size <= most) break
      opened.delete(oldest)
    }
  }
  return {
    look(grantId) {
      const entry = opened.get(grantId)
      if (!entry || clock.monotonic() >= entry.lookUntil) return undefined
      const { record } = entry
      // Expiry by wall time, at each call; a machine may have slept. A verdict is always read.
      return record.state === 'ok' && clock.now() < record.refreshAfter ? record : undefined
    },
    last: (grantId) => opened.get(grantId)?.record,
    lastGood(grantId) {
      const record = opened.get(grantId)?.record
      return record?.state === 'ok' ? record : undefined
    },
    begin: () => ({ order: ++order, at: clock.monotonic() }),
    seen(grantId, record, begun) {
      const wroteAt = opened.get(grantId)?.wroteAt ?? 0
      if (wroteAt > begun.order) return
      if (record) put(grantId, record, wroteAt, begun)
      else opened.delete(grantId)
    },
    wrote: (grantId, record, begun) => put(grantId, record, ++order, begun),
    writes: (grantId) => opened.get(grantId)?.wroteAt ?? 0,
  }
}
