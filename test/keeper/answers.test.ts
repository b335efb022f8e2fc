import { describe, expect, it } from 'vitest'
import { failure } from '../oauth/failure.ts'
import { ada, due, expired, hour } from './world.ts'

const json = (status: number, body: unknown, headers: Record<string, string> = {}) => ({
  answer: { status, body, headers },
})

describe('E · what vendors answer', () => {
  it.each([
    ['503 in seconds', 503, () => '120'],
    ['503 as a date', 503, (now: number) => new Date(now + 120_000).toUTCString()],
    ['429', 429, () => '120'],
  ])('38 · %s: nobody posts for so long, in any process', async (_, status, header) => {
    const { clock, vendor, a, b, events } = await expired()
    vendor.next(json(status, {}, { 'retry-after': header(clock.now()) }))
    const first = await failure(clock.until(a.keeper.access(ada)))
    expect(first).toMatchObject({ code: 'vendor_unavailable' })
    expect(first.retryAfter).toBeGreaterThanOrEqual(119)
    expect(first.retryAfter).toBeLessThanOrEqual(120)
    expect(events).toContainEqual(expect.objectContaining({ name: 'cooldown' }))
    await clock.advance(60_000)
    const second = await failure(clock.until(b.keeper.access(ada)))
    expect(second.code).toBe('vendor_unavailable')
    expect(second.retryAfter).toBeLessThanOrEqual(61)
    expect(vendor.posts).toHaveLength(1)
    // Others may go first for half a minute.
    await clock.advance(61_000 + 30_000)
    expect(await clock.until(b.keeper.access(ada))).toMatchObject({ generation: 2 })
  })

  it('38 · while it rests, a token that still works is served, and nothing runs behind', async () => {
    const { clock, vendor, a, told } = await due()
    vendor.next(json(429, {}, { 'retry-after': '120' }))
    expect(await a.keeper.access(ada)).toMatchObject({ generation: 1, stale: true })
    await clock.advance(1_000)
    const before = told().length
    expect(await a.keeper.access(ada)).toMatchObject({ generation: 1, stale: false })
    await clock.advance(1_000)
    expect(told()).toHaveLength(before)
    expect(vendor.posts).toHaveLength(1)
  })

  it('38 · an absurd `Retry-After` is capped at an hour', async () => {
    const { clock, vendor, a } = await expired()
    vendor.next(json(503, {}, { 'retry-after': '99999999' }))
    expect((await failure(clock.until(a.keeper.access(ada)))).retryAfter).toBe(3600)
  })

  it('38 · a vendor that never rotates is obeyed too', async () => {
    const { clock, vendor, a } = await expired({ rotation: 'never' })
    vendor.next(json(503, {}, { 'retry-after': '120' }))
    expect((await failure(clock.until(a.keeper.access(ada)))).retryAfter).toBe(120)
    expect(vendor.posts).toHaveLength(1)
  })

  it('39 · 500 again and again, a vendor that never rotates: growing pauses within the wait, and no doubt', async () => {
    const { clock, vendor, a, record } = await expired({ rotation: 'never' })
    vendor.always = json(500, 'oops')
    expect(await failure(clock.until(a.keeper.access(ada)))).toMatchObject({ code: 'vendor_unavailable' })
    const times = vendor.posts.map(({ at }) => at)
    const pauses = times.slice(1).map((at, i) => at - (times[i] ?? 0) - vendor.latencyMs)
    expect(pauses.length).toBeGreaterThan(5)
    expect(pauses.length).toBeLessThan(15)
    expect(Math.min(...pauses)).toBeGreaterThan(100)
    expect(record().doubt).toBeUndefined()
    vendor.always = {}
    expect(await clock.until(a.keeper.access(ada))).toMatchObject({ generation: 2 })
  })

  it('39 · 500 at a strict vendor is an unknown outcome: one post and a cool-down', async () => {
    const { clock, vendor, a, record } = await expired()
    vendor.next(json(500, 'oops'))
    expect(await failure(clock.until(a.keeper.access(ada)))).toMatchObject({
      code: 'vendor_unavailable',
      retryAfter: 30,
    })
    expect(record()).toMatchObject({ state: 'ok', doubt: { n: 1 } })
    expect(vendor.posts).toHaveLength(1)
  })

  it.each([
    ['403 with a firewall’s page', json(403, '<html>', { 'content-type': 'text/html' }), 'http_error'],
    ['404', json(404, 'not here', { 'content-type': 'text/plain' }), 'http_error'],
    ['302', json(302, '', { location: 'https://evil.example/token' }), 'redirect_refused'],
    ['200 with an unknown error', json(200, { error: 'try_later' }), 'try_later'],
    ['400 with another error', json(400, { error: 'invalid_request' }), 'invalid_request'],
  ])('40 · %s: it rests, nothing is deleted, nothing in doubt, nobody signed out', async (_, step, code) => {
    const { clock, vendor, a, record, events } = await expired()
    vendor.next(step)
    const error = await failure(clock.until(a.keeper.access(ada)))
    expect(error).toMatchObject({ code: 'vendor_unavailable', retryAfter: 30 })
    // Whoever looks into it reads the vendor's own word, or ours where it had none.
    expect(error.message).toContain(`(${code})`)
    const names = { grant: expect.stringMatching(/^[0-9a-f]{64}$/), vendor: 'acme' }
    expect(events.slice(1)).toEqual([
      { name: 'refresh.failure', ...names, outcome: 'transient', code },
      { name: 'cooldown', ...names, ms: 30_000 },
    ])
    expect(record()).toMatchObject({ state: 'ok', generation: 1 })
    expect(record().doubt).toBeUndefined()
    await clock.advance(30_000)
    expect(await clock.until(a.keeper.access(ada))).toMatchObject({ generation: 2 })
    expect(record().suspect).toBeUndefined()
    expect(vendor.posts).toHaveLength(2)
  })

  it('40 · it rests, which cannot be written: whoever waited gets the old token while it works', async () => {
    const { clock, vendor, a } = await due()
    vendor.next(json(403, 'no'))
    vendor.onPost = () => {
      a.store.faults = (call) => (call === 'compareAndSwap' ? { fail: 'before' } : undefined)
    }
    const asked = a.keeper.access(ada, { minValidMs: Number.POSITIVE_INFINITY })
    expect(await clock.until(asked)).toMatchObject({ generation: 1 })
    await clock.advance(hour)
    const other = await expired()
    other.vendor.next(json(403, 'no'))
    other.vendor.onPost = () => {
      other.a.store.faults = (call) => (call === 'compareAndSwap' ? { fail: 'before' } : undefined)
    }
    expect(await failure(other.clock.until(other.a.keeper.access(ada)))).toMatchObject({ code: 'vendor_unavailable' })
  })

  it('41 · `invalid_grant` is a verdict: one post for a storm of callers, in every process', async () => {
    const { clock, vendor, a, b, record, events } = await expired()
    vendor.revoke({ access_token: 'access-f1-1' })
    const callers = Array.from({ length: 50 }, (_, i) => (i % 2 ? a : b).keeper.access(ada))
    for (const outcome of await clock.until(Promise.allSettled(callers))) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'reauth_required', reason: 'revoked' } })
    }
    expect(await failure(b.keeper.access(ada))).toMatchObject({ code: 'reauth_required' })
    expect(vendor.posts).toHaveLength(1)
    expect(record()).toMatchObject({ state: 'reauth_required', reason: 'revoked' })
    expect(record().lease).toBeUndefined()
    expect(events.filter(({ name }) => name === 'reauth')).toHaveLength(1)
  })

  it('41 · its access token is served to its end', async () => {
    const { clock, vendor, a, record } = await due()
    vendor.next(json(400, { error: 'invalid_grant' }))
    await a.keeper.access(ada)
    await clock.advance(1_000)
    expect(record().state).toBe('reauth_required')
    expect(await a.keeper.access(ada)).toMatchObject({ generation: 1, stale: false })
    expect(await failure(a.keeper.access(ada, { notGeneration: 1 }))).toMatchObject({ code: 'reauth_required' })
    await clock.advance(600_000)
    expect(await failure(a.keeper.access(ada))).toMatchObject({ code: 'reauth_required' })
    expect(vendor.posts).toHaveLength(1)
  })

  it('41 · a grant unused for longer than the vendor allows has expired, it was not revoked', async () => {
    const { clock, vendor, a } = await expired({ vendor: { idleLifetime: 30 * 86_400 } })
    await clock.advance(30 * 86_400_000)
    vendor.next(json(400, { error: 'invalid_grant' }))
    expect(await failure(clock.until(a.keeper.access(ada)))).toMatchObject({ reason: 'expired' })
  })

  it('41 · the verdict’s write is lost on the way back: it counts, and nobody posts again', async () => {
    const { clock, vendor, a, record } = await expired()
    vendor.revoke({ access_token: 'access-f1-1' })
    vendor.onPost = () => {
      a.store.faults = (call) => (call === 'compareAndSwap' ? { fail: 'after' } : undefined)
    }
    expect(await failure(clock.until(a.keeper.access(ada)))).toMatchObject({
      code: 'reauth_required',
      reason: 'revoked',
    })
    expect(record()).toMatchObject({ state: 'reauth_required', reason: 'revoked' })
    expect(vendor.posts).toHaveLength(1)
  })

  it('41 · the verdict’s write fails once: it is written again, not asked for again', async () => {
    const { clock, vendor, a, record } = await expired()
    vendor.revoke({ access_token: 'access-f1-1' })
    vendor.onPost = () => {
      let writes = 0
      a.store.faults = (call) => (call === 'compareAndSwap' && ++writes === 1 ? { fail: 'before' } : undefined)
    }
    expect(await failure(clock.until(a.keeper.access(ada)))).toMatchObject({
      code: 'reauth_required',
      reason: 'revoked',
    })
    expect(record()).toMatchObject({ state: 'reauth_required', reason: 'revoked' })
    expect(vendor.posts).toHaveLength(1)
  })

  it('41 · the verdict cannot be written: nobody is signed out before all can see it', async () => {
    const { clock, vendor, a, record, told } = await expired()
    vendor.revoke({ access_token: 'access-f1-1' })
    vendor.onPost = () => {
      a.store.faults = (call) => (call === 'compareAndSwap' ? { fail: 'before' } : undefined)
    }
    const begun = clock.now()
    expect(await failure(clock.until(a.keeper.access(ada)))).toMatchObject({ code: 'store_unavailable' })
    expect(clock.now() - begun).toBeLessThan(5_000)
    expect(record().state).toBe('ok')
    expect(told()).not.toContain('commit.conflict')
    expect(vendor.posts).toHaveLength(1)
  })

  it.each(['invalid_client', 'unauthorized_client'])('42 · %s is an alarm, and signs nobody out', async (error) => {
    const { clock, vendor, a, record, events } = await expired()
    vendor.next(json(401, { error }))
    expect(await failure(clock.until(a.keeper.access(ada)))).toMatchObject({ code: 'client_misconfigured' })
    expect(record()).toMatchObject({ state: 'ok', generation: 1 })
    expect(record().doubt).toBeUndefined()
    expect(events).toContainEqual(expect.objectContaining({ name: 'refresh.failure', outcome: 'configuration' }))
    // Not a storm either.
    await failure(clock.until(a.keeper.access(ada)))
    expect(vendor.posts).toHaveLength(1)
    await clock.advance(30_000)
    expect(await clock.until(a.keeper.access(ada))).toMatchObject({ generation: 2 })
  })

  it('43 · 200 with a vendor’s own word for a bad refresh token is a verdict, where its descriptor says so', async () => {
    const { clock, vendor, a } = await expired({ vendor: { terminalErrors: ['bad_refresh_token'] } })
    vendor.next(json(200, { error: 'bad_refresh_token' }))
    expect(await failure(clock.until(a.keeper.access(ada)))).toMatchObject({
      code: 'reauth_required',
      reason: 'revoked',
    })
  })

  it.each([
    ['without an access token', ({ access_token: _, ...fields }: Record<string, unknown>) => fields],
    ['with a bad token_type', (fields: Record<string, unknown>) => ({ ...fields, token_type: 'mac' })],
    ['with an unusable access token', (fields: Record<string, unknown>) => ({ ...fields, access_token: 'a b' })],
  ])('44 · 200 %s, but with a new refresh token: that is stored first, then the error', async (_, rewrite) => {
    const { clock, vendor, a, record } = await expired()
    vendor.next({ rewrite })
    expect(await failure(clock.until(a.keeper.access(ada)))).toMatchObject({
      code: 'vendor_unavailable',
      retryAfter: 30,
    })
    expect(vendor.isCurrent(record().tokens?.refresh_token)).toBe(true)
    expect(record()).toMatchObject({ state: 'ok', generation: 2, tokens: { access_token: 'access-f1-1' } })
    expect(record().doubt).toBeUndefined()
    await clock.advance(30_000)
    const { token } = await clock.until(a.keeper.access(ada))
    expect(token).not.toBe('access-f1-1')
    expect(vendor.posts).toHaveLength(2)
  })

  it('44 · nor is the old access token passed off as new to those who wait elsewhere', async () => {
    const { clock, vendor, a, b } = await expired()
    vendor.next({ takesMs: 1_000, rewrite: ({ access_token: _, ...fields }) => fields })
    const asked = [failure(a.keeper.access(ada))]
    await clock.advance(10)
    asked.push(failure(b.keeper.access(ada)))
    for (const error of await clock.until(Promise.all(asked))) expect(error.code).toBe('vendor_unavailable')
    expect(vendor.posts).toHaveLength(1)
  })

  it('44 · the old access token is served while it works, and the next refresh comes after the rest', async () => {
    const { clock, vendor, a, record } = await due()
    vendor.next({ rewrite: ({ access_token: _, ...fields }) => fields })
    await a.keeper.access(ada)
    await clock.advance(1_000)
    // The vendor counts the idle life from the new refresh token.
    const { since, generation } = record()
    expect({ since, generation }).toEqual({ since: clock.now() - 1_000 + vendor.latencyMs, generation: 2 })
    expect(await a.keeper.access(ada)).toMatchObject({ token: 'access-f1-1', generation: 2, stale: false })
    await clock.advance(30_000)
    expect(await a.keeper.access(ada)).toMatchObject({ token: 'access-f1-1', generation: 2, stale: true })
    await clock.advance(1_000)
    expect(await a.keeper.access(ada)).toMatchObject({ generation: 3 })
    expect(vendor.posts).toHaveLength(2)
  })

  it('44 · an answer with an error in it salvages nothing', async () => {
    const { clock, vendor, a, record } = await expired()
    vendor.next(json(200, { error: 'try_later', refresh_token: 'rt-of-somebody' }))
    await failure(clock.until(a.keeper.access(ada)))
    expect(record().tokens?.refresh_token).toBe('refresh-f1-1')
  })

  it.each<[string, unknown]>([
    ['missing', undefined],
    ['empty', ''],
    ['null', null],
  ])('45 · refresh token %s: the old one stays', async (_, value) => {
    const { clock, vendor, a, record } = await expired({ rotation: 'never' })
    vendor.next({ rewrite: ({ refresh_token: __, ...fields }) => ({ ...fields, refresh_token: value }) })
    expect(await clock.until(a.keeper.access(ada))).toMatchObject({ generation: 2 })
    expect(record().tokens?.refresh_token).toBe('refresh-f1-1')
  })

  it('46 · the “new” refresh token is the old one: fine, and the generation advances', async () => {
    const { clock, vendor, a, record } = await expired({ rotation: 'never' })
    vendor.next({ rewrite: (fields) => ({ ...fields, refresh_token: 'refresh-f1-1' }) })
    await clock.until(a.keeper.access(ada))
    expect(record()).toMatchObject({ generation: 2, tokens: { refresh_token: 'refresh-f1-1' } })
  })

  it('46 · even the access token is the old one: the generation advances all the same', async () => {
    const { clock, vendor, a, record } = await due({ rotation: 'never' })
    vendor.next({ rewrite: (fields) => ({ ...fields, access_token: 'access-f1-1' }) })
    await a.keeper.access(ada)
    await clock.advance(1_000)
    expect(record()).toMatchObject({ generation: 2, tokens: { access_token: 'access-f1-1' } })
  })

  it('47 · a narrower scope is stored, and told', async () => {
    const { clock, vendor, a, record, told } = await expired()
    vendor.next({ rewrite: (fields) => ({ ...fields, scope: 'read' }) })
    await clock.until(a.keeper.access(ada))
    expect(record().tokens?.scope).toBe('read')
    expect(told().filter((name) => name === 'scope_changed')).toHaveLength(1)
    await clock.advance(hour)
    vendor.next({ rewrite: ({ scope: _, ...fields }) => fields })
    await clock.until(a.keeper.access(ada))
    expect(told().filter((name) => name === 'scope_changed')).toHaveLength(1)
  })

  it('48 · a body without end is cut off: an unknown outcome', async () => {
    const { clock, vendor, a, record } = await expired()
    vendor.next({ rewrite: () => 'x'.repeat(2_000_000) })
    expect(await failure(clock.until(a.keeper.access(ada)))).toMatchObject({ code: 'vendor_unavailable' })
    expect(record()).toMatchObject({ state: 'ok', doubt: { n: 1 } })
  })

  it('49 · the user revokes at the vendor: API 401, one forced refresh, a verdict, no loop', async () => {
    const { clock, vendor, a } = await due()
    vendor.revoke({ access_token: 'access-f1-1' })
    expect(await failure(clock.until(a.keeper.fetch(ada, '/documents')))).toMatchObject({ code: 'reauth_required' })
    expect(await failure(clock.until(a.keeper.access(ada, { notGeneration: 1 })))).toMatchObject({
      code: 'reauth_required',
    })
    expect(vendor.posts).toHaveLength(1)
    expect(vendor.apiCalls).toHaveLength(1)
  })

  it('50 · the user signs in again while a refresh is in flight: the new consent wins, the late pair is dropped', async () => {
    const { clock, vendor, a, record } = await expired()
    const waiting = a.keeper.access(ada)
    await clock.advance(10)
    const tokens = vendor.signIn()
    await a.keeper.adopt(tokens, ada)
    expect((await clock.until(waiting)).token).toBe(tokens.access_token)
    await clock.advance(1_000)
    expect(record()).toMatchObject({ generation: 2, tokens: { access_token: tokens.access_token } })
    expect(vendor.revocations).toEqual([])
    await clock.advance(hour)
    await clock.until(a.keeper.access(ada))
    expect(vendor.isAlive(tokens)).toBe(true)
  })

  it('50 · the late refusal of the old consent is dropped too', async () => {
    const { clock, vendor, a, record } = await expired()
    vendor.next(json(400, { error: 'invalid_grant' }))
    const waiting = a.keeper.access(ada)
    await clock.advance(10)
    await a.keeper.adopt(vendor.signIn(), ada)
    expect(await clock.until(waiting)).toMatchObject({ generation: 2 })
    expect(record().state).toBe('ok')
  })
})
