import type { Clock } from 'esign-auth/keeper'

/** Time that passes only when a test says so: the world's, and that of each machine in it. */
export interface VirtualClock extends Clock {
  /** Time passes; timers that fall due run in order, and promises settle before each of them. */
  advance(ms: number): Promise<void>
  /** Time passes until `promise` has settled. Throws after `most` milliseconds (default a minute). */
  until<T>(promise: Promise<T>, most?: number): Promise<T>
  /** Wall time jumps; nothing else notices (a laptop that slept, a clock that was set). */
  jump(ms: number): void
  /** A machine with a clock of its own. */
  machine(): Machine
  /** Timers that are armed. */
  pending(): number
  /** The longest time any timer was armed for so far. */
  longest(): number
}

/** One process: its clock may be wrong, and it may stop for a while or for good. */
export interface Machine extends Clock {
  /** Milliseconds by which its wall clock is wrong. */
  skewMs: number
  /** SIGSTOP, a long pause: no timer runs and nothing arrives. */
  freeze(): void
  /** SIGCONT: timers that are late run first, then what came in meanwhile is delivered. */
  thaw(): void
  /** SIGKILL. */
  kill(): void
  readonly state: 'running' | 'frozen' | 'dead'
  /** What comes from outside: delivered while the machine runs, later while it is frozen, never when it is dead. */
  io<T>(work: () => Promise<T>): Promise<T>
}

interface Timer {
  readonly due: number
  readonly machine: Machine | undefined
  readonly fn: () => void
}

const epoch = Date.UTC(2026, 0, 15, 12)

export function createVirtualClock(seed = 1): VirtualClock {
  let elapsed = 0
  let jumped = 0
  const timers = new Set<Timer>()
  const random = seeded(seed)

  let longest = 0
  const arm = (ms: number, fn: () => void, machine?: Machine): (() => void) => {
    longest = Math.max(longest, ms)
    const timer: Timer = { due: elapsed + Math.max(0, ms), machine, fn }
    timers.add(timer)
    return () => void timers.delete(timer)
  }
  /** The timers of the first moment at which any is due; those of one moment in the order in which they were armed. */
  const next = (): Timer[] => {
    let first: Timer[] = []
    for (const timer of timers) {
      if ((timer.machine?.state ?? 'running') !== 'running') continue
      const earlier = timer.due - (first[0]?.due ?? Number.POSITIVE_INFINITY)
      if (earlier < 0) first = [timer]
      else if (earlier === 0) first.push(timer)
    }
    return first
  }
  /** Runs the timers of the next moment, if it comes by then and nothing else is to be seen before. */
  const step = async (until: number, enough = () => false): Promise<boolean> => {
    await settled()
    if (enough()) return false
    const due = next()
    const [first] = due
    if (!first || first.due > until) return false
    elapsed = Math.max(elapsed, first.due)
    for (const timer of due) {
      const stopped = !timers.has(timer) || (timer.machine?.state ?? 'running') !== 'running'
      if (stopped) continue
      timers.delete(timer)
      timer.fn()
    }
    return true
  }
  const now = () => epoch + jumped + elapsed

  return {
    now,
    monotonic: () => elapsed,
    random,
    after: (ms, fn) => arm(ms, fn),
    pending: () => timers.size,
    longest: () => longest,
    jump: (ms) => {
      jumped += ms
    },
    async advance(ms) {
      const until = elapsed + ms
      while (await step(until));
      elapsed = until
      await settled()
    },
    async until(promise, most = 60_000) {
      let over = false
      const done = () => {
        over = true
      }
      promise.then(done, done)
      const limit = elapsed + most
      while (await step(limit, () => over));
      if (!over) throw new Error(`virtual clock: nothing came of it within ${most} ms`)
      return promise
    },
    machine() {
      let state: Machine['state'] = 'running'
      let held: (() => void)[] = []
      /** Resolves when the machine runs; never when it is dead. */
      const running = () => (state === 'running' ? undefined : new Promise<void>((resolve) => held.push(resolve)))
      const machine: Machine = {
        skewMs: 0,
        get state() {
          return state
        },
        now: () => now() + machine.skewMs,
        monotonic: () => elapsed,
        random,
        after: (ms, fn) => arm(ms, fn, machine),
        freeze() {
          if (state === 'running') state = 'frozen'
        },
        thaw() {
          if (state !== 'frozen') return
          state = 'running'
          for (const deliver of held) arm(0, deliver, machine)
          held = []
        },
        kill() {
          state = 'dead'
          held = []
          for (const timer of timers) if (timer.machine === machine) timers.delete(timer)
        },
        async io(work) {
          await running()
          const outcome = await work().then(
            (value) => () => value,
            (error: unknown) => () => {
              throw error
            },
          )
          await running()
          return outcome()
        },
      }
      return machine
    },
  }
}

/** Every promise that needs no timer has settled. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** Mulberry32: small, and the same numbers for the same seed. */
function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
