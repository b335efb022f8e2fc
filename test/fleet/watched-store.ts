import type { VersionedStore } from 'esign-auth/keeper'
import type { GrantRecord } from '../../src/keeper/record.ts'
import type { Moment } from './protocol.ts'

export interface Counts {
  reads: number
  writes: number
  clientReads: number
}

/** A store, and how often it was asked. */
export function counted(store: VersionedStore): { readonly store: VersionedStore; readonly counts: Counts } {
  const counts: Counts = { reads: 0, writes: 0, clientReads: 0 }
  return {
    counts,
    store: {
      ...store,
      get(key) {
        if (key.startsWith('client:')) counts.clientReads++
        else counts.reads++
        return store.get(key)
      },
      compareAndSwap(...given) {
        counts.writes++
        return store.compareAndSwap(...given)
      },
    },
  }
}

/** A store in which a process meets its end, or is stopped, at a moment of a refresh. */
export interface Trap {
  readonly store: VersionedStore
  /** When `count` grants have come to that moment, this process gives itself the signal; when it goes on, so do they. */
  set(moment: Moment, count: number, signal: 'SIGKILL' | 'SIGSTOP'): void
}

/** `tell` is done before the signal is given. */
export function trapped(store: VersionedStore, tell: (moment: Moment) => Promise<void>): Trap {
  let armed: { moment: Moment; left: number; signal: NodeJS.Signals } | undefined
  let waiting: (() => void)[] = []
  const meet = (moment: Moment) =>
    new Promise<void>((resolve) => {
      if (armed?.moment !== moment) return resolve()
      waiting.push(resolve)
      if (--armed.left > 0) return
      const { signal } = armed
      armed = undefined
      void tell(moment).then(() => {
        process.kill(process.pid, signal)
        // Stopped, and going on, in the midst of this turn: no timer comes before what waits here.
        for (const go of waiting) go()
        waiting = []
      })
    })
  return {
    set(moment, left, signal) {
      armed = { moment, left, signal }
    },
    store: {
      ...store,
      async compareAndSwap(key, value, expected, options) {
        const { lease } = JSON.parse(new TextDecoder().decode(value)) as Partial<GrantRecord>
        const isPair = !lease && expected !== undefined && !key.startsWith('client:')
        if (isPair) await meet('answered')
        const version = await store.compareAndSwap(key, value, expected, options)
        if (isPair) await meet('stored')
        if (lease?.beat === 0) await meet('taken')
        return version
      },
    },
  }
}
