import { createFlight } from '../core/flight.ts'
import type { Vendor } from '../core/vendor.ts'
import { remembered } from './changes.ts'
import { type Clock, within } from './clock.ts'
import type { OpenedRecords } from './opened.ts'
import type { GrantRecord } from './record.ts'
import type { VersionedStore } from './store.ts'

/** A record and the version it has in the store. */
export interface Current {
  readonly record: GrantRecord
  readonly version: string
}

/** Records in the store, decoded, with this process's opened ones kept in step. Every method rejects when the store fails. */
export interface Records {
  /** What the store has. Concurrent reads of one grant are one read, which may have begun a moment ago (5). */
  read(grantId: string): Promise<Current | undefined>
  /** What the store has now: a read of one's own, for whoever must see what was just written. */
  readBack(grantId: string): Promise<Current | undefined>
  /** Writes if nobody wrote meanwhile; resolves to the new version, or to `undefined` on conflict. */
  write(grantId: string, record: GrantRecord, expected: string | undefined): Promise<string | undefined>
  /**
   * Writes, and reads back what failed or met a conflict: it may have been applied without our hearing of it. Resolves to
   * what the store has then, and whether that is this write; rejects while it may still come to be.
   */
  settle(
    grantId: string,
    record: GrantRecord,
    expected: string,
  ): Promise<{ readonly applied: boolean; readonly current: Current | undefined }>
}

/** What records are kept with. */
export interface RecordsContext {
  readonly clock: Clock
  /** A store that needs longer for a call has failed: many clients queue commands for ever while they reconnect (25). */
  readonly storeMs: number
  vendorOf(record: GrantRecord): Vendor | undefined
  /** The store had lost a pair that this process remembers, and has it again. */
  restored(grantId: string, record: GrantRecord): void
}

const day = 86_400_000
/** A tombstone lives as long as the longest session link. */
const tombstoneMs = 30 * day

export function createRecords(
  store: VersionedStore,
  opened: OpenedRecords,
  { clock, storeMs, vendorOf, restored }: RecordsContext,
): Records {
  const reads = createFlight<Current | undefined>()
  const ttlMs = (record: GrantRecord) => {
    if (record.state === 'revoked') return tombstoneMs
    const idle = vendorOf(record)?.idleLifetime
    return idle === undefined ? undefined : idle * 1000 + day
  }
  const write: Records['write'] = async (grantId, record, expected) => {
    const begun = opened.begin()
    const written = store.compareAndSwap(grantId, encode(record), expected, { ttlMs: ttlMs(record) })
    const version = await within(clock, storeMs, written)
    if (version !== undefined) opened.wrote(grantId, record, begun)
    return version
  }
  const readBack = async (grantId: string, again = 3): Promise<Current | undefined> => {
    const begun = opened.begin()
    const found = await within(clock, storeMs, store.get(grantId))
    const record = found && decode(found.value)
    const known = opened.last(grantId)
    if (!found || !record || !wentBack(record, known)) {
      opened.seen(grantId, record, begun)
      return record && { record, version: found.version }
    }
    const back = remembered(known, record, !record.machine && vendorOf(record)?.rotation !== 'never')
    const version = await write(grantId, back, found.version)
    if (version !== undefined) {
      restored(grantId, back)
      return { record: back, version }
    }
    // It did not go back after all: we were told something old.
    if (again > 0) return readBack(grantId, again - 1)
    throw new Error('the store contradicts itself')
  }
  return {
    read: (grantId) => reads.share(`${opened.writes(grantId)} ${grantId}`, () => readBack(grantId)),
    readBack: (grantId) => readBack(grantId),
    write,
    async settle(grantId, record, expected) {
      let failed: unknown
      try {
        const version = await write(grantId, record, expected)
        if (version !== undefined) return { applied: true, current: { record, version } }
      } catch (error) {
        failed = error
      }
      const current = await readBack(grantId)
      const applied = current !== undefined && JSON.stringify(current.record) === JSON.stringify(record)
      if (!applied && current?.version === expected) throw failed ?? new Error('the store contradicts itself')
      return { applied, current }
    },
  }
}

/** 24: a fail-over lost what this process remembers of the same sign-in. Never over a tombstone. */
function wentBack(record: GrantRecord, known: GrantRecord | undefined): known is GrantRecord {
  return known?.consent === record.consent && known.generation > record.generation && record.state !== 'revoked'
}

/** Fields of a later version of this package are kept as they are (62). */
function decode(bytes: Uint8Array): GrantRecord {
  return JSON.parse(new TextDecoder().decode(bytes)) as GrantRecord
}

function encode(record: GrantRecord): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(record))
}
