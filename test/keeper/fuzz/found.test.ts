import { describe, expect, it } from 'vitest'
import { type Plan, policies } from './plan.ts'
import { play } from './play.ts'

/** Schedules that once showed a mistake of the keeper, as the fuzz shrank them. */
const found: readonly [what: string, vendor: string, plan: Plan][] = [
  [
    'a pair that came back to the store an hour after it was lost there is not passed off as new',
    'never rotates',
    {
      weather: 'fail-overs',
      phase: 0,
      skews: [0, 0],
      keys: 'none',
      events: [
        { event: { kind: 'call', at: 3, whose: 0, how: 'plain' }, thenMs: 0 },
        { event: { kind: 'fail-over', ms: 151 }, thenMs: 0 },
        { event: { kind: 'vendor', step: { takesMs: 2000 } }, thenMs: 0 },
        { event: { kind: 'call', at: 3, whose: 0, how: 'plain' }, thenMs: 0 },
        { event: { kind: 'expiry' }, thenMs: 0 },
      ],
    },
  ],
  [
    'a sign-in sealed with a key that is missing here, during a refresh, signs nobody out',
    'never rotates',
    {
      weather: 'calm',
      phase: 0,
      skews: [0, 0, 0],
      keys: 'missing',
      events: [
        { event: { kind: 'call', at: 0, whose: 0, how: 'forced' }, thenMs: 0 },
        { event: { kind: 'sign in', at: 2, whose: 0 }, thenMs: 0 },
        { event: { kind: 'call', at: 0, whose: 0, how: 'plain' }, thenMs: 0 },
      ],
    },
  ],
  [
    'a disconnect seen while waiting, of a user who has signed in again since, signs nobody out when the wait ends',
    'never rotates',
    {
      weather: 'storm',
      phase: 0,
      skews: [0, 0],
      keys: 'none',
      events: [
        { event: { kind: 'vendor', step: { takesMs: 8000 } }, thenMs: 0 },
        { event: { kind: 'expiry' }, thenMs: 0 },
        { event: { kind: 'call', at: 1, whose: 0, how: 'plain' }, thenMs: 2190 },
        { event: { kind: 'call', at: 0, whose: 0, how: 'plain' }, thenMs: 1056 },
        { event: { kind: 'vendor', step: { hang: 'before' } }, thenMs: 4254 },
        { event: { kind: 'disconnect', at: 0, whose: 0 }, thenMs: 1500 },
        { event: { kind: 'sign in', at: 0, whose: 0 }, thenMs: 0 },
        { event: { kind: 'vendor', step: { takesMs: 20, cut: 'after' } }, thenMs: 0 },
        { event: { kind: 'outage', at: 0, ms: 100, how: 'fail' }, thenMs: 0 },
        { event: { kind: 'call', at: 0, whose: 0, how: 'plain' }, thenMs: 0 },
      ],
    },
  ],
]

describe('schedules that once failed', () => {
  it.each(found)('%s', async (_, vendor, plan) => {
    const { breaches } = await play(plan, policies[vendor] ?? {})
    expect(breaches).toEqual([])
  })
})
