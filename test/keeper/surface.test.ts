import { inspect } from 'node:util'
import { createClient, eSignGlobal, type TokenSet } from 'esign-auth'
import { createTokenKeeper, memoryStore, ReauthRequired } from 'esign-auth/keeper'
import { describe, expect, it } from 'vitest'
import { failure } from '../oauth/failure.ts'
import { ada, createWorld, due, expired, hour } from './world.ts'

describe('targets', () => {
  it('an owner, a link and a grant id name the same grant; a number is an owner as its digits are', async () => {
    const { vendor, ...world } = createWorld()
    const { keeper, client } = world.process()
    const tokens = vendor.signIn()
    const link = await keeper.adopt(tokens, { vendor: 'acme', owner: 7 })
    expect(link).toEqual({ grant: expect.stringMatching(/^[0-9a-f]{64}$/), generation: 1 })
    const targets = [
      link,
      { ...link, vendor: 'acme' },
      link.grant,
      { vendor: 'acme', owner: '7' },
      { vendor: client, owner: 7 },
    ]
    for (const target of targets) expect((await keeper.access(target)).token).toBe(tokens.access_token)
  })

  it('1.5 · owners, accounts and vendors are kept apart, whatever their text', async () => {
    const { vendor, ...world } = createWorld()
    const { keeper } = world.process()
    const owners = [
      { owner: 'a' },
      { owner: 'a', account: 'b' },
      { owner: 'a","b' },
      { owner: 'ab' },
      { owner: 'client' },
    ]
    const links = await Promise.all(owners.map((each) => keeper.adopt(vendor.signIn(), { vendor: 'acme', ...each })))
    expect(new Set(links.map(({ grant }) => grant)).size).toBe(owners.length)
  })

  it('with two clients of one vendor the bare name throws a TypeError, and the client itself does not', async () => {
    const { vendor, ...world } = createWorld()
    const [one, two] = [world.process(), world.process({ clientId: 'another-client' })]
    one.keeper.addClient(two.client)
    await expect(one.keeper.access(ada)).rejects.toThrow(TypeError)
    await expect(one.keeper.access(ada)).rejects.toThrow('several clients of acme')
    const links = await Promise.all(
      [one, two].map(({ client }) => one.keeper.adopt(vendor.signIn(), { owner: 'ada', vendor: client })),
    )
    expect(links[0]?.grant).not.toBe(links[1]?.grant)
    expect(await one.keeper.access({ owner: 'ada', vendor: two.client })).toMatchObject({ token: 'access-f2-2' })
    // A grant id or a link finds its client by itself.
    expect(await one.keeper.access(links[1]?.grant ?? '')).toMatchObject({ token: 'access-f2-2' })
  })

  it('1.1 · the same vendor in two regions is two clients, and each one’s tokens go to its own hosts', async () => {
    const asked: string[] = []
    const fetch = async (url: string | URL | Request) => {
      asked.push(new URL(String(url)).host)
      return new Response('{}')
    }
    const credentials = { clientId: 'an-id', clientSecret: 'a-secret-of-the-client', fetch }
    const clients = (['as1', 'eu1'] as const).map((region) => createClient(eSignGlobal, { ...credentials, region }))
    const keeper = createTokenKeeper({ clients, store: memoryStore() })
    await expect(keeper.access({ owner: 'x', vendor: 'esignglobal' })).rejects.toThrow(TypeError)
    for (const client of clients) {
      expect(await failure(keeper.access({ owner: 'x', vendor: client }))).toMatchObject({ reason: 'unknown' })
      const tokens = { access_token: 'a-token', expires_at: Date.now() / 1000 + 3600 } as TokenSet
      const link = await keeper.adopt(tokens, { owner: 'x', vendor: client })
      for (const target of [link, link.grant]) await keeper.fetch(target, '/documents')
      const [host] = client.api.map((each) => new URL(each).host)
      expect(asked.splice(0)).toEqual([host, host])
    }
    expect(new Set(clients.flatMap(({ api }) => api)).size).toBe(2)
  })

  it('1.6 · a token that was handed out hides itself in print, and nowhere else', async () => {
    const { vendor, ...world } = createWorld()
    const { keeper } = world.process()
    const access = await keeper.access(await keeper.adopt(vendor.signIn(), ada))
    expect(inspect({ access }, { depth: null })).toContain("token: '[hidden]'")
    expect(inspect({ access }, { depth: null })).not.toContain(access.token)
    expect(JSON.parse(JSON.stringify(access))).toEqual({ ...access })
    expect({ ...access }.token).toBe('access-f1-1')
  })

  it('mistakes throw a TypeError that says what to do, and break nothing', async () => {
    const { vendor, ...world } = createWorld()
    const { keeper } = world.process()
    const link = await keeper.adopt(vendor.signIn(), ada)
    const mistakes: unknown[] = [
      { vendor: 'nobody', owner: 'ada' },
      { owner: 'ada' },
      { vendor: {}, owner: 'ada' },
      { vendor: 'acme', owner: '' },
      { vendor: 'acme', owner: undefined },
      { vendor: 'acme', owner: null },
      { vendor: 'acme', owner: 1.5 },
      { vendor: 'acme', owner: { id: 1 } },
      { ...link, vendor: 'dropbox-sign' },
      { grant: 5, generation: 1 },
      undefined,
      null,
      5,
    ]
    for (const target of mistakes) {
      await expect(keeper.access(target as string), JSON.stringify(target)).rejects.toThrow(TypeError)
      await expect(keeper.access(target as string)).rejects.toThrow(/^keeper: /)
    }
    expect(await keeper.access(ada)).toMatchObject({ generation: 1 })
  })

  it('a link is dead after `revoke`, also when its owner has signed in again; the new one lives', async () => {
    const { vendor, ...world } = createWorld()
    const { keeper } = world.process()
    const old = await keeper.adopt(vendor.signIn(), ada)
    await keeper.revoke(old)
    expect(await failure(keeper.access(old))).toMatchObject({ code: 'reauth_required', reason: 'revoked' })
    const link = await keeper.adopt(vendor.signIn(), ada)
    for (const dead of [old, { grant: old.grant } as typeof old, { ...old, generation: Number.NaN }]) {
      expect(await failure(keeper.access(dead))).toMatchObject({ code: 'reauth_required', reason: 'revoked' })
      await keeper.revoke(dead)
    }
    expect(await keeper.access(link)).toMatchObject({ generation: 2 })
    expect(world.record()).toMatchObject({ state: 'ok', floor: 1 })
  })

  it('a link of a login outlives refreshes', async () => {
    const { clock, vendor, ...world } = createWorld()
    const { keeper } = world.process()
    const link = await keeper.adopt(vendor.signIn(), ada)
    for (let hours = 0; hours < 3; hours++) {
      await clock.advance(hour)
      expect(await clock.until(keeper.access(link))).toMatchObject({ generation: hours + 2 })
    }
  })

  it('a grant of another client id is `client_changed`: thrown, not written, nothing posted', async () => {
    const { clock, vendor, ...world } = createWorld()
    const [old, changed] = [world.process(), world.process({ clientId: 'a-new-client' })]
    const link = await old.keeper.adopt(vendor.signIn(), ada)
    await clock.advance(hour)
    const before = JSON.stringify(world.record())
    expect(await failure(clock.until(changed.keeper.access(link)))).toMatchObject({
      reason: 'client_changed',
      vendor: 'acme',
      message: expect.stringMatching(/^acme: the user has to sign in again/),
    })
    expect(JSON.stringify(world.record())).toBe(before)
    expect(vendor.posts).toHaveLength(0)
    expect(await clock.until(old.keeper.access(link))).toMatchObject({ generation: 2 })
  })

  it('but when no client of the vendor is configured at all, nobody is signed out for it', async () => {
    const { vendor, store, ...world } = createWorld()
    const link = await world.process().keeper.adopt(vendor.signIn(), ada)
    await expect(createTokenKeeper({ store, keys: 'none' }).access(link)).rejects.toThrow(TypeError)
  })

  it('what is kept for an owner can be found, also where only a sign-in helps, until it is ended', async () => {
    const { clock, vendor, a, b } = await expired()
    const { grant } = (await a.keeper.find(ada)) ?? {}
    expect(grant).toMatch(/^[0-9a-f]{64}$/)
    vendor.revoke({ access_token: 'access-f1-1' })
    await failure(clock.until(a.keeper.access(ada)))
    for (const { keeper } of [a, b]) expect(await keeper.find(ada)).toEqual({ grant, vendor: 'acme', generation: 1 })
    await a.keeper.revoke(ada)
    expect(await a.keeper.find(ada)).toBeUndefined()
    expect(await a.keeper.find({ ...ada, owner: 'bob' })).toBeUndefined()
  })

  it('nothing is kept for an owner: `unknown`', async () => {
    const { keeper } = createWorld().process()
    const error = await failure(keeper.access(ada))
    expect(error).toBeInstanceOf(ReauthRequired)
    expect(error).toMatchObject({ code: 'reauth_required', reason: 'unknown', vendor: 'acme' })
    // Nothing tells whose a grant id was.
    expect(await failure(keeper.access('0'.repeat(64)))).toMatchObject({
      reason: 'unknown',
      vendor: 'unknown',
      message: expect.stringMatching(/^keeper: the user has to sign in again/),
    })
  })
})

