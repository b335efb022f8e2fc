import { optionError } from '../../oauth/errors.ts'
import type { VersionedStore } from './versioned-store.ts'

/** What is used of `redis` (node-redis, 5 and later): a client, a pool, a cluster or a sentinel of it. */
export interface NodeRedisClient {
  withTypeMapping(mapping: { 36: typeof Buffer }): {
    eval(script: string, options: { keys: string[]; arguments: (string | Buffer)[] }): Promise<unknown>
  }
}

/** What is used of `ioredis`: a client or a cluster of it. */
export interface IoredisClient {
  callBuffer(command: string, ...given: (string | Buffer)[]): Promise<unknown>
}

/** Settings of {@link redisStore}. */
export interface RedisStoreOptions {
  /**
   * Precedes every key. Default `esign-auth:`. Applications that must not meet each other's records in one Redis need
   * one each; in a cluster it must hold no `{`, or all records land on one node.
   */
  readonly prefix?: string | undefined
}

/**
 * Records in Redis or Valkey, for all instances that reach it: through a connected client of `redis` or `ioredis`.
 *
 * A record is one hash, `{prefix}{{key}}` with the fields `v` (version) and `b` (bytes), so that every script touches
 * one slot of a cluster. Scripts run on the primary also where the client reads from replicas. The server's clock says
 * what has expired.
 *
 * Durability is the operator's, and a lost write may be a lost refresh token, after which a user has to sign in again:
 * - `appendonly yes` with `appendfsync always` loses nothing when Redis crashes; `everysec` up to a second of writes.
 * - A fail-over to a replica loses what had not reached it. `min-replicas-to-write 1` narrows that; `WAIT`, which Redis
 *   does not allow in a script, would narrow it further and still promise nothing.
 * - `maxmemory-policy` must be `noeviction`: every other one takes records away.
 *
 * @throws TypeError (`invalid_option`) when `client` is neither.
 */
export function redisStore(
  client: NodeRedisClient | IoredisClient,
  { prefix = 'esign-auth:' }: RedisStoreOptions = {},
): VersionedStore {
  const run = runnerOf(client)
  if (typeof prefix !== 'string') throw optionError({ name: 'redisStore' }, 'prefix', 'must be text.')
  // The braces make a hash tag of the record's key, should it ever have a companion.
  const named = (key: string) => `${prefix}{${key}}`

  return {
    reach: 'shared',
    async get(key) {
      const [version, value] = (await run(scripts.get, named(key), [])) as [Buffer | null, Buffer | null]
      return version && value ? { value, version: version.toString() } : undefined
    },
    async compareAndSwap(key, value, expected, { ttlMs } = {}) {
      // Made before the command is sent. ioredis sends a command again after reconnecting: the second copy conflicts
      // with the first, and the keeper recognises it when it reads back.
      const version = crypto.randomUUID()
      const ttl = ttlMs === undefined ? '' : String(Math.ceil(ttlMs))
      const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
      const written = await run(scripts.compareAndSwap, named(key), [version, bytes, ttl, ...optional(expected)])
      return written === 1 ? version : undefined
    },
    async delete(key, expected) {
      return (await run(scripts.delete, named(key), optional(expected))) === 1
    },
  }
}

const optional = (expected: string | undefined) => (expected === undefined ? [] : [expected])

/** A field that is missing, and an argument that was not given, are both compared as `false`. */
const scripts = {
  get: `return redis.call('HMGET', KEYS[1], 'v', 'b')`,
  compareAndSwap: `
if redis.call('HGET', KEYS[1], 'v') ~= (ARGV[4] or false) then return 0 end
redis.call('HSET', KEYS[1], 'v', ARGV[1], 'b', ARGV[2])
if ARGV[3] == '' then redis.call('PERSIST', KEYS[1]) else redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return 1`,
  delete: `
local version = redis.call('HGET', KEYS[1], 'v')
if not version or (ARGV[1] and version ~= ARGV[1]) then return 0 end
return redis.call('DEL', KEYS[1])`,
} as const

type Run = (script: string, key: string, given: (string | Buffer)[]) => Promise<unknown>

/**
 * The two signatures of EVAL, each in its form that gives bytes as bytes. The text goes along every time: a few hundred
 * bytes, against a second round trip whenever a server does not know a script by its hash.
 */
function runnerOf(client: NodeRedisClient | IoredisClient): Run {
  const { callBuffer, withTypeMapping } = (client ?? {}) as Partial<IoredisClient & NodeRedisClient>
  if (typeof callBuffer === 'function') {
    return (script, key, given) => callBuffer.call(client, 'eval', script, '1', key, ...given)
  }
  if (typeof withTypeMapping === 'function') {
    // 36 is "$", the type of a string of bytes in Redis' protocol.
    const binary = withTypeMapping.call(client, { 36: Buffer })
    return (script, key, given) => binary.eval(script, { keys: [key], arguments: given })
  }
  throw optionError({ name: 'redisStore' }, 'client', 'must be a client of `redis` (5 or later) or of `ioredis`.')
}
