import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient as createVendorClient } from 'esign-auth'
import {
  createTokenKeeper,
  postgresStore,
  redisStore,
  sqliteStore,
  type TokenKeeper,
  type VersionedStore,
} from 'esign-auth/keeper'
import { Redis } from 'ioredis'
import Database from 'libsql'
import { createClient } from 'redis'
import { describe, expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../src/keeper/clock.ts'
import { ownRedis, postgres, redis } from '../servers/needs.ts'
import { newPool, somePostgres } from '../servers/postgres.ts'
import { durable, someRedis, startRedis } from '../servers/redis.ts'
import { twice } from '../store-contract.ts'
import { createScriptedVendor } from './scripted-vendor.ts'

/** Stores of several processes on one back end: each call makes one, over a connection of its own. */
type Connect = () => Promise<VersionedStore>
/** The same, over connections that send every write twice and hear only the second answer. */
interface BackEnd {
  readonly connect: Connect
  readonly connectResending: Connect
}

async function onSqlite(): Promise<BackEnd> {
  const folder = mkdtempSync(join(tmpdir(), 'esign-auth-sqlite-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const open = () => {
    const db = new Database(join(folder, 'tokens.db'))
    onTestFinished(() => void db.close())
    db.exec(sqliteStore(db).schema.create)
    return db
  }
  return {
    connect: async () => sqliteStore(open()),
    async connectResending() {
      const db = open()
      return sqliteStore({
        prepare(sql) {
          const statement = db.prepare(sql)
          const run = (...values: unknown[]) => {
            statement.run(...values)
            return statement.run(...values)
          }
          return { get: (...values) => statement.get(...values), run }
        },
      })
    },
  }
}

async function onPostgres(): Promise<BackEnd> {
  const server = await somePostgres()
  onTestFinished(() => server.stop())
  const table = `test_${crypto.randomUUID().replaceAll('-', '')}`
  const connect = () => {
    const pool = newPool({ connectionString: server.url, max: 2 })
    onTestFinished(() => pool.end())
    return pool
  }
  const pool = connect()
  await pool.query(postgresStore(pool, { table }).schema.create)
  onTestFinished(async () => void (await pool.query(`DROP TABLE ${table}`)))
  return {
    connect: async () => postgresStore(connect(), { table }),
    async connectResending() {
      const pool = connect()
      return postgresStore({ query: twice((text, values) => pool.query(text, values)) }, { table })
    },
  }
}

async function onNodeRedis(): Promise<BackEnd> {
  const server = await someRedis()
  onTestFinished(() => server.stop())
  const prefix = `test-${crypto.randomUUID()}:`
  const connect = async () => {
    const client = await createClient({ url: server.url }).connect()
    onTestFinished(() => client.destroy())
    return client
  }
  return {
    connect: async () => redisStore(await connect(), { prefix }),
    async connectResending() {
      const client = await connect()
      const withTypeMapping: typeof client.withTypeMapping = (mapping) => {
        const mapped = client.withTypeMapping(mapping)
        return Object.assign(Object.create(mapped), { eval: twice(mapped.eval.bind(mapped)) })
      }
      return redisStore({ withTypeMapping }, { prefix })
    },
  }
}

async function onIoredis(): Promise<BackEnd> {
  const server = await someRedis()
  onTestFinished(() => server.stop())
  const prefix = `test-${crypto.randomUUID()}:`
  const connect = () => {
    const client = new Redis(server.url)
    onTestFinished(() => client.disconnect())
    return client
  }
  return {
    connect: async () => redisStore(connect(), { prefix }),
    async connectResending() {
      const client = connect()
      return redisStore({ callBuffer: twice((...given) => client.callBuffer(...given)) }, { prefix })
    },
  }
}

const ada = { vendor: 'acme', owner: 'ada' }

/** A strict vendor in real time, and keepers with a client each on stores that are theirs. */
function createWorld() {
  const vendor = createScriptedVendor(systemClock)
  return {
    vendor,
    keeper(store: VersionedStore, cache = 5_000): TokenKeeper {
      const client = createVendorClient(vendor.definition, {
        clientId: 'a-client',
        clientSecret: 'a-client-secret',
        fetch: (url, init) => vendor.fetch('a process', String(url), init),
      })
      return createTokenKeeper({
        keys: [{ kid: '1', secret: 'a secret of the fleet, long enough for a test' }],
        store,
        clients: [client],
        cache,
      })
    },
    /** Tokens of a sign-in, which have run out. */
    expired: () => ({ ...vendor.signIn(), expires_at: Math.floor(Date.now() / 1000) - 1 }),
  }
}

describe.each([
  ['a SQLite file', onSqlite, false],
  ['PostgreSQL, pools of 2', onPostgres, postgres.skip],
  ['Redis through node-redis', onNodeRedis, redis.skip],
  ['Redis through ioredis', onIoredis, redis.skip],
] as const)('keepers on %s', (_, make, skip) => {
  it.skipIf(skip)('2 · make one post for 50 callers of two of them, and all get the new token', async () => {
    const { connect } = await make()
    const { vendor, keeper, expired } = createWorld()
    const [a, b] = [keeper(await connect(), 0), keeper(await connect(), 0)]
    const tokens = expired()
    await a.adopt(tokens, ada)
    const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => (i % 2 ? a : b).access(ada)))
    expect(new Set(answers.map(({ token }) => token)).size).toBe(1)
    expect(answers[0]?.token).not.toBe(tokens.access_token)
    expect(vendor.posts).toHaveLength(1)
    expect((await b.access(ada, { notGeneration: 2 })).generation).toBe(3)
    expect(vendor.isAlive(tokens)).toBe(true)
    await a.revoke(ada)
    await expect(b.access(ada)).rejects.toMatchObject({ code: 'reauth_required', reason: 'revoked' })
  })

  it.skipIf(skip)('make one post also where every command arrives twice', async () => {
    const { connectResending } = await make()
    const { vendor, keeper, expired } = createWorld()
    const [a, b] = [keeper(await connectResending()), keeper(await connectResending())]
    const tokens = expired()
    const link = await a.adopt(tokens, ada)
    const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => (i % 2 ? a : b).access(link)))
    expect(new Set(answers.map(({ token }) => token)).size).toBe(1)
    expect(vendor.posts).toHaveLength(1)
    expect(vendor.isAlive(tokens)).toBe(true)
  })
})

