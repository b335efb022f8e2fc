import type { StoredValue, VersionedStore } from 'esign-auth/keeper'
import type { Machine } from './virtual-clock.ts'

/** What happens to one call of a store. Times are virtual. */
export interface StoreFault {
  /** Milliseconds until the store acts, and from then until its answer is there. */
  readonly arrivesMs?: number
  readonly takesMs?: number
  /** The call fails, before the store acted or afterwards (the answer is lost). */
  readonly fail?: 'before' | 'after'
  readonly hang?: 'before' | 'after'
}

export type StoreCall = 'get' | 'compareAndSwap' | 'delete'

/** Says what happens to a call; nothing by default. */
export type Faults = (call: StoreCall, count: number) => StoreFault | undefined

/** The way from one process to its store. */
export interface FaultyStore extends VersionedStore {
  faults: Faults
  /** How often each call was made. */
  readonly calls: Record<StoreCall, number>
}

/** Thrown by a store that fails. It quotes a record, as some drivers do. */
class StoreDown extends Error {}

/** `store` as one machine reaches it. */
export function faultyStore(store: VersionedStore, machine: Machine): FaultyStore {
  const pause = (ms: number | undefined) =>
    ms ? new Promise<void>((resolve) => machine.after(ms, resolve)) : undefined
  const never = new Promise<never>(() => {})
  const through = <T>(call: StoreCall, act: () => Promise<T>): Promise<T> => {
    const fault = self.faults(call, ++self.calls[call]) ?? {}
    return machine.io(async () => {
      if (fault.arrivesMs) await pause(fault.arrivesMs)
      if (fault.fail === 'before') throw new StoreDown('at-1-secret')
      if (fault.hang === 'before') return never
      const outcome = await act()
      if (fault.takesMs) await pause(fault.takesMs)
      if (fault.fail === 'after') throw new StoreDown('at-1-secret')
      return fault.hang === 'after' ? never : outcome
    })
  }
  const self: FaultyStore = {
    reach: store.reach,
    faults: () => undefined,
    calls: { get: 0, compareAndSwap: 0, delete: 0 },
    get: (key) => through('get', () => store.get(key)),
    compareAndSwap: (...given) => through('compareAndSwap', () => store.compareAndSwap(...given)),
    delete: (...given) => through('delete', () => store.delete(...given)),
  }
  return self
}

/** A store in memory that can lose its latest writes, as a fail-over does. */
export interface RewindableStore extends VersionedStore {
  /** What is in it now. */
  snapshot(): ReadonlyMap<string, StoredValue>
  rewind(to: ReadonlyMap<string, StoredValue>): void
  /** Bytes of a record, at once. */
  peek(key: string): Uint8Array | undefined
  readonly keys: readonly string[]
}

export function rewindableStore(now: () => number): RewindableStore {
  let entries = new Map<string, StoredValue & { until: number }>()
  const find = (key: string) => {
    const entry = entries.get(key)
    return entry && entry.until > now() ? entry : undefined
  }
  return {
    reach: 'shared',
    get: async (key) => find(key),
    async compareAndSwap(key, value, expected, { ttlMs = Number.POSITIVE_INFINITY } = {}) {
      if (find(key)?.version !== expected) return undefined
      const version = crypto.randomUUID()
      entries.set(key, { value, version, until: now() + ttlMs })
      return version
    },
    async delete(key, expected) {
      const entry = find(key)
      return entry !== undefined && (expected === undefined || entry.version === expected) && entries.delete(key)
    },
    snapshot: () => new Map(entries),
    rewind(to) {
      entries = new Map(to as typeof entries)
    },
    peek: (key) => find(key)?.value,
    get keys() {
      return [...entries.keys()]
    },
  }
}
