import { memoryStore } from 'esign-auth/keeper'
import { describe, expect, it } from 'vitest'
import { ada, createWorld, hour } from './world.ts'

const day = 24 * hour

/** A keeper at a vendor of this idle lifetime (seconds), and for how long its store was told to keep what was written last. */
function kept(idleLifetime: number | undefined) {
  const world = createWorld({ vendor: idleLifetime === undefined ? {} : { idleLifetime } })
  const store = memoryStore()
  const swap = store.compareAndSwap
  let last: number | undefined
  store.compareAndSwap = (key, value, expected, options) => {
    last = options?.ttlMs
    return swap(key, value, expected, options)
  }
  return { ...world, ...world.process({ store, keys: undefined }), last: () => last }
}

describe('a store keeps a record', () => {
  it('for ever, where the vendor names no end of a refresh token that is not used', async () => {
    const { keeper, vendor, last } = kept(undefined)
    await keeper.adopt(vendor.signIn(), ada)
    expect(last()).toBeUndefined()
  })

  it('a day longer than the vendor lets a refresh token lie unused, counted anew at each refresh', async () => {
    const { keeper, vendor, clock, last } = kept(10 * 86_400)
    const link = await keeper.adopt(vendor.signIn(), ada)
    expect(last()).toBe(11 * day)
    await clock.until(keeper.access(link, { notGeneration: 1 }))
    expect(last()).toBe(11 * day)
  })

  it('that was revoked for as long as the longest session may last, whatever the vendor says', async () => {
    for (const idleLifetime of [undefined, 86_400]) {
      const { keeper, vendor, clock, last } = kept(idleLifetime)
      await keeper.adopt(vendor.signIn(), ada)
      await clock.until(keeper.revoke(ada))
      expect(last()).toBe(30 * day)
    }
  })
})