describe.skipIf(ownRedis.skip)(
  '23 · a Redis that is killed while the vendor answers, and comes back with its data',
  () => {
    it.each(['node-redis', 'ioredis'])(
      'costs nothing: one post, the new token stored and served (%s)',
      async (driver) => {
        const server = await startRedis(durable)
        onTestFinished(() => server.stop())
        const connect: Connect = async () => {
          if (driver === 'ioredis') {
            const client = new Redis(server.port, '127.0.0.1', { retryStrategy: () => 50 })
            client.on('error', () => {})
            onTestFinished(() => client.disconnect())
            return redisStore(client)
          }
          const socket = { port: server.port, reconnectStrategy: () => 50 }
          const client = await createClient({ socket })
            .on('error', () => {})
            .connect()
          onTestFinished(() => client.destroy())
          return redisStore(client)
        }
        const { vendor, keeper, expired } = createWorld()
        const [a, b] = [keeper(await connect()), keeper(await connect())]
        const tokens = expired()
        await a.adopt(tokens, ada)
        vendor.onPost = () => {
          server.signal('SIGKILL')
          setTimeout(() => void server.restart(), 400)
        }
        const { token, generation } = await a.access(ada)
        expect(token).not.toBe(tokens.access_token)
        expect(await b.access(ada)).toMatchObject({ token, generation })
        expect(vendor.posts).toHaveLength(1)
        expect(vendor.isAlive(tokens)).toBe(true)
      },
    )
  },
)
