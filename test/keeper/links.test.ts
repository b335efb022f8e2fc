import { describe, expect, it } from 'vitest'
import { failure } from '../oauth/failure.ts'
import { ada, expired, hour, signedIn } from './world.ts'

const link = async ({ keeper }: Awaited<ReturnType<typeof signedIn>>['a']) => {
  const found = await keeper.find(ada)
  if (!found) throw new Error('nothing is kept')
  return { grant: found.grant, generation: found.generation }
}

describe('a session’s link', () => {
  it('gets one frozen token for as long as its record is the same, and another one after', async () => {
    const { a, clock } = await signedIn()
    const session = await link(a)
    const first = await a.keeper.access(session)
    expect(await a.keeper.access(session)).toBe(first)
    expect(await a.keeper.access({ ...session })).toBe(first)
    expect(Object.isFrozen(first)).toBe(true)
    await clock.advance(hour + 1)
    const next = await clock.until(a.keeper.access(session))
    expect(next).toMatchObject({ generation: 2, stale: false })
    expect(await a.keeper.access(session)).not.toBe(first)
    expect(await a.keeper.access(session)).toMatchObject({ token: next.token })
  })

  it('needs no turn of the queue for a token that it got before, so that a page with many costs next to nothing', async () => {
    const { a } = await signedIn()
    const session = await link(a)
    for (const target of [session, { ...session, vendor: 'acme' }]) {
      for (let times = 0; times < 2; times++) await a.keeper.access(target)
      let token: string | undefined
      void a.keeper.access(target, { minValidMs: 1_000 }).then((answer) => (token = answer.token))
      await Promise.resolve()
      expect(token).toBe('access-f1-1')
    }
  })

  it('that names another vendor, or is dead, or refuses the token, gets none that was handed out before', async () => {
    const { a, b, clock, vendor } = await signedIn()
    const session = await link(a)
    await a.keeper.access(session)
    await expect(a.keeper.access({ ...session, vendor: 'another' })).rejects.toThrow('names "another"')
    expect(await a.keeper.access({ ...session, vendor: 'acme' })).toMatchObject({ generation: 1 })
    const refused = a.keeper.access(session, { notGeneration: 1 })
    expect(await clock.until(refused)).toMatchObject({ generation: 2 })
    await a.keeper.access(session)
    const dead = { ...session, generation: 0 }
    expect(await failure(a.keeper.access(dead))).toMatchObject({ code: 'reauth_required', reason: 'revoked' })
    expect(vendor.posts).toHaveLength(1)
    await clock.until(b.keeper.revoke(session))
    await clock.advance(5_000)
    expect(await failure(a.keeper.access(session))).toMatchObject({ code: 'reauth_required', reason: 'revoked' })
  })

  it('gets no token that has run out, whatever its record says of when it falls due', async () => {
    const { a, clock, record, rewrite } = await signedIn()
    await rewrite((old) => ({ ...old, refreshAfter: record().accessExpiresAt + hour }))
    const session = await link(a)
    await clock.advance(hour - 2_000)
    for (let times = 0; times < 3; times++) expect(await a.keeper.access(session)).toMatchObject({ generation: 1 })
    await clock.advance(2_000)
    expect(await failure(a.keeper.access(session))).toMatchObject({ code: 'vendor_unavailable' })
  })

  it('that is wrong shares no answer with one that is right, and asks at the same moment', async () => {
    const { a, clock } = await expired()
    const session = await link(a)
    const outcome = (changed: object) => a.keeper.access({ ...session, ...changed } as never).catch((error) => error)
    const wrong = [{ grant: 7 }, { vendor: null }, { vendor: 'another' }, { generation: 0 }, { generation: Number.NaN }]
    const right = [{}, { vendor: 'acme' }, { generation: 7 }, { generation: Number.POSITIVE_INFINITY }]
    const outcomes = await clock.until(Promise.all([...wrong, ...right].map(outcome)))
    const [noText, noVendor, another, dead, none, ...tokens] = outcomes
    for (const each of [noText, noVendor, another]) expect(each).toBeInstanceOf(TypeError)
    for (const each of [dead, none]) expect(each).toMatchObject({ code: 'reauth_required', reason: 'revoked' })
    for (const each of tokens) expect(each).toMatchObject({ generation: 2 })
  })
})

describe('callers with one link', () => {
  it('who ask at once get one object, each session of its own', async () => {
    const { a, clock, vendor } = await expired()
    const session = await link(a)
    const answers = await clock.until(Promise.all(Array.from({ length: 50 }, () => a.keeper.access({ ...session }))))
    expect(new Set(answers).size).toBe(1)
    expect(vendor.posts).toHaveLength(1)
  })

  it('of whom one has options of its own: those count', async () => {
    const { a, clock, vendor } = await expired()
    const session = await link(a)
    vendor.next({ takesMs: 5_000 })
    const plain = a.keeper.access(session)
    const called = new AbortController()
    const off = a.keeper.access(session, { signal: called.signal }).catch((error: unknown) => error)
    await clock.advance(10)
    called.abort(new Error('called off'))
    expect(await clock.until(off)).toMatchObject({ message: 'called off' })
    expect(await clock.until(plain)).toMatchObject({ generation: 2 })
  })

  it('who ask at another moment look for themselves, also while nothing is written', async () => {
    const { a, b, clock, vendor, told } = await expired()
    const session = await link(a)
    // The other process refreshes, so that this one has nothing to write.
    vendor.next({ takesMs: 4_000 })
    const theirs = b.keeper.access(session)
    await clock.advance(100)
    const joined = () => told().filter((name) => name === 'flight.joined').length
    const early = [a.keeper.access(session), a.keeper.access(session)]
    await clock.advance(10)
    expect(joined()).toBe(0)
    await clock.advance(100)
    const late = a.keeper.access(session)
    await clock.advance(10)
    expect(joined()).toBe(1)
    for (const each of await clock.until(Promise.all([theirs, ...early, late]))) expect(each.generation).toBe(2)
  })

  it('who ask after a sign-out get what is then, whoever asked before', async () => {
    const { a, clock, vendor } = await expired()
    const session = await link(a)
    vendor.next({ takesMs: 5_000 })
    const before = failure(a.keeper.access(session))
    await clock.advance(1)
    await clock.until(a.keeper.revoke(session), 50)
    const after = failure(a.keeper.access(session))
    expect(await clock.until(after, 10)).toMatchObject({ code: 'reauth_required', reason: 'revoked' })
    await clock.until(before)
  })
})
