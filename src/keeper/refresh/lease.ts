import { pause } from '../clock.ts'
import type { Grant, KeeperParts } from '../keeper-context.ts'
import type { GrantRecord, Lease } from '../record.ts'
import { beaten } from '../record-changes.ts'
import type { Current } from '../records.ts'

/** My lease on a grant, kept alive by beats until it is over. */
export interface HeldLease {
  /** The record with my lease, as last written. */
  current(): Current
  /** `true` once another instance has taken the lease. A holder that lost it writes no verdict. */
  lost(): boolean
  /** Confirms the lease if more than half of it has passed on either clock; resolves to whether I may post. */
  confirm(): Promise<boolean>
  /** A beat at once, with a change of the record (the journal); resolves to whether it was written. */
  beat(change?: Change): Promise<boolean>
  /** The last write, which gives the lease back: what it made of the record, or `undefined` when it could not be written. */
  end(change: Change, tries: number): Promise<GrantRecord | undefined>
  /** No more beats. Waits for one that is under way. */
  stop(): Promise<void>
}

/** A record with my lease in it. */
export interface Taken extends Current {
  readonly lease: Lease
}

type Change = (record: GrantRecord) => GrantRecord

/** A moment on both clocks. */
export interface ClockTimes {
  readonly wall: number
  readonly monotonic: number
}

/** Keeps a lease. `asked`: when its take was asked for, which is when others may have begun to count. */
export function holdLease(
  { records, clock, times, emit }: KeeperParts,
  grant: Grant,
  taken: Current & { readonly lease: Lease },
  asked: ClockTimes,
): HeldLease {
  const { id } = taken.lease
  let current: Current = taken
  let lost = false
  let over = false
  let confirmed = asked
  let underWay: Promise<unknown> = Promise.resolve()
  let cancel = () => {}

  /** One write, of which nothing is said when the store does not answer: the next may come through before a take-over. */
  const write = async (change: Change): Promise<'applied' | 'not applied' | 'lost'> => {
    for (;;) {
      if (lost || current.record.lease?.id !== id) return 'lost'
      const next = change(current.record)
      const at = { wall: clock.now(), monotonic: clock.monotonic() }
      try {
        const written = await records.settle(grant.id, next, current.version)
        if (written.applied && written.current) {
          current = written.current
          confirmed = at
          return 'applied'
        }
        // Mine still, but newer: an earlier beat was applied without our hearing of it.
        if (written.current?.record.lease?.id === id && !written.current.locked) current = written.current
        else lost = true
      } catch {
        return 'not applied'
      }
      if (lost) emit({ name: 'lease.lost', grant: grant.id, vendor: grant.client.vendor.id })
    }
  }
  /** Writes come one after the other. */
  const inTurn = (change: Change) => {
    const turn = underWay.then(() => write(change))
    underWay = turn
    return turn
  }
  const beat = async (change: Change = (record) => record) =>
    (await inTurn((record) => change(beaten(record, id)))) === 'applied'
  const schedule = () => {
    cancel = clock.after(times.beat, () => {
      void beat().then(() => {
        if (!over && !lost) schedule()
      })
    })
  }
  schedule()
  const self: HeldLease = {
    current: () => current,
    lost: () => lost,
    beat,
    async confirm() {
      const half = times.ttl / 2
      const old = clock.now() - confirmed.wall > half || clock.monotonic() - confirmed.monotonic > half
      return !lost && (!old || (await beat()))
    },
    async end(change, tries) {
      for (let left = tries; ; left--) {
        const written = await inTurn(change)
        if (written === 'not applied' && left > 1) {
          await pause(clock, times.beat / 3)
          continue
        }
        await self.stop()
        return written === 'applied' ? current.record : undefined
      }
    },
    async stop() {
      over = true
      cancel()
      await underWay
    },
  }
  return self
}