describe('grants without a refresh token', () => {
  it('the app’s own tokens are asked for when first needed: one post for 50 callers, then one per hour', async () => {
    const { clock, vendor, ...world } = createWorld()
    const [a, b] = [world.process(), world.process()]
    const own = { vendor: 'acme' }
    const callers = Array.from({ length: 50 }, (_, i) => (i % 2 ? a : b).keeper.access(own))
    const answers = await clock.until(Promise.all(callers))
    expect(new Set(answers.map(({ token }) => token)).size).toBe(1)
    expect(await failure(a.keeper.access({ ...own, owner: 'client' }))).toMatchObject({ reason: 'unknown' })
    expect(vendor.posts.map(({ grantType }) => grantType)).toEqual(['client_credentials'])
    // A look at the store costs no more than for a user's.
    const { calls } = a.store
    const reads = calls.get
    await clock.advance(5_000)
    await a.keeper.access(own)
    expect(calls.get).toBe(reads + 1)
    await clock.advance(hour)
    expect(await clock.until(a.keeper.access(own))).not.toMatchObject({ token: answers[0]?.token })
    expect(vendor.posts).toHaveLength(2)
  })

  it('such a request spends nothing: sent again in the same flight, no doubt, also at a strict vendor', async () => {
    const { clock, vendor, ...world } = createWorld()
    const { keeper } = world.process()
    vendor.next({ cut: 'after' }, { answer: { status: 503 } })
    await clock.until(keeper.access({ vendor: 'acme' }))
    expect(vendor.posts).toHaveLength(3)
    expect(world.record().doubt).toBeUndefined()
    expect(world.record().suspect).toBeUndefined()
  })

  it('a dead holder is taken over from without doubt, even while the token works', async () => {
    const { clock, vendor, ...world } = createWorld()
    const [a, b] = [world.process(), world.process()]
    await clock.until(a.keeper.access({ vendor: 'acme' }))
    await clock.advance(world.record().refreshAfter - clock.now())
    vendor.onPost = () => a.machine.kill()
    void a.keeper.access({ vendor: 'acme' })
    await clock.advance(1_000)
    await b.keeper.access({ vendor: 'acme' })
    await clock.advance(6_000)
    expect(world.record()).toMatchObject({ generation: 3 })
    expect(world.record().suspect).toBeUndefined()
  })

  it('a refusal is the operator’s to mend, since nobody can sign in', async () => {
    const { clock, vendor, ...world } = createWorld()
    const { keeper } = world.process()
    vendor.next({ answer: { status: 400, body: { error: 'invalid_grant' } } })
    expect(await failure(clock.until(keeper.access({ vendor: 'acme' })))).toMatchObject({
      code: 'client_misconfigured',
    })
    await failure(clock.until(keeper.access({ vendor: 'acme' })))
    expect(vendor.posts).toHaveLength(1)
    await clock.advance(30_000)
    await clock.until(keeper.access({ vendor: 'acme' }))
  })

  it('tokens that the app asked for itself can be adopted, and are renewed the same way', async () => {
    const { clock, vendor, ...world } = createWorld()
    const { keeper, client } = world.process()
    await keeper.adopt(await clock.until(client.clientCredentials()), { vendor: 'acme' })
    await clock.advance(hour)
    expect(await clock.until(keeper.access({ vendor: 'acme' }))).toMatchObject({ generation: 2 })
    expect(vendor.posts.map(({ grantType }) => grantType)).toEqual(['client_credentials', 'client_credentials'])
  })

  it('after `revoke` they begin anew', async () => {
    const { clock, vendor, ...world } = createWorld()
    const { keeper } = world.process()
    const { token } = await clock.until(keeper.access({ vendor: 'acme' }))
    await keeper.revoke({ vendor: 'acme' })
    await clock.advance(1_000)
    expect(vendor.revocations).toEqual([token])
  })

  it('1.8 · a user’s: served while it is valid, no flight, then `no_refresh_token`, which a sign-in cures', async () => {
    const { clock, vendor, ...world } = createWorld()
    const { keeper } = world.process()
    const { refresh_token: _, ...tokens } = vendor.signIn()
    await keeper.adopt(tokens, ada)
    await clock.advance(hour - 10_000)
    expect(await keeper.access(ada)).toMatchObject({ generation: 1, stale: false })
    expect(await failure(keeper.access(ada, { notGeneration: 1 }))).toMatchObject({ reason: 'no_refresh_token' })
    await clock.advance(10_000)
    expect(await failure(keeper.access(ada))).toMatchObject({ code: 'reauth_required', reason: 'no_refresh_token' })
    expect(world.record()).toMatchObject({ state: 'ok', attempt: 0 })
    expect(world.told()).toEqual([])
    await keeper.adopt(vendor.signIn(), ada)
    expect(await keeper.access(ada)).toMatchObject({ generation: 2 })
  })

  it('a sign-in without a refresh token keeps that of a good grant, and of no other', async () => {
    const { clock, vendor, a, record } = await due()
    const { refresh_token: _, ...tokens } = vendor.signIn()
    await a.keeper.adopt(tokens, ada)
    expect(record().tokens).toMatchObject({ access_token: tokens.access_token, refresh_token: 'refresh-f1-1' })
    vendor.revoke({ access_token: 'access-f1-1' })
    await failure(clock.until(a.keeper.access(ada, { notGeneration: 2 })))
    await a.keeper.adopt(tokens, ada)
    expect(record().tokens?.refresh_token).toBeUndefined()
  })
})

