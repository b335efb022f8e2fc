import { redis } from '../servers/needs.ts'
import { describeFaults } from './faults.ts'
import { onRedis } from './places.ts'

describeFaults('Redis', redis, onRedis)
