import { postgresStore, type VersionedStore } from 'esign-auth/keeper'
import type { Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pgBouncer, postgres } from '../servers/needs.ts'
import {
  newPool,
  type PostgresAtHand,
  somePostgres,
  startPgBouncer,
  startPostgres,
  urlAt,
} from '../servers/postgres.ts'
import type { OwnServer } from '../servers/process.ts'
import { clockContract, resentContract, storeContract, twice } from '../store-contract.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const text = (value: Uint8Array | undefined) => value && new TextDecoder().decode(value)
const concurrent = { concurrent: true }
/** Another table in each run, for a server that others use too. */
const table = `test_${crypto.randomUUID().replaceAll('-', '')}`

describe.skipIf(postgres.skip)('one PostgreSQL', () => {
  let server: PostgresAtHand
  let pool: Pool
  let poolOfOne: Pool
  let strict: Pool
  beforeAll(async () => {
    server = await somePostgres()
    const settings = { connectionString: server.url }
    pool = newPool(settings)
    poolOfOne = newPool({ ...settings, max: 1 })
    strict = newPool({ ...settings, options: '-c default_transaction_isolation=serializable' })
    await pool.query(postgresStore(pool, { table }).schema.create)
  })
  afterAll(async () => {
    await pool.query(`DROP TABLE ${table}`)
    await Promise.all([pool.end(), poolOfOne.end(), strict.end()])
    await server.stop()
  })

  storeContract('postgresStore over a pool', () => ({ store: postgresStore(pool, { table }) }), concurrent)
  storeContract('postgresStore over a pool of one', () => ({ store: postgresStore(poolOfOne, { table }) }), concurrent)
  storeContract(
    'postgresStore where transactions are serializable',
    () => ({ store: postgresStore(strict, { table }) }),
    concurrent,
  )
  resentContract('postgresStore', () => ({
    store: postgresStore(pool, { table }),
    resent: postgresStore({ query: twice((text, values) => pool.query(text, values)) }, { table }),
  }))

  clockContract('postgresStore', () => postgresStore(pool, { table }))

  it('creates its table anew without harm, and sweeps what is over and nothing else', async () => {
    const swept = `${table}_swept`
    const store = postgresStore(pool, { table: swept })
    expect(store.schema.version).toBe(1)
    await pool.query(store.schema.create)
    await store.compareAndSwap('over', bytes('1'), undefined, { ttlMs: 1 })
    await store.compareAndSwap('alive', bytes('1'), undefined, { ttlMs: 60_000 })
    await store.compareAndSwap('for ever', bytes('1'), undefined)
    await new Promise((resolve) => setTimeout(resolve, 20))
    await pool.query(store.schema.create)
    await pool.query(store.schema.sweep)
    const { rows } = await pool.query(`SELECT key FROM ${swept} ORDER BY key`)
    expect(rows).toEqual([{ key: 'alive' }, { key: 'for ever' }])
    await pool.query(`DROP TABLE ${swept}`)
  })

  it('lives in a schema, and under a name that is a reserved word', async () => {
    await pool.query(`CREATE SCHEMA ${table}`)
    const store = postgresStore(pool, { table: `${table}.User` })
    await pool.query(store.schema.create)
    expect(await store.compareAndSwap('a', bytes('1'), undefined)).toBeTypeOf('string')
    expect((await pool.query(`SELECT count(*)::int AS n FROM ${table}."User"`)).rows).toEqual([{ n: 1 }])
    await pool.query(`DROP SCHEMA ${table} CASCADE`)
  })

  it('goes by the clock of the database, not by ours nor by that of a transaction', async () => {
    const client = await pool.connect()
    const store = postgresStore(client, { table })
    await client.query('BEGIN')
    await store.compareAndSwap('clock', bytes('1'), undefined, { ttlMs: 30 })
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(await store.get('clock')).toBeUndefined()
    expect(await store.compareAndSwap('clock', bytes('2'), undefined, { ttlMs: 60_000 })).toBeTypeOf('string')
    expect(text((await store.get('clock'))?.value)).toBe('2')
    await client.query('ROLLBACK')
    client.release()
  })

  it('28 · holds no connection between its calls: a pool of 2 serves 20 grants and everybody else', async () => {
    const two = newPool({ connectionString: server.url, max: 2 })
    const store = postgresStore(two, { table })
    const slowly = async (key: string) => {
      const leased = await store.compareAndSwap(key, bytes('lease'), undefined)
      await new Promise((resolve) => setTimeout(resolve, 1_000))
      return store.compareAndSwap(key, bytes('pair'), leased)
    }
    const begun = performance.now()
    const grants = Promise.all(Array.from({ length: 20 }, (_, i) => slowly(`grant-${i}`)))
    await new Promise((resolve) => setTimeout(resolve, 500))
    const asked = performance.now()
    await two.query('SELECT 1')
    expect(performance.now() - asked).toBeLessThan(250)
    expect(await grants).not.toContain(undefined)
    expect(performance.now() - begun).toBeLessThan(1_750)
    await two.end()
  })

  it('rejects with the driver’s error, which names no value', async () => {
    const store = postgresStore(pool, { table: `${table}_none` })
    const failed = await store.compareAndSwap('a', bytes('a-secret'), undefined).catch((error: unknown) => error)
    expect(failed).toMatchObject({ code: '42P01' })
    expect(JSON.stringify(failed) + failed).not.toContain('a-secret')
  })
})

describe.skipIf(pgBouncer.skip)('29 · PgBouncer in transaction mode, with two connections', () => {
  let servers: OwnServer[] = []
  let pool: Pool
  beforeAll(async () => {
    const database = await startPostgres()
    const bouncer = await startPgBouncer(database.port)
    servers = [bouncer, database]
    pool = newPool({ connectionString: urlAt(bouncer.port), max: 10 })
    await pool.query(postgresStore(pool).schema.create)
  })
  afterAll(async () => {
    await pool.end()
    for (const server of servers) await server.stop()
  })

  storeContract('postgresStore behind it', () => ({ store: postgresStore(pool) }), concurrent)

  it('gives one client’s statements to several connections, and none is lost on the way', async () => {
    const client = await pool.connect()
    const store: VersionedStore = postgresStore(client)
    const backends = new Set<unknown>()
    let version: string | undefined
    for (let round = 0; round < 20; round++) {
      const others = Promise.all([1, 2].map(() => pool.query('SELECT pg_sleep(0.01)')))
      version = await store.compareAndSwap('moving', bytes(String(round)), version)
      backends.add(JSON.stringify((await client.query('SELECT pg_backend_pid()')).rows))
      await others
    }
    expect(text((await store.get('moving'))?.value)).toBe('19')
    expect(backends.size).toBe(2)
    client.release()
  })
})

describe('postgresStore', () => {
  const pool = { query: async () => ({ rows: [] }) }
  const invalid = (option: string) => expect.objectContaining({ name: 'TypeError', code: 'invalid_option', option })

  it.each([undefined, null, {}, 'postgres://localhost'])('refuses what is no pool: %j', (none) => {
    expect(() => postgresStore(none as never)).toThrow(invalid('pool'))
  })

  it.each(['', '1a', 'a b', 'a"b', 'a;b', 'a.b.c', '.a', 'a.', 'é', 'x'.repeat(64), 7, null])(
    'refuses a table named %j',
    (name) => {
      expect(() => postgresStore(pool, { table: name as never })).toThrow(invalid('table'))
    },
  )

  it('reaches every instance', () => {
    expect(postgresStore(pool).reach).toBe('shared')
  })
})
