import { canRefresh, isNew } from '../access-decision.ts'
import { pause } from '../clock.ts'
import { VendorUnavailable } from '../errors.ts'
import type { Grant, KeeperParts } from '../keeper-context.ts'
import type { Lease } from '../record.ts'
import { taken } from '../record-changes.ts'
import type { Current } from '../records.ts'
import { attempt } from './attempt.ts'
import type { Landing } from './landing.ts'
import type { Taken } from './lease.ts'
import { hardAfter, insideGrace } from './refresh-windows.ts'

/** A flight may be asked for more while it flies: only a pair above the bar satisfies it. */
export interface Bar {
  generation: number
}

/**
 * One flight: the one refresh of a grant in this process. It waits for another holder, takes over from a holder
 * that gives no sign of life, or refreshes itself. It outlives its callers, and holds nothing open across the vendor's
 * call. `early` hears of a pair that is good before it is stored.
 */
export async function fly(
  parts: KeeperParts,
  grant: Grant,
  bar: Bar,
  early: (landing: Landing) => void,
): Promise<Landing> {
  const { records, clientRecords, clock, times, emit, closed } = parts
  const { vendor } = grant.client
  const giveUp = clock.monotonic() + times.wait
  let begun: number | undefined
  let seen: Sighting | undefined
  let mayPost = false
  for (let round = 0; ; round++) {
    const current = await records.readBack(grant.id)
    if (current?.record.state !== 'ok') return { record: current?.record }
    const { record } = current
    const now = clock.now()
    begun ??= record.generation
    const above = record.generation > bar.generation
    if ((above && now < record.refreshAfter) || !canRefresh(record)) return { record }
    const unavailable = (ms: number, why: string) => ({ record, failure: new VendorUnavailable(vendor, ms, why) })
    const rest = (record.cooldownUntil ?? 0) - now
    if (rest > 0) return unavailable(rest, 'the vendor failed a moment ago')
    // A token just refreshed is the answer, however short it lives. (One that was only salvaged rests.)
    if (above && record.generation > begun && isNew(record, now, times.wait)) return { record }
    if (closed.aborted) return unavailable(1000, 'this keeper is closed')
    if (clock.monotonic() >= giveUp) return unavailable(1000, 'another instance is still refreshing')

    seen = sighted(record.lease, seen, clock.monotonic())
    const stale = seen !== undefined && clock.monotonic() - seen.since >= standsFor(seen.lease, times.ttl)
    const poll = () => pause(clock, Math.min(250, 25 * 1.5 ** round) * (0.75 + clock.random() / 2))
    if (seen && !stale) {
      if (round === 0) emit({ name: 'lease.wait', grant: grant.id, vendor: vendor.id })
      await poll()
      continue
    }
    // While the old token works, recovering it may kill it; from the hard window on each flight tries once.
    const spends = vendor.rotation !== 'never' && !record.machine
    const inDoubt = spends && (record.doubt !== undefined || stale)
    const works = above && now < hardAfter(record, parts.ahead)
    if (inDoubt && works && !insideGrace(record, now, vendor.graceMs)) return { record }

    if (!mayPost) {
      const restMs = await clientRecords.rest(grant.client, grant.id)
      if (restMs > 0) return unavailable(restMs, 'the vendor failed again and again, or asked for a pause')
      mayPost = true
    }
    const asked = { wall: now, monotonic: clock.monotonic() }
    const held = await takeLease(parts, grant, current, record.lease, spends)
    if (!held) {
      await poll()
      continue
    }
    if (stale) emit({ name: 'lease.takeover', grant: grant.id, vendor: vendor.id })
    const landing = await attempt(parts, grant, held, { asked, giveUp, spends, early })
    if (landing !== 'lost') return landing
    // What came was not ours to decide on. Look again.
  }
}

interface Sighting {
  readonly lease: Lease
  /** Monotonic milliseconds at which this very beat was first seen. Clock skew between machines cannot break it. */
  readonly since: number
}

function sighted(lease: Lease | undefined, seen: Sighting | undefined, now: number): Sighting | undefined {
  if (!lease) return undefined
  return seen?.lease.id === lease.id && seen.lease.beat === lease.beat ? seen : { lease, since: now }
}

const longestLease = 600_000

/**
 * Milliseconds that a lease stands without a beat: as its holder counts, since instances of two deploys may differ. Leases
 * of earlier versions do not say, and what cannot be is not believed.
 */
function standsFor({ ttl }: Lease, ownTtl: number): number {
  return typeof ttl === 'number' && ttl > 0 && ttl <= longestLease ? ttl : ownTtl
}

/** Takes the lease; `undefined` when somebody was faster. Without the store nobody posts. */
async function takeLease(
  { records, clock, times }: KeeperParts,
  grant: Grant,
  { record, version }: Current,
  from: Lease | undefined,
  spends: boolean,
): Promise<Taken | undefined> {
  const lease = { id: crypto.randomUUID(), beat: 0, ttl: times.ttl }
  const next = taken(record, lease, from, clock.now(), spends)
  const { applied, current } = await records.settle(grant.id, next, version)
  return applied && current ? { ...current, lease } : undefined
}
