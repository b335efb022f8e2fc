import { redisStore, type VersionedStore } from 'esign-auth/keeper'
import { Cluster, Redis } from 'ioredis'
import { createClient, createClientPool, createCluster } from 'redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ownRedis, redis } from '../servers/needs.ts'
import type { OwnServer } from '../servers/process.ts'
import { ask, durable, type RedisAtHand, someRedis, startRedis } from '../servers/redis.ts'
import { clockContract, resentContract, storeContract, twice } from '../store-contract.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const text = (value: Uint8Array | undefined) => value && new TextDecoder().decode(value)
/** Another prefix in each run, for a server that others use too. */
const prefix = `test-${crypto.randomUUID()}:`
const concurrent = { concurrent: true }

describe.skipIf(redis.skip)('one Redis', () => {
  let server: RedisAtHand
  let node: ReturnType<typeof createClient>
  let pool: ReturnType<typeof createClientPool>
  let io: Redis
  beforeAll(async () => {
    server = await someRedis()
    node = createClient({ url: server.url })
    pool = createClientPool({ url: server.url })
    io = new Redis(server.url)
    await Promise.all([node.connect(), pool.connect()])
  })
  afterAll(async () => {
    const keys = await io.keys(`${prefix}*`)
    if (keys.length > 0) await io.del(keys)
    node.destroy()
    pool.destroy()
    io.disconnect()
    await server.stop()
  })

  storeContract('redisStore over node-redis', () => ({ store: redisStore(node, { prefix }) }), concurrent)
  storeContract('redisStore over a pool of node-redis', () => ({ store: redisStore(pool, { prefix }) }), concurrent)
  storeContract('redisStore over ioredis', () => ({ store: redisStore(io, { prefix }) }), concurrent)

  resentContract('redisStore over ioredis', () => ({
    store: redisStore(io, { prefix }),
    resent: redisStore({ callBuffer: twice((...given) => io.callBuffer(...given)) }, { prefix }),
  }))
  resentContract('redisStore over node-redis', () => ({
    store: redisStore(node, { prefix }),
    resent: redisStore(
      {
        withTypeMapping(mapping) {
          const mapped = node.withTypeMapping(mapping)
          return { eval: twice((...given) => mapped.eval(...given)) }
        },
      },
      { prefix },
    ),
  }))

  clockContract('redisStore', () => redisStore(io, { prefix }))

  it('holds the same records for both clients, also where ioredis adds a prefix of its own', async () => {
    const prefixed = new Redis(server.url, { keyPrefix: prefix })
    const [one, other] = [redisStore(prefixed, { prefix: 'x:' }), redisStore(node, { prefix: `${prefix}x:` })]
    const version = await one.compareAndSwap('a', bytes('1'), undefined)
    expect(await other.get('a')).toEqual({ value: Buffer.from('1'), version })
    expect(await other.compareAndSwap('a', bytes('2'), version)).toBeTypeOf('string')
    expect(text((await one.get('a'))?.value)).toBe('2')
    prefixed.disconnect()
  })

  it('keeps a record in one hash, under a key with a hash tag, and with a time of Redis’ own', async () => {
    const store = redisStore(node, { prefix })
    const version = await store.compareAndSwap('hash', bytes('1'), undefined, { ttlMs: 90_000 })
    expect({ ...(await node.hGetAll(`${prefix}{hash}`)) }).toEqual({ v: version, b: '1' })
    expect(await node.pTTL(`${prefix}{hash}`)).toBeGreaterThan(80_000)
    await store.compareAndSwap('hash', bytes('1'), version)
    expect(await node.pTTL(`${prefix}{hash}`)).toBe(-1)
  })

  it('keeps prefixes apart; the default one is the package’s', async () => {
    const key = crypto.randomUUID()
    await redisStore(io).compareAndSwap(key, bytes('1'), undefined)
    expect(await redisStore(io, { prefix }).get(key)).toBeUndefined()
    expect(await io.del(`esign-auth:{${key}}`)).toBe(1)
  })

  it('rejects, and writes nothing, where something else has the key', async () => {
    await io.set(`${prefix}{taken}`, 'something else')
    const store = redisStore(io, { prefix })
    await expect(store.get('taken')).rejects.toThrow('WRONGTYPE')
    await expect(store.compareAndSwap('taken', bytes('1'), undefined)).rejects.toThrow('WRONGTYPE')
    await expect(store.delete('taken')).rejects.toThrow('WRONGTYPE')
    expect(await io.get(`${prefix}{taken}`)).toBe('something else')
  })
})

