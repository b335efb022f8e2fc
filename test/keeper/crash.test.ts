import { createTokenKeeper } from 'esign-auth/keeper'
import { describe, expect, it } from 'vitest'
import { failure } from '../oauth/failure.ts'
import type { ScriptedVendor } from './scripted-vendor.ts'
import { ada, due, expired, hour, type Process, type World } from './world.ts'

/** The process takes the lease and is stopped before it can post. */
function stopAfterTake({ store, machine }: Process, stop: 'kill' | 'freeze'): void {
  store.faults = (call) => {
    if (call !== 'compareAndSwap') return undefined
    store.faults = () => undefined
    queueMicrotask(() => machine[stop]())
    return stop === 'kill' ? { hang: 'after' } : undefined
  }
}

/** How often the holder had beaten when the vendor received each post. */
function beatsAtPosts(vendor: ScriptedVendor, record: World['record']): (number | undefined)[] {
  const beats: (number | undefined)[] = []
  vendor.onPost = () => beats.push(record().lease?.beat)
  return beats
}

const ttl = 5_000
const longestPoll = 250 * 1.25

describe('B · crash, pause, network', () => {
  it('11 · the holder is killed before its post: another process takes over after one lease and a poll, one post', async () => {
    const { clock, vendor, a, b, told } = await expired()
    stopAfterTake(a, 'kill')
    void a.keeper.access(ada)
    await clock.advance(1)
    const begun = clock.now()
    expect(await clock.until(b.keeper.access(ada))).toMatchObject({ generation: 2 })
    expect(clock.now() - begun).toBeLessThanOrEqual(ttl + longestPoll + vendor.latencyMs)
    expect(vendor.posts).toHaveLength(1)
    expect(told()).toContain('lease.takeover')
  })

  it('12 · killed between answer and write, at a vendor with a grace: the successor’s post is inside it', async () => {
    const { clock, vendor, a, b, record } = await expired({ graceMs: 10_000 })
    vendor.onPost = ({ from }) => from === 'process 1' && a.machine.kill()
    void a.keeper.access(ada)
    await clock.advance(10)
    expect(await clock.until(b.keeper.access(ada))).toMatchObject({ generation: 2 })
    expect(vendor.posts).toHaveLength(2)
    expect(vendor.isCurrent(record().tokens?.refresh_token)).toBe(true)
  })

  it('12 · the same while the old token works: it is served, and recovered behind it', async () => {
    const { clock, vendor, a, b, record } = await due({ graceMs: 10_000 })
    vendor.onPost = ({ from }) => from === 'process 1' && a.machine.kill()
    void a.keeper.access(ada)
    await clock.advance(1_000)
    expect(await b.keeper.access(ada)).toMatchObject({ generation: 1, stale: true })
    await clock.advance(ttl + 1_000)
    expect(record()).toMatchObject({ state: 'ok', generation: 2, suspect: true })
    expect(vendor.isCurrent(record().tokens?.refresh_token)).toBe(true)
  })

  it('13 · the same at a strict vendor: while the old token works it is served, and nobody recovers', async () => {
    const { clock, vendor, a, b, record } = await due()
    vendor.onPost = () => a.machine.kill()
    void a.keeper.access(ada)
    await clock.advance(1_000)
    const { accessExpiresAt } = record()
    while (clock.now() < accessExpiresAt - 50_000) {
      expect((await b.keeper.access(ada)).generation).toBe(1)
      await clock.advance(10_000)
    }
    expect(vendor.posts).toHaveLength(1)
  })

  it('13 · an answer was lost: the same, and whoever would rather wait gets the old token too', async () => {
    const { clock, vendor, a, b, record } = await due()
    vendor.next({ cut: 'after' })
    void a.keeper.access(ada)
    await clock.advance(1_000)
    expect(record()).toMatchObject({ state: 'ok', doubt: { n: 1 } })
    expect(record().lease).toBeUndefined()
    await clock.advance(30_000)
    for (const { keeper } of [a, b]) {
      expect(await clock.until(keeper.access(ada))).toMatchObject({ generation: 1 })
      const asked = keeper.access(ada, { minValidMs: Number.POSITIVE_INFINITY })
      expect(await clock.until(asked)).toMatchObject({ generation: 1 })
    }
    expect(vendor.posts).toHaveLength(1)
    await clock.advance(record().accessExpiresAt - clock.now() - 20_000)
    await clock.until(b.keeper.access(ada))
    expect(vendor.posts).toHaveLength(2)
  })

  it('13 · from the hard window on each flight tries once; the refusal is a lost response, and told', async () => {
    const { clock, vendor, a, b, record, events } = await due()
    vendor.onPost = ({ from }) => from === 'process 1' && a.machine.kill()
    void a.keeper.access(ada)
    await clock.advance(record().accessExpiresAt - clock.now() - 20_000)
    expect(await clock.until(b.keeper.access(ada))).toMatchObject({ generation: 1 })
    expect(vendor.posts).toHaveLength(2)
    expect(record()).toMatchObject({ state: 'reauth_required', reason: 'lost_response' })
    expect(events).toContainEqual(expect.objectContaining({ name: 'reauth', reason: 'lost_response' }))
    // The old token is served to its end; then the error, and no more posts.
    expect(await b.keeper.access(ada)).toMatchObject({ generation: 1 })
    await clock.advance(30_000)
    expect(await failure(b.keeper.access(ada))).toMatchObject({ code: 'reauth_required', reason: 'lost_response' })
    expect(vendor.posts).toHaveLength(2)
  })

  it('13 · a second unknown outcome is no verdict, and a third try may still succeed', async () => {
    const { clock, vendor, a, b, record } = await expired()
    vendor.onPost = ({ from }) => from === 'process 1' && a.machine.kill()
    vendor.next({ hang: 'before' }, { cut: 'before' })
    void a.keeper.access(ada)
    await clock.advance(10)
    expect(await failure(clock.until(b.keeper.access(ada)))).toMatchObject({ code: 'vendor_unavailable' })
    expect(record()).toMatchObject({ state: 'ok', doubt: { n: 2 } })
    await clock.advance(30_000)
    expect(await clock.until(b.keeper.access(ada))).toMatchObject({ generation: 2 })
    expect(record()).toMatchObject({ state: 'ok', suspect: true })
    expect(record().doubt).toBeUndefined()
    // Should that pair be refused, it is no word against the user.
    vendor.revoke({ access_token: 'access-f1-2' })
    const refused = await failure(clock.until(b.keeper.access(ada, { notGeneration: 2 })))
    expect(refused).toMatchObject({ reason: 'lost_response' })
  })

  it('13 · a caller whose token the API refused does not wait for the hard window', async () => {
    const { clock, vendor, a, b } = await due()
    vendor.onPost = ({ from }) => from === 'process 1' && a.machine.kill()
    vendor.next({ hang: 'before' })
    void a.keeper.access(ada)
    await clock.advance(1_000)
    expect(await clock.until(b.keeper.access(ada, { notGeneration: 1 }))).toMatchObject({ generation: 2 })
    expect(vendor.posts).toHaveLength(2)
  })

  it('14 · a holder that was frozen past its lease before the post does not post when it wakes', async () => {
    const { clock, vendor, a, b } = await expired()
    stopAfterTake(a, 'freeze')
    const frozen = a.keeper.access(ada)
    await clock.advance(1)
    const { token } = await clock.until(b.keeper.access(ada))
    await clock.advance(4_000)
    a.machine.thaw()
    expect((await clock.until(frozen)).token).toBe(token)
    expect(vendor.posts.map(({ from }) => from)).toEqual(['process 2'])
  })

  it('14 · frozen for more than half its lease, and nobody took over: it beats first, then posts', async () => {
    const { clock, vendor, a, record } = await expired()
    stopAfterTake(a, 'freeze')
    const frozen = a.keeper.access(ada)
    await clock.advance(3_000)
    const beats = beatsAtPosts(vendor, record)
    a.machine.thaw()
    expect(await clock.until(frozen)).toMatchObject({ generation: 2 })
    expect(beats).toEqual([1])
  })

  it('14 · the machine slept and its monotonic clock with it: the wall clock tells', async () => {
    const { clock, vendor, a, record } = await expired()
    a.store.faults = (call) => (call === 'compareAndSwap' ? { takesMs: 10 } : undefined)
    const asked = a.keeper.access(ada)
    await clock.advance(5)
    clock.jump(20_000)
    const beats = beatsAtPosts(vendor, record)
    await clock.until(asked)
    expect(beats).toEqual([1])
  })

  it('14 · the wall clock was set back meanwhile: the monotonic one tells', async () => {
    const { clock, vendor, a, record } = await expired()
    stopAfterTake(a, 'freeze')
    const frozen = a.keeper.access(ada)
    await clock.advance(3_000)
    clock.jump(-3_000)
    const beats = beatsAtPosts(vendor, record)
    a.machine.thaw()
    await clock.until(frozen)
    expect(beats).toEqual([1])
  })

  it('14 · woken with the answer in the socket, long after the deadline: it is read, and stored without a lease', async () => {
    const { clock, vendor, a, b, record } = await due()
    vendor.onPost = () => a.machine.freeze()
    void a.keeper.access(ada)
    await clock.advance(40_000)
    expect((await b.keeper.access(ada)).generation).toBe(1)
    a.machine.thaw()
    await clock.advance(1_000)
    expect(record()).toMatchObject({ generation: 2, state: 'ok' })
    expect(vendor.isCurrent(record().tokens?.refresh_token)).toBe(true)
    expect(vendor.posts).toHaveLength(1)
  })

  it('14 · its success is stored even over a verdict of its successor', async () => {
    const { clock, vendor, a, b, record } = await expired({ rotation: 'refuse' })
    vendor.onPost = ({ from }) => from === 'process 1' && a.machine.freeze()
    const frozen = a.keeper.access(ada)
    await clock.advance(10)
    expect(await failure(clock.until(b.keeper.access(ada)))).toMatchObject({ reason: 'lost_response' })
    a.machine.thaw()
    expect(await clock.until(frozen)).toMatchObject({ generation: 2 })
    expect(record()).toMatchObject({ state: 'ok', suspect: true })
    expect(vendor.isCurrent(record().tokens?.refresh_token)).toBe(true)
    expect((await b.keeper.access(ada)).generation).toBe(2)
  })

  it('14 · R2: when the successor has stored a pair, the earlier attempt’s is dropped and not revoked', async () => {
    const { clock, vendor, a, b, record, events } = await expired({ graceMs: 10_000 })
    vendor.onPost = ({ from }) => from === 'process 1' && a.machine.freeze()
    const frozen = a.keeper.access(ada)
    await clock.advance(10)
    const { token } = await clock.until(b.keeper.access(ada))
    a.machine.thaw()
    expect((await clock.until(frozen)).token).toBe(token)
    const grant = expect.stringMatching(/^[0-9a-f]{64}$/)
    expect(events).toContainEqual({ name: 'commit.conflict', grant, vendor: 'acme', rule: 'R2' })
    expect(vendor.isCurrent(record().tokens?.refresh_token)).toBe(true)
    expect(vendor.revocations).toEqual([])
  })

  it('14 · R2: when the frozen holder was faster, the later attempt’s pair replaces its own', async () => {
    const { clock, vendor, a, b, record } = await expired({ graceMs: 10_000 })
    vendor.onPost = ({ from }) => from === 'process 1' && a.machine.freeze()
    vendor.next({}, { takesMs: 1_000 })
    const frozen = a.keeper.access(ada)
    await clock.advance(10)
    const taking = b.keeper.access(ada)
    await clock.advance(ttl + 500)
    expect(vendor.posts).toHaveLength(2)
    a.machine.thaw()
    expect(await clock.until(frozen)).toMatchObject({ generation: 2 })
    expect(await clock.until(taking)).toMatchObject({ generation: 3 })
    expect(record()).toMatchObject({ pairAttempt: 2, suspect: true })
    expect(vendor.isCurrent(record().tokens?.refresh_token)).toBe(true)
  })

  it('15 · a frozen holder wakes with a refusal while its successor stored a pair: dropped, and that pair served', async () => {
    const { clock, vendor, a, b, record, told } = await expired({ rotation: 'refuse' })
    // a's request is slower than b's whole refresh.
    vendor.next({ arrivesMs: 7_000 })
    const frozen = a.keeper.access(ada)
    await clock.advance(10)
    a.machine.freeze()
    const { token } = await clock.until(b.keeper.access(ada))
    await clock.advance(5_000)
    expect(vendor.posts.map(({ outcome }) => outcome)).toEqual(['pair', 'refused'])
    a.machine.thaw()
    expect((await clock.until(frozen)).token).toBe(token)
    expect(record()).toMatchObject({ state: 'ok', generation: 2 })
    expect(told()).not.toContain('reauth')
  })

  it('15 · the same while its successor is still at it: its pair is waited for', async () => {
    const { clock, vendor, a, b, record, events } = await expired({ rotation: 'refuse' })
    vendor.next({ answer: { status: 400, body: { error: 'invalid_grant' } } }, { takesMs: 4_000 })
    const frozen = a.keeper.access(ada)
    await clock.advance(10)
    a.machine.freeze()
    const second = b.keeper.access(ada)
    await clock.advance(ttl + 1_000)
    expect(vendor.posts).toHaveLength(2)
    a.machine.thaw()
    const { token } = await clock.until(frozen)
    expect((await clock.until(second)).token).toBe(token)
    expect(record()).toMatchObject({ state: 'ok', generation: 2 })
    const grant = expect.stringMatching(/^[0-9a-f]{64}$/)
    expect(events).toContainEqual({ name: 'commit.conflict', grant, vendor: 'acme', rule: 'R3' })
  })

  it('16 · the endpoint hangs: 8 s, the beat carries the lease, and later calls are not stuck', async () => {
    const { clock, vendor, a, b, record, told } = await expired({ rotation: 'never' })
    vendor.next({ hang: 'after' })
    const begun = clock.now()
    const times = [a, b].map(({ keeper }) => keeper.access(ada).then(() => clock.now() - begun))
    for (const time of await clock.until(Promise.all(times))) {
      expect(time).toBeGreaterThanOrEqual(8_000)
      expect(time).toBeLessThan(8_000 + vendor.latencyMs + longestPoll + 50)
    }
    expect(vendor.posts.map(({ from }) => from)).toEqual(['process 1', 'process 1'])
    expect(told()).not.toContain('lease.takeover')
    expect(record().lease).toBeUndefined()
  })

  it('16 · at a strict vendor the hung request is an unknown outcome: one post, a cool-down, then one more', async () => {
    const { clock, vendor, a, record } = await expired()
    vendor.next({ hang: 'before' })
    expect(await failure(clock.until(a.keeper.access(ada)))).toMatchObject({
      code: 'vendor_unavailable',
      retryAfter: 30,
    })
    expect(record()).toMatchObject({ state: 'ok', doubt: { n: 1 } })
    expect(record().lease).toBeUndefined()
    expect(await failure(clock.until(a.keeper.access(ada)))).toMatchObject({ code: 'vendor_unavailable' })
    expect(vendor.posts).toHaveLength(1)
    await clock.advance(30_000)
    expect(await clock.until(a.keeper.access(ada))).toMatchObject({ generation: 2 })
  })

  it('17 · a request that was never sent is tried three times, with pauses, and nothing is in doubt', async () => {
    const { clock, vendor, a, record } = await expired()
    vendor.next({ unsent: 'ECONNREFUSED' }, { unsent: 'ENOTFOUND' })
    const begun = clock.now()
    expect(await clock.until(a.keeper.access(ada))).toMatchObject({ generation: 2 })
    expect(clock.now() - begun).toBeGreaterThanOrEqual(200)
    expect(record().suspect).toBeUndefined()
    expect(vendor.posts).toHaveLength(1)
  })

  it('17 · after three of them the grant rests, without doubt', async () => {
    const { clock, vendor, a, record, events } = await expired()
    vendor.next(...Array(3).fill({ unsent: 'CERT_HAS_EXPIRED' }))
    expect(await failure(clock.until(a.keeper.access(ada)))).toMatchObject({
      code: 'vendor_unavailable',
      retryAfter: 30,
    })
    expect(record().doubt).toBeUndefined()
    expect(events.filter(({ name }) => name === 'refresh.attempt')).toHaveLength(3)
    expect(vendor.posts).toHaveLength(0)
    await clock.advance(30_000)
    expect(await clock.until(a.keeper.access(ada))).toMatchObject({ generation: 2 })
  })

  it('17 · the clocks are checked before each of the three tries', async () => {
    const { clock, vendor, a, b } = await expired()
    vendor.next({ unsent: 'ECONNREFUSED' })
    const frozen = a.keeper.access(ada)
    await clock.advance(50)
    a.machine.freeze()
    const { token } = await clock.until(b.keeper.access(ada))
    a.machine.thaw()
    expect((await clock.until(frozen)).token).toBe(token)
    expect(vendor.posts.map(({ from }) => from)).toEqual(['process 2'])
  })

  it('17 · also when it has shown signs of life before, and between two posts', async () => {
    const { clock, vendor, a, b, told } = await expired({ graceMs: 60_000 })
    vendor.next({ answer: { status: 503 }, takesMs: 2_000 })
    const frozen = a.keeper.access(ada)
    await clock.advance(2_050)
    a.machine.freeze()
    const { token } = await clock.until(b.keeper.access(ada))
    expect(told()).toContain('lease.takeover')
    a.machine.thaw()
    expect((await clock.until(frozen)).token).toBe(token)
    expect(vendor.posts.map(({ from }) => from)).toEqual(['process 1', 'process 2'])
  })

  it('18 · reset after sending, a vendor that never rotates: the same flight sends again at once', async () => {
    const { clock, vendor, a, record } = await expired({ rotation: 'never' })
    vendor.next({ cut: 'after' })
    const begun = clock.now()
    expect(await clock.until(a.keeper.access(ada))).toMatchObject({ generation: 2 })
    expect(clock.now() - begun).toBeLessThan(2 * vendor.latencyMs + 10)
    expect(record().suspect).toBeUndefined()
  })

  it('18 · reset after sending, inside a grace: journalled, then sent again at once', async () => {
    const { clock, vendor, a, record } = await expired({ graceMs: 10_000 })
    vendor.next({ cut: 'after' })
    const doubts: unknown[] = []
    vendor.onPost = () => doubts.push(record().doubt?.n)
    const begun = clock.now()
    expect(await clock.until(a.keeper.access(ada))).toMatchObject({ generation: 2 })
    expect(clock.now() - begun).toBeLessThan(2 * vendor.latencyMs + 10)
    expect(doubts).toEqual([undefined, 1])
    expect(record()).toMatchObject({ suspect: true })
  })

  it('18 · inside a grace it is tried until the grace ends, and a cool-down never outlasts it', async () => {
    const { clock, vendor, a, record } = await expired({ graceMs: 10_000 })
    vendor.always = { cut: 'after' }
    const begun = clock.now()
    expect(await failure(clock.until(a.keeper.access(ada)))).toMatchObject({ code: 'vendor_unavailable' })
    const last = vendor.posts.at(-1)?.at ?? 0
    expect(last - begun).toBeGreaterThan(7_000)
    expect(last - begun).toBeLessThan(10_000 + vendor.latencyMs)
    expect(record().lease).toBeUndefined()
  })

  it('18, 22 · reset after sending, a strict vendor: the vendor sees one post in this flight', async () => {
    const { clock, vendor, a, record, told } = await expired()
    vendor.next({ cut: 'before' })
    expect(await failure(clock.until(a.keeper.access(ada)))).toMatchObject({
      code: 'vendor_unavailable',
      retryAfter: 30,
    })
    expect(vendor.posts).toHaveLength(1)
    expect(record()).toMatchObject({ state: 'ok', doubt: { n: 1 } })
    expect(told()).toContain('unknown_outcome')
  })

  it('18 · strict, and the journal cannot be written either: not sent again, and not forgotten', async () => {
    const { clock, vendor, a, b, record } = await due()
    vendor.next({ cut: 'after' })
    vendor.onPost = () => {
      let writes = 0
      a.store.faults = (call) => (call === 'compareAndSwap' && ++writes === 1 ? { fail: 'before' } : undefined)
    }
    void a.keeper.access(ada)
    await clock.advance(5_000)
    expect(vendor.posts).toHaveLength(1)
    expect(record().doubt ?? record().lease).toBeDefined()
    // Whoever comes later knows that the token may be spent.
    await clock.advance(60_000)
    await b.keeper.access(ada)
    await clock.advance(20_000)
    expect(vendor.posts).toHaveLength(1)
  })

  it('18 · inside a grace, and the journal cannot be written: not sent again, and the doubt is noted with the lease', async () => {
    const { clock, vendor, a, b, record } = await expired({ graceMs: 10_000 })
    vendor.next({ cut: 'after' })
    vendor.onPost = () => {
      let writes = 0
      a.store.faults = (call) => (call === 'compareAndSwap' && ++writes === 1 ? { fail: 'before' } : undefined)
    }
    expect(await failure(clock.until(a.keeper.access(ada)))).toMatchObject({ code: 'store_unavailable' })
    expect(vendor.posts).toHaveLength(1)
    expect(record()).toMatchObject({ state: 'ok', doubt: { n: 1 } })
    expect(record().lease).toBeUndefined()
    expect(await clock.until(b.keeper.access(ada))).toMatchObject({ generation: 2 })
    expect(record()).toMatchObject({ suspect: true })
  })

  it('18 · the same, but it was written without our hearing of it: the lease is given back all the same', async () => {
    const { clock, vendor, a, b, record, told } = await expired({ graceMs: 10_000 })
    vendor.next({ cut: 'after' })
    vendor.onPost = () => {
      let writes = 0
      a.store.faults = (call) => {
        if (call === 'compareAndSwap') return ++writes === 1 ? { fail: 'after' } : undefined
        return writes === 1 ? { fail: 'before' } : undefined
      }
    }
    expect(await failure(clock.until(a.keeper.access(ada)))).toMatchObject({ code: 'store_unavailable' })
    expect(record()).toMatchObject({ state: 'ok', doubt: { n: 2 } })
    expect(record().lease).toBeUndefined()
    expect(told()).not.toContain('lease.lost')
    const begun = clock.now()
    expect(await clock.until(b.keeper.access(ada))).toMatchObject({ generation: 2 })
    expect(clock.now() - begun).toBeLessThan(1_000)
  })

  it('18 · a client that fails in a way nobody foresaw may have spent the token: in doubt, and nobody is signed out', async () => {
    const { clock, a, record, events } = await expired()
    const fails = () => Promise.reject(new TypeError('of a mistake'))
    const clients = [{ ...a.client, refresh: fails }]
    const keeper = createTokenKeeper({
      store: a.store,
      keys: 'none',
      clients,
      clock: a.machine,
      onEvent: (event) => void events.push(event),
    })
    expect(await failure(clock.until(keeper.access(ada)))).toMatchObject({ code: 'vendor_unavailable', retryAfter: 30 })
    expect(record()).toMatchObject({ state: 'ok', doubt: { n: 1 } })
    expect(events).toContainEqual(
      expect.objectContaining({ name: 'refresh.failure', outcome: 'unknown', code: 'unknown' }),
    )
  })

  it('19 · the caller goes away during the refresh: it ends the waiting only', async () => {
    const { clock, vendor, a, record } = await expired()
    const controller = new AbortController()
    const gone = a.keeper.access(ada, { signal: controller.signal })
    const outcome = gone.catch((error: Error) => error.name)
    await clock.advance(10)
    controller.abort()
    await clock.advance(0)
    expect(await outcome).toBe('AbortError')
    await clock.advance(1_000)
    expect(record().generation).toBe(2)
    expect((await a.keeper.access(ada)).generation).toBe(2)
    expect(vendor.posts).toHaveLength(1)
  })

  it('20 · close() waits for the refresh under way', async () => {
    const { clock, vendor, a, record } = await expired()
    const asked = a.keeper.access(ada)
    await clock.advance(10)
    await clock.until(a.keeper.close())
    expect(record()).toMatchObject({ generation: 2 })
    expect((await asked).generation).toBe(2)
    expect(vendor.posts).toHaveLength(1)
  })

  it('20 · it waits ten seconds at most, unless it is told otherwise', async () => {
    const { clock, vendor, a, record } = await expired({ rotation: 'never' })
    vendor.always = { answer: { status: 503 } }
    const asked = failure(a.keeper.access(ada))
    await clock.advance(10)
    const begun = clock.now()
    await clock.until(a.keeper.close())
    expect(clock.now() - begun).toBeGreaterThanOrEqual(10_000)
    expect(clock.now() - begun).toBeLessThan(13_000)
    expect(await asked).toMatchObject({ code: 'vendor_unavailable' })
    expect(record().lease).toBeUndefined()
  })

  it('20 · a post still out at the deadline is given up as an unknown outcome: doubt, and no lease', async () => {
    const { clock, vendor, a, b, record } = await expired({ graceMs: 60_000 })
    vendor.next({ hang: 'after' })
    const asked = failure(a.keeper.access(ada))
    await clock.advance(10)
    await clock.until(a.keeper.close(2_000))
    await clock.advance(100)
    expect(record()).toMatchObject({ state: 'ok', doubt: { n: 1 } })
    expect(record().lease).toBeUndefined()
    expect(await asked).toMatchObject({ code: 'vendor_unavailable' })
    // The next process need not wait for a lease to run out.
    const begun = clock.now()
    await clock.until(b.keeper.access(ada))
    expect(clock.now() - begun).toBeLessThan(1_000)
  })

  it('20 · a lease without a post is given back at the deadline, without doubt', async () => {
    const { clock, vendor, a, record, told } = await expired()
    // The second try would be sent.
    vendor.next({ unsent: 'ECONNREFUSED' })
    const asked = failure(a.keeper.access(ada))
    await clock.advance(20)
    await clock.until(a.keeper.close(10))
    await clock.advance(5_000)
    expect(await asked).toMatchObject({ code: 'vendor_unavailable' })
    expect(record().lease).toBeUndefined()
    expect(record().doubt).toBeUndefined()
    expect(vendor.posts).toHaveLength(0)
    expect(told()).toEqual(['refresh.attempt', 'refresh.failure'])
  })

  it('20 · and when its answer comes before the process ends after all, the new pair is stored', async () => {
    const { clock, vendor, a, b, record } = await expired()
    vendor.next({ takesMs: 4_000 })
    const asked = failure(a.keeper.access(ada))
    await clock.advance(10)
    await clock.until(a.keeper.close(1_000))
    expect(await asked).toMatchObject({ code: 'vendor_unavailable' })
    expect(record()).toMatchObject({ generation: 1, doubt: { n: 1 } })
    await clock.advance(4_000)
    // Nobody else got one meanwhile, but somebody might have tried.
    expect(record()).toMatchObject({ generation: 2, suspect: true })
    expect(vendor.isCurrent(record().tokens?.refresh_token)).toBe(true)
    expect(await b.keeper.access(ada)).toMatchObject({ generation: 2 })
    expect(vendor.posts).toHaveLength(1)
  })

  it('20 · a flight that waits for another process ends when its keeper is closed', async () => {
    const { clock, vendor, a, b } = await expired()
    vendor.next({ takesMs: 7_000 })
    const first = a.keeper.access(ada)
    await clock.advance(10)
    const waiting = failure(b.keeper.access(ada))
    await clock.advance(10)
    const begun = clock.now()
    await clock.until(b.keeper.close(0))
    expect(clock.now() - begun).toBeLessThan(500)
    expect(await waiting).toMatchObject({ code: 'vendor_unavailable' })
    expect(await clock.until(first)).toMatchObject({ generation: 2 })
  })

  it('20 · a closed keeper serves what is valid, begins no refresh, and leaves no timer', async () => {
    const { clock, vendor, a } = await due()
    await clock.until(a.keeper.close())
    expect((await a.keeper.access(ada)).generation).toBe(1)
    await clock.advance(hour)
    expect(await failure(clock.until(a.keeper.access(ada)))).toMatchObject({ code: 'vendor_unavailable' })
    expect(vendor.posts).toHaveLength(0)
    expect(clock.pending()).toBe(0)
  })

  it('21 · a refresh behind the caller is told to the platform, which then waits for it', async () => {
    const { clock, a, record, events } = await due()
    const work: Promise<unknown>[] = []
    const answer = await a.keeper.access(ada, { waitUntil: (promise) => work.push(promise) })
    expect(answer).toMatchObject({ generation: 1, stale: true })
    const grant = expect.stringMatching(/^[0-9a-f]{64}$/)
    expect(events).toEqual([{ name: 'stale.served', grant, vendor: 'acme' }])
    await clock.until(Promise.all(work))
    expect(work).toHaveLength(1)
    expect(record().generation).toBe(2)
    await a.keeper.access(ada, { waitUntil: (promise) => work.push(promise) })
    expect(work).toHaveLength(1)
  })

  it('21 · or awaited: `minValidMs: Infinity` waits whenever a refresh is due, and only then', async () => {
    const { clock, vendor, a } = await due()
    const asked = { minValidMs: Number.POSITIVE_INFINITY }
    expect(await clock.until(a.keeper.access(ada, asked))).toMatchObject({ generation: 2, stale: false })
    expect(await a.keeper.access(ada, asked)).toMatchObject({ generation: 2 })
    expect(vendor.posts).toHaveLength(1)
  })
})
