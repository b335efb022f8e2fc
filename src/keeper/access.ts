import { createFlight } from '../oauth/single-flight.ts'
import { type AccessOptions, type AccessToken, canRefresh, decide, isAlive, isNew, settle } from './access-decision.ts'
import { adoptTokens } from './adopt.ts'
import { storeTrouble, VendorUnavailable } from './errors.ts'
import type { Resolved } from './find-grant.ts'
import type { Grant, KeeperParts } from './keeper-context.ts'
import type { GrantOwner, GrantRecord } from './record.ts'
import type { Flights } from './refresh/flights.ts'
import type { GrantLink, GrantTarget } from './targets.ts'

/** A token for a target: the look, else the read, else the wait. */
export function createAccess(
  parts: KeeperParts,
  flights: Flights,
  resolve: (target: GrantTarget) => Promise<Resolved>,
): (target: GrantTarget, asked?: AccessOptions) => Promise<AccessToken> {
  const { opened, records, clock, emit, times } = parts
  const machines = createFlight<GrantRecord>()
  const shared = createFlight<AccessToken>()
  /** Tokens of opened records, each handed out before, so that its client is known. */
  const handedOut = new WeakMap<GrantRecord, AccessToken>()

  return (target, asked) => {
    if (!isLink(target)) return ask(target, asked)
    const token = look(target, asked)
    if (token) return Promise.resolve(token)
    // Who asks for the same in the same tenth of a second gets the same, unless something was written meanwhile.
    const { grant, vendor, generation } = target
    const moment = [opened.writes(grant), Math.floor(clock.monotonic() / 100)]
    const key = asked === undefined && JSON.stringify([grant, vendor, generation, moment])
    return key ? shared.share(key, () => ask(target)) : ask(target, asked)
  }

  /** What needs no waiting: a token that was handed out before, and is not due. */
  function look(link: GrantLink, asked: AccessOptions | undefined): AccessToken | undefined {
    const record = opened.look(link.grant)
    const token = record && handedOut.get(record)
    const isTheirs = token && (link.vendor === undefined || link.vendor === record.vendor) && isAlive(link, record)
    return isTheirs && token.generation > (asked?.notGeneration ?? 0) ? token : undefined
  }

  async function ask(target: GrantTarget, asked: AccessOptions = {}): Promise<AccessToken> {
    const { grant, owner, link } = await resolve(target)
    const refused = asked.notGeneration ?? 0
    const known = opened.look(grant.id)
    // It is not due, so whatever `minValidMs` may ask for is fulfilled.
    if (known && known.generation > refused && (!link || isAlive(link, known))) {
      const token = handedOut.get(known) ?? settle(grant.client, known, clock.now())
      // What is not due has not run out either; a record that says otherwise is judged at each call.
      if (known.refreshAfter <= known.accessExpiresAt) handedOut.set(known, token)
      return token
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
      // The flight was under way already and brought no newer pair than the one refused.
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
      // A pair that this process has open is served while it is valid; nobody refreshes without the store.
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

/** A link as its type says. Anything else is refused where targets are resolved, in words. */
function isLink(target: GrantTarget): target is GrantLink {
  if (typeof target !== 'object' || target === null || !('grant' in target)) return false
  const { grant, generation, vendor } = target
  const isNamed = typeof grant === 'string' && (vendor === undefined || typeof vendor === 'string')
  return isNamed && Number.isInteger(generation)
}
