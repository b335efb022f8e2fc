import { createTokenKeeper, memoryStore } from 'esign-auth/keeper'
import { describe, expect, it } from 'vitest'
import { failure } from '../oauth/failure.ts'
import { ada, createWorld, due, expired, hour, tokensOf } from './world.ts'

describe('A · many callers at once', () => {
  it.each([1, 50, 100, 1000])(
    '1 · %i callers with one expired token: one post, all get the new token',
    async (callers) => {
      const { clock, vendor, ...world } = createWorld()
      const { keeper } = world.process()
      const old = await world.adopt(keeper)
      await clock.advance(hour + 1)
      const answers = await clock.until(Promise.all(Array.from({ length: callers }, () => keeper.access(ada))))
      expect(tokensOf(answers)).toHaveLength(1)
      expect(tokensOf(answers)).not.toContain(old.access_token)
      expect(vendor.posts).toHaveLength(1)
    },
  )

  it('1 · an attempt and its success are all that is told of a refresh without trouble', async () => {
    const { clock, a, events } = await expired()
    await clock.until(a.keeper.access(ada))
    const names = { grant: expect.stringMatching(/^[0-9a-f]{64}$/), vendor: 'acme' }
    expect(events).toEqual([
      { name: 'refresh.attempt', ...names },
      { name: 'refresh.success', ...names, generation: 2, ms: 150 },
    ])
  })

  it('2 · 100 callers over 8 processes: one post, all get the new token, the family lives', async () => {
    const { clock, vendor, ...world } = createWorld()
    const keepers = Array.from({ length: 8 }, () => world.process().keeper)
    const [first] = keepers
    const tokens = first && (await world.adopt(first))
    await clock.advance(hour + 1)
    const answers = await clock.until(
      Promise.all(Array.from({ length: 100 }, (_, i) => keepers[i % 8]?.access(ada) ?? Promise.reject())),
    )
    expect(tokensOf(answers)).toHaveLength(1)
    expect(vendor.posts).toHaveLength(1)
    expect(tokens && vendor.isAlive(tokens)).toBe(true)
    expect(vendor.isCurrent(world.record().tokens?.refresh_token)).toBe(true)
  })

  it('3 · two tabs at two processes, 13 ms apart: one post, nobody is signed out', async () => {
    const { clock, vendor, ...world } = createWorld()
    const [a, b] = [world.process(), world.process()]
    await world.adopt(a.keeper)
    await clock.advance(hour + 1)
    const first = a.keeper.access(ada)
    await clock.advance(13)
    const answers = await clock.until(Promise.all([first, b.keeper.access(ada)]))
    expect(tokensOf(answers)).toHaveLength(1)
    expect(vendor.posts).toHaveLength(1)
  })

  it('4 · a straggler, 1 ms after the flight settled at another process, reads the store and posts nothing', async () => {
    const { clock, vendor, ...world } = createWorld()
    const [a, b] = [world.process(), world.process()]
    await world.adopt(a.keeper)
    // The straggler has the old pair open.
    await b.keeper.access(ada)
    await clock.advance(hour + 1)
    const { token } = await clock.until(a.keeper.access(ada))
    await clock.advance(1)
    expect((await b.keeper.access(ada)).token).toBe(token)
    expect(vendor.posts).toHaveLength(1)
  })

  it('4 · nor does one whose look at the store was too slow to see the new pair', async () => {
    const { clock, vendor, a, b } = await expired()
    b.store.faults = (call, count) => (call === 'get' && count === 1 ? { takesMs: 1_000 } : undefined)
    const straggler = b.keeper.access(ada)
    await clock.advance(10)
    const { token } = await clock.until(a.keeper.access(ada))
    expect((await clock.until(straggler)).token).toBe(token)
    expect(vendor.posts).toHaveLength(1)
  })

  it('5 · 50 who wait behind another process’s lease all return within one poll of its answer', async () => {
    const { clock, vendor, ...world } = createWorld()
    const [a, b] = [world.process(), world.process()]
    await world.adopt(a.keeper)
    await clock.advance(hour + 1)
    vendor.next({ takesMs: 2_000 })
    const first = a.keeper.access(ada)
    await clock.advance(1)
    const begun = clock.now()
    const times = await clock.until(
      Promise.all(Array.from({ length: 50 }, () => b.keeper.access(ada).then(() => clock.now() - begun))),
    )
    expect(Math.max(...times)).toBeLessThanOrEqual(2_000 + 250 * 1.25)
    await first
    expect(vendor.posts).toHaveLength(1)
  })

  it('5 · whoever waits behind a lease looks after 25 ms, then ever more rarely, at last four times a second', async () => {
    const { clock, vendor, a, b, events } = await expired()
    vendor.next({ takesMs: 6_000 })
    const first = a.keeper.access(ada)
    await clock.advance(10)
    const looks: number[] = []
    b.store.faults = () => void looks.push(clock.now())
    await clock.until(Promise.all([first, b.keeper.access(ada)]))
    // The caller's own, and then its flight's.
    const pauses = looks.slice(2).map((at, i) => at - (looks[i + 1] ?? 0))
    for (const [i, ms] of pauses.entries()) {
      const planned = Math.min(250, 25 * 1.5 ** i)
      expect(ms).toBeGreaterThanOrEqual(planned * 0.75)
      expect(ms).toBeLessThanOrEqual(planned * 1.25)
    }
    expect(Math.max(...pauses)).toBeGreaterThan(250)
    // Not in step with others who wait.
    expect(new Set(pauses.slice(-10)).size).toBe(10)
    expect(events.filter(({ name }) => name === 'lease.wait')).toEqual([
      { name: 'lease.wait', grant: expect.stringMatching(/^[0-9a-f]{64}$/), vendor: 'acme' },
    ])
  })

  it('5 · the first reads of 50 callers are one read, and two more by their flight: of the grant, of the client', async () => {
    const { clock, ...world } = createWorld()
    const [a, b] = [world.process(), world.process()]
    await world.adopt(a.keeper)
    await clock.advance(hour + 1)
    await clock.until(Promise.all(Array.from({ length: 50 }, () => b.keeper.access(ada))))
    expect(b.store.calls).toMatchObject({ get: 3, compareAndSwap: 2 })
  })

  it('6 · a caller whose token was refused joins the flight under way and gets a newer one', async () => {
    const { clock, vendor, ...world } = createWorld()
    const { keeper } = world.process()
    await world.adopt(keeper)
    await clock.advance(hour + 1)
    const waiting = keeper.access(ada)
    await clock.advance(10)
    const forced = keeper.access(ada, { notGeneration: 1 })
    const answers = await clock.until(Promise.all([waiting, forced]))
    expect(answers.map(({ generation }) => generation)).toEqual([2, 2])
    expect(vendor.posts).toHaveLength(1)
  })

  it('6 · a caller that forces a refresh of a fresh token, twice at once, costs one post', async () => {
    const { clock, vendor, ...world } = createWorld()
    const { keeper } = world.process()
    const old = await world.adopt(keeper)
    const force = () => keeper.access(ada, { notGeneration: 1 })
    const answers = await clock.until(Promise.all([force(), force(), keeper.access(ada)]))
    expect(answers.map(({ generation }) => generation)).toEqual([2, 2, 1])
    expect(answers[2]?.token).toBe(old.access_token)
    // Whoever learns of the refusal late gets the newer token without a post.
    expect((await force()).generation).toBe(2)
    expect(vendor.posts).toHaveLength(1)
  })

  it('6 · a flight whose bar is raised does not end with the very pair that was refused meanwhile', async () => {
    const { clock, vendor, ...world } = createWorld()
    const [a, b] = [world.process(), world.process()]
    await world.adopt(a.keeper)
    await clock.advance(hour + 1)
    vendor.next({ takesMs: 1_000 })
    const first = a.keeper.access(ada)
    await clock.advance(10)
    // b waits for a's lease; before it notices that a is done, a's new token is refused by the API.
    const waiting = b.keeper.access(ada)
    await clock.until(first)
    const forced = b.keeper.access(ada, { notGeneration: 2 })
    const answers = await clock.until(Promise.all([waiting, forced]))
    expect(answers.map(({ generation }) => generation)).toEqual([3, 3])
    expect(vendor.posts).toHaveLength(2)
  })

  it('6 · a flight that has just ended with the pair that is refused now is followed by another', async () => {
    const { clock, vendor, ...world } = createWorld()
    let sealed = () => {}
    const { client, machine } = world.process()
    const slow = {
      seal: () => new Promise<string>((resolve) => (sealed = () => resolve('a copy'))),
      open: async () => undefined,
    }
    // With a store of the process, the session's copy is sealed before callers hear of the pair.
    const clients = [{ ...client, sealer: () => slow }]
    const keeper = createTokenKeeper({ store: memoryStore({ now: clock.now }), clients, clock: machine })
    const adopting = keeper.adopt(vendor.signIn(), ada)
    await clock.advance(0)
    sealed()
    await adopting
    await clock.advance(hour)
    const first = keeper.access(ada)
    await clock.advance(1_000)
    const forced = keeper.access(ada, { notGeneration: 2 })
    await clock.advance(0)
    sealed()
    expect((await clock.until(first)).generation).toBe(2)
    await clock.advance(1_000)
    sealed()
    expect((await clock.until(forced)).generation).toBe(3)
    expect(vendor.posts).toHaveLength(2)
  })

  it('6 · a caller whose token was refused hears that the refresh failed, and of nothing more', async () => {
    const { clock, vendor, a } = await due()
    vendor.next({ answer: { status: 403 } })
    const forced = failure(a.keeper.access(ada, { notGeneration: 1 }))
    expect(await clock.until(forced)).toMatchObject({ code: 'vendor_unavailable', retryAfter: 30 })
    expect(vendor.posts).toHaveLength(1)
  })

  it('6 · a generation from a future that the store has forgotten costs one post, not one per step', async () => {
    const { clock, vendor, ...world } = createWorld()
    const { keeper } = world.process()
    await world.adopt(keeper)
    const { generation } = await clock.until(keeper.access(ada, { notGeneration: 1_000_000 }))
    expect(generation).toBe(2)
    expect(vendor.posts).toHaveLength(1)
  })

  it('9 · two accounts of one user are refreshed apart, and a failure of one is none of the other', async () => {
    const { clock, vendor, ...world } = createWorld()
    const { keeper } = world.process()
    const [home, work] = ['home', 'work'].map((account) => ({ ...ada, account }))
    if (!home || !work) throw new Error()
    const tokens = vendor.signIn()
    await keeper.adopt(tokens, home)
    await keeper.adopt(vendor.signIn(), work)
    await clock.advance(hour + 1)
    vendor.revoke(tokens)
    const [refused, good] = await clock.until(Promise.allSettled([keeper.access(home), keeper.access(work)]))
    expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'reauth_required' } })
    expect(good).toMatchObject({ status: 'fulfilled', value: { generation: 2 } })
    expect(vendor.posts).toHaveLength(2)
  })

  it('10 · two sessions of one user share a grant: one refresh serves both', async () => {
    const { clock, vendor, ...world } = createWorld()
    const { keeper } = world.process()
    const first = await keeper.adopt(vendor.signIn(), ada)
    const second = await keeper.adopt(vendor.signIn(), ada)
    await clock.advance(hour + 1)
    const answers = await clock.until(Promise.all([keeper.access(first), keeper.access(second)]))
    expect(tokensOf(answers)).toHaveLength(1)
    expect(vendor.posts).toHaveLength(1)
  })
})
