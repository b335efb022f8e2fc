import { createFlight } from '../oauth/single-flight.ts'
import type { Vendor } from '../oauth/vendor.ts'
import { type Clock, within } from './clock.ts'
import type { KeyUnavailable } from './errors.ts'
import type { GrantRecord } from './record.ts'
import type { OpenedRecords } from './record-cache.ts'
import { remembered } from './record-changes.ts'
import type { Codec } from './record-sealing.ts'
import type { VersionedStore } from './stores/versioned-store.ts'

/** A record and the version it has in the store. */
export interface Current {
  readonly record: GrantRecord
  readonly version: string
  /** Why its tokens are left out: they cannot be opened here. Only a sign-in, which has others, or a disconnect may write it. */
  readonly locked?: KeyUnavailable | undefined
}

/**
 * Records in the store, decoded, with this process's opened ones kept in step. Every method rejects when the store fails,
 * or with KeyUnavailable when the tokens cannot be opened.
 */
export interface Records {
  /** What the store has. Concurrent reads of one grant are one read, which may have begun a moment ago. */
  read(grantId: string): Promise<Current | undefined>
  /** The same for callers that need no tokens: `locked` ones too. */
  peek(grantId: string): Promise<Current | undefined>
  /** Reads past the cache, for callers that must see their own last write. */
  readBack(grantId: string): Promise<Current | undefined>
  /** The same for callers that write other tokens, or none, in their place: `locked` ones too. */
  readOver(grantId: string): Promise<Current | undefined>
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
  readonly codec: Codec
  /** A store that needs longer for a call has failed: many clients queue commands for ever while they reconnect. */
  readonly storeMs: number
  vendorOf(record: GrantRecord): Vendor | undefined
  /** The store had lost a pair, or a disconnect, that this process remembers, and has it again. */
  restored(grantId: string, record: GrantRecord): void
}

const day = 86_400_000
/** A tombstone lives as long as the longest session link. */
const tombstoneMs = 30 * day

export function createRecords(
  store: VersionedStore,
  opened: OpenedRecords,
  { clock, codec, storeMs, vendorOf, restored }: RecordsContext,
): Records {
  const reads = createFlight<Current | undefined>()
  const ttlMs = (record: GrantRecord) => {
    if (record.state === 'revoked') return tombstoneMs
    const idle = vendorOf(record)?.idleLifetime
    return idle === undefined ? undefined : idle * 1000 + day
  }
  const write: Records['write'] = async (grantId, record, expected) => {
    const begun = opened.begin()
    const bytes = await codec.encode(grantId, record)
    const written = store.compareAndSwap(grantId, bytes, expected, { ttlMs: ttlMs(record) })
    const version = await within(clock, storeMs, written)
    if (version !== undefined) opened.wrote(grantId, record, begun)
    return version
  }
  const readOver = async (grantId: string, again = 3): Promise<Current | undefined> => {
    const begun = opened.begin()
    const found = await within(clock, storeMs, store.get(grantId))
    if (!found) {
      opened.seen(grantId, undefined, begun)
      return undefined
    }
    const { version } = found
    const { record, locked } = await codec.decode(grantId, found.value, opened.last(grantId))
    if (locked) return { record, version, locked }
    const known = opened.last(grantId)
    if (!wentBack(record, known)) {
      opened.seen(grantId, record, begun)
      return { record, version }
    }
    const back = remembered(known, record, !record.machine && vendorOf(record)?.rotation !== 'never')
    const written = await write(grantId, back, version)
    if (written !== undefined) {
      restored(grantId, back)
      return { record: back, version: written }
    }
    // It did not go back after all: we were told something old.
    if (again > 0) return readOver(grantId, again - 1)
    throw new Error('the store contradicts itself')
  }
  const peek = (grantId: string) => reads.share(`${opened.writes(grantId)} ${grantId}`, () => readOver(grantId))
  const unlocked = (current: Current | undefined) => {
    if (current?.locked) throw current.locked
    return current
  }
  return {
    read: async (grantId) => unlocked(await peek(grantId)),
    peek,
    readBack: async (grantId) => unlocked(await readOver(grantId)),
    readOver: (grantId) => readOver(grantId),
    write,
    async settle(grantId, record, expected) {
      let failed: unknown
      try {
        const version = await write(grantId, record, expected)
        if (version !== undefined) return { applied: true, current: { record, version } }
      } catch (error) {
        failed = error
      }
      const current = await readOver(grantId)
      const applied =
        current !== undefined && !current.locked && JSON.stringify(current.record) === JSON.stringify(record)
      if (!applied && current?.version === expected) throw failed ?? new Error('the store contradicts itself')
      return { applied, current }
    },
  }
}

/** A fail-over lost what this process remembers of the same sign-in: a later pair, or its end. Never over a tombstone. */
function wentBack(record: GrantRecord, known: GrantRecord | undefined): known is GrantRecord {
  if (known?.consent !== record.consent || record.state === 'revoked') return false
  return known.generation > record.generation || known.state === 'revoked'
}
