import { createClient, insureSign, type TokenSet } from 'esign-auth'
import { createTokenKeeper, memoryStore, type VersionedStore } from 'esign-auth/keeper'
import { describe, expect, it } from 'vitest'
import type { KeeperParts } from '../../src/keeper/keeper-context.ts'
import type { GrantRecord } from '../../src/keeper/record.ts'
import { createLinks, type SessionLink } from '../../src/keeper/session/session-copies.ts'
import { createClients } from '../../src/keeper/targets.ts'
import { failure } from '../oauth/failure.ts'
import { ada, createWorld, hour, type Process, type World } from './world.ts'

const bob = { ...ada, owner: 'bob' }

/** A process whose records are in its own memory, and end with it. */
function inMemory(world: World, store: VersionedStore = memoryStore()): Process {
  return world.process({ store, keys: undefined })
}

/** What a session carries after a sign-in at `process`. */
async function signIn({ vendor, clock }: World, { keeper }: Process, whose = ada): Promise<SessionLink> {
  const { grant } = await clock.until(keeper.adopt(vendor.signIn(), whose))
  return linkAt(keeper, grant)
}

function linkAt(keeper: Process['keeper'], grant: string): SessionLink {
  const link = keeper.link(grant)
  if (!link) throw new Error('the process knows nothing of the grant')
  return link
}

/** The token is refreshed at `process`; what the session carries then. */
async function refreshed({ clock }: World, { keeper }: Process, link: SessionLink): Promise<SessionLink> {
  await clock.until(keeper.access(link, { notGeneration: link.generation }))
  return linkAt(keeper, link.grant)
}

