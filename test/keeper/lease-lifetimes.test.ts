import { describe, expect, it } from 'vitest'
import { failure } from '../oauth/failure.ts'
import { ada, createWorld, hour } from './world.ts'

const long = { lease: { ttl: 20_000, beat: 6_000 }, http: { timeout: 15_000 }, wait: 40_000 }
const short = { lease: { ttl: 5_000, beat: 1_500 }, wait: 40_000 }

/** Two instances of a rolling deploy, each with a lease of its own length, and tokens that have run out. */
async function rolling() {
  const world = createWorld()
  const [a, b] = [world.process(long), world.process(short)]
  await world.adopt(a.keeper)
  await world.clock.advance(hour + 1)
  return { ...world, a, b }
}

describe('leases of two lengths in one fleet', () => {
  it('a healthy holder of a long one is not taken over by an instance with a short one: one post', async () => {
    const { clock, vendor, a, b, told } = await rolling()
    vendor.next({ takesMs: 14_000 })
    const first = a.keeper.access(ada)
    await clock.advance(500)
    const both = clock.until(Promise.all([first, b.keeper.access(ada)]))
    expect((await both).map(({ generation }) => generation)).toEqual([2, 2])
    expect(vendor.posts).toHaveLength(1)
    expect(told()).not.toContain('lease.takeover')
  })

  it('a dead holder of a short one is taken over after its own time, by an instance with a long one', async () => {
    const { clock, vendor, a, b, told } = await rolling()
    vendor.next({ hang: 'before' })
    vendor.onPost = ({ from }) => from === b.name && b.machine.kill()
    void b.keeper.access(ada)
    await clock.advance(1_000)
    const begun = clock.now()
    expect(await clock.until(a.keeper.access(ada))).toMatchObject({ generation: 2 })
    expect(clock.now() - begun).toBeLessThan(7_000)
    expect(told()).toContain('lease.takeover')
  })

  it.each([undefined, 0, -1, '9999', 1e12, null])(
    'a lease that says %j stands as long as the reader’s own',
    async (ttl) => {
      const { clock, vendor, b, rewrite } = await rolling()
      await rewrite((record) => ({ ...record, lease: { id: 'of another version', beat: 3, ttl } }))
      expect(await clock.until(b.keeper.access(ada))).toMatchObject({ generation: 2 })
      expect(vendor.posts[0]?.at).toBeGreaterThan(0)
    },
  )

  it('no lease that a record names is waited for longer than a caller waits', async () => {
    const { b, clock, rewrite } = await rolling()
    await rewrite((record) => ({ ...record, lease: { id: 'stuck', beat: 3, ttl: 600_000 } }))
    expect(await failure(clock.until(b.keeper.access(ada)))).toMatchObject({ code: 'vendor_unavailable' })
  })
})