describe.skipIf(ownRedis.skip)('a Redis that crashes', () => {
  let server: OwnServer
  beforeAll(async () => {
    server = await startRedis(durable)
  })
  afterAll(() => server.stop())

  it('23 · kept every write that it acknowledged, with its version, when it is back', async () => {
    const io = new Redis(server.port, '127.0.0.1', { retryStrategy: () => 20 })
    io.on('error', () => {})
    const store = redisStore(io)
    const version = await store.compareAndSwap('a', bytes('1'), undefined)
    server.signal('SIGKILL')
    // Sent into the outage: ioredis holds it until Redis is back.
    const written = store.compareAndSwap('a', bytes('2'), version)
    await server.restart()
    expect(await written).toBeTypeOf('string')
    expect(text((await store.get('a'))?.value)).toBe('2')
    io.disconnect()
  })

  it('rejects while it is away, with node-redis told not to queue', async () => {
    const node = createClient({ url: `redis://127.0.0.1:${server.port}`, disableOfflineQueue: true })
    node.on('error', () => {})
    await node.connect()
    const store = redisStore(node)
    await store.compareAndSwap('b', bytes('a-secret'), undefined)
    server.signal('SIGKILL')
    await expect.poll(() => node.isReady).toBe(false)
    const failed = await store.compareAndSwap('b', bytes('a-secret'), undefined).catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(Error)
    expect(String(failed)).not.toContain('a-secret')
    await server.restart()
    node.destroy()
  })
})

describe.skipIf(ownRedis.skip)('30 · a Redis Cluster of three', () => {
  let servers: OwnServer[]
  let node: ReturnType<typeof createCluster>
  let io: Cluster
  beforeAll(async () => {
    servers = await Promise.all(
      Array.from({ length: 3 }, () => startRedis(['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1'])),
    )
    await formCluster(servers.map(({ port }) => port))
    const [first] = servers
    node = createCluster({ rootNodes: [{ url: `redis://127.0.0.1:${first?.port}` }] })
    node.on('error', () => {})
    io = new Cluster([{ host: '127.0.0.1', port: Number(first?.port) }])
    await node.connect()
  })
  afterAll(async () => {
    node.destroy()
    io.disconnect()
    await Promise.all(servers.map(({ stop }) => stop()))
  })

  storeContract('redisStore over a cluster of node-redis', () => ({ store: redisStore(node) }), concurrent)
  storeContract('redisStore over a cluster of ioredis', () => ({ store: redisStore(io) }), concurrent)

  it('spreads the records over its nodes, and all clients find them', async () => {
    const stores: VersionedStore[] = [redisStore(node), redisStore(io)]
    const keys = Array.from({ length: 30 }, (_, i) => `spread-${i}`)
    await Promise.all(keys.map((key, i) => stores[i % 2]?.compareAndSwap(key, bytes(key), undefined)))
    for (const store of stores) {
      const found = await Promise.all(keys.map(async (key) => text((await store.get(key))?.value)))
      expect(found).toEqual(keys)
    }
    const sizes = await Promise.all(servers.map(async ({ port }) => Number((await ask(port, 'DBSIZE')).slice(1))))
    for (const size of sizes) expect(size).toBeGreaterThan(0)
  })
})

/** Makes a cluster of nodes that know nothing of each other; `redis-cli` may not be there. */
async function formCluster(ports: readonly number[]): Promise<void> {
  const [first = 0, ...others] = ports
  const slots = 16_384
  for (const [i, port] of ports.entries()) {
    const [from, to] = [i, i + 1].map((n) => Math.round((slots * n) / ports.length))
    await ask(port, `CLUSTER ADDSLOTSRANGE ${from} ${Number(to) - 1}`)
    await ask(port, `CLUSTER SET-CONFIG-EPOCH ${i + 1}`)
  }
  for (const port of others) await ask(first, `CLUSTER MEET 127.0.0.1 ${port}`)
  for (;;) {
    const states = await Promise.all(ports.map((port) => ask(port, 'CLUSTER INFO')))
    if (states.every((state) => /state:ok/.test(state) && state.includes(`known_nodes:${ports.length}`))) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

describe('redisStore', () => {
  it.each([undefined, null, {}, 'redis://localhost', { eval: () => {} }])('refuses what is no client: %j', (client) => {
    expect(() => redisStore(client as never)).toThrow(
      expect.objectContaining({ name: 'TypeError', code: 'invalid_option', option: 'client' }),
    )
  })

  it('refuses a prefix that is no text', () => {
    const client = { callBuffer: async () => undefined }
    expect(() => redisStore(client, { prefix: 1 as never })).toThrow(
      expect.objectContaining({ name: 'TypeError', code: 'invalid_option', option: 'prefix' }),
    )
  })

  it('reaches every instance', () => {
    expect(redisStore({ callBuffer: async () => undefined }).reach).toBe('shared')
  })
})
