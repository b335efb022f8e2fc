import { createClient } from 'esign-auth'
import { describe, expect, it } from 'vitest'
import { failure, shown } from '../oauth/failure.ts'
import type { ScriptedVendor, Step } from './scripted-vendor.ts'
import { ada, createWorld, due, expired, hour, signedIn } from './world.ts'

const day = 24 * hour

describe('F · sign-out, secrets, long life', () => {
  it('51 · revoked during a refresh: nothing comes back, and the fresh pair is revoked at the vendor', async () => {
    const { clock, vendor, a, b, record } = await expired()
    const waiting = a.keeper.access(ada)
    await clock.advance(10)
    await b.keeper.revoke(ada)
    expect(await failure(clock.until(waiting))).toMatchObject({ code: 'reauth_required', reason: 'revoked' })
    await clock.advance(1_000)
    expect(record()).toMatchObject({ state: 'revoked' })
    expect(record().tokens).toBeUndefined()
    expect(vendor.revocations).toEqual(['refresh-f1-1', 'refresh-f1-2'])
  })

  it('51 · deleted during a refresh: the record is not made again', async () => {
    const { clock, vendor, store, a } = await expired()
    const waiting = a.keeper.access(ada)
    await clock.advance(10)
    await store.delete(store.keys[0] ?? '')
    expect(await failure(clock.until(waiting))).toMatchObject({ code: 'reauth_required', reason: 'unknown' })
    await clock.advance(1_000)
    expect(store.keys).toEqual([])
    expect(vendor.revocations).toEqual(['refresh-f1-2'])
  })

  it('51 · deleted during a refresh that is refused: nothing is kept, which is all that is said', async () => {
    const { clock, vendor, store, a, told } = await expired()
    vendor.next({ answer: { status: 400, body: { error: 'invalid_grant' } } })
    const waiting = failure(a.keeper.access(ada))
    await clock.advance(10)
    await store.delete(store.keys[0] ?? '')
    expect(await clock.until(waiting)).toMatchObject({ code: 'reauth_required', reason: 'unknown' })
    expect(told()).not.toContain('reauth')
    expect(store.keys).toEqual([])
  })

  it('51 · deleted while another process waits for that refresh: it waits no longer', async () => {
    const { clock, vendor, store, a, b } = await expired()
    const waiting = [failure(a.keeper.access(ada))]
    await clock.advance(10)
    waiting.push(failure(b.keeper.access(ada)))
    await clock.advance(10)
    await store.delete(store.keys[0] ?? '')
    for (const error of await clock.until(Promise.all(waiting))) {
      expect(error).toMatchObject({ code: 'reauth_required', reason: 'unknown' })
    }
    expect(vendor.posts).toHaveLength(1)
  })

  it('51 · in one process too: whoever asks after `revoke` gets no token, whatever was being read', async () => {
    const { clock, a } = await signedIn()
    await clock.advance(6_000)
    // A read begins, sees the good record, and is slow to come back.
    a.store.faults = (call) => (call === 'get' ? { takesMs: 2_000 } : undefined)
    const early = a.keeper.access(ada)
    await clock.advance(10)
    a.store.faults = () => undefined
    await a.keeper.revoke(ada)
    expect(await failure(a.keeper.access(ada))).toMatchObject({ code: 'reauth_required' })
    // Who asked before gets none either: what was read is older than what this process remembers.
    expect(await failure(clock.until(early))).toMatchObject({ code: 'reauth_required' })
    expect(await failure(a.keeper.access(ada))).toMatchObject({ code: 'reauth_required' })
  })

  it('51 · and whoever asks after `adopt` gets the new sign-in’s token', async () => {
    const { clock, vendor, a } = await signedIn()
    await clock.advance(6_000)
    a.store.faults = (call) => (call === 'get' ? { takesMs: 2_000 } : undefined)
    const early = a.keeper.access(ada)
    await clock.advance(10)
    a.store.faults = () => undefined
    const tokens = vendor.signIn()
    await a.keeper.adopt(tokens, ada)
    await clock.until(early)
    expect((await a.keeper.access(ada)).token).toBe(tokens.access_token)
  })

  it('53 · the vendor’s revocation answers 503: signed out here at once, and asked again when it said', async () => {
    const { clock, vendor, a, b, events } = await due()
    const busy: Step = { answer: { status: 503, headers: { 'retry-after': '120' } } }
    vendor.nextRevocations(busy, { cut: 'before' }, { answer: { status: 429 } }, { answer: { status: 500 } })
    await a.keeper.revoke(ada)
    expect(await failure(b.keeper.access(ada))).toMatchObject({ code: 'reauth_required', reason: 'revoked' })
    await clock.advance(1_000)
    expect(vendor.revocations).toHaveLength(1)
    await clock.advance(100_000)
    expect(vendor.revocations).toHaveLength(1)
    await clock.advance(60_000)
    expect(vendor.revocations).toEqual(Array(5).fill('refresh-f1-1'))
    await clock.advance(day)
    expect(vendor.revocations).toHaveLength(5)
    const names = { name: 'revocation.failed', grant: expect.stringMatching(/^[0-9a-f]{64}$/), vendor: 'acme' }
    expect(events).toEqual([
      { ...names, code: 'http_error' },
      { ...names, code: 'network_error' },
      { ...names, code: 'http_error' },
      { ...names, code: 'http_error' },
    ])
  })

  it('53 · between two tries without such a word: a second, then ever twice as long, an hour at most', async () => {
    const { clock, vendor, a } = await due()
    vendor.nextRevocations(...Array<Step>(20).fill({ answer: { status: 503 } }))
    const begun = clock.now()
    const asked: number[] = []
    vendor.revocations.push = (token) => {
      asked.push(clock.now() - begun)
      return Array.prototype.push.call(vendor.revocations, token)
    }
    await a.keeper.revoke(ada)
    await clock.advance(day / 2)
    const pauses = asked.slice(1).map((at, i) => at - (asked[i] ?? 0) - vendor.latencyMs)
    const seconds = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048, 3_600, 3_600]
    expect(pauses.slice(0, seconds.length)).toEqual(seconds.map((each) => each * 1_000))
  })

  it('53 · it is tried as long as the process lives, ever more rarely', async () => {
    const { clock, vendor, a } = await due()
    vendor.nextRevocations(...Array<Step>(40).fill({ answer: { status: 503 } }))
    await a.keeper.revoke(ada)
    await clock.advance(day)
    expect(vendor.revocations.length).toBeGreaterThan(20)
    expect(vendor.revocations.length).toBeLessThan(41)
    await clock.until(a.keeper.close())
    const asked = vendor.revocations.length
    await clock.advance(day)
    expect(vendor.revocations).toHaveLength(asked)
  })

  it('53 · a refusal is the end of it, and so is a vendor that offers no revocation', async () => {
    const { clock, vendor, a } = await due()
    vendor.nextRevocations({ answer: { status: 400 } })
    await a.keeper.revoke(ada)
    await clock.advance(day)
    expect(vendor.revocations).toHaveLength(1)
    const none = await due({
      vendor: { endpoints: () => ({ authorization: 'https://acme.example/a', token: 'https://acme.example/token' }) },
    })
    await none.a.keeper.revoke(ada)
    await none.clock.advance(day)
    expect(none.told()).not.toContain('revocation.failed')
  })

  it('revoke · a second time, or without a record: done, and nothing is asked', async () => {
    const { clock, vendor, a } = await due()
    await a.keeper.revoke(ada)
    await a.keeper.revoke(ada)
    await a.keeper.revoke({ ...ada, owner: 'nobody' })
    await clock.advance(1_000)
    expect(vendor.revocations).toHaveLength(1)
  })

  it('revoke · somebody else writes meanwhile, as a beat does: it is ended all the same, and once', async () => {
    const world = await due()
    const { clock, vendor, a, record } = world
    let writes = 0
    a.store.faults = (call) => {
      if (call === 'compareAndSwap' && ++writes <= 3) void world.rewrite((old) => old)
      return undefined
    }
    await clock.until(a.keeper.revoke(ada))
    await clock.advance(1_000)
    expect(record()).toMatchObject({ state: 'revoked', floor: 1 })
    expect(writes).toBe(4)
    expect(vendor.revocations).toEqual(['refresh-f1-1'])
  })

  it('revoke · a new sign-in that comes first is not ended by it', async () => {
    const { clock, vendor, a, b, record } = await due()
    let once = true
    a.store.faults = (call) => {
      if (call !== 'get' || !once) return undefined
      once = false
      return { takesMs: 1_000 }
    }
    const revoking = a.keeper.revoke(ada)
    await clock.advance(10)
    await b.keeper.adopt(vendor.signIn(), ada)
    await clock.until(revoking)
    await clock.advance(1_000)
    expect(record()).toMatchObject({ state: 'ok', generation: 2 })
    expect(vendor.revocations).toEqual([])
  })

  it('58, 59 · no token, secret or header value in any event, error or store key', async () => {
    const secrets = [
      'a-client-secret',
      'refresh-f',
      'access-f',
      Buffer.from('a-client:a-client-secret').toString('base64'),
    ]
    const said: unknown[] = []
    const play = async (script: (vendor: ScriptedVendor) => void) => {
      const { clock, vendor, a, b, events, store } = await expired()
      script(vendor)
      for (const keeper of [a.keeper, b.keeper])
        said.push(await clock.until(keeper.access(ada).catch((error) => error)))
      said.push(await clock.until(a.keeper.fetch(ada, 'https://evil.example/none').catch((error) => error)))
      said.push(...events)
      for (const key of store.keys) expect(key).toMatch(/^[0-9a-f]{64}$|^client:acme:a-client$/)
      said.push(...store.keys, events)
    }
    const echo = 'refresh-f1-1 Basic YS1jbGllbnQ6YS1jbGllbnQtc2VjcmV0 a-client-secret'
    const body = { error: 'refresh-f1-1', error_description: echo }
    await play((vendor) => vendor.next({ answer: { status: 400, body } }))
    await play((vendor) => vendor.next({ answer: { status: 400, body: { ...body, error: 'invalid_grant' } } }))
    await play((vendor) => vendor.next({ answer: { status: 401, body: { ...body, error: 'invalid_client' } } }))
    await play((vendor) => vendor.next({ answer: { status: 503, body: echo } }))
    await play((vendor) => vendor.next({ cut: 'after' }))
    await play((vendor) => vendor.next({ rewrite: (fields) => ({ ...fields, token_type: echo }) }))
    const text = said.map(shown).join('\n')
    for (const secret of secrets) expect(text).not.toContain(secret)
  })

  it('58 · nor where a vendor wants the token in the URL of its revocation', async () => {
    const vendor = { revocation: () => ({ place: 'query', credentials: 'none', hint: false }) as const }
    const world = await signedIn({ vendor })
    const urls: string[] = []
    const { definition } = world.vendor
    const fetch = async (url: string | URL | Request) => {
      urls.push(String(url))
      const body = { error: 'invalid_token', error_description: `no ${url}` }
      if (urls.length === 1) throw new TypeError(`fetch failed: ${url}`)
      if (urls.length === 2) return new Response(null, { status: 302, headers: { location: String(url) } })
      return Response.json(body, { status: urls.length === 3 ? 500 : 400 })
    }
    const client = createClient(definition, { clientId: 'a-client', clientSecret: 'a-client-secret', fetch })
    for (let asked = 0; asked < 4; asked++) {
      const { keeper } = world.process({ clients: [client] })
      await world.adopt(keeper)
      await keeper.revoke(ada)
      await world.clock.advance(10_000)
    }
    expect(urls.length).toBeGreaterThanOrEqual(4)
    expect(urls[0]).toMatch(/[?]token=refresh-f\d-1$/)
    expect(world.told()).toContain('revocation.failed')
    expect(shown(world.events)).not.toContain('refresh-f')
  })

  it('59 · nor does a lease or a consent hold any', async () => {
    const { clock, vendor, a, record } = await expired()
    let lease: unknown
    vendor.onPost = () => {
      lease = record().lease
    }
    await clock.until(a.keeper.access(ada))
    expect(lease).toEqual({ id: expect.stringMatching(/^[0-9a-f-]{36}$/), beat: 0, ttl: 5_000 })
    expect(record().consent).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('61 · a refresh behind everybody fails, a callback of events throws: nobody hears of an unhandled rejection', async () => {
    const unhandled: unknown[] = []
    const note = (error: unknown) => unhandled.push(error)
    process.on('unhandledRejection', note)
    for (const step of [{ cut: 'after' }, { answer: { status: 400, body: { error: 'invalid_grant' } } }] as const) {
      const { clock, vendor, ...world } = createWorld()
      const a = world.process({
        onEvent() {
          throw new Error('of the application')
        },
      })
      await world.adopt(a.keeper)
      await clock.advance(world.record().refreshAfter - clock.now())
      vendor.next(step)
      expect((await a.keeper.access(ada)).stale).toBe(true)
      a.store.faults = (_, count) => (count % 3 ? undefined : { fail: 'before' })
      await clock.advance(60_000)
      await clock.until(a.keeper.access(ada).catch(() => {}))
      await clock.advance(60_000)
    }
    process.off('unhandledRejection', note)
    expect(unhandled).toEqual([])
  })

  it('62 · fields and steps of a later version are kept by every write', async () => {
    const world = await expired()
    const { clock, vendor, a, record } = world
    await world.rewrite((old) => ({ ...old, schema: 1.1, later: { by: 'another version' } }))
    await clock.until(a.keeper.access(ada))
    expect(record()).toMatchObject({ generation: 2, later: { by: 'another version' } })
    vendor.next({ cut: 'before' })
    await failure(clock.until(a.keeper.access(ada, { notGeneration: 2 })))
    expect(record()).toMatchObject({ doubt: { n: 1 }, later: { by: 'another version' } })
    await a.keeper.adopt(vendor.signIn(), ada)
    await a.keeper.revoke(ada)
    expect(record()).toMatchObject({ state: 'revoked', later: { by: 'another version' } })
    await clock.advance(1_000)
  })

  it('63 · an application that asks for its idle grants within `idleLifetime` keeps them for ever', async () => {
    const { clock, vendor, ...world } = createWorld({ vendor: { idleLifetime: 30 * 86_400 } })
    const { keeper } = world.process()
    const owners = [1, 2, 3].map((owner) => ({ vendor: 'acme', owner }))
    for (const owner of owners) await keeper.adopt(vendor.signIn(), owner)
    for (let month = 0; month < 6; month++) {
      await clock.advance(29 * day)
      for (const owner of owners) {
        expect(await clock.until(keeper.access(owner))).toMatchObject({ generation: month + 2 })
      }
    }
    expect(vendor.posts).toHaveLength(18)
  })

  it('63 · one that does not: the store forgets the record a day after the vendor the token', async () => {
    const { clock, vendor, store, ...world } = createWorld({ vendor: { idleLifetime: 30 * 86_400 } })
    const { keeper } = world.process()
    await keeper.adopt(vendor.signIn(), ada)
    await clock.advance(31 * day - 1)
    expect(store.peek(store.keys[0] ?? '')).toBeDefined()
    await clock.advance(1)
    expect(await failure(keeper.access(ada))).toMatchObject({ code: 'reauth_required', reason: 'unknown' })
    expect(vendor.posts).toHaveLength(0)
  })

  it('63 · a tombstone is forgotten after 30 days, the longest life of a link', async () => {
    const { clock, store, a } = await due()
    await a.keeper.revoke(ada)
    await clock.advance(30 * day - 1_000)
    expect(store.peek(store.keys[0] ?? '')).toBeDefined()
    await clock.advance(1_000)
    expect(store.peek(store.keys[0] ?? '')).toBeUndefined()
  })
})
