import { createFlight } from '../core/flight.ts'
import { adoptTokens } from './adopt.ts'
import { type AccessOptions, type AccessToken, canRefresh, decide, isAlive, isNew, settle } from './decide.ts'
import { storeTrouble, VendorUnavailable } from './errors.ts'
import type { Flights } from './flights.ts'
import type { Grant, KeeperParts } from './parts.ts'
import type { GrantOwner, GrantRecord } from './record.ts'
import type { Resolved } from './resolve.ts'

/** A token for a target that was found: the look, else the read, else the wait. */
export function createAccess(
  parts: KeeperParts,
  flights: Flights,
): (found: Resolved, asked: AccessOptions) => Promise<AccessToken> {
  const { opened, records, clock, emit, times } = parts
  const machines = createFlight<GrantRecord>()

  return async ({ grant, owner, link }, asked) => {
    const refused = asked.notGeneration ?? 0
    const known = opened.look(grant.id)
    // It is not due, so whatever `minValidMs` may ask for is fulfilled.
    if (known && known.generation > refused && (!link || isAlive(link, known))) {
      return settle(grant.client, known, clock.now())
    }
    const due = clock.monotonic() + times.wait
    let record = await read(grant)
    if (owner.owner === 'client' && record?.state !== 'ok') record = await beginMachine(grant, owner)
    // A generation that the store does not know (any more) cannot be passed step by step.
    const bar = Math.min(refused, record?.generation ?? 0)
    const verdict = decide(parts, grant, record, { ...asked, notGeneration: bar, link })
    if ('wait' in verdict) return wait(grant, bar, { seen: record?.generation ?? 0, due, signal: asked.signal })
    if (verdict.refresh) {
      emit({ name: 'stale.served', grant: grant.id, vendor: grant.client.vendor.id })
      const work = flights.join(grant, bar).landed
      asked.waitUntil?.(work)
    }
    return verdict.token
  }

  /** Waits for a flight that satisfies the caller, who has seen the generation `seen`. */
  async function wait(
    grant: Grant,
    bar: number,
    { seen, due, signal }: { seen: number; due: number; signal: AbortSignal | undefined },
  ): Promise<AccessToken> {
    const { vendor } = grant.client
    for (;;) {
      const landing = await flights.join(grant, bar).waiters.wait(due, signal)
      signal?.throwIfAborted()
      const record = landing ? landing.record : opened.lastGood(grant.id)
      // 6: the flight was under way already and brought no newer pair than the one refused.
      const below = landing && !landing.failure && record?.state === 'ok' && record.generation <= bar
      if (below && canRefresh(record)) continue
      const failure = landing ? landing.failure : new VendorUnavailable(vendor, 1000, 'the wait was too long')
      const now = clock.now()
      const fresh = !failure && record !== undefined && record.generation > seen && isNew(record, now, times.wait)
      return settle(grant.client, record, now, { bar, failure, fresh })
    }
  }

  async function read(grant: Grant): Promise<GrantRecord | undefined> {
    try {
      return (await records.read(grant.id))?.record
    } catch (error) {
      // 25: a pair that this process has open is served while it is valid; nobody refreshes without the store.
      const last = opened.lastGood(grant.id)
      if (last && clock.now() < last.accessExpiresAt) return last
      throw storeTrouble(grant.client.vendor, error)
    }
  }

  /** An app's own tokens need no sign-in: their record begins when somebody asks. */
  function beginMachine(grant: Grant, owner: GrantOwner): Promise<GrantRecord> {
    return machines.share(grant.id, () => adoptTokens(parts, grant, owner, undefined))
  }
}
