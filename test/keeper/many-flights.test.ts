import { expect, it } from 'vitest'
import { createWorld, hour, tokensOf } from './world.ts'

it('8 · 10 000 flights at once: none is evicted, each has one post, and none stays', { timeout: 60_000 }, async () => {
  const { clock, vendor, ...world } = createWorld()
  const { keeper } = world.process()
  const warnings: unknown[] = []
  const note = (warning: unknown) => warnings.push(warning)
  process.on('warning', note)
  const owners = Array.from({ length: 10_000 }, (_, i) => ({ vendor: 'acme', owner: i }))
  for (const owner of owners) await keeper.adopt(vendor.signIn(), owner)
  await clock.advance(hour + 1)
  vendor.latencyMs = 0
  // Real answers would cost seconds; the flights all stand before the first one lands.
  const answers = owners.flatMap((owner) => [keeper.access(owner), keeper.access(owner)])
  const all = await clock.until(Promise.all(answers))
  expect(tokensOf(all)).toHaveLength(10_000)
  expect(vendor.posts).toHaveLength(10_000)
  await clock.until(keeper.close(), 0)
  process.off('warning', note)
  expect(warnings).toEqual([])
})