describe('a session’s copy of its tokens', () => {
  it('brings them back after a restart: the same token, and a refresh when it is due', async () => {
    const world = createWorld()
    const { clock, vendor, told } = world
    const link = await signIn(world, inMemory(world))
    const { keeper } = inMemory(world)
    await clock.until(keeper.restore(link))
    expect(await keeper.access(link)).toMatchObject({ token: 'access-f1-1', generation: 1 })
    expect(linkAt(keeper, link.grant)).toMatchObject({ grant: link.grant, generation: 1 })
    await clock.advance(hour)
    expect(await clock.until(keeper.access(ada))).toMatchObject({ generation: 2 })
    expect(vendor.posts.map(({ outcome }) => outcome)).toEqual(['pair'])
    expect(told()).not.toContain('store.split')
  })

  it('52 · loses against a newer record, and against one as new', async () => {
    const world = createWorld()
    const { clock, told } = world
    const store = memoryStore()
    const a = inMemory(world, store)
    const first = await signIn(world, a)
    const second = await refreshed(world, a, first)
    for (const link of [first, second, { ...first, generation: 99 }]) {
      // The module was loaded twice: this one has nothing of the store's open.
      const { keeper } = inMemory(world, store)
      const before = await store.get(link.grant)
      await clock.until(keeper.restore(link))
      expect((await store.get(link.grant))?.version).toBe(before?.version)
      expect(await keeper.access(ada)).toMatchObject({ token: 'access-f1-2', generation: 2 })
      // The session is given what is there.
      expect(linkAt(keeper, link.grant)).toMatchObject({ generation: 2 })
    }
    expect(told()).not.toContain('store.split')
  })

  it('52 · wins over an older record of the same sign-in, which proves that there are two memories: told', async () => {
    const world = createWorld()
    const { clock, vendor, events } = world
    const [a, b] = [inMemory(world), inMemory(world)]
    await signIn(world, a)
    await clock.until(a.keeper.revoke(ada))
    const link = await signIn(world, a)
    await clock.until(b.keeper.restore(link))
    const newer = await refreshed(world, b, link)
    await clock.until(a.keeper.restore(newer))
    expect(await a.keeper.access(newer)).toMatchObject({ token: 'access-f2-3', generation: 3 })
    expect(vendor.posts).toHaveLength(1)
    const split = events.filter(({ name }) => name === 'store.split')
    expect(split).toEqual([{ name: 'store.split', grant: link.grant, vendor: 'acme' }])
    // A link from before the disconnection stays dead.
    const dead = { grant: link.grant, generation: 1 }
    expect(await failure(a.keeper.access(dead))).toMatchObject({ reason: 'revoked' })
  })

  it('52 · wins in whichever order requests come, and attempts count on from what was there', async () => {
    const world = createWorld()
    const { clock } = world
    const store = memoryStore()
    const [a, b] = [inMemory(world, store), inMemory(world)]
    const link = await refreshed(world, a, await signIn(world, a))
    await clock.until(b.keeper.restore(link))
    const newer = await refreshed(world, b, link)
    // Another request writes between the look and the write.
    const swap = store.compareAndSwap
    store.compareAndSwap = async (...given) => {
      store.compareAndSwap = swap
      const found = await store.get(given[0])
      if (found) await swap(given[0], found.value, found.version)
      return swap(...given)
    }
    await clock.until(a.keeper.restore(newer))
    const record = JSON.parse(new TextDecoder().decode((await store.get(link.grant))?.value))
    expect(record).toMatchObject({ generation: 3, attempt: 1, pairAttempt: 1, state: 'ok' })
    expect(await a.keeper.access(ada)).toMatchObject({ generation: 3 })
  })

  it('52 · ends the doubt and the rest of what was there, and stays suspect where somebody was in doubt', async () => {
    const world = createWorld()
    const { clock } = world
    const store = memoryStore()
    const [a, b] = [inMemory(world, store), inMemory(world)]
    const link = await signIn(world, a)
    await clock.until(b.keeper.restore(link))
    const newer = await refreshed(world, b, link)
    const read = async () => {
      const { value, version } = (await store.get(link.grant)) ?? {}
      return { version, record: JSON.parse(new TextDecoder().decode(value)) as GrantRecord }
    }
    const { record, version } = await read()
    const odd = { ...record, doubt: { n: 2, since: clock.now() }, cooldownUntil: clock.now() + hour, reason: 'expired' }
    await store.compareAndSwap(link.grant, new TextEncoder().encode(JSON.stringify(odd)), version)
    const c = inMemory(world, store)
    await clock.until(c.keeper.restore(newer))
    const after = (await read()).record
    expect(after).toMatchObject({ generation: 2, state: 'ok', suspect: true })
    expect([after.doubt, after.cooldownUntil, after.reason]).toEqual([undefined, undefined, undefined])
  })

  it('52 · of another sign-in loses, however often it was refreshed', async () => {
    const world = createWorld()
    const { clock } = world
    const [a, b] = [inMemory(world), inMemory(world)]
    const old = await signIn(world, a)
    await clock.until(b.keeper.restore(old))
    const newer = await refreshed(world, b, await refreshed(world, b, old))
    await signIn(world, a)
    await clock.until(a.keeper.restore(newer))
    expect(newer.generation).toBe(3)
    expect(await a.keeper.access(ada)).toMatchObject({ token: expect.stringMatching(/^access-f2-/), generation: 2 })
  })

  it('51 · is never adopted over a disconnection, however new it is', async () => {
    const world = createWorld()
    const { clock } = world
    const [a, b] = [inMemory(world), inMemory(world)]
    const link = await signIn(world, a)
    await clock.until(b.keeper.restore(link))
    const newer = await refreshed(world, b, link)
    await clock.until(a.keeper.revoke(ada))
    for (const each of [link, newer]) {
      await clock.until(a.keeper.restore(each))
      expect(await failure(a.keeper.access(each))).toMatchObject({ code: 'reauth_required', reason: 'revoked' })
    }
    expect(linkAt(a.keeper, link.grant).copy).toBeUndefined()
  })

  it('57 · opens for its own grant only', async () => {
    const world = createWorld()
    const { clock } = world
    const a = inMemory(world)
    const [adas, bobs] = [await signIn(world, a), await signIn(world, a, bob)]
    const { keeper } = inMemory(world)
    await clock.until(keeper.restore({ ...adas, copy: bobs.copy }))
    await clock.until(keeper.restore({ ...bobs, copy: adas.copy }))
    for (const target of [ada, bob, adas, bobs]) {
      expect(await failure(keeper.access(target))).toMatchObject({ code: 'reauth_required', reason: 'unknown' })
    }
  })

  it('opens no more when its client is not configured any more', async () => {
    const world = createWorld()
    const link = await signIn(world, inMemory(world))
    const { keeper } = world.process({ store: memoryStore(), keys: undefined, clientId: 'a-new-client' })
    await world.clock.until(keeper.restore(link))
    expect(await failure(keeper.access(link))).toMatchObject({ reason: 'unknown' })
  })

  it('of either of two clients with one secret opens, as those of two regions have', async () => {
    const credentials = { clientId: 'an-id', clientSecret: 'a-secret-of-the-client' }
    const clients = [createClient(insureSign, credentials), createClient(insureSign, { ...credentials, legacy: true })]
    const tokens = {
      access_token: 'a-token',
      refresh_token: 'r-token',
      expires_at: Date.now() / 1000 + 3600,
    } as TokenSet
    for (const client of clients) {
      const before = createTokenKeeper({ clients, store: memoryStore() })
      const { grant } = await before.adopt(tokens, { vendor: client, owner: 'ada' })
      const link = linkAt(before, grant)
      const after = createTokenKeeper({ clients, store: memoryStore() })
      await after.restore(link)
      expect((await after.access(link)).token).toBe('a-token')
    }
  })

  it('60 · is left out when it is larger than a cookie may be; the link is there all the same', async () => {
    const world = createWorld()
    const { keeper } = inMemory(world)
    const sizes = [1_000, 8_000].map(async (size) => {
      const whose = { ...ada, owner: size }
      const tokens = { ...world.vendor.signIn(), access_token: 'a'.repeat(size) } as TokenSet
      const { grant } = await world.clock.until(keeper.adopt(tokens, whose))
      return linkAt(keeper, grant)
    })
    const [small, large] = await Promise.all(sizes)
    expect(small?.copy?.length).toBeLessThanOrEqual(2_500)
    expect(large).toEqual({ grant: large?.grant, generation: 1, copy: undefined })
  })

  it('is not made of the app’s own tokens, nor where the store is shared', async () => {
    const world = createWorld()
    const { clock } = world
    const own = inMemory(world)
    const { grant } = await clock.until(own.keeper.adopt(world.vendor.signIn(), { vendor: 'acme' }))
    expect(own.keeper.link(grant)).toBeUndefined()
    const shared = world.process()
    const pointer = await signIn(world, shared)
    expect(pointer).toEqual({ grant: pointer.grant, generation: 1 })
    // Nor is one taken there: a session from before the store was shared revives nothing.
    const link = await signIn(world, inMemory(world))
    await world.store.delete(link.grant)
    await clock.advance(5_000)
    await clock.until(world.process().keeper.restore(link))
    expect(await failure(world.process().keeper.access(link))).toMatchObject({ reason: 'unknown' })
  })
})

