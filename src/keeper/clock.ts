/** Time and chance, handed in so that tests can hold them. */
export interface Clock {
  /** Wall time in epoch milliseconds: what expiries are measured with. */
  now(): number
  /** Milliseconds that no clock setting moves: what leases are measured with. */
  monotonic(): number
  /** At least 0, below 1. */
  random(): number
  /** Calls `fn` after `ms`, unless the returned function is called first. Keeps no process alive. */
  after(ms: number, fn: () => void): () => void
}

/** A longer timer would fire at once. */
const longestTimer = 2 ** 31 - 1

/** The machine's own. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  random: Math.random,
  after(ms, fn) {
    const timer = setTimeout(fn, Math.min(ms, longestTimer))
    // Edge runtimes have numbers for timers, and nothing to keep alive.
    if (typeof timer === 'object') timer.unref()
    return () => clearTimeout(timer)
  },
}

/** A promise that resolves after `ms` of `clock`. */
export function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.after(ms, resolve))
}

/** What `work` comes to, or a rejection after `ms`: then nobody knows what becomes of it. */
export function within<T>(clock: Clock, ms: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = clock.after(ms, () => reject(new Error(`no answer within ${ms} ms`)))
    work.then(resolve, reject).finally(stop)
  })
}
