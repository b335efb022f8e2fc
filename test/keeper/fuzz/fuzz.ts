import fc from 'fast-check'
import { describe, it } from 'vitest'
import { type Plan, plans, policies, type Weather, weathers } from './plan.ts'
import { play } from './play.ts'

/** Of each vendor in each weather. */
const runs = Number(process.env['ESIGN_AUTH_FUZZ_RUNS'] ?? 250)
const seed = process.env['ESIGN_AUTH_FUZZ_SEED']
const path = process.env['ESIGN_AUTH_FUZZ_PATH']

/** Random schedules of some vendors in every weather; one that fails tells the command that replays it. */
export function fuzz(file: string, names: readonly string[]): void {
  describe.each(names)('%s', (name) => {
    it.each(weathers)('%s: the four properties hold after every schedule', { timeout: 600_000 }, async (weather) => {
      const failed = await firstFailure(name, weather)
      if (!failed) return
      const replay = `ESIGN_AUTH_FUZZ_SEED=${seedOf(name)} ESIGN_AUTH_FUZZ_PATH=${failed.path}`
      throw new Error(
        `${failed.why}\n\n${JSON.stringify(failed.plan)}\n\nReplay it with\n${replay} npx vitest run ${file} -t '${name} ${weather}:'\n`,
      )
    })
  })
}

/** Schedules of its own for each vendor; the same ones in every run. */
function seedOf(name: string): number {
  return seed === undefined ? 20_261_120 + Object.keys(policies).indexOf(name) : Number(seed)
}

async function firstFailure(name: string, weather: Weather) {
  const policy = policies[name]
  if (!policy) throw new Error(`there is no vendor that ${name}`)
  const property = fc.asyncProperty(plans(weather), async (plan) => {
    const { breaches } = await play(plan, policy)
    if (breaches.length > 0) throw new Error(breaches.join('\n'))
  })
  const outcome = await fc.check(property, {
    numRuns: runs,
    seed: seedOf(name),
    ...(path ? { path, endOnFailure: true } : {}),
  })
  if (!outcome.failed) return undefined
  const [plan] = outcome.counterexample as [Plan]
  return { plan, path: outcome.counterexamplePath, why: String(outcome.errorInstance) }
}
