import { describe, expect, it } from 'vitest'
import { failure } from '../oauth/failure.ts'
import type { Step } from './scripted-vendor.ts'
import { ada, createWorld, expired, hour, type Process, type World, type WorldOptions } from './world.ts'

const owners = ['ada', 'bob', 'cleo', 'dan', 'eve', 'fay', 'gil'].map((owner) => ({ vendor: 'acme', owner }))
const [, bob = ada, cleo = ada] = owners
const key = 'client:acme:a-client'
const limited: Step = { answer: { status: 429, headers: { 'retry-after': '30' }, body: {} } }
const status = (code: number, headers: Record<string, string> = {}, body: unknown = {}): Step => ({
  answer: { status: code, headers, body },
})

/** Everybody is signed in, their tokens have run out, and there are two processes. */
async function everybody(options?: WorldOptions): Promise<World & { a: Process; b: Process }> {
  const world = createWorld(options)
  const [a, b] = [world.process(), world.process()]
  for (const owner of owners) await a.keeper.adopt(world.vendor.signIn(), owner)
  await world.clock.advance(hour + 1)
  return { ...world, a, b }
}

function clientRecord({ store }: World): { cooldownUntil: number; probe?: number } | undefined {
  const bytes = store.peek(key)
  return bytes && JSON.parse(new TextDecoder().decode(bytes))
}

