import { createHash, createHmac } from 'node:crypto'
import { createTokenKeeper, memoryStore } from 'esign-auth/keeper'
import { describe, expect, it } from 'vitest'
import { failure, leaks, shown } from '../oauth/failure.ts'
import { ada, createWorld, hour, type Process, type World } from './world.ts'

const idSecret = 'IdSecretOfTheTests-0123456789abcdef'
const facts = JSON.stringify(['acme', 'a-client', '', 'user:ada', ''])
const plainId = createHash('sha256').update(facts).digest('hex')
const keyedId = createHmac('sha256', idSecret).update(facts).digest('hex')

/** A sign-in at `process`: the link, and the token. */
async function signIn({ clock, vendor }: World, { keeper }: Process) {
  const tokens = vendor.signIn()
  return { link: await clock.until(keeper.adopt(tokens, ada)), token: tokens.access_token }
}

describe('the id of a grant', () => {
  it('1.6 · without `idSecret` is what it ever was, so that records of today are found', async () => {
    const world = createWorld()
    const { link } = await signIn(world, world.process())
    expect(link.grant).toBe(plainId)
  })

  it('1.6 · with it cannot be computed by whoever knows the user, nor told by a session, an event or a store key', async () => {
    const world = createWorld()
    const a = world.process({ idSecret })
    const { link, token } = await signIn(world, a)
    expect(link.grant).toBe(keyedId)
    for (const target of [ada, link, keyedId]) expect((await a.keeper.access(target)).token).toBe(token)
    expect(await failure(a.keeper.access(plainId))).toMatchObject({ reason: 'unknown' })
    expect(world.store.keys).toEqual([keyedId])
    await world.clock.advance(hour + 1)
    await world.clock.until(a.keeper.access(ada))
    expect(shown([world.events, world.store.keys])).not.toContain(plainId)
    const other = world.process({ idSecret: `${idSecret}2` })
    expect((await signIn(world, other)).link.grant).not.toBe(keyedId)
  })

  it('1.6 · is one for all instances: they meet at one record, and refresh once', async () => {
    const world = createWorld()
    const [a, b] = [world.process({ idSecret }), world.process({ idSecret })]
    const both = [a, b].map(({ keeper }) => keeper.adopt(world.vendor.signIn(), ada))
    await world.clock.until(Promise.all(both))
    expect(world.store.keys).toEqual([keyedId])
    await world.clock.advance(hour + 1)
    await world.clock.until(Promise.all([a, b].map(({ keeper }) => keeper.access(ada))))
    expect(world.vendor.posts).toHaveLength(1)
  })

  it('1.6 · stays what it was for a grant from before, through refreshes, sign-ins and a disconnect', async () => {
    const world = createWorld()
    const { clock } = world
    const [before, a, b] = [world.process(), world.process({ idSecret }), world.process({ idSecret })]
    const { link } = await signIn(world, before)
    await clock.advance(hour + 1)
    const all = [before, a, b].flatMap(({ keeper }) => [ada, link].map((target) => keeper.access(target)))
    const tokens = (await clock.until(Promise.all(all))).map(({ token }) => token)
    expect(new Set(tokens).size).toBe(1)
    expect(world.vendor.posts).toHaveLength(1)
    expect(await a.keeper.find(ada)).toMatchObject({ grant: plainId, generation: 2 })
    expect((await signIn(world, b)).link).toEqual({ grant: plainId, generation: 3 })
    await clock.until(a.keeper.revoke(ada))
    for (const { keeper } of [before, b]) {
      await clock.advance(5_000)
      expect(await failure(keeper.access(ada))).toMatchObject({ reason: 'revoked' })
    }
    // The tombstone knows which links are dead; whoever signs in goes on there.
    const again = await signIn(world, a)
    expect(again.link.grant).toBe(plainId)
    expect(await failure(a.keeper.access(link))).toMatchObject({ reason: 'revoked' })
    expect((await a.keeper.access(again.link)).token).toBe(again.token)
  })

  it('1.6 · where a deploy left two records, each link has its own, and a disconnect by any target ends both', async () => {
    for (const by of ['owner', 'old link', 'new link', 'old instance'] as const) {
      const world = createWorld()
      const { clock, vendor } = world
      const [old, a] = [world.process(), world.process({ idSecret })]
      const keyed = await signIn(world, a)
      // An instance without the secret cannot find it: the user signs in there once more.
      expect(await failure(old.keeper.access(ada))).toMatchObject({ reason: 'unknown' })
      const plain = await signIn(world, old)
      for (const { keeper } of [old, a]) {
        for (const { link, token } of [keyed, plain]) expect((await keeper.access(link)).token).toBe(token)
      }
      for (const { keeper } of [a, world.process({ idSecret })]) {
        expect((await keeper.access(ada)).token).toBe(keyed.token)
      }
      const target = { owner: ada, 'old link': plain.link, 'new link': keyed.link, 'old instance': keyed.link }[by]
      await clock.until((by === 'old instance' ? old : a).keeper.revoke(target))
      await clock.advance(6_000)
      for (const { keeper } of [old, a]) {
        for (const { link } of [keyed, plain]) {
          expect(await failure(keeper.access(link)), by).toMatchObject({ reason: 'revoked' })
        }
      }
      expect(vendor.revocations.toSorted(), by).toEqual(['refresh-f1-1', 'refresh-f2-1'])
    }
  })

  it('1.6 · stays what it was for a session from before a restart that brought the secret, and ends by its owner', async () => {
    const world = createWorld()
    const { clock } = world
    const inMemory = (more = {}) => world.process({ store: memoryStore(), keys: undefined, ...more })
    const before = inMemory()
    const { link } = await signIn(world, before)
    const carried = before.keeper.link(link.grant) ?? link
    const after = inMemory({ idSecret })
    await clock.until(after.keeper.restore(carried))
    expect(await after.keeper.find(ada)).toMatchObject({ grant: plainId })
    const again = inMemory({ idSecret })
    await signIn(world, again)
    await clock.until(again.keeper.revoke(ada))
    await clock.until(again.keeper.restore(carried))
    for (const target of [ada, link]) {
      expect(await failure(again.keeper.access(target))).toMatchObject({ reason: 'revoked' })
    }
  })

  it('1.6 · both end also when the store did not say that the first one had', async () => {
    const world = createWorld()
    const [old, a] = [world.process(), world.process({ idSecret })]
    const { link } = await signIn(world, a)
    await signIn(world, old)
    a.store.faults = (call, count) => (call === 'compareAndSwap' && count === 2 ? { fail: 'after' } : undefined)
    await world.clock.until(a.keeper.revoke(link))
    expect(a.store.calls.compareAndSwap).toBe(3)
    await world.clock.advance(6_000)
    for (const { keeper } of [old, a]) expect(await failure(keeper.access(ada))).toMatchObject({ reason: 'revoked' })
  })

  it('1.6 · a link that is dead ends neither', async () => {
    const world = createWorld()
    const [old, a] = [world.process(), world.process({ idSecret })]
    const { link } = await signIn(world, a)
    await world.clock.until(a.keeper.revoke(link))
    const [keyed, plain] = [await signIn(world, a), await signIn(world, old)]
    await world.clock.until(a.keeper.revoke(link))
    for (const each of [keyed, plain]) expect((await a.keeper.access(each.link)).token).toBe(each.token)
  })

  it('costs a grant under its own id no read more, and one from before one more in five seconds', async () => {
    for (const [before, most] of [
      [{ idSecret }, 1],
      [{}, 2],
    ] as const) {
      const world = createWorld()
      await signIn(world, world.process(before))
      const a = world.process({ idSecret })
      await a.keeper.access(ada)
      for (let round = 0; round < 3; round++) {
        await world.clock.advance(5_000)
        const { get } = a.store.calls
        for (let call = 0; call < 5; call++) await a.keeper.access(ada)
        expect(a.store.calls.get - get).toBeLessThanOrEqual(most)
      }
    }
  })

  it('25 · while the store is away a grant from before is served from memory all the same', async () => {
    const world = createWorld()
    const { token } = await signIn(world, world.process())
    const a = world.process({ idSecret })
    expect((await a.keeper.access(ada)).token).toBe(token)
    a.store.faults = () => ({ fail: 'before' })
    await world.clock.advance(6_000)
    expect((await world.clock.until(a.keeper.access(ada))).token).toBe(token)
    const nobody = { ...ada, owner: 'nobody' }
    expect(await failure(world.clock.until(a.keeper.access(nobody)))).toMatchObject({ code: 'store_unavailable' })
  })

  it.each([undefined, idSecret])('1.6 · `idSecret` shows nowhere, and is refused where it is none', (given) => {
    const keeper = createTokenKeeper({ store: memoryStore(), idSecret: given })
    expect(leaks(shown(keeper), [idSecret])).toEqual([])
    for (const wrong of ['', 'x'.repeat(31), 5, null, {}]) {
      expect(() => createTokenKeeper({ store: memoryStore(), idSecret: wrong as string })).toThrow(
        expect.objectContaining({ name: 'TypeError', code: 'invalid_option', option: 'idSecret' }),
      )
    }
    expect(() => createTokenKeeper({ idSecret: `Zq7${'x'.repeat(28)}` })).toThrow(/^(?!.*Zq7).*openssl/)
  })
})
