/** The sandbox's time, in epoch milliseconds: it starts at the real time and runs on. */
export interface SandboxClock {
  /** The sandbox's time now, in epoch milliseconds. */
  now(): number
  /** Moves the sandbox's time ahead by `ms`, so that a test need not wait for a token to expire. */
  advance(ms: number): void
}

/** A clock that runs with `time` and can be moved ahead of it. */
export function createClock(time: () => number): SandboxClock {
  let ahead = 0
  return {
    now: () => time() + ahead,
    advance(ms) {
      ahead += ms
    },
  }
}
