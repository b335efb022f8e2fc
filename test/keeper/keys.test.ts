import { createTokenKeeper, type KeeperOptions, memoryStore, type VersionedStore } from 'esign-auth/keeper'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { failure, leaks, shown } from '../oauth/failure.ts'
import { ada, createWorld, hour, type Process, type World } from './world.ts'

const secretOf = (mark: string) => `${mark}${'0123456789abcdef'.repeat(2)}`
const oldKey = { kid: '2026-05', secret: secretOf('Old') }
const newKey = { kid: '2026-11', secret: secretOf('New') }
const shared: VersionedStore = { ...memoryStore(), reach: 'shared' }

const bob = { vendor: 'acme', owner: 'bob' }

/** The record's tokens as they lie in the store. */
function stored({ store }: World, at = 0): { key: string; record: Record<string, unknown>; kid: string } {
  const key = store.keys[at] ?? ''
  const record = JSON.parse(new TextDecoder().decode(store.peek(key)))
  const [header = ''] = typeof record.tokens === 'string' ? record.tokens.split('.') : []
  const { kid } = header ? JSON.parse(Buffer.from(header, 'base64url').toString()) : { kid: undefined }
  return { key, record, kid }
}

async function refreshed(world: World, { keeper }: Process): Promise<number> {
  await world.clock.advance(hour + 1)
  return (await world.clock.until(keeper.access(ada))).generation
}

/** Changes a record in the store by hand. */
async function tamper({ store }: World, key: string, record: object): Promise<Uint8Array> {
  const bytes = new TextEncoder().encode(JSON.stringify(record))
  await store.compareAndSwap(key, bytes, (await store.get(key))?.version)
  return bytes
}

describe('the option `keys`', () => {
  afterEach(() => void vi.unstubAllEnvs())

  it('is needed for a shared store, and the message says what to do', () => {
    expect(() => createTokenKeeper({ store: shared })).toThrow(
      expect.objectContaining({ name: 'TypeError', code: 'invalid_option', option: 'keys' }),
    )
    expect(() => createTokenKeeper({ store: shared })).toThrow(/ESIGN_AUTH_KEYS=.*'none'/)
    expect(() => createTokenKeeper({ store: shared, keys: 'none' })).not.toThrow()
    expect(() => createTokenKeeper({ store: shared, keys: [newKey] })).not.toThrow()
    expect(() => createTokenKeeper({ store: memoryStore() })).not.toThrow()
    expect(() => createTokenKeeper()).not.toThrow()
  })

  it.each<[string, unknown]>([
    ['no list', { kid: 'a', secret: secretOf('Zq7') }],
    ['an empty list', []],
    ['an entry that is none', [undefined]],
    ['no kid', [{ secret: secretOf('Zq7') }]],
    ['a kid with a blank', [{ kid: 'a b', secret: secretOf('Zq7') }]],
    ['a kid of 65 characters', [{ kid: 'a'.repeat(65), secret: secretOf('Zq7') }]],
    ['no secret', [{ kid: 'a' }]],
    ['a secret of 31 characters', [{ kid: 'a', secret: `Zq7${'x'.repeat(28)}` }]],
    ['one kid twice', [newKey, { ...newKey, secret: secretOf('Zq7') }]],
  ])('is refused with %s, whatever the store; the message quotes no secret', (_, keys) => {
    for (const store of [shared, memoryStore()]) {
      try {
        createTokenKeeper({ store, keys: keys as KeeperOptions['keys'] })
        expect.unreachable()
      } catch (error) {
        expect(error).toMatchObject({ code: 'invalid_option' })
        expect(leaks(shown(error), ['Zq7', '0123456789abcdef'])).toEqual([])
      }
    }
  })

  it.each([
    'no-colon',
    ':secret-without-a-name-0123456789abcdef',
    'a:short',
    `a:${secretOf('Zq7')},`,
    `a:${secretOf('Zq7')},a:${secretOf('Zq7')}`,
  ])('is refused when ESIGN_AUTH_KEYS is %j', (text) => {
    vi.stubEnv('ESIGN_AUTH_KEYS', text)
    expect(() => createTokenKeeper({ store: shared })).toThrow(/ESIGN_AUTH_KEYS, entry/)
    try {
      createTokenKeeper()
      expect.unreachable()
    } catch (error) {
      expect(leaks(shown(error), ['Zq7', 'short', 'no-colon', '0123456789abcdef'])).toEqual([])
    }
  })

  it('takes a kid of 64 characters and a secret of 32, in which a colon is nothing special', async () => {
    const [kid, secret] = ['k-._'.repeat(16), 'a:secret:'.padEnd(32, 'x')]
    const given = createWorld()
    await given.adopt(given.process({ keys: [{ kid, secret }] }).keeper)
    expect(stored(given).kid).toBe(kid)
    vi.stubEnv('ESIGN_AUTH_KEYS', `${kid}:${secret}`)
    const { keeper } = given.process({ keys: undefined })
    expect((await keeper.access(ada)).generation).toBe(1)
  })

  it('is refused with the place of the mistake', () => {
    const refused = (keys: unknown) => () => createTokenKeeper({ keys: keys as KeeperOptions['keys'] })
    expect(refused([newKey, { kid: 'b' }])).toThrow('[1] needs a `secret`')
    expect(refused([newKey, oldKey, newKey])).toThrow('[2] has the `kid` of another')
    vi.stubEnv('ESIGN_AUTH_KEYS', `${newKey.kid}:${newKey.secret},b:short`)
    expect(refused(undefined)).toThrow('(ESIGN_AUTH_KEYS, entry 2) needs a `secret`')
  })

  it('comes from ESIGN_AUTH_KEYS where it is not given; what is given, and `none`, goes before', async () => {
    vi.stubEnv('ESIGN_AUTH_KEYS', ` ${newKey.kid}:${newKey.secret} ,\n${oldKey.kid}:${oldKey.secret} `)
    const world = createWorld()
    const [byEnv, given, none] = [{ keys: undefined }, { keys: [oldKey] }, {}].map((keys) => world.process(keys))
    if (!byEnv || !given || !none) throw new Error()
    await world.adopt(byEnv.keeper)
    expect(stored(world).kid).toBe('2026-11')
    await world.adopt(given.keeper)
    expect(stored(world).kid).toBe('2026-05')
    expect((await world.clock.until(byEnv.keeper.access(ada, { notGeneration: 2 }))).generation).toBe(3)
    await world.adopt(none.keeper)
    expect(typeof stored(world).record['tokens']).toBe('object')
  })

  it('1.6 · shows in nothing of the keeper, and in no error of a store that fails', async () => {
    const world = createWorld()
    const { keeper, store } = world.process({ keys: [newKey] })
    await world.adopt(keeper)
    store.faults = () => ({ fail: 'before' })
    const error = await failure(world.clock.until(keeper.revoke(ada)))
    expect(leaks([shown(keeper), shown(error), shown(world.events)].join('\n'), [newKey.secret])).toEqual([])
  })
})

