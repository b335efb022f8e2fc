import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { postgres, redis } from '../servers/needs.ts'
import { createInstances, type Instance } from './instances.ts'
import { onPostgres, onRedis, onSqlite, type Rented } from './places.ts'
import { keys, stampede } from './stampede.ts'
import { type FleetVendor, startVendor } from './vendor.ts'

/** Twenty of twenty, and how long the callers wait, is what `npm run bench:fleet` tells. */
const runs = 2

describe('real processes with one expired token', () => {
  const all = createInstances(0)
  let vendor: FleetVendor
  let instances: readonly Instance[] = []
  beforeAll(async () => {
    vendor = await startVendor()
    instances = await Promise.all(Array.from({ length: 9 }, () => all.start()))
  }, 120_000)
  afterAll(async () => {
    await all.stop()
    await vendor.close()
  })

  describe.each([
    ['Redis', onRedis, redis.skip, [1, 2, 4, 8]],
    ['PostgreSQL', onPostgres, postgres.skip, [1, 2, 4, 8]],
    ['a SQLite file', onSqlite, false, [2, 4]],
  ] as const)('on %s', (_, rent, skip, sizes) => {
    let place: Rented
    beforeAll(async () => {
      if (skip) return
      place = await rent()
      const settings = { place, vendorUrl: vendor.url, vendor: vendor.policy, keys }
      await Promise.all(instances.slice(0, Math.max(...sizes) + 1).map((instance) => instance.open(settings)))
    }, 60_000)
    afterAll(async () => {
      await Promise.all(instances.map((instance) => instance.ask({ do: 'close' })))
      await place?.leave()
    })

    it.skipIf(skip).each(sizes.flatMap((size) => [50, 1000].map((requests) => ({ size, requests }))))(
      '$size with $requests requests: one token call, nobody fails, the grant lives',
      { timeout: 60_000 },
      async ({ size, requests }) => {
        const [adopter, ...rest] = instances as [Instance, ...Instance[]]
        for (let run = 0; run < runs; run++) {
          const { posts, failed, tokens, alive } = await stampede(rest.slice(0, size), vendor, requests, adopter)
          expect({ posts, failed, tokens, alive }).toEqual({ posts: 1, failed: [], tokens: 1, alive: true })
        }
      },
    )
  })
})
