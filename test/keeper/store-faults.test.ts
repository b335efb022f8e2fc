import { describe, expect, it } from 'vitest'
import { failure, shown } from '../oauth/failure.ts'
import { ada, createWorld, due, expired, hour, type Process } from './world.ts'

/** From now on the process cannot reach its store. */
function unplug({ store }: Process, how: 'fail' | 'hang' = 'fail'): void {
  store.faults = () => (how === 'fail' ? { fail: 'before' } : { hang: 'before' })
}

function plugIn({ store }: Process): void {
  store.faults = () => undefined
}

describe('C · a store that fails', () => {
  it.each(['before', 'after'] as const)(
    '23 · it restarts in the middle of a refresh and keeps its data, and the commit fails %s it is written: one post',
    async (fail) => {
      const { clock, vendor, a, b, record } = await expired()
      vendor.onPost = () => {
        const back = clock.now() + 3_000
        let writes = 0
        for (const { store } of [a, b]) {
          store.faults = (call) => {
            if (clock.now() >= back) return undefined
            return { fail: call === 'compareAndSwap' && store === a.store && writes++ === 0 ? fail : 'before' }
          }
        }
      }
      const begun = clock.now()
      const first = a.keeper.access(ada)
      await clock.advance(10)
      const second = failure(b.keeper.access(ada))
      const { token } = await clock.until(first)
      expect(clock.now() - begun).toBeLessThan(1_000)
      expect(await clock.until(second)).toMatchObject({ code: 'store_unavailable' })
      await clock.advance(4_000)
      expect(record()).toMatchObject({ generation: 2, tokens: { access_token: token } })
      expect(record().suspect).toBeUndefined()
      expect((await b.keeper.access(ada)).token).toBe(token)
      expect(vendor.posts).toHaveLength(1)
    },
  )

  it('24 · a fail-over lost the new pair: a process that holds it writes it back', async () => {
    const { clock, vendor, store, a, b, record, told } = await expired()
    const before = store.snapshot()
    const { token } = await clock.until(a.keeper.access(ada))
    store.rewind(before)
    await clock.advance(6_000)
    expect((await a.keeper.access(ada)).token).toBe(token)
    expect(record()).toMatchObject({ generation: 2 })
    expect(told()).toContain('store.restored')
    expect((await b.keeper.access(ada)).token).toBe(token)
    expect(vendor.posts).toHaveLength(1)
  })

  it('24 · whoever refreshes with the old pair meanwhile steps back when the newer one returns', async () => {
    const { clock, vendor, store, a, b, record } = await expired({ rotation: 'refuse' })
    const before = store.snapshot()
    const { token } = await clock.until(a.keeper.access(ada))
    await clock.advance(6_000)
    store.rewind(before)
    vendor.next({ takesMs: 2_000 })
    const other = b.keeper.access(ada)
    await clock.advance(1_000)
    expect(vendor.posts).toHaveLength(2)
    expect((await a.keeper.access(ada)).token).toBe(token)
    expect((await clock.until(other)).token).toBe(token)
    // The other may have ended the family with the old token.
    expect(record()).toMatchObject({ state: 'ok', generation: 2, suspect: true })
  })

  it.each([
    ['at a vendor that never rotates', ada, { rotation: 'never' }],
    ['of tokens that are the app’s own', { vendor: 'acme' }, {}],
  ] as const)('24 · %s: nothing was spent meanwhile, and nothing is suspect', async (_, whose, policy) => {
    const { clock, vendor, store, ...world } = createWorld(policy)
    const [a, b] = [world.process(), world.process()]
    await a.keeper.adopt(vendor.signIn(), whose)
    await clock.advance(hour)
    const before = store.snapshot()
    const { token } = await clock.until(a.keeper.access(whose))
    await clock.advance(6_000)
    store.rewind(before)
    vendor.next({ takesMs: 2_000 })
    const other = b.keeper.access(whose)
    await clock.advance(1_000)
    expect((await a.keeper.access(whose)).token).toBe(token)
    expect(world.record()).toMatchObject({ generation: 2 })
    expect(world.record().suspect).toBeUndefined()
    await clock.until(other)
  })

  it('24 · even a verdict that was found meanwhile gives way to the newer pair', async () => {
    const { clock, store, a, b, record } = await expired({ rotation: 'refuse' })
    const before = store.snapshot()
    const { token } = await clock.until(a.keeper.access(ada))
    await clock.advance(6_000)
    store.rewind(before)
    expect(await failure(clock.until(b.keeper.access(ada)))).toMatchObject({ code: 'reauth_required' })
    expect((await a.keeper.access(ada)).token).toBe(token)
    expect((await b.keeper.access(ada)).token).toBe(token)
    expect(record()).toMatchObject({ state: 'ok', generation: 2 })
  })

  it('24 · nobody holds the new pair: the old token is spent again, and the lease tells that an answer was lost', async () => {
    const { clock, vendor, store, a, b } = await expired()
    let leased: ReturnType<typeof store.snapshot> | undefined
    vendor.onPost = () => {
      leased ??= store.snapshot()
    }
    await clock.until(a.keeper.access(ada))
    if (leased) store.rewind(leased)
    a.machine.kill()
    expect(await failure(clock.until(b.keeper.access(ada)))).toMatchObject({ reason: 'lost_response' })
    expect(vendor.posts).toHaveLength(2)
  })

  it('24 · a tombstone is never written over, even by a process that holds a newer pair', async () => {
    const { clock, store, a, b, record } = await expired()
    const before = store.snapshot()
    await clock.until(a.keeper.access(ada))
    store.rewind(before)
    await clock.until(b.keeper.revoke(ada))
    expect(record()).toMatchObject({ state: 'revoked', floor: 1 })
    await clock.advance(6_000)
    expect(await failure(a.keeper.access(ada))).toMatchObject({ code: 'reauth_required', reason: 'revoked' })
    expect(record().state).toBe('revoked')
    // Nor does it come back when the store fails.
    unplug(a)
    expect(await failure(clock.until(a.keeper.access(ada)))).toMatchObject({ code: 'store_unavailable' })
  })

  it('24 · a fail-over lost a disconnect: a process that remembers it ends the grant again, and no later sign-in', async () => {
    const { clock, vendor, store, a, b, record, told, ...world } = await expired()
    const before = store.snapshot()
    await clock.until(a.keeper.revoke(ada))
    store.rewind(before)
    await clock.advance(6_000)
    expect(await failure(clock.until(a.keeper.access(ada)))).toMatchObject({ reason: 'revoked' })
    expect(await failure(clock.until(b.keeper.access(ada)))).toMatchObject({ reason: 'revoked' })
    expect(record()).toMatchObject({ state: 'revoked', floor: 1 })
    expect(told()).toContain('store.restored')
    expect(vendor.revocations).toEqual(['refresh-f1-1'])
    store.rewind(before)
    const { access_token } = await world.adopt(b.keeper)
    expect((await clock.until(a.keeper.access(ada))).token).toBe(access_token)
  })

  it('24 · a read that tells something old is not believed, and harms nothing', async () => {
    const { clock, vendor, store, a, record, told } = await expired()
    const before = store.snapshot()
    const { token } = await clock.until(a.keeper.access(ada))
    await clock.advance(6_000)
    const [key = ''] = store.keys
    const get = store.get
    let old = 2
    store.get = async (asked) => (old-- > 0 ? before.get(key) : get(asked))
    expect((await a.keeper.access(ada)).token).toBe(token)
    expect(record().generation).toBe(2)
    expect(vendor.posts).toHaveLength(1)
    // Nor does a sign-out wait for it.
    await clock.advance(6_000)
    old = 2
    await clock.until(a.keeper.revoke(ada), 0)
    expect(record()).toMatchObject({ state: 'revoked', generation: 2 })
    expect(told()).not.toContain('store.restored')
  })

  it('24 · a store that tells nothing but old things fails, at once', async () => {
    const { clock, store, a, record } = await expired()
    const before = store.snapshot()
    await clock.until(a.keeper.access(ada))
    const [key = ''] = store.keys
    const get = store.get
    store.get = async () => before.get(key)
    await clock.advance(hour)
    const reads = a.store.calls.get
    expect(await failure(clock.until(a.keeper.access(ada), 0))).toMatchObject({ code: 'store_unavailable' })
    expect(a.store.calls.get - reads).toBeLessThan(10)
    store.get = get
    expect(await clock.until(a.keeper.access(ada))).toMatchObject({ generation: 3 })
    expect(record().generation).toBe(3)
  })

  it.each(['fail', 'hang'] as const)(
    '25 · a store whose calls %s: a token that works is served, nothing is posted',
    async (how) => {
      const { clock, vendor, a } = await due()
      unplug(a, how)
      expect(await clock.until(a.keeper.access(ada))).toMatchObject({ generation: 1 })
      await clock.advance(20_000)
      expect(await clock.until(a.keeper.access(ada))).toMatchObject({ generation: 1 })
      expect(vendor.posts).toHaveLength(0)
    },
  )

  it.each(['fail', 'hang'] as const)(
    '25 · a store whose calls %s, and no token that works: StoreUnavailable, in time',
    async (how) => {
      const { clock, vendor, a } = await expired()
      unplug(a, how)
      const begun = clock.now()
      const error = await failure(clock.until(a.keeper.access(ada)))
      expect(error).toMatchObject({ code: 'store_unavailable', retryAfter: 1 })
      expect(clock.now() - begun).toBeLessThan(15_000)
      expect(shown(error)).not.toContain('at-1-secret')
      expect(vendor.posts).toHaveLength(0)
      plugIn(a)
      expect(await clock.until(a.keeper.access(ada))).toMatchObject({ generation: 2 })
    },
  )

  it('25 · a token that has run out and has no refresh token: only the store knows whether its user signed in again', async () => {
    const { clock, vendor, ...world } = createWorld()
    const [a, b] = [world.process(), world.process()]
    const { refresh_token: _, ...tokens } = vendor.signIn()
    await a.keeper.adopt(tokens, ada)
    await clock.advance(hour)
    await b.keeper.adopt(vendor.signIn(), ada)
    unplug(a)
    expect(await failure(clock.until(a.keeper.access(ada)))).toMatchObject({ code: 'store_unavailable' })
    plugIn(a)
    expect(await a.keeper.access(ada)).toMatchObject({ generation: 2 })
  })

  it('25 · by grant id or link the failure is the same, and quotes nothing of the store’s', async () => {
    const { clock, vendor, ...world } = createWorld()
    const [a, b] = [world.process(), world.process()]
    const link = await a.keeper.adopt(vendor.signIn(), ada)
    unplug(b)
    for (const target of [link, link.grant]) {
      const calls: (() => Promise<unknown>)[] = [
        () => b.keeper.access(target),
        () => b.keeper.fetch(target, '/'),
        () => b.keeper.revoke(target),
      ]
      for (const call of calls) {
        const error = await failure(clock.until(call()))
        expect(error).toMatchObject({ code: 'store_unavailable', vendor: 'unknown' })
        expect(error.message).toMatch(/^keeper: the store/)
        expect(shown(error)).not.toContain('at-1-secret')
      }
    }
  })

  it('25 · the store can be read but not written: nobody posts', async () => {
    const { clock, vendor, a } = await expired()
    a.store.faults = (call) => (call === 'compareAndSwap' ? { fail: 'before' } : undefined)
    expect(await failure(clock.until(a.keeper.access(ada)))).toMatchObject({ code: 'store_unavailable' })
    expect(vendor.posts).toHaveLength(0)
  })

  it('25 · the record is deleted just before the take: nobody posts, and nothing is made again', async () => {
    const { clock, vendor, store, a } = await expired()
    const swap = store.compareAndSwap
    store.compareAndSwap = async (...given) => {
      await store.delete(given[0])
      return swap(...given)
    }
    const error = await failure(clock.until(a.keeper.access(ada)))
    expect(error).toMatchObject({ code: 'reauth_required', reason: 'unknown' })
    expect(store.keys).toEqual([])
    expect(vendor.posts).toHaveLength(0)
  })

  it('25 · the answer to the take is lost, but it was applied: the refresh goes on', async () => {
    const { clock, vendor, a, record } = await expired()
    let writes = 0
    a.store.faults = (call) => (call === 'compareAndSwap' && ++writes === 1 ? { fail: 'after' } : undefined)
    expect(await clock.until(a.keeper.access(ada))).toMatchObject({ generation: 2 })
    expect(record().suspect).toBeUndefined()
    expect(vendor.posts).toHaveLength(1)
  })

  it('26 · the new pair cannot be written: callers have it at once, and it is written as soon as it can be', async () => {
    const { clock, vendor, a, b, record, told } = await expired()
    vendor.onPost = () => unplug(a)
    const begun = clock.now()
    const { token } = await clock.until(a.keeper.access(ada))
    expect(clock.now() - begun).toBeLessThan(1_000)
    expect(told()).toContain('persist.failed')
    await clock.advance(10_000)
    expect((await clock.until(a.keeper.access(ada))).token).toBe(token)
    expect(record().generation).toBe(1)
    plugIn(a)
    await clock.advance(1_000)
    expect(record()).toMatchObject({ generation: 2, tokens: { access_token: token } })
    expect((await b.keeper.access(ada)).token).toBe(token)
    expect(vendor.posts).toHaveLength(1)
  })

  it.each([
    { ttl: 2_000, beat: 600 },
    { ttl: 12_000, beat: 4_000 },
  ])('26 · it is tried at least at every beat, and every second, when a beat comes after $beat ms', async (lease) => {
    const { clock, vendor, events, ...world } = createWorld()
    const a = world.process({ lease, wait: 30_000 })
    await world.adopt(a.keeper)
    await clock.advance(hour)
    vendor.onPost = () => unplug(a)
    await clock.until(a.keeper.access(ada))
    const writes: number[] = []
    a.store.faults = (call) => {
      if (call === 'compareAndSwap') writes.push(clock.now())
      return { fail: 'before' }
    }
    await clock.advance(10_000)
    const pauses = writes.slice(1).map((at, i) => at - (writes[i] ?? 0))
    expect(pauses.length).toBeGreaterThan(8)
    expect(Math.max(...pauses)).toBeLessThanOrEqual(Math.min(1_000, lease.beat))
    // But not without a pause.
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(lease.beat / 4)
    const grant = expect.stringMatching(/^[0-9a-f]{64}$/)
    expect(events).toContainEqual({ name: 'persist.failed', grant, vendor: 'acme' })
    // 20: a keeper that is closed tries no more.
    await clock.until(a.keeper.close())
    await clock.advance(1_000)
    const tried = writes.length
    await clock.advance(10_000)
    expect(writes).toHaveLength(tried)
  })

  it('26, 50 · the user signs in again meanwhile: the pair that waits to be written is served to nobody any more', async () => {
    const { clock, vendor, a, record } = await expired()
    vendor.onPost = () => unplug(a)
    await clock.until(a.keeper.access(ada))
    plugIn(a)
    const tokens = vendor.signIn()
    await a.keeper.adopt(tokens, ada)
    unplug(a)
    await clock.advance(1_000)
    expect((await a.keeper.access(ada)).token).toBe(tokens.access_token)
    plugIn(a)
    await clock.advance(1_000)
    expect((await a.keeper.access(ada)).token).toBe(tokens.access_token)
    expect(record()).toMatchObject({ tokens: { access_token: tokens.access_token } })
  })

  it('26, 44 · a pair that was salvaged cannot be written: the old access token is not passed off as new', async () => {
    const { clock, vendor, a, record } = await expired()
    vendor.next({ rewrite: ({ access_token: _, ...fields }) => fields })
    vendor.onPost = () => unplug(a)
    const asked = failure(a.keeper.access(ada))
    await clock.advance(5_000)
    plugIn(a)
    await clock.advance(1_000)
    expect(await asked).toMatchObject({ code: 'vendor_unavailable' })
    expect(vendor.isCurrent(record().tokens?.refresh_token)).toBe(true)
  })

  it('26 · a short outage: the write comes faster than any take-over', async () => {
    const { clock, vendor, a, b } = await expired()
    vendor.onPost = () => unplug(a)
    const first = a.keeper.access(ada)
    await clock.advance(10)
    const second = b.keeper.access(ada)
    await clock.advance(3_500)
    plugIn(a)
    const answers = await clock.until(Promise.all([first, second]))
    expect(answers[0]?.token).toBe(answers[1]?.token)
    expect(vendor.posts).toHaveLength(1)
  })

  it('26 · the answer to the commit is lost, but it was applied: one generation, not two', async () => {
    const { clock, vendor, a, record } = await expired()
    vendor.onPost = () => {
      let writes = 0
      a.store.faults = (call) => (call === 'compareAndSwap' && ++writes === 1 ? { fail: 'after' } : undefined)
    }
    expect(await clock.until(a.keeper.access(ada))).toMatchObject({ generation: 2 })
    await clock.advance(5_000)
    expect(record()).toMatchObject({ generation: 2 })
    expect(vendor.posts).toHaveLength(1)
  })

  it('26 · a copy of a command that the store’s client sent twice conflicts with the first, and is recognised', async () => {
    const { clock, vendor, store, a, record, events } = await expired()
    const swap = store.compareAndSwap
    store.compareAndSwap = async (...given) => {
      await swap(...given)
      return swap(...given)
    }
    expect(await clock.until(a.keeper.access(ada))).toMatchObject({ generation: 2 })
    expect(record().lease).toBeUndefined()
    expect(vendor.posts).toHaveLength(1)
    const grant = expect.stringMatching(/^[0-9a-f]{64}$/)
    expect(events).toContainEqual({ name: 'commit.conflict', grant, vendor: 'acme', rule: 'R1' })
    await clock.until(a.keeper.adopt(vendor.signIn(), ada))
    expect(record().generation).toBe(3)
    await clock.until(a.keeper.revoke(ada))
    await clock.advance(1_000)
    expect(record().state).toBe('revoked')
    expect(vendor.revocations).toHaveLength(1)
  })

  it('27 · the heartbeat fails, another process takes over, and the late refusal is no verdict', async () => {
    const { clock, vendor, a, b, record, told } = await expired({ rotation: 'refuse' })
    vendor.next({ arrivesMs: 7_000, takesMs: 0 })
    vendor.onPost = ({ from }) => from === 'process 1' && plugIn(a)
    const cutOff = a.keeper.access(ada)
    await clock.advance(10)
    unplug(a)
    const { token } = await clock.until(b.keeper.access(ada))
    expect((await clock.until(cutOff)).token).toBe(token)
    expect(vendor.posts.map(({ outcome }) => outcome)).toEqual(['pair', 'refused'])
    expect(record()).toMatchObject({ state: 'ok', generation: 2 })
    expect(told()).not.toContain('reauth')
  })

  it('27 · it notices the loss at a beat, leaves the other’s lease alone, and its success is stored', async () => {
    const { clock, vendor, a, b, record, told } = await expired({ graceMs: 60_000 })
    vendor.next({ takesMs: 7_500 }, { takesMs: 4_000 })
    const cutOff = a.keeper.access(ada)
    await clock.advance(10)
    unplug(a)
    const second = b.keeper.access(ada)
    await clock.advance(5_500)
    expect(vendor.posts).toHaveLength(2)
    const lease = record().lease?.id
    plugIn(a)
    await clock.advance(1_600)
    expect(told()).toContain('lease.lost')
    expect(record().lease?.id).toBe(lease)
    expect(await clock.until(cutOff)).toMatchObject({ generation: 2 })
    expect(await clock.until(second)).toMatchObject({ generation: 3 })
    expect(vendor.isCurrent(record().tokens?.refresh_token)).toBe(true)
  })

  it('27 · a beat is written without its holder hearing of it: the lease is its own all the same', async () => {
    const { clock, vendor, a, record, told } = await expired()
    vendor.next({ takesMs: 7_000, answer: { status: 400, body: { error: 'invalid_grant' } } })
    const asked = failure(a.keeper.access(ada))
    await clock.advance(1_000)
    // The first beat is written; then nothing comes back for a second.
    a.store.faults = (call) => (call === 'compareAndSwap' ? { fail: 'after' } : { fail: 'before' })
    await clock.advance(1_000)
    plugIn(a)
    expect(record().lease?.beat).toBe(1)
    expect(await clock.until(asked)).toMatchObject({ code: 'reauth_required', reason: 'revoked' })
    expect(record().state).toBe('reauth_required')
    expect(told()).not.toContain('lease.lost')
    expect(vendor.posts).toHaveLength(1)
  })

  it('27 · a beat is under way when the answer comes: it is the last, and nothing is lost', async () => {
    const { clock, vendor, a, record, told } = await expired()
    vendor.next({ takesMs: 1_600 })
    const asked = a.keeper.access(ada)
    await clock.advance(100)
    a.store.faults = (call) => (call === 'compareAndSwap' ? { takesMs: 500 } : undefined)
    expect(await clock.until(asked)).toMatchObject({ generation: 2 })
    const writes = a.store.calls.compareAndSwap
    await clock.advance(10_000)
    expect(a.store.calls.compareAndSwap).toBe(writes)
    expect(record().lease).toBeUndefined()
    expect(told()).toEqual(['refresh.attempt', 'refresh.success'])
    expect(clock.pending()).toBe(0)
  })

  it.each([
    ['a verdict', { answer: { status: 400, body: { error: 'invalid_grant' } } }],
    ['a cool-down', { answer: { status: 403 } }],
  ])('27 · the write of %s is slower than a beat: the lease is not taken again by it', async (_, step) => {
    const { clock, vendor, a, record, told } = await expired()
    vendor.next({ ...step, takesMs: 1_000 })
    vendor.onPost = () => {
      a.store.faults = (call) => (call === 'compareAndSwap' ? { takesMs: 1_000 } : undefined)
    }
    await failure(clock.until(a.keeper.access(ada)))
    await clock.advance(10_000)
    expect(record().lease).toBeUndefined()
    expect(told()).not.toContain('lease.lost')
  })

  it('27 · writes fail while reads work: a beat that was not written confirms nothing', async () => {
    const { clock, vendor, a, b } = await expired()
    vendor.next({ unsent: 'ECONNREFUSED' })
    const cutOff = a.keeper.access(ada)
    await clock.advance(50)
    a.store.faults = (call) => (call === 'compareAndSwap' ? { fail: 'before' } : undefined)
    a.machine.freeze()
    await clock.advance(3_000)
    a.machine.thaw()
    expect(await failure(clock.until(cutOff))).toMatchObject({ code: 'store_unavailable' })
    expect(vendor.posts).toHaveLength(0)
    expect(await clock.until(b.keeper.access(ada))).toMatchObject({ generation: 2 })
  })

  it('adopt · store failures are retried, also one that was applied: one consent, one generation', async () => {
    const { clock, vendor, ...world } = createWorld()
    const a = world.process()
    let writes = 0
    a.store.faults = (call) => {
      if (call !== 'compareAndSwap') return undefined
      return (['before', 'after'] as const).map((fail) => ({ fail }))[writes++]
    }
    const tokens = vendor.signIn()
    expect(await clock.until(a.keeper.adopt(tokens, ada))).toMatchObject({ generation: 1 })
    expect(world.record()).toMatchObject({ generation: 1, tokens: { access_token: tokens.access_token } })
  })

  it('adopt · a store that stays away: five tries in a second or two, then StoreUnavailable', async () => {
    const { clock, vendor, ...world } = createWorld()
    const a = world.process()
    unplug(a)
    const begun = clock.now()
    const looks: number[] = []
    a.store.faults = () => {
      looks.push(clock.now() - begun)
      return { fail: 'before' }
    }
    expect(await failure(clock.until(a.keeper.adopt(vendor.signIn(), ada)))).toMatchObject({
      code: 'store_unavailable',
    })
    expect(looks).toHaveLength(5)
    for (const [i, planned] of [100, 200, 400, 800].entries()) {
      const ms = (looks[i + 1] ?? 0) - (looks[i] ?? 0)
      expect(ms).toBeGreaterThanOrEqual(planned * 0.75)
      expect(ms).toBeLessThanOrEqual(planned * 1.25)
    }
    plugIn(a)
    expect(await clock.until(a.keeper.adopt(vendor.signIn(), ada))).toMatchObject({ generation: 1 })
  })

  it('adopt · a store that never takes anything: StoreUnavailable, and not for ever', async () => {
    const { clock, vendor, store, ...world } = createWorld()
    const a = world.process()
    store.compareAndSwap = async () => undefined
    expect(await failure(clock.until(a.keeper.adopt(vendor.signIn(), ada)))).toMatchObject({
      code: 'store_unavailable',
    })
    expect(a.store.calls.compareAndSwap).toBeLessThanOrEqual(100)
  })

  it('access · a store that refuses every write without a reason does not keep the process busy', async () => {
    const { clock, vendor, store, a } = await expired()
    store.compareAndSwap = async () => undefined
    expect(await failure(clock.until(a.keeper.access(ada)))).toMatchObject({ code: 'store_unavailable' })
    expect(a.store.calls.get).toBeLessThan(10)
    expect(vendor.posts).toHaveLength(0)
  })

  it('revoke · the answer to the tombstone is lost: the vendor is asked all the same', async () => {
    const { clock, vendor, a, record } = await due()
    let writes = 0
    a.store.faults = (call) => (call === 'compareAndSwap' && ++writes === 1 ? { fail: 'after' } : undefined)
    await clock.until(a.keeper.revoke(ada))
    await clock.advance(1_000)
    expect(record().state).toBe('revoked')
    expect(vendor.revocations).toEqual(['refresh-f1-1'])
  })

  it('56 · a record that cannot be read is not overwritten, not even by a sign-in', async () => {
    const { clock, vendor, store, a, b } = await due()
    const [key = ''] = store.keys
    const found = await store.get(key)
    const damaged = new TextEncoder().encode('{"tokens":{"access_token":"at-1-secret"')
    await store.compareAndSwap(key, damaged, found?.version)
    const calls: (() => Promise<unknown>)[] = [
      () => b.keeper.access(ada),
      () => a.keeper.adopt(vendor.signIn(), ada),
      () => b.keeper.access(key),
    ]
    for (const call of calls) {
      const error = await failure(clock.until(call()))
      expect(error.code).toBe('key_unavailable')
      expect(shown(error)).not.toContain('at-1-secret')
    }
    expect(store.peek(key)).toEqual(damaged)
  })
})

it('24 · a sign-out of the last second can be undone by a fail-over: the documented price', async () => {
  const { clock, store, a, b } = await due()
  const before = store.snapshot()
  await clock.until(a.keeper.revoke(ada))
  store.rewind(before)
  await clock.advance(6_000)
  expect((await b.keeper.access(ada)).generation).toBe(1)
})