describe('events, and what is kept in this process', () => {
  it('every kind of event names grant and vendor, and nothing else of the grant', async () => {
    const { clock, vendor, a, b, events } = await expired({ graceMs: 10_000 })
    vendor.next({ cut: 'after' })
    await clock.until(Promise.all([a.keeper.access(ada), b.keeper.access(ada)]))
    vendor.revoke({ access_token: 'access-f1-1' })
    await failure(clock.until(a.keeper.access(ada, { notGeneration: 2 })))
    expect(events.length).toBeGreaterThan(5)
    for (const event of events) {
      expect(event).toMatchObject({ grant: expect.stringMatching(/^[0-9a-f]{64}$/), vendor: 'acme' })
      expect(JSON.stringify(event)).not.toMatch(/access-|refresh-f/)
    }
    expect(events.find(({ name }) => name === 'refresh.success')).toMatchObject({ generation: 2, ms: 150 })
  })

  it('keepers without a store share the memory of the process, as modules that were loaded twice must', async () => {
    const { vendor, ...world } = createWorld()
    const { client } = world.process()
    const [one, two] = [createTokenKeeper({ clients: [client] }), createTokenKeeper({ clients: [client] })]
    const whose = { vendor: 'acme', owner: crypto.randomUUID() }
    const tokens = vendor.signIn()
    await one.adopt(tokens, whose)
    expect((await two.access(whose)).token).toBe(tokens.access_token)
    expect(Reflect.get(globalThis, Symbol.for('esign-auth'))).toHaveProperty('records')
    await one.revoke(whose)
  })
})
