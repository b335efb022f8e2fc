import { memoryStore } from 'esign-auth/keeper'
import { describe, expect, it } from 'vitest'
import { failure } from '../oauth/failure.ts'
import { ada, createWorld, hour, type World } from './world.ts'

const first = 'ada@one.example'
const second = 'ada@two.example'
const connect = (subject?: string) => ({ ...ada, subject, replace: false })

/** A keeper that keeps ada's first account. */
async function connected(subject: string | undefined = first) {
  const world = createWorld()
  const process = world.process()
  const { keeper } = process
  await world.clock.until(keeper.adopt(world.vendor.signIn(), { ...ada, subject }))
  const adopt = (given: object) => world.clock.until(keeper.adopt(world.vendor.signIn(), { ...ada, ...given }))
  return { ...world, a: process, keeper, adopt, token: async () => (await keeper.access(ada)).token }
}

/** Today's record, as an earlier version wrote it. */
const withoutSubject = ({ rewrite }: Pick<World, 'rewrite'>) => rewrite(({ subject: _, ...record }) => record)

describe('1.1 · tokens of another account', () => {
  it('1.1 · take no kept account’s place with `replace: false`: nothing is written', async () => {
    const { adopt, keeper, record, token } = await connected()
    const [before, kept] = [record(), await token()]
    expect(await failure(adopt(connect(second)))).toMatchObject({ code: 'account_mismatch', vendor: 'acme' })
    expect(await failure(keeper.checkAccount(connect(second)))).toMatchObject({ code: 'account_mismatch' })
    expect([record(), await token()]).toEqual([before, kept])
  })

  it('1.1 · nor that of one whose tokens have run out, or whose key is not here', async () => {
    const { adopt, rewrite, keeper } = await connected()
    await rewrite((record) => ({ ...record, state: 'reauth_required', reason: 'revoked' }))
    expect(await failure(adopt(connect(second)))).toMatchObject({ code: 'account_mismatch' })
    await rewrite((record) => ({ ...record, state: 'ok', tokens: 'sealed by another' }))
    expect(await failure(adopt(connect(second)))).toMatchObject({ code: 'account_mismatch' })
    await keeper.checkAccount(connect(first))
  })

  it('1.1 · nor do tokens of which nobody knows the account', async () => {
    const { adopt, keeper } = await connected()
    expect(await failure(adopt(connect(undefined)))).toMatchObject({ code: 'account_mismatch' })
    expect(await failure(keeper.checkAccount(ada))).toMatchObject({ code: 'account_mismatch' })
  })

  it('1.1 · of the same account, and after a disconnect those of any, are taken', async () => {
    const { adopt, keeper, clock, token } = await connected()
    const kept = await token()
    await adopt(connect(first))
    expect(await token()).not.toBe(kept)
    await clock.until(keeper.revoke(ada))
    await keeper.checkAccount(connect(second))
    await adopt(connect(second))
    expect(await failure(adopt(connect(first)))).toMatchObject({ code: 'account_mismatch' })
  })

  it('1.1 · are taken by default, and are the ones that are kept from then on', async () => {
    const { adopt } = await connected()
    await adopt({ subject: second })
    expect(await failure(adopt(connect(first)))).toMatchObject({ code: 'account_mismatch' })
    await adopt({})
    await adopt(connect(first))
  })

  it('1.1 · are taken over a record of an earlier version, which then names its account', async () => {
    const world = await connected()
    await withoutSubject(world)
    // The process remembers what it wrote; another one does not.
    const { keeper } = world.process()
    await keeper.checkAccount(connect(second))
    await world.clock.until(keeper.adopt(world.vendor.signIn(), connect(second)))
    expect(world.record().subject).toMatch(/^[0-9a-f]{32}$/)
    expect(await failure(keeper.checkAccount(connect(first)))).toMatchObject({ code: 'account_mismatch' })
  })

  it('1.1 · are told apart in every process, and through refreshes', async () => {
    const world = await connected()
    await world.clock.advance(hour + 1)
    const { keeper } = world.process()
    expect(await world.clock.until(keeper.access(ada))).toMatchObject({ generation: 2 })
    expect(await failure(keeper.checkAccount(connect(second)))).toMatchObject({ code: 'account_mismatch' })
    await keeper.checkAccount(connect(first))
  })

  it('1.1 · of two accounts that are connected at once one is kept, and the other hears of it', async () => {
    const { clock, vendor, ...world } = createWorld()
    const [a, b] = [world.process(), world.process()]
    for (const { store } of [a, b]) store.faults = () => ({ arrivesMs: 10, takesMs: 10 })
    const both = [a.keeper.adopt(vendor.signIn(), connect(first)), b.keeper.adopt(vendor.signIn(), connect(second))]
    const outcomes = await clock.until(Promise.allSettled(both))
    const refused = outcomes.filter((each) => each.status === 'rejected')
    expect(refused.map(({ reason }) => reason.code)).toEqual(['account_mismatch'])
  })

  it('1.1 · are told apart after a restart without a shared store, by the copy in the session', async () => {
    const { clock, vendor, ...world } = createWorld()
    const inMemory = () => world.process({ store: memoryStore(), keys: undefined }).keeper
    const before = inMemory()
    const { grant } = await clock.until(before.adopt(vendor.signIn(), connect(first)))
    const after = inMemory()
    await clock.until(after.restore(before.link(grant) ?? { grant, generation: 1 }))
    expect(await failure(after.checkAccount(connect(second)))).toMatchObject({ code: 'account_mismatch' })
    await after.checkAccount(connect(first))
  })

  it('1.1 · are unknown again after a later sign-in elsewhere that a session brings, and names none', async () => {
    const { clock, vendor, ...world } = createWorld()
    const inMemory = () => world.process({ store: memoryStore(), keys: undefined }).keeper
    const [here, elsewhere] = [inMemory(), inMemory()]
    await clock.until(here.adopt(vendor.signIn(), connect(first)))
    await clock.advance(1_000)
    const { grant, generation } = await clock.until(elsewhere.adopt(vendor.signIn(), ada))
    await clock.until(here.restore(elsewhere.link(grant) ?? { grant, generation }))
    await here.checkAccount(connect(second))
  })

  it('1.1 · never go on with the refresh token of the account before', async () => {
    const { keeper, vendor, clock, record } = await connected()
    const { refresh_token: kept } = record().tokens ?? {}
    expect(kept).toBeTruthy()
    const { refresh_token: _, ...tokens } = vendor.signIn()
    await clock.until(keeper.adopt(tokens, { ...ada, subject: second }))
    expect(record().tokens?.refresh_token).toBeUndefined()
    await clock.advance(hour + 1)
    expect(await failure(clock.until(keeper.access(ada)))).toMatchObject({ reason: 'no_refresh_token' })
  })

  it('of the same account keep it, as vendors count on that leave it out the second time', async () => {
    const { keeper, vendor, clock, record } = await connected()
    const { refresh_token: kept } = record().tokens ?? {}
    const { refresh_token: _, ...tokens } = vendor.signIn()
    await clock.until(keeper.adopt(tokens, { ...ada, subject: first }))
    expect(record().tokens?.refresh_token).toBe(kept)
  })

  it('1.6 · leave no account’s id in the store, and records of one account do not look alike', async () => {
    const { adopt, record, store } = await connected()
    const hashes = [record().subject]
    await adopt({ subject: first })
    hashes.push(record().subject)
    await adopt({ subject: first, owner: 'bob' })
    const texts = store.keys.map((key) => new TextDecoder().decode(store.peek(key)))
    expect(texts.join()).not.toContain(first)
    expect(new Set(hashes).size).toBe(2)
  })

  it('are not taken while the store is away, which says so', async () => {
    const { a, keeper, clock } = await connected()
    a.store.faults = () => ({ fail: 'before' })
    expect(await failure(clock.until(keeper.checkAccount(connect(first))))).toMatchObject({ code: 'store_unavailable' })
  })
})
