import { createClient } from 'esign-auth'
import { createTokenKeeper, memoryStore } from 'esign-auth/keeper'
import { describe, expect, it, vi } from 'vitest'
import { systemClock } from '../../src/keeper/clock.ts'
import { defaultAhead, hardAfter, timesOf } from '../../src/keeper/refresh/refresh-windows.ts'
import { failure } from '../oauth/failure.ts'
import { createScriptedVendor } from './scripted-vendor.ts'
import { ada, createWorld, due, expired, hour } from './world.ts'

const minute = 60_000

describe('D · time', () => {
  it.each([5 * minute, -5 * minute])(
    '32 · one process’s clock is %i ms off: never signed out, and hardly more posts',
    async (skewMs) => {
      const { clock, vendor, ...world } = createWorld()
      const [a, b] = [world.process(), world.process()]
      a.machine.skewMs = skewMs
      await world.adopt(a.keeper)
      for (let passed = 0; passed < 6 * hour; passed += 2 * minute) {
        for (const { keeper } of [a, b]) {
          const answer = await clock.until(keeper.fetch(ada, '/documents'))
          expect(answer.status).toBe(200)
        }
        await clock.advance(2 * minute)
      }
      expect(vendor.posts.every(({ outcome }) => outcome === 'pair')).toBe(true)
      expect(vendor.posts.length).toBeLessThanOrEqual(10)
    },
  )

  it('32 · leases compare no wall clocks: two processes ten minutes apart make one post', async () => {
    const { clock, vendor, a, b } = await expired()
    a.machine.skewMs = 5 * minute
    b.machine.skewMs = -5 * minute
    vendor.next({ takesMs: 7_000 })
    const answers = [a, b].map(({ keeper }) => keeper.access(ada, { notGeneration: 1 }))
    await clock.until(Promise.all(answers))
    expect(vendor.posts).toHaveLength(1)
  })

  it('33 · a machine that slept for two hours: expiry is looked up in wall time, at each call', async () => {
    const { clock, vendor, ...world } = createWorld()
    const { keeper } = world.process()
    await world.adopt(keeper)
    expect(await keeper.access(ada)).toMatchObject({ generation: 1 })
    clock.jump(2 * hour)
    expect(await clock.until(keeper.access(ada))).toMatchObject({ generation: 2 })
    expect(vendor.posts).toHaveLength(1)
  })

  it.each([
    ['the vendor’s documented lifetime', { accessLifetime: 1_800 }, 1_800],
    ['an hour where there is none', {}, 3_600],
  ])('34 · no `expires_in`: %s, never for ever', async (_, vendorFacts, seconds) => {
    const { clock, vendor, a } = await expired({ vendor: vendorFacts })
    vendor.next({ rewrite: ({ expires_in: __, ...fields }) => fields })
    const { expiresAt } = await clock.until(a.keeper.access(ada))
    expect(Math.abs(expiresAt - clock.now() / 1000 - seconds)).toBeLessThanOrEqual(1)
    await clock.advance(seconds * 1000)
    expect(await clock.until(a.keeper.access(ada))).toMatchObject({ generation: 3 })
  })

  it('34 · adopted tokens without an expiry too', async () => {
    const { clock, vendor, ...world } = createWorld({ vendor: { accessLifetime: 1_800 } })
    const { keeper } = world.process()
    const { expires_at: _, ...tokens } = vendor.signIn()
    await keeper.adopt(tokens, ada)
    expect((await keeper.access(ada)).expiresAt).toBe(Math.floor(clock.now() / 1000) + 1_800)
  })

  it.each([
    ['"3599.7"', 3_599],
    ['"NaN"', 1_800],
    ['null', 1_800],
    ['1e15', 1_800],
    ['"soon"', 1_800],
    ['-5', 0],
    ['0', 0],
  ])('35 · `expires_in` %s: the new refresh token is stored, and the token is the answer', async (value, seconds) => {
    const { clock, vendor, a, record } = await expired({ vendor: { accessLifetime: 1_800 } })
    vendor.next({ rewrite: (fields) => JSON.stringify({ ...fields, expires_in: 'here' }).replace('"here"', value) })
    const { expiresAt, generation } = await clock.until(a.keeper.access(ada))
    expect(generation).toBe(2)
    expect(Math.abs(expiresAt - clock.now() / 1000 - seconds)).toBeLessThanOrEqual(1)
    expect(vendor.isCurrent(record().tokens?.refresh_token)).toBe(true)
    await clock.advance(10 * minute)
    expect(clock.longest()).toBeLessThan(2 ** 31)
  })

  it('35 · a timer longer than a timer can be does not fire at once', async () => {
    const fired = vi.fn()
    const stop = systemClock.after(2 ** 40, fired)
    await new Promise((resolve) => setTimeout(resolve, 20))
    stop()
    expect(fired).not.toHaveBeenCalled()
  })

  it('a timer keeps no process alive, and where timers are numbers there is nothing to keep', () => {
    const armed = vi.spyOn(globalThis, 'setTimeout')
    systemClock.after(60_000, () => {})()
    expect(armed.mock.results[0]?.value.hasRef()).toBe(false)
    armed.mockImplementation((() => 7) as never)
    expect(() => systemClock.after(60_000, () => {})()).not.toThrow()
    armed.mockRestore()
  })

  it.each([10, 60, 300])('36 · tokens that live %i s are refreshed some times, not per request', async (lifetime) => {
    const { clock, vendor, ...world } = createWorld({ lifetime, latencyMs: 100 })
    const { keeper } = world.process()
    await world.adopt(keeper)
    for (let passed = 0; passed < 10 * lifetime; passed += lifetime / 40) {
      const { expiresAt } = await clock.until(keeper.access(ada))
      expect(expiresAt * 1000).toBeGreaterThan(clock.now())
      await clock.advance((lifetime / 40) * 1000)
    }
    expect(vendor.posts.length).toBeLessThanOrEqual(13)
    expect(vendor.posts.length).toBeGreaterThanOrEqual(9)
  })

  it('36 · a token that has run out when it comes is the answer for all who waited, here and elsewhere', async () => {
    const { clock, vendor, a, b } = await expired()
    vendor.next({ takesMs: 1_000, rewrite: (fields) => ({ ...fields, expires_in: 0 }) })
    const first = a.keeper.access(ada)
    await clock.advance(10)
    const answers = await clock.until(Promise.all([first, a.keeper.access(ada), b.keeper.access(ada)]))
    expect(answers.map(({ generation }) => generation)).toEqual([2, 2, 2])
    expect(vendor.posts).toHaveLength(1)
  })

  it('36 · the hard window is never longer than the soft one, nor than a tenth of the lifetime', () => {
    for (const lifetime of [1, 5, 60, 600, 3600, 86_400]) {
      for (const grantId of ['00000000', '80000000', 'ffffffff']) {
        const times = timesOf({ expires_at: lifetime }, 0, { grantId, ahead: defaultAhead })
        const hard = hardAfter(times, defaultAhead)
        expect(hard).toBeGreaterThanOrEqual(times.refreshAfter)
        expect(times.accessExpiresAt - hard).toBeLessThanOrEqual((lifetime * 1000) / 10)
      }
    }
  })

  it('37 · 10 000 tokens of one second fall due over minutes, each at a time of its own that stays', async () => {
    const perSecond = new Map<number, number>()
    for (let i = 0; i < 10_000; i++) {
      const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(String(i)))
      const grantId = Buffer.from(digest).toString('hex')
      const { refreshAfter } = timesOf({ expires_at: 3_600 }, 0, { grantId, ahead: defaultAhead })
      expect(timesOf({ expires_at: 3_600 }, 0, { grantId, ahead: defaultAhead }).refreshAfter).toBe(refreshAfter)
      expect(refreshAfter).toBeGreaterThanOrEqual(3_000_000)
      expect(refreshAfter).toBeLessThanOrEqual(3_600_000 - 150_000)
      const second = Math.floor(refreshAfter / 1000)
      perSecond.set(second, (perSecond.get(second) ?? 0) + 1)
    }
    expect(perSecond.size).toBeGreaterThan(440)
    expect(Math.max(...perSecond.values())).toBeLessThan(60)
  })
})

