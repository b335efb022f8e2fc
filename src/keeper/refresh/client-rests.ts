import type { Client } from '../../oauth/client.ts'
import { EsignAuthError } from '../../oauth/errors.ts'
import { type Clock, within } from '../clock.ts'
import type { VersionedStore } from '../stores/versioned-store.ts'
import { concernsGrant, cooldownMs, retryAfterMs } from './failure-classes.ts'

/** What all instances agree on about one client: whether its vendor is to be left alone for a while. */
export interface ClientRecords {
  /**
   * Milliseconds for which this grant waits with its post; 0: go ahead. After a rest that is said to one grant only, which
   * then tries for all of them; the one that failed last lets others go first. Rejects when the store fails.
   */
  rest(client: Client, grantId: string): Promise<number>
  /** The vendor gave a pair, or a verdict: it works, and so does the client. */
  worked(client: Client): void
  /** It did not; resolves to the milliseconds of the rest that begins with it, or to `undefined`. */
  failed(client: Client, grantId: string, error: unknown): number | undefined
}

/** What the records are kept with; times in milliseconds. */
export interface ClientRecordsContext {
  readonly clock: Clock
  /** How long a store may need for a call. */
  readonly storeMs: number
  /** How long the first try after a rest may take. */
  readonly probeMs: number
}

/** The record under `client:<vendor>:<clientId>`. Times are epoch milliseconds. */
interface Resting {
  readonly cooldownUntil: number
  /** Until when one grant tries. */
  readonly probe?: number | undefined
  /** The grant whose failure began the rest, and until when it lets others try first. */
  readonly by?: { readonly grant: string; readonly until: number } | undefined
}

/** What this process saw of a client since its last success. */
interface Seen {
  /** Failures that tell of the vendor, not of a grant. */
  failures: number
  /** Grants that failed in any way, a few of them. */
  readonly grants: Set<string>
  /** Version of the record that this process wrote itself. */
  version: string | undefined
}

/** So many failures of the vendor in a row, of at least two grants, and the client rests. */
const failuresInARow = 5
/** So many grants that were refused, whatever with, and the client rests: what is wrong is not theirs. */
const grantsInARow = 3
/** A record that nobody needed for so long after its rest is forgotten. */
const keptMs = 3_600_000

/**
 * Records of clients that rest: a `Retry-After`, a vendor that fails again and again, and refusals of several grants concern
 * every grant of a client, and stop a storm of them. What one grant is refused with is its own affair, or one sick grant
 * would keep all others waiting.
 */
export function createClientRecords(
  store: VersionedStore,
  { clock, storeMs, probeMs }: ClientRecordsContext,
): ClientRecords {
  const seen = new Map<string, Seen>()
  const about = (key: string): Seen => {
    const known = seen.get(key) ?? { failures: 0, grants: new Set(), version: undefined }
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
    async rest(client, grantId) {
      const key = keyOf(client)
      const { resting, version } = await read(key)
      const known = about(key)
      // Somebody else's by now, or gone.
      if (known.version !== version) known.version = undefined
      if (!resting) return 0
      const now = clock.now()
      const over = Math.max(resting.cooldownUntil, resting.probe ?? 0)
      const left = (resting.by?.grant === grantId ? Math.max(over, resting.by.until) : over) - now
      if (left > 0) return left
      return (await write(key, { ...resting, probe: now + probeMs }, version)) ? 0 : probeMs
    },
    worked(client) {
      const key = keyOf(client)
      const known = about(key)
      const { version } = known
      seen.delete(key)
      // Inside a promise: a store that throws must not cost the pair that just came.
      if (version !== undefined)
        Promise.resolve()
          .then(() => store.delete(key, version))
          .catch(() => {})
    },
    failed(client, grantId, error) {
      const key = keyOf(client)
      const known = about(key)
      const failed = error instanceof EsignAuthError ? error : undefined
      const itsOwn = concernsGrant(failed)
      if (known.grants.size < grantsInARow) known.grants.add(grantId)
      if (!itsOwn) known.failures++
      const storm = known.failures >= failuresInARow && known.grants.size > 1
      // A grant that tried for all and met a vendor that still fails begins the next rest.
      const rests = storm || known.grants.size >= grantsInARow || (known.version !== undefined && !itsOwn)
      const asked = itsOwn && failed?.vendorStatus !== 429 ? undefined : retryAfterMs(failed)
      if (asked === undefined && !rests) return undefined
      const restMs = asked ?? cooldownMs
      // In the background, since retries of the refresh may be urgent. A failing store stops every refresh by itself.
      begin(key, restMs, grantId).catch(() => {})
      return restMs
    },
  }

  async function begin(key: string, restMs: number, grant: string): Promise<void> {
    const end = clock.now() + restMs
    for (let round = 0; round < 3; round++) {
      const { resting, version } = await read(key)
      const cooldownUntil = Math.max(end, resting?.cooldownUntil ?? 0)
      const by = { grant, until: cooldownUntil + Math.min(restMs, cooldownMs) }
      if (await write(key, { cooldownUntil, by }, version)) return
    }
  }
}

function keyOf({ vendor, clientId }: Client): string {
  return `client:${vendor.id}:${clientId}`
}

/** One that cannot be read counts as over: it holds nothing but a pause. */
function parse(bytes: Uint8Array): Resting {
  try {
    const { cooldownUntil = 0, probe, by } = JSON.parse(new TextDecoder().decode(bytes)) as Partial<Resting>
    return { cooldownUntil, probe, by }
  } catch {
    return { cooldownUntil: 0 }
  }
}