describe('F · records in a shared store', () => {
  it('58, 59 · hold no token that could be read, and what is needed to decide without a key', async () => {
    const world = createWorld()
    const a = world.process({ keys: [newKey] })
    const tokens = await world.adopt(a.keeper)
    const text = new TextDecoder().decode(world.store.peek(stored(world).key))
    expect(leaks(text, [tokens.access_token, String(tokens.refresh_token), newKey.secret])).toEqual([])
    expect(stored(world).record).toMatchObject({ state: 'ok', generation: 1, floor: 0, owner: 'user:ada' })
    expect(await refreshed(world, world.process({ keys: [newKey] }))).toBe(2)
  })

  it('are opened once: what this process has open is recognised, a beat seals nothing anew', async () => {
    const world = createWorld()
    const [a, b] = [world.process({ keys: [newKey] }), world.process({ keys: [newKey] })]
    await world.adopt(a.keeper)
    const { encrypt, decrypt } = crypto.subtle
    const calls = () => [vi.mocked(encrypt), vi.mocked(decrypt)].map(({ mock }) => mock.calls.length)
    expect(calls()).toEqual([1, 0])
    await b.keeper.access(ada)
    expect(calls()).toEqual([1, 1])
    world.vendor.next({ takesMs: 7_000 })
    expect(await refreshed(world, b)).toBe(2)
    expect(calls()).toEqual([2, 1])
    for (let read = 0; read < 3; read++) {
      await world.clock.advance(6_000)
      await a.keeper.access(ada)
    }
    expect(calls()).toEqual([2, 2])
  })

  it('are never opened by the process that sealed them, nor sealed twice by it', async () => {
    const world = createWorld()
    const a = world.process({ keys: [newKey] })
    await world.adopt(a.keeper)
    world.vendor.next({ takesMs: 7_000 })
    expect(await refreshed(world, a)).toBe(2)
    const { encrypt, decrypt } = crypto.subtle
    expect(vi.mocked(encrypt).mock.calls).toHaveLength(2)
    expect(vi.mocked(decrypt).mock.calls).toHaveLength(0)
  })

  it('54 · a new key takes two deploys; a third forgets the old one', async () => {
    const world = createWorld()
    const deploys = [[oldKey], [oldKey, newKey], [newKey, oldKey], [newKey]].map((keys) => world.process({ keys }))
    const [before, first, second, third] = deploys
    if (!before || !first || !second || !third) throw new Error()
    const kids: string[] = []
    const step = async (...running: Process[]) => {
      for (const each of running) {
        const { generation } = stored(world).record
        expect(await refreshed(world, each)).toBe(Number(generation) + 1)
        kids.push(stored(world).kid)
        for (const other of running) expect((await other.keeper.access(ada)).generation).toBe(Number(generation) + 1)
      }
    }
    await world.adopt(before.keeper)
    await step(before, first)
    expect(world.told()).not.toContain('decrypt.old_key')
    await step(first, second)
    expect(world.told()).toContain('decrypt.old_key')
    await step(second, third)
    expect(kids).toEqual(['2026-05', '2026-05', '2026-05', '2026-11', '2026-11', '2026-11'])
    expect(world.vendor.posts).toHaveLength(6)
  })

  it('54 · an old record that was not written since cannot be opened once its key is gone', async () => {
    const world = createWorld()
    await world.adopt(world.process({ keys: [oldKey] }).keeper)
    const third = world.process({ keys: [newKey] })
    expect(await failure(third.keeper.access(ada))).toMatchObject({ code: 'key_unavailable', vendor: 'acme' })
    const second = world.process({ keys: [newKey, oldKey] })
    expect(await refreshed(world, second)).toBe(2)
    expect((await third.keeper.access(ada)).generation).toBe(2)
  })

  it('54 · in one step, instances of the old deploy fail until the next, and lose nothing', async () => {
    const world = createWorld()
    const [old, next] = [world.process({ keys: [oldKey] }), world.process({ keys: [newKey, oldKey] })]
    await world.adopt(old.keeper)
    expect(await refreshed(world, next)).toBe(2)
    await world.clock.advance(6_000)
    expect(await failure(old.keeper.access(ada))).toMatchObject({ code: 'key_unavailable' })
    expect(await refreshed(world, next)).toBe(3)
  })

  it('54 · a holder with the old key stores its pair over a record that its successor sealed anew', async () => {
    const world = createWorld({ rotation: 'refuse' })
    const [old, next] = [world.process({ keys: [oldKey] }), world.process({ keys: [newKey, oldKey] })]
    await world.adopt(old.keeper)
    await world.clock.advance(hour + 1)
    world.vendor.onPost = ({ from }) => from === 'process 1' && old.machine.freeze()
    const frozen = old.keeper.access(ada)
    await world.clock.advance(10)
    world.vendor.next({ hang: 'before' })
    await failure(world.clock.until(next.keeper.access(ada)))
    expect(stored(world).kid).toBe('2026-11')
    old.machine.thaw()
    expect(await world.clock.until(frozen)).toMatchObject({ generation: 2 })
    expect(stored(world)).toMatchObject({ kid: '2026-05', record: { state: 'ok', suspect: true } })
    expect((await next.keeper.access(ada)).generation).toBe(2)
  })

  it('55 · a refresh without a new refresh token seals both tokens with one key', async () => {
    const world = createWorld({ rotation: 'never' })
    await world.adopt(world.process({ keys: [oldKey] }).keeper)
    expect(await refreshed(world, world.process({ keys: [newKey, oldKey] }))).toBe(2)
    expect(stored(world).kid).toBe('2026-11')
    expect(await refreshed(world, world.process({ keys: [newKey] }))).toBe(3)
  })

  it('56 · a missing key: a typed error everywhere, and the row is left as it is', async () => {
    const world = createWorld()
    const [a, b] = [world.process({ keys: [oldKey] }), world.process({ keys: [newKey] })]
    const tokens = await world.adopt(a.keeper)
    const { key } = stored(world)
    const before = world.store.peek(key)
    const link = { grant: key, generation: 1 }
    const calls: (() => Promise<unknown>)[] = [
      ...[ada, link, key].flatMap((target) => [
        () => b.keeper.access(target),
        () => b.keeper.access(target, { notGeneration: 1 }),
        () => b.keeper.fetch(target, '/documents'),
      ]),
      // Its refresh token would have to be kept.
      () => b.keeper.adopt({ access_token: 'at-2' } as never, ada),
    ]
    for (const after of [0, hour + 1]) {
      await world.clock.advance(after)
      for (const call of calls) {
        // At once: no second try would find the key.
        const error = await failure(world.clock.until(call(), 0))
        expect(error).toMatchObject({ code: 'key_unavailable', vendor: 'acme' })
        expect(error.message).toContain('"2026-05"')
        expect(leaks(shown(error), [tokens.access_token, newKey.secret, String(tokens.refresh_token)])).toEqual([])
      }
    }
    expect(world.store.peek(key)).toEqual(before)
    expect(world.vendor.posts).toHaveLength(0)
    expect((await world.clock.until(a.keeper.access(ada))).generation).toBe(2)
  })

  it.each(['its owner', 'a link', 'its id'])(
    '56 · with the key missing a grant ends all the same, by %s; the vendor cannot be asked, which is told',
    async (by) => {
      const world = createWorld()
      const [a, b] = [world.process({ keys: [oldKey] }), world.process({ keys: [newKey] })]
      await world.adopt(a.keeper)
      const { key } = stored(world)
      const target = by === 'its owner' ? ada : by === 'a link' ? { grant: key, generation: 1 } : key
      await world.clock.until(b.keeper.revoke(target), 0)
      expect(stored(world).record).toMatchObject({ state: 'revoked', floor: 1 })
      expect(stored(world).record['tokens']).toBeUndefined()
      expect(world.events).toEqual([{ name: 'revocation.failed', grant: key, vendor: 'acme', code: 'key_unavailable' }])
      await world.clock.advance(5_000)
      for (const { keeper } of [a, b]) expect(await failure(keeper.access(ada))).toMatchObject({ reason: 'revoked' })
      expect(world.vendor.revocations).toEqual([])
      // Done twice, it is told once.
      await world.clock.until(b.keeper.revoke(ada))
      expect(world.events).toHaveLength(1)
    },
  )

  it('56 · a disconnect without the key ends no sign-in that comes first, and dead links end nothing', async () => {
    const world = createWorld()
    const [a, b] = [world.process({ keys: [oldKey] }), world.process({ keys: [newKey] })]
    await world.adopt(a.keeper)
    await a.keeper.revoke(ada)
    await world.adopt(a.keeper)
    await world.clock.until(b.keeper.revoke({ grant: stored(world).key, generation: 1 }))
    expect(stored(world).record).toMatchObject({ state: 'ok', generation: 2 })
    let once = true
    b.store.faults = (call) => {
      if (call !== 'compareAndSwap' || !once) return undefined
      once = false
      return { arrivesMs: 1_000 }
    }
    const revoking = b.keeper.revoke(ada)
    await world.clock.advance(10)
    await world.adopt(a.keeper)
    await world.clock.until(revoking)
    expect(stored(world).record).toMatchObject({ state: 'ok', generation: 3 })
    expect(world.told()).not.toContain('revocation.failed')
  })

  it('56 · what needs no token is found without the key: whose grant it is', async () => {
    const world = createWorld()
    const [a, b] = [world.process({ keys: [oldKey] }), world.process({ keys: [newKey] })]
    await world.adopt(a.keeper)
    const { key } = stored(world)
    expect(await b.keeper.find(ada)).toEqual({ grant: key, vendor: 'acme', generation: 1 })
  })

  it('56 · a new sign-in puts its own tokens there, and dead links stay dead', async () => {
    const world = createWorld()
    const [a, b] = [world.process({ keys: [oldKey] }), world.process({ keys: [newKey] })]
    await world.adopt(a.keeper)
    await a.keeper.revoke(ada)
    await world.adopt(a.keeper)
    const tokens = await world.adopt(b.keeper)
    expect(stored(world)).toMatchObject({ kid: '2026-11', record: { generation: 3, floor: 1 } })
    expect((await b.keeper.access(ada)).token).toBe(tokens.access_token)
    const dead = { grant: stored(world).key, generation: 1 }
    expect(await failure(b.keeper.access(dead))).toMatchObject({ reason: 'revoked' })
  })

  it('56 · also one without a refresh token, where the old one is no good any more', async () => {
    const world = createWorld()
    const [a, b] = [world.process({ keys: [oldKey] }), world.process({ keys: [newKey] })]
    await world.adopt(a.keeper)
    world.vendor.revoke({ access_token: 'access-f1-1' })
    await failure(world.clock.until(a.keeper.access(ada, { notGeneration: 1 })))
    expect(stored(world).record['state']).toBe('reauth_required')
    const { refresh_token: _, ...tokens } = world.vendor.signIn()
    await world.clock.until(b.keeper.adopt(tokens, ada))
    expect((await b.keeper.access(ada)).token).toBe(tokens.access_token)
  })

  it.each<[string, KeeperOptions['keys'], (tokens: unknown) => unknown]>([
    ['damaged', [oldKey], (tokens) => `${String(tokens).slice(0, -4)}AAAA`],
    ['not what a key sealed', [oldKey], () => 'at-1'],
    ['in clear where they should be sealed', [oldKey], () => ({ access_token: 'at-1', refresh_token: 'rt-1' })],
    ['of another kind', 'none', (tokens) => tokens],
    [
      'naming a key that is none',
      [newKey],
      (tokens) =>
        `${Buffer.from('{"alg":"dir","enc":"A256GCM","kid":"a b"}').toString('base64url')}${String(tokens).slice(String(tokens).indexOf('.'))}`,
    ],
  ])('56 · tokens that are %s are not taken, and not overwritten', async (_, keys, change) => {
    const world = createWorld()
    await world.adopt(world.process({ keys: [oldKey] }).keeper)
    const { key, record } = stored(world)
    const bytes = await tamper(world, key, { ...record, tokens: change(record['tokens']) })
    await world.clock.advance(hour + 1)
    const error = await failure(world.clock.until(world.process({ keys }).keeper.access(ada)))
    expect(error.code).toBe('key_unavailable')
    expect(error.message).not.toContain('a b"')
    expect(world.store.peek(key)).toEqual(bytes)
    expect(world.vendor.posts).toHaveLength(0)
  })

  it('57 · tokens of another grant’s record do not open', async () => {
    const world = createWorld()
    const a = world.process({ keys: [newKey] })
    await world.adopt(a.keeper)
    await a.keeper.adopt(world.vendor.signIn(), bob)
    const [adas, bobs] = [stored(world, 0), stored(world, 1)]
    const swapped = await tamper(world, bobs.key, { ...bobs.record, tokens: adas.record['tokens'] })
    const whole = await tamper(world, adas.key, bobs.record)
    const b = world.process({ keys: [newKey] })
    expect(await failure(b.keeper.access(bob))).toMatchObject({ code: 'key_unavailable' })
    expect(await failure(b.keeper.access(ada))).toMatchObject({ code: 'key_unavailable' })
    expect(world.store.peek(bobs.key)).toEqual(swapped)
    expect(world.store.peek(adas.key)).toEqual(whole)
    await world.clock.advance(hour + 1)
    expect(await failure(world.clock.until(a.keeper.access(bob)))).toMatchObject({ code: 'key_unavailable' })
    expect(world.vendor.posts).toHaveLength(0)
  })
})