describe('what a caller may ask for, and how long it waits', () => {
  it('`minValidMs` beyond what is left waits for a refresh; within it the token is served', async () => {
    const { clock, vendor, a } = await due()
    const { expiresAt } = await a.keeper.access(ada, { minValidMs: minute })
    expect(expiresAt * 1000 - clock.now()).toBeGreaterThan(minute)
    await clock.advance(1_000)
    expect(vendor.posts).toHaveLength(1)
    const other = await due()
    const left = other.record().accessExpiresAt - other.clock.now()
    await other.clock.advance(100)
    expect(await other.clock.until(other.a.keeper.access(ada, { minValidMs: left }))).toMatchObject({ generation: 2 })
  })

  it('`minValidMs` is capped at the soft window: a fresh token is good for any wish, without a post or a read', async () => {
    const { clock, vendor, ...world } = createWorld()
    const { keeper, store } = world.process()
    await world.adopt(keeper)
    const reads = store.calls.get
    expect(await keeper.access(ada, { minValidMs: 2 * hour })).toMatchObject({ generation: 1 })
    expect(vendor.posts).toHaveLength(0)
    expect(store.calls.get).toBe(reads)
    await clock.advance(0)
  })

  it('a fresh token costs no store call within `cache`, and one per window', async () => {
    const { clock, ...world } = createWorld()
    const { keeper, store } = world.process()
    await world.adopt(keeper)
    const before = { ...store.calls }
    for (let i = 0; i < 100; i++) await keeper.access(ada)
    expect(store.calls).toEqual(before)
    for (let i = 0; i < 10; i++) {
      await clock.advance(5_000)
      await Promise.all(Array.from({ length: 10 }, () => keeper.access(ada)))
    }
    expect(store.calls).toEqual({ ...before, get: before.get + 10 })
  })

  it('a revocation elsewhere is seen within `cache`; at once with `cache: 0`', async () => {
    const { clock, ...world } = createWorld()
    const [a, b, exact] = [world.process(), world.process(), world.process({ cache: 0 })]
    await world.adopt(a.keeper)
    await b.keeper.access(ada)
    await exact.keeper.access(ada)
    await a.keeper.revoke(ada)
    expect(await failure(exact.keeper.access(ada))).toMatchObject({ code: 'reauth_required' })
    await clock.advance(5_000)
    expect(await failure(b.keeper.access(ada))).toMatchObject({ code: 'reauth_required', reason: 'revoked' })
  })

  it('nobody waits longer than `wait`, also across two flights, and one timer serves all', async () => {
    const { clock, vendor, a } = await expired()
    vendor.latencyMs = 7_900
    vendor.always = { arrivesMs: 0 }
    a.store.faults = (call, count) => (call === 'get' && count % 2 ? { takesMs: 2_000 } : undefined)
    const begun = clock.now()
    const waits = Array.from({ length: 1000 }, () => a.keeper.access(ada).then(() => clock.now() - begun))
    await clock.advance(2_100)
    // The flight's deadline, its beat, the vendor and the one timer.
    expect(clock.pending()).toBeLessThan(8)
    for (const waited of await clock.until(Promise.all(waits))) expect(waited).toBeLessThanOrEqual(15_000)
  })

  it('whoever has waited for `wait` gets a token that still works, or VendorUnavailable after a second', async () => {
    const world = await due()
    const { clock, a, b } = world
    // A holder elsewhere that beats for ever.
    await world.rewrite((record) => ({ ...record, lease: { id: 'elsewhere', beat: 0 } }))
    let beat = 0
    const beats = async (): Promise<void> => {
      await world.rewrite((record) => ({ ...record, lease: { id: 'elsewhere', beat: ++beat } }))
      clock.after(1_500, beats)
    }
    clock.after(1_500, beats)
    const begun = clock.now()
    const asked = a.keeper.access(ada, { minValidMs: Number.POSITIVE_INFINITY })
    expect(await clock.until(asked)).toMatchObject({ generation: 1 })
    expect(clock.now() - begun).toBeGreaterThan(14_000)
    expect(clock.now() - begun).toBeLessThanOrEqual(15_300)
    // Nor does its flight ask the store any longer.
    await clock.advance(500)
    const { calls } = a.store
    const asks = calls.get
    await clock.advance(5_000)
    expect(calls.get).toBe(asks)
    await clock.advance(hour)
    expect(await failure(clock.until(b.keeper.access(ada)))).toMatchObject({
      code: 'vendor_unavailable',
      retryAfter: 1,
    })
  })

  it('a token that ran out while its doubtful grant was looked at is not served', async () => {
    const world = await expired({ lifetime: 10 })
    const { clock, a } = world
    await clock.until(a.keeper.access(ada))
    await clock.advance(8_500)
    await world.rewrite((record) => ({ ...record, doubt: { n: 1, since: clock.now() } }))
    a.store.faults = (call) => (call === 'get' ? { takesMs: 800 } : undefined)
    const asked = a.keeper.access(ada, { minValidMs: Number.POSITIVE_INFINITY })
    const outcome = await clock.until(asked.catch((error: unknown) => error))
    expect(outcome).not.toMatchObject({ generation: 2 })
  })

  it('the deadline of a request is the keeper’s, not the client’s', async () => {
    const vendor = createScriptedVendor(systemClock, { latencyMs: 0 })
    vendor.next({ hang: 'after' })
    const client = createClient(vendor.definition, {
      clientId: 'a-client',
      clientSecret: 'a-client-secret',
      fetch: (url, init) => vendor.fetch('here', String(url), init),
    })
    const keeper = createTokenKeeper({ store: memoryStore(), clients: [client], http: { timeout: 50 } })
    await keeper.adopt({ ...vendor.signIn(), expires_at: 1 }, ada)
    const begun = performance.now()
    expect(await failure(keeper.access(ada))).toMatchObject({ code: 'vendor_unavailable' })
    // The app's own tokens may be asked for again at once.
    vendor.next({ hang: 'after' })
    expect(await keeper.access({ vendor: 'acme' })).toMatchObject({ generation: 2 })
    expect(performance.now() - begun).toBeLessThan(1_000)
  })
})
