import { describe } from 'vitest'
import { postgres, redis } from '../servers/needs.ts'
import { describeFaults } from './faults.ts'
import { onPostgres, onRedis } from './places.ts'

// Side by side: most of their time they wait for a lease to run out.
describe.concurrent('a refresh that does not come to its end', () => {
  describeFaults('Redis', redis, onRedis)
  describeFaults('PostgreSQL', postgres, onPostgres)
})
