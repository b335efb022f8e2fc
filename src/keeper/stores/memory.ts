import type { StoredValue, VersionedStore } from './versioned-store.ts'

/** Settings of {@link memoryStore}. */
export interface MemoryStoreOptions {
  /** At most this many records; the least recently written goes first. Default 100 000, about 60 MB of short tokens. */
  readonly maxRecords?: number
  /** Wall time in epoch milliseconds. Default `Date.now`. */
  readonly now?: () => number
}

interface Entry extends StoredValue {
  readonly until: number
}

/** Records in this process's memory: for one instance, with session copies for its restarts. */
export function memoryStore({ maxRecords = 100_000, now = Date.now }: MemoryStoreOptions = {}): VersionedStore {
  return storeOver(new Map(), maxRecords, now)
}

/**
 * The memory that all keepers of this process share unless they are told otherwise: bundlers load a module more than
 * once per process, and each copy must meet the same records.
 */
export function processStore(): VersionedStore {
  const home = globalThis as { [key: symbol]: { records?: Map<string, Entry> } | undefined }
  const name = Symbol.for('esign-auth')
  home[name] ??= {}
  home[name].records ??= new Map()
  return storeOver(home[name].records, 100_000, Date.now)
}

function storeOver(records: Map<string, Entry>, maxRecords: number, now: () => number): VersionedStore {
  const find = (key: string): Entry | undefined => {
    const entry = records.get(key)
    if (!entry || entry.until > now()) return entry
    records.delete(key)
    return undefined
  }
  return {
    reach: 'process',
    async get(key) {
      return find(key)
    },
    // Compares and writes in one turn, hence atomic.
    async compareAndSwap(key, value, expected, { ttlMs } = {}) {
      if (find(key)?.version !== expected) return undefined
      const version = crypto.randomUUID()
      records.delete(key)
      records.set(key, { value, version, until: ttlMs === undefined ? Number.POSITIVE_INFINITY : now() + ttlMs })
      for (const oldest of records.keys()) {
        if (records.size <= maxRecords) break
        records.delete(oldest)
      }
      return version
    },
    async delete(key, expected) {
      const entry = find(key)
      return entry !== undefined && (expected === undefined || entry.version === expected) && records.delete(key)
    },
  }
}
