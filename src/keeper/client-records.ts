import type { Client } from '../oauth/client.ts'
import { EsignAuthError } from '../oauth/errors.ts'
import { type Clock, within } from './clock.ts'
import { cooldownMs, type FailureClass, retryAfterMs } from './failure.ts'
import type { VersionedStore } from './store.ts'

/** What all instances agree on about one client: whether its vendor is to be left alone for a while. */
export interface ClientRecords {
  /**
   * Milliseconds for which nobody posts for this client; 0: go ahead. After a rest that is said to one instance only,
   * which then tries for all of them. Rejects when the store fails.
   */
  rest(client: Client): Promise<number>
  /** The vendor gave a pair, or a verdict: it works, and so does the client. */
  worked(client: Client): void
  /** It did not; resolves to the milliseconds of the rest that begins with it, or to `undefined`. */
  failed(client: Client, kind: FailureClass, error: unknown): number | undefined
}

/** What the records are kept with; times in milliseconds. */
export interface ClientRecordsContext {
  readonly clock: Clock
  /** How long a store may need for a call. */
  readonly storeMs: number
  /** How long whoever tries after a rest may need. */
  readonly probeMs: number
}

/** The record under `client:<vendor>:<clientId>`. Both in epoch milliseconds. */
interface Resting {
  readonly cooldownUntil: number
  /** Until when one instance tries. */
  readonly probe?: number | undefined
}

/** So many failures in a row, seen by this process, and the client rests. */
const failuresInARow = 5
/** A record that nobody needed for so long after its rest is forgotten. */
const keptMs = 3_600_000

/**
 * Records of clients that rest: a limit (429), a `Retry-After`, a client that the vendor does not know, and a vendor that
 * fails again and again concern every grant of a client, and stop a storm of them (38, 39, 42).
 */
export function createClientRecords(
  store: VersionedStore,
  { clock, storeMs, probeMs }: ClientRecordsContext,
): ClientRecords {
  /** What this process saw, and the version of the record it wrote itself. */
  const seen = new Map<string, { failures: number; version: string | undefined }>()
  const about = (key: string) => {
    const known = seen.get(key) ?? { failures: 0, version: undefined }
    seen.set(key, known)
    return known
  }
  const read = async (key: string) => {
    const found = await within(clock, storeMs, store.get(key))
    return { version: found?.version, resting: found && parse(found.value) }
  }
  const write = async (key: string, resting: Resting, expected: string | undefined) => {
    const ttlMs = Math.max(resting.cooldownUntil, resting.probe ?? 0) - clock.now() + keptMs
    const bytes = new TextEncoder().encode(JSON.stringify(resting))
    const version = await within(clock, storeMs, store.compareAndSwap(key, bytes, expected, { ttlMs }))
    if (version !== undefined) about(key).version = version
    return version !== undefined
  }
  return {
    async rest(client) {
      const key = keyOf(client)
      const { resting, version } = await read(key)
      const known = about(key)
      // Somebody else's by now, or gone.
      if (known.version !== version) known.version = undefined
      if (!resting) return 0
      const now = clock.now()
      const left = Math.max(resting.cooldownUntil, resting.probe ?? 0) - now
      if (left > 0) return left
      return (await write(key, { ...resting, probe: now + probeMs }, version)) ? 0 : probeMs
    },
    worked(client) {
      const key = keyOf(client)
      const known = about(key)
      const { version } = known
      Object.assign(known, { failures: 0, version: undefined })
      if (version !== undefined) store.delete(key, version).catch(() => {})
    },
    failed(client, kind, error) {
      const key = keyOf(client)
      const known = about(key)
      known.failures++
      const failed = error instanceof EsignAuthError ? error : undefined
      const asked = retryAfterMs(failed)
      const rests = failed?.vendorStatus === 429 || kind === 'configuration' || known.failures >= failuresInARow
      // Who tried for all and failed begins the next rest.
      if (asked === undefined && !rests && known.version === undefined) return undefined
      const restMs = asked ?? cooldownMs
      // Behind the refresh, whose retries may have no time to lose. A store that fails stops everybody anyway.
      begin(key, clock.now() + restMs).catch(() => {})
      return restMs
    },
  }

  async function begin(key: string, cooldownUntil: number): Promise<void> {
    for (let round = 0; round < 3; round++) {
      const { resting, version } = await read(key)
      const longer = Math.max(cooldownUntil, resting?.cooldownUntil ?? 0)
      if (await write(key, { cooldownUntil: longer }, version)) return
    }
  }
}

function keyOf({ vendor, clientId }: Client): string {
  return `client:${vendor.id}:${clientId}`
}

/** One that cannot be read counts as over: it holds nothing but a pause. */
function parse(bytes: Uint8Array): Resting {
  try {
    const { cooldownUntil = 0, probe } = JSON.parse(new TextDecoder().decode(bytes)) as Partial<Resting>
    return { cooldownUntil, probe }
  } catch {
    return { cooldownUntil: 0 }
  }
}
