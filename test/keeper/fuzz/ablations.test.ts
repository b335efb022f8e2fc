import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Ablation, ablations } from './ablations.ts'
import { plans, policies } from './plan.ts'
import { play, type Variant } from './play.ts'

/** Schedules of each kind that must be enough to find what is missing. */
const most = 3_000
const seed = 20_261_120

/** How many schedules it took. */
async function found(variant: Variant, { where, shows }: Pick<Ablation, 'where' | 'shows'>): Promise<number[]> {
  const counts: number[] = []
  for (const [vendor, weather] of where) {
    const property = fc.asyncProperty(plans(weather), async (plan) => {
      const { breaches } = await play(plan, policies[vendor] ?? {}, variant)
      return !breaches.some((each) => shows.test(each))
    })
    const { failed, numRuns } = await fc.check(property, { numRuns: most, seed, endOnFailure: true })
    if (failed) counts.push(numRuns)
  }
  return counts
}

describe('what each part of the keeper is for: without it, the fuzz finds the harm', () => {
  it.each(Object.entries(ablations))('%s', { timeout: 120_000 }, async (name, ablation) => {
    const path = `../../../src/keeper/index.ts?without=${encodeURIComponent(name)}`
    const { createTokenKeeper } = await import(/* @vite-ignore */ path)
    expect(await found({ createTokenKeeper }, ablation)).toHaveLength(ablation.where.length)
  })

  it('late timers', { timeout: 120_000 }, async () => {
    // The deadline in virtual time is the tests' own; that of `core/transport.ts` has tests of its own.
    const counts = await found(
      { lateTimers: false },
      { where: [['refuses reuse', 'freezes']], shows: /every pair came back/ },
    )
    expect(counts).toHaveLength(1)
  })
})
