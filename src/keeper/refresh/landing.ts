import type { GrantRecord } from '../record.ts'
import type { ClockTimes } from './lease.ts'

/** Where a flight ended: the grant as it is now, and why it has no fresher tokens, where it has none. */
export interface Landing {
  readonly record: GrantRecord | undefined
  readonly failure?: Error | undefined
}

/** What the flight knows of the lease it took. */
export interface Circumstances {
  /** Both clocks before it was asked for. */
  readonly asked: ClockTimes
  /** Monotonic milliseconds at which callers give up. */
  readonly giveUp: number
  /** Whether a post may cost the refresh token: the vendor rotates, and there is one. */
  readonly spends: boolean
  readonly early: (landing: Landing) => void
}