describe('copies of tokens in sessions', () => {
  const kidOf = (copy: string | undefined) => JSON.parse(atob(copy?.split('.')[0] ?? '')).kid

  it('are sealed with the keys where there are any, and open with each of them', async () => {
    const world = createWorld()
    const first = world.process({ store: memoryStore(), keys: [oldKey] })
    const adopted = await first.keeper.adopt(world.vendor.signIn(), ada)
    const link = first.keeper.link(adopted.grant)
    expect(kidOf(link?.copy)).toBe('2026-05')
    const second = world.process({ store: memoryStore(), keys: [newKey, oldKey] })
    await second.keeper.restore(link ?? adopted)
    expect((await second.keeper.access(ada)).token).toBe((await first.keeper.access(ada)).token)
    expect(kidOf(second.keeper.link(adopted.grant)?.copy)).toBe('2026-11')
    const third = world.process({ store: memoryStore(), keys: [newKey] })
    await third.keeper.restore(link ?? adopted)
    expect(await failure(third.keeper.access(ada))).toMatchObject({ reason: 'unknown' })
  })

  it('from before there were keys open still', async () => {
    const world = createWorld()
    const before = world.process({ store: memoryStore(), keys: undefined })
    const adopted = await before.keeper.adopt(world.vendor.signIn(), ada)
    const link = before.keeper.link(adopted.grant)
    expect(kidOf(link?.copy)).toBeUndefined()
    const after = world.process({ store: memoryStore(), keys: [newKey] })
    await after.keeper.restore(link ?? adopted)
    expect((await after.keeper.access(ada)).generation).toBe(1)
  })
})
