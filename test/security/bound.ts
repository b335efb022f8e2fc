import type { Parameters as FuzzParameters } from 'fast-check'

/** No fuzzing runs longer than this; a machine too slow to finish fails, so that nobody believes it did. */
const longestMs = 80_000

/**
 * How fast-check is to run: bounded in time. `ESIGN_AUTH_FUZZ_SEED` plays a run again, `ESIGN_AUTH_FUZZ_RUNS` multiplies
 * the runs, for a night's search.
 */
export function boundOf<T>({ numRuns = 100, ...more }: FuzzParameters<T>): FuzzParameters<T> {
  const seed = process.env['ESIGN_AUTH_FUZZ_SEED']
  const times = Number(process.env['ESIGN_AUTH_FUZZ_RUNS'] ?? 1)
  return {
    ...more,
    numRuns: numRuns * times,
    interruptAfterTimeLimit: longestMs * times,
    markInterruptAsFailure: true,
    ...(seed === undefined ? {} : { seed: Number(seed) }),
  }
}
