import type { Client } from '../oauth/client.ts'
import type { Clock } from './clock.ts'
import type { Emit } from './events.ts'
import type { OpenedRecords } from './record-cache.ts'
import type { Records } from './records.ts'
import type { ClientRecords } from './refresh/client-rests.ts'
import type { Closing } from './refresh/closing.ts'
import type { Ahead } from './refresh/refresh-windows.ts'

/** Times of the keeper, in milliseconds. */
export interface KeeperTimes {
  /** How long a lease stands without a beat, and how often it beats. */
  readonly ttl: number
  readonly beat: number
  /** Deadline of one request to the vendor. */
  readonly timeout: number
  /** How long a caller waits at most. */
  readonly wait: number
}

/** What every part of a keeper works with. */
export interface KeeperParts {
  readonly records: Records
  readonly clientRecords: ClientRecords
  readonly opened: OpenedRecords
  readonly clock: Clock
  readonly times: KeeperTimes
  readonly ahead: Ahead
  readonly emit: Emit
  /** Ends when the keeper closes: background work stops trying then. */
  readonly closed: Closing
}

/** One grant and the client it belongs to. */
export interface Grant {
  readonly id: string
  readonly client: Client
}
