import { redisStore, type VersionedStore } from 'esign-auth/keeper'
import { createClient } from 'redis'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import type { Policy } from '../keeper/scripted-vendor.ts'
import { ownRedis, postgres, redis } from '../servers/needs.ts'
import { newPool } from '../servers/postgres.ts'
import { durable, startRedis } from '../servers/redis.ts'
import { createInstances } from './instances.ts'
import { onPostgres, onRedis, type Rented } from './places.ts'
import type { Outcome, Place, Settings } from './protocol.ts'
import { keys } from './stampede.ts'
import { type FleetVendor, startVendor } from './vendor.ts'

const grants = 20
const ownersOf = () => Array.from({ length: grants }, () => crypto.randomUUID())
const told = (outcomes: readonly Outcome[]) => [...new Set(outcomes.map(({ error }) => error ?? 'a token'))].join()
const postsOf = (vendor: FleetVendor) => [...new Set(vendor.posts.values())].join()

const all = createInstances(2)
afterAll(() => all.stop())
const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})
async function vendorOf(policy: Policy = {}): Promise<FleetVendor> {
  const vendor = await startVendor(policy)
  ends.push(() => vendor.close())
  return vendor
}
async function rented(rent: () => Promise<Rented>): Promise<Place> {
  const place = await rent()
  ends.push(() => place.leave())
  return place
}

describe('processes on stores in trouble', { timeout: 60_000 }, () => {
  it.skipIf(ownRedis.skip)(
    '23 · a Redis that is killed in the midst of refreshes and comes back: one post',
    async () => {
      const vendor = await vendorOf({ latencyMs: 50 })
      const server = await startRedis(durable)
      ends.push(() => server.stop())
      const place: Place = { kind: 'redis', url: `redis://127.0.0.1:${server.port}`, name: 'fleet' }
      const settings: Settings = { place, vendorUrl: vendor.url, vendor: {}, keys }
      const [a, b] = await Promise.all([all.start(settings), all.start(settings)])
      const owners = ownersOf()
      await a.ask({ do: 'adopt', tokens: [...vendor.signIns(owners)] })
      const held = vendor.hold('answers')
      const asked = [a.access(owners, 3)]
      await held.arrived(grants)
      asked.push(b.access(owners, 3))
      server.signal('SIGKILL')
      held.release()
      await server.restart()
      const outcomes = (await Promise.all(asked)).flat()
      expect([told(outcomes), postsOf(vendor)]).toEqual(['a token', '1'])
      for (const { owner, token } of await b.access(owners)) {
        expect(outcomes.filter((each) => each.owner === owner && each.token !== token)).toEqual([])
      }
      expect(told(await b.access(owners, 1, { notGeneration: 2 }))).toBe('a token')
    },
  )

  it.skipIf(postgres.skip)(
    '28 · with two connections, twenty grants and a slow vendor, others get theirs',
    async () => {
      const vendor = await vendorOf()
      const place = await rented(onPostgres)
      const a = await all.start({ place, vendorUrl: vendor.url, vendor: {}, keys, pool: 2 })
      const owners = ownersOf()
      await a.ask({ do: 'adopt', tokens: [...vendor.signIns(owners)] })
      const held = vendor.hold('answers')
      const asked = a.access(owners, 3)
      await held.arrived(grants)
      // While the vendor answers nobody. A connection held meanwhile would let these wait, and the test with them.
      await Promise.all(Array.from({ length: 20 }, () => a.ask({ do: 'query' })))
      held.release()
      expect([told(await asked), postsOf(vendor)]).toEqual(['a token', '1'])
    },
  )
})

const [old, next] = [
  { kid: '2026-05', secret: 'the old secret, which is long enough' },
  { kid: '2026-11', secret: 'the new secret, which is long enough' },
]

describe.each([
  ['Redis', onRedis, redis.skip],
  ['PostgreSQL', onPostgres, postgres.skip],
] as const)('54 · new keys for processes on %s', { timeout: 60_000 }, (_, rent, skip) => {
  it.skipIf(skip)('in two deploys: whoever refreshes, all read it', async () => {
    const vendor = await vendorOf({ latencyMs: 20 })
    const place = await rented(rent)
    const settings = (keys: Settings['keys']): Settings => ({
      ...{ place, vendorUrl: vendor.url, vendor: {}, keys },
      keeper: { cache: 0 },
    })
    const fleet = await Promise.all([all.start(settings([old])), all.start(settings([old]))])
    const owners = ownersOf()
    await fleet[0].ask({ do: 'adopt', tokens: [...vendor.signIns(owners)] })
    let generation = 1
    for (const keys of [[old], [old, next], [next, old]]) {
      for (const deployed of fleet) {
        await deployed.open(settings(keys))
        // Each refreshes once, and the other one reads it.
        for (const instance of fleet) {
          const outcomes = [
            ...(await instance.access(owners, 1, { notGeneration: generation })),
            ...(await Promise.all(fleet.map((each) => each.access(owners)))).flat(),
          ]
          generation += 1
          expect(told(outcomes)).toBe('a token')
          expect(new Set(outcomes.map(({ token }) => token)).size).toBe(grants)
        }
      }
    }
    expect(postsOf(vendor)).toBe(String(generation - 1))
    // What was written since needs the old key no more.
    await fleet[0].open(settings([next]))
    expect(told(await fleet[0].access(owners))).toBe('a token')
  })

  it.skipIf(skip)('in one step: KeyUnavailable for the others, and not a byte of theirs is touched', async () => {
    const vendor = await vendorOf({ latencyMs: 20 })
    const place = await rented(rent)
    const settings = (keys: Settings['keys']): Settings => ({ place, vendorUrl: vendor.url, vendor: {}, keys })
    const [a, b] = await Promise.all([all.start(settings([next])), all.start(settings([old]))])
    const owners = ownersOf()
    await a.ask({ do: 'adopt', tokens: [...vendor.signIns(owners)] })
    const before = await rowsIn(place)
    expect(before.size).toBe(grants)
    expect(told(await b.access(owners, 3))).toBe('key_unavailable')
    expect(await rowsIn(place)).toEqual(before)
    expect(vendor.posts.size).toBe(0)
    expect(told(await a.access(owners, 3))).toBe('a token')
  })
})

/** Every record of a place as it is stored, by key. */
async function rowsIn({ kind, url, name }: Place): Promise<Map<string, string>> {
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
  if (kind === 'postgres') {
    const pool = newPool({ connectionString: url, max: 1 })
    const { rows } = await pool.query(`SELECT key, value, version FROM ${name}`)
    await pool.end()
    return new Map(rows.map(({ key, value, version }) => [key, `${version} ${text(value)}`]))
  }
  const client = await createClient({ url }).connect()
  const store: VersionedStore = redisStore(client, { prefix: `${name}:` })
  const found = new Map<string, string>()
  for (const key of await client.keys(`${name}:*`)) {
    const id = /\{(.*)\}$/.exec(key)?.[1] ?? ''
    const row = await store.get(id)
    if (row) found.set(id, `${row.version} ${text(row.value)}`)
  }
  client.destroy()
  return found
}