describe('E · the record of a client', () => {
  it.each<[string, Step, number]>([
    ['429 with one', status(429, { 'retry-after': '120' }), 120],
    ['503 with a time', status(503, { 'retry-after': '120' }), 120],
    ['an absurd time', status(503, { 'retry-after': '99999999' }), 3600],
  ])('38, 42 · %s: no grant of the client is refreshed for so long, in any process', async (_, step, seconds) => {
    const world = await everybody()
    const { clock, vendor, a, b, events } = world
    vendor.next(step)
    await failure(clock.until(a.keeper.access(ada)))
    const error = await failure(clock.until(b.keeper.access(bob)))
    expect(error).toMatchObject({ code: 'vendor_unavailable', retryAfter: seconds })
    expect(vendor.posts).toHaveLength(1)
    expect(events).toContainEqual(expect.objectContaining({ name: 'cooldown', ms: seconds * 1000, client: true }))
    await clock.advance(seconds * 1000)
    expect(await clock.until(b.keeper.access(bob))).toMatchObject({ generation: 2 })
    expect(clientRecord(world)).toBeUndefined()
  })

  it.each<[string, Step]>([
    ['403', status(403)],
    ['`access_denied`', status(400, {}, { error: 'access_denied' })],
    ['`unauthorized_client`', status(400, {}, { error: 'unauthorized_client' })],
    ['`invalid_client`', status(401, {}, { error: 'invalid_client' })],
    ['429 without a time', status(429)],
    ['503 of a firewall with a time', status(403, { 'retry-after': '600' })],
  ])('39 · %s concerns its grant, until three grants got it without a success between', async (_, step) => {
    const world = await everybody()
    const { clock, vendor, a, b } = world
    const [, , , dan = ada, eve = ada] = owners
    const refuse = async (owner: typeof ada) => {
      vendor.next(step)
      expect((await failure(clock.until(a.keeper.access(owner)))).code).toMatch(/vendor_unavailable|client_misconf/)
    }
    await refuse(ada)
    await refuse(bob)
    expect(clientRecord(world)).toBeUndefined()
    expect(await clock.until(a.keeper.access(cleo))).toMatchObject({ generation: 2 })
    await refuse(dan)
    await refuse(eve)
    expect(clientRecord(world)).toBeUndefined()
    vendor.next(step)
    await failure(clock.until(a.keeper.access(owners[5] ?? ada)))
    expect(clientRecord(world)?.cooldownUntil).toBe(clock.now() + 30_000)
    expect(await failure(clock.until(b.keeper.access(owners[6] ?? ada)))).toMatchObject({ retryAfter: 30 })
  })

  it.each<[string, Step]>([
    ['403', status(403)],
    ['`access_denied`', status(400, {}, { error: 'access_denied' })],
    ['`unauthorized_client`', status(400, {}, { error: 'unauthorized_client' })],
    ['429', status(429)],
    ['429 with a time', status(429, { 'retry-after': '20' })],
    ['500', status(500)],
  ])('39 · one grant that is refused with %s for ever keeps no other waiting', async (_, step) => {
    const world = await everybody({ rotation: 'never' })
    const { clock, vendor, a, b } = world
    // Of whoever signed in first.
    vendor.answerFor = (token) => (token.startsWith('refresh-f1-') ? step : undefined)
    let healthy = 0
    const until = clock.now() + 600_000
    for (let generation = 1; clock.now() < until; await clock.advance(5_000)) {
      await clock.until(Promise.all([a, b].map(({ keeper }) => keeper.access(ada).catch(() => {}))))
      const asked = (generation % 2 ? a : b).keeper.access(bob, { notGeneration: generation })
      await clock.until(
        asked.then(
          (token) => {
            healthy += 1
            generation = token.generation
          },
          () => {},
        ),
      )
    }
    expect(healthy).toBeGreaterThan(15)
  })

  it('39 · the grant that failed last lets others try first, and may try itself when nobody came', async () => {
    const world = await everybody()
    const { clock, vendor, a, b } = world
    vendor.next(status(429, { 'retry-after': '120' }))
    await failure(clock.until(a.keeper.access(ada)))
    await clock.advance(120_000)
    expect(await failure(clock.until(a.keeper.access(ada)))).toMatchObject({ retryAfter: 30 })
    expect(await clock.until(b.keeper.access(bob))).toMatchObject({ generation: 2 })
    expect(await clock.until(a.keeper.access(ada))).toMatchObject({ generation: 2 })
    vendor.next(status(429, { 'retry-after': '5' }))
    await failure(clock.until(a.keeper.access(cleo)))
    await clock.advance(5_000)
    expect(await failure(clock.until(a.keeper.access(cleo)))).toMatchObject({ retryAfter: 5 })
    await clock.advance(5_000)
    expect(await clock.until(a.keeper.access(cleo))).toMatchObject({ generation: 2 })
  })

  it('38 · a token that works is served meanwhile', async () => {
    const { clock, vendor, a, ...world } = await everybody()
    vendor.next({}, limited)
    await clock.until(a.keeper.access(bob))
    await failure(clock.until(a.keeper.access(ada)))
    const record = JSON.parse(new TextDecoder().decode(world.store.peek(world.store.keys[1] ?? '')))
    await clock.advance(record.accessExpiresAt - 20_000 - clock.now())
    vendor.next(limited)
    await failure(clock.until(a.keeper.access(ada)))
    expect(await clock.until(a.keeper.access(bob))).toMatchObject({ generation: 2 })
  })

  it('39 · five failures of the vendor in a row, of two grants, and the others wait; a success in between counts anew', async () => {
    const world = await everybody({ rotation: 'never' })
    const { clock, vendor, a } = world
    vendor.next(...Array(4).fill(status(500)), {})
    expect(await clock.until(a.keeper.access(ada))).toMatchObject({ generation: 2 })
    expect(clientRecord(world)).toBeUndefined()
    vendor.always = status(500)
    await clock.until(Promise.allSettled([a.keeper.access(bob), a.keeper.access(cleo)]))
    expect(clientRecord(world)?.cooldownUntil).toBeGreaterThan(clock.now())
  })

  it('39 · a refusal is an answer: the vendor works', async () => {
    const world = await everybody()
    const { clock, vendor, a } = world
    const refusal = status(400, {}, { error: 'invalid_grant' })
    vendor.next(status(404), status(404), refusal, status(404), status(404))
    for (const owner of owners.slice(0, 5)) await failure(clock.until(a.keeper.access(owner)))
    expect(clientRecord(world)).toBeUndefined()
  })

  it('39 · after the rest one instance tries, the others wait for what comes of it', async () => {
    const world = await everybody()
    const { clock, vendor, a, b } = world
    vendor.next(limited, { takesMs: 1_000 })
    await failure(clock.until(a.keeper.access(ada)))
    await clock.advance(30_000)
    const tries = owners.slice(1).map((owner, at) =>
      (at % 2 ? a : b).keeper.access(owner).then(
        () => 'token',
        (error) => error,
      ),
    )
    await clock.advance(500)
    expect(vendor.posts).toHaveLength(2)
    expect(clientRecord(world)?.probe).toBeGreaterThan(clock.now())
    const outcomes = await clock.until(Promise.all(tries))
    expect(outcomes.filter((outcome) => outcome === 'token')).toHaveLength(1)
    for (const outcome of outcomes.filter((each) => each !== 'token')) {
      expect(outcome).toMatchObject({ code: 'vendor_unavailable' })
      expect(outcome.retryAfter).toBeLessThanOrEqual(10)
    }
    expect(clientRecord(world)).toBeUndefined()
    await clock.until(Promise.all(owners.map((owner) => b.keeper.access(owner))))
    expect(vendor.posts).toHaveLength(1 + owners.length)
  })

  it('39 · whoever may try and finds the grant changed meanwhile still may', async () => {
    const world = await expired()
    const { clock, vendor, a } = world
    vendor.next(limited)
    await failure(clock.until(a.keeper.access(ada)))
    await clock.advance(60_000)
    const writes: string[] = []
    a.store.faults = (call) => {
      if (call === 'compareAndSwap' && writes.push(call) === 1) void world.rewrite((record) => record)
      return undefined
    }
    expect(await clock.until(a.keeper.access(ada))).toMatchObject({ generation: 2 })
  })

  it('39 · whoever tried and failed begins the next rest', async () => {
    const world = await everybody()
    const { clock, vendor, a, b } = world
    vendor.next(limited, status(500))
    await failure(clock.until(a.keeper.access(ada)))
    await clock.advance(30_000)
    await failure(clock.until(b.keeper.access(bob)))
    expect(clientRecord(world)).toMatchObject({ cooldownUntil: clock.now() + 30_000 })
    expect(await failure(clock.until(a.keeper.access(cleo)))).toMatchObject({ retryAfter: 30 })
    expect(vendor.posts).toHaveLength(2)
  })

  it('39 · whoever tried and died is waited for no longer than the deadline and 2 s', async () => {
    const world = await everybody()
    const { clock, vendor, a, b } = world
    vendor.next(limited)
    await failure(clock.until(a.keeper.access(ada)))
    await clock.advance(30_000)
    vendor.onPost = ({ from }) => from === 'process 1' && a.machine.kill()
    void a.keeper.access(bob)
    await clock.advance(9_900)
    expect(await failure(clock.until(b.keeper.access(cleo)))).toMatchObject({ code: 'vendor_unavailable' })
    await clock.advance(200)
    expect(await clock.until(b.keeper.access(cleo))).toMatchObject({ generation: 2 })
  })

  it('39 · a longer rest is not cut short by a shorter one', async () => {
    const world = await everybody()
    const { clock, vendor, a, b } = world
    vendor.next({ ...limited, takesMs: 1_000 }, status(503, { 'retry-after': '600' }))
    const both = [a.keeper.access(ada), b.keeper.access(bob)].map(failure)
    await clock.until(Promise.all(both))
    expect(clientRecord(world)?.cooldownUntil).toBeGreaterThan(clock.now() + 590_000)
  })

  it('39 · whoever began a rest that another ended begins none at its next failure', async () => {
    const world = await everybody()
    const { clock, vendor, a, b } = world
    vendor.next(limited, {}, status(500))
    await failure(clock.until(a.keeper.access(ada)))
    await clock.advance(30_000)
    await clock.until(b.keeper.access(bob))
    await failure(clock.until(a.keeper.access(cleo)))
    expect(clientRecord(world)).toBeUndefined()
  })

  it('is forgotten by the store an hour after the rest, or after whoever tried was last waited for', async () => {
    const world = await everybody()
    const { clock, vendor, a } = world
    vendor.next(limited, { hang: 'before' })
    await failure(clock.until(a.keeper.access(ada)))
    await clock.advance(30_000)
    // Its process ends with the answer still out.
    vendor.onPost = () => a.machine.kill()
    void a.keeper.access(bob)
    await clock.advance(10_000 + hour - 1)
    expect(clientRecord(world)?.probe).toBeDefined()
    await clock.advance(2)
    expect(clientRecord(world)).toBeUndefined()
  })

  it('another client of the vendor goes on', async () => {
    const world = await everybody()
    const { clock, vendor, a } = world
    const other = world.process({ clientId: 'another-client' })
    await other.keeper.adopt({ ...vendor.signIn(), expires_at: 1 }, ada)
    vendor.next(limited)
    await failure(clock.until(a.keeper.access(bob)))
    expect(await clock.until(other.keeper.access(ada))).toMatchObject({ generation: 2 })
  })

  it('holds times and the id of a grant and nothing else, and one that cannot be read stops nobody', async () => {
    const world = await everybody()
    const { clock, vendor, store, a } = world
    vendor.next(limited)
    await failure(clock.until(a.keeper.access(ada)))
    expect(clientRecord(world)).toEqual({
      cooldownUntil: clock.now() + 30_000,
      by: { grant: expect.stringMatching(/^[0-9a-f]{64}$/), until: clock.now() + 60_000 },
    })
    await store.compareAndSwap(key, new TextEncoder().encode('{'), (await store.get(key))?.version)
    expect(await clock.until(a.keeper.access(bob))).toMatchObject({ generation: 2 })
  })
})
