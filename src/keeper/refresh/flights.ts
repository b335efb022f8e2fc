import { storeTrouble } from '../errors.ts'
import type { Grant, KeeperParts } from '../keeper-context.ts'
import { type Bar, fly } from './flight.ts'
import type { Landing } from './landing.ts'
import { createWaiters, type Waiters } from './waiters.ts'

/** A refresh under way in this process. */
export interface Flying {
  /** Callers who wait for it. */
  readonly waiters: Waiters<Landing>
  /** Never rejects: behind the scenes nobody awaits it. */
  readonly landed: Promise<Landing>
}

/** The flights of this process: one per grant, never evicted, gone when they have landed. */
export interface Flights {
  /** Joins the grant's flight, or starts it. A caller whose token was refused raises its bar. */
  join(grant: Grant, bar: number): Flying
  /** Resolves when none is under way. */
  landed(): Promise<void>
}

/** Flights; `ready` is done with each landing before its callers hear of it. */
export function createFlights(parts: KeeperParts, ready: (grant: Grant, landing: Landing) => Promise<void>): Flights {
  const { clock, emit, opened } = parts
  const underWay = new Map<string, Flying & { readonly bar: Bar }>()
  return {
    async landed() {
      while (underWay.size > 0) await Promise.all([...underWay.values()].map(({ landed }) => landed))
    },
    join(grant, generation) {
      const known = underWay.get(grant.id)
      if (known) {
        known.bar.generation = Math.max(known.bar.generation, generation)
        emit({ name: 'flight.joined', grant: grant.id, vendor: grant.client.vendor.id })
        return known
      }
      const bar: Bar = { generation }
      const waiters = createWaiters<Landing>(clock)
      const tell = async (landing: Landing) => {
        await ready(grant, landing).catch(() => {})
        waiters.settle(landing)
      }
      const landed = fly(parts, grant, bar, (landing) => void tell(landing))
        .catch(
          (error): Landing => ({
            record: opened.lastGood(grant.id),
            failure: storeTrouble(grant.client.vendor, error),
          }),
        )
        .then(async (landing) => {
          await ready(grant, landing).catch(() => {})
          underWay.delete(grant.id)
          waiters.settle(landing)
          return landing
        })
      underWay.set(grant.id, { bar, waiters, landed })
      return { waiters, landed }
    },
  }
}