describe('1.8 · a disconnect, with the tokens in this process’s memory', () => {
  it('1.8 · after a restart ends what a session may still bring: by its owner, and the vendor hears of it', async () => {
    const world = createWorld()
    const { clock, vendor } = world
    const link = await signIn(world, inMemory(world))
    const { keeper } = inMemory(world)
    await clock.until(keeper.revoke(ada))
    expect(vendor.revocations).toEqual([])
    for (let times = 0; times < 2; times++) {
      await clock.until(keeper.restore(link))
      for (const target of [link, ada])
        expect(await failure(keeper.access(target))).toMatchObject({ code: 'reauth_required', reason: 'revoked' })
    }
    await clock.advance(1_000)
    // Nobody had the tokens when it ended. Now somebody brings them: the vendor is asked, once.
    expect(vendor.revocations).toEqual(['refresh-f1-1'])
  })

  it('1.8 · after a restart does not reach what another process has signed in since', async () => {
    const world = createWorld()
    const { clock, vendor } = world
    const a = inMemory(world)
    await clock.until(a.keeper.revoke(ada))
    await clock.advance(1_000)
    const later = await signIn(world, inMemory(world))
    await clock.until(a.keeper.restore(later))
    await clock.advance(1_000)
    expect(vendor.revocations).toEqual([])
    expect(await failure(a.keeper.access(ada))).toMatchObject({ reason: 'revoked' })
  })

  it('brings its tokens again when the store has lost the record meanwhile', async () => {
    const world = createWorld()
    const { clock } = world
    const store = memoryStore()
    const process = inMemory(world, store)
    const { keeper } = process
    const link = await signIn(world, process)
    await store.delete(link.grant)
    await clock.advance(6_000)
    expect(await failure(keeper.access(link))).toMatchObject({ reason: 'unknown' })
    await clock.until(keeper.restore(link))
    expect((await keeper.access(link)).token).toBe('access-f1-1')
  })

  it('1.8 · after a restart, by a link with its copy: ends its tokens at the vendor too', async () => {
    const world = createWorld()
    const { clock, vendor } = world
    const link = await signIn(world, inMemory(world))
    const { keeper } = inMemory(world)
    await clock.until(keeper.revoke(link))
    await clock.until(keeper.restore(link))
    expect(await failure(keeper.access(link))).toMatchObject({ reason: 'revoked' })
    await clock.advance(1_000)
    expect(vendor.revocations).toEqual(['refresh-f1-1'])
    // Without a copy there is nothing to go by, and that is said.
    const { grant, generation } = link
    expect(await failure(inMemory(world).keeper.revoke({ grant, generation }))).toMatchObject({ reason: 'unknown' })
  })

  it('1.8 · leaves every link from before dead, however often it was refreshed, and the next sign-in alive', async () => {
    const world = createWorld()
    const { clock } = world
    const before = inMemory(world)
    const old = await refreshed(world, before, await refreshed(world, before, await signIn(world, before)))
    const b = inMemory(world)
    await clock.until(b.keeper.revoke(ada))
    const link = await signIn(world, b)
    expect(await b.keeper.access(link)).toMatchObject({ token: expect.stringMatching(/^access-f2-/) })
    // The copy brings that along over the next restart.
    const c = inMemory(world)
    await clock.until(c.keeper.restore(link))
    for (const { keeper } of [b, c]) {
      await clock.until(keeper.restore(old))
      expect(await failure(keeper.access(old))).toMatchObject({ reason: 'revoked' })
      expect((await keeper.access(link)).token).toMatch(/^access-f2-/)
    }
  })

  it('1.8 · a copy from before it gives way to one from after it, whichever a restart meets first', async () => {
    const world = createWorld({ rotation: 'never' })
    const { clock, vendor, told } = world
    const a = inMemory(world)
    const old = await signIn(world, a)
    // The vendor cannot do it, or its tokens would be of no use to anybody.
    vendor.nextRevocations({ answer: { status: 400 } })
    await clock.until(a.keeper.revoke(ada))
    await clock.advance(1_000)
    const link = await signIn(world, a)
    for (const refreshes of [0, 1, 3]) {
      const { keeper, ...more } = inMemory(world)
      // The restart forgot the disconnect, and nobody has told this process yet.
      await clock.until(keeper.restore(old))
      let revived = old
      for (let n = 0; n < refreshes; n++) revived = await refreshed(world, { keeper, ...more }, revived)
      await clock.until(keeper.restore(link))
      const { token, generation } = await keeper.access(ada)
      expect(token).toMatch(/^access-f2-/)
      expect(generation).toBeGreaterThan(revived.generation)
      // What a session is given from now on is the later sign-in’s.
      const next = inMemory(world)
      await clock.until(next.keeper.restore(linkAt(keeper, link.grant)))
      expect((await next.keeper.access(ada)).token).toMatch(/^access-f2-/)
      expect(await failure(next.keeper.access(old))).toMatchObject({ reason: 'revoked' })
    }
    expect(told()).not.toContain('store.split')
  })

  it('1.8 · tells the session to drop its copy, which a restart would bring back', async () => {
    const world = createWorld()
    const { clock } = world
    const store = memoryStore()
    const a = inMemory(world, store)
    const link = await signIn(world, a)
    expect(linkAt(a.keeper, link.grant)).not.toHaveProperty('ended')
    await clock.until(a.keeper.revoke(ada))
    expect(linkAt(a.keeper, link.grant)).toEqual({ grant: link.grant, generation: 1, ended: true })
    // The module was loaded twice: the other one learns of it from the session's own request.
    const b = inMemory(world, store)
    await clock.until(b.keeper.restore(link))
    expect(linkAt(b.keeper, link.grant)).toMatchObject({ ended: true })
    const again = await signIn(world, a)
    expect(again).not.toHaveProperty('ended')
    expect(again.copy).toBeDefined()
  })

  it('1.8 · a copy of an earlier version, which does not say when it was made, is read as the oldest', async () => {
    const world = createWorld()
    const { clock } = world
    const sealer = world.process().client.sealer('a copy of tokens in a session')
    const old = await signIn(world, inMemory(world))
    const { consentAt, floor, ...copied } = (await sealer.open(old.copy ?? '', old.grant)) as GrantRecord
    expect([consentAt, floor]).toEqual([clock.now(), 0])
    const link = { ...old, copy: await sealer.seal(copied, old.grant) }
    const { keeper } = inMemory(world)
    await clock.until(keeper.restore(link))
    expect(await keeper.access(link)).toMatchObject({ token: 'access-f1-1', generation: 1 })
    const later = await signIn(world, inMemory(world))
    await clock.until(keeper.restore(later))
    expect((await keeper.access(ada)).token).toMatch(/^access-f2-/)
  })
})

it('a process remembers so many links at most; those made longest ago go first', async () => {
  const parts = { opened: { last: () => undefined } } as unknown as KeeperParts
  const links = createLinks(parts, 'shared', createClients(), undefined)
  const make = (grant: string) => links.prepare(grant, { state: 'ok', generation: 1 } as GrantRecord)
  for (let made = 0; made < 10_000; made++) await make(`${made}`)
  await make('0')
  expect(links.current('1')).toBeDefined()
  await make('10000')
  expect(['0', '1', '2', '10000'].map((grant) => links.current(grant) !== undefined)).toEqual([true, false, true, true])
})
