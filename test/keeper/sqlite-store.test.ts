import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type SqliteDatabase, sqliteStore } from 'esign-auth/keeper'
import Database from 'libsql'
import { afterAll, describe, expect, it } from 'vitest'
import { clockContract, resentContract, storeContract } from '../store-contract.ts'

interface OpenDatabase extends SqliteDatabase {
  exec(sql: string): unknown
  close(): unknown
}

const bytes = (text: string) => new TextEncoder().encode(text)
const text = (value: Uint8Array | undefined) => value && new TextDecoder().decode(value)
const folder = mkdtempSync(join(tmpdir(), 'esign-auth-sqlite-'))
const opened: OpenDatabase[] = []
const remember = <Opened extends OpenDatabase>(db: Opened): Opened => {
  opened.push(db)
  return db
}
afterAll(() => {
  for (const db of opened) db.close()
  rmSync(folder, { recursive: true })
})

/** Node's own driver, where this Node has one (22.13 and later, without a flag). */
const nodes = process.getBuiltinModule?.('node:sqlite' as 'node:fs') as unknown as
  | { DatabaseSync: new (path: string) => OpenDatabase }
  | undefined

const drivers: [string, (path: string) => OpenDatabase][] = [['libsql', (path) => remember(new Database(path))]]
if (nodes) drivers.push(['node:sqlite', (path) => remember(new nodes.DatabaseSync(path))])

let files = 0
const newFile = () => join(folder, `${++files}.db`)

describe.each(drivers)('%s', (driver, open) => {
  const made = (db: OpenDatabase, journal = 'DELETE') => {
    db.exec(`PRAGMA journal_mode = ${journal}`)
    const store = sqliteStore(db)
    db.exec(store.schema.create)
    return store
  }
  const file = made(open(newFile()))
  const wal = made(open(newFile()), 'WAL')
  const memory = made(open(':memory:'))
  const concurrent = { concurrent: true }
  storeContract(`sqliteStore over a file of ${driver}`, () => ({ store: file }), concurrent)
  storeContract(`sqliteStore over a file with a write-ahead log of ${driver}`, () => ({ store: wal }), concurrent)
  storeContract(`sqliteStore over memory of ${driver}`, () => ({ store: memory }), concurrent)

  resentContract(`sqliteStore over ${driver}`, () => {
    const db = open(newFile())
    const store = made(db)
    const resent = sqliteStore({
      prepare(sql) {
        const statement = db.prepare(sql)
        const run: typeof statement.run = (...values) => {
          statement.run(...values)
          return statement.run(...values)
        }
        return { get: (...values) => statement.get(...values), run }
      },
    })
    return { store, resent }
  })

  clockContract(`sqliteStore over ${driver}`, () => made(open(newFile())))

  it('reaches every process with a file, and this one with memory or a temporary database', () => {
    expect(file.reach).toBe('shared')
    expect(memory.reach).toBe('process')
    expect(sqliteStore(open('')).reach).toBe('process')
  })

  it('sees what another connection writes, and loses to it', async () => {
    const path = newFile()
    const [one, other] = [made(open(path)), sqliteStore(open(path))]
    const version = await one.compareAndSwap('a', bytes('1'), undefined)
    expect(await other.compareAndSwap('a', bytes('2'), version)).toBeTypeOf('string')
    expect(await one.compareAndSwap('a', bytes('3'), version)).toBeUndefined()
    expect(text((await one.get('a'))?.value)).toBe('2')
  })

  it('waits for another writer while the process goes on, and writes as soon as it can', async () => {
    const path = newFile()
    const [db, other] = [open(path), open(path)]
    const store = made(db)
    other.exec('BEGIN EXCLUSIVE')
    const begun = performance.now()
    setTimeout(() => other.exec('COMMIT'), 100)
    const [version, found] = await Promise.all([store.compareAndSwap('a', bytes('1'), undefined), store.get('b')])
    expect(version).toBeTypeOf('string')
    expect(found).toBeUndefined()
    expect(performance.now() - begun).toBeLessThan(1_000)
  })

  it.concurrent('rejects when another writer takes longer than two seconds', async () => {
    const path = newFile()
    const [db, other] = [open(path), open(path)]
    const store = made(db)
    other.exec('BEGIN IMMEDIATE')
    await expect(store.compareAndSwap('a', bytes('1'), undefined)).rejects.toThrow('locked')
    other.exec('ROLLBACK')
    expect(await store.compareAndSwap('a', bytes('1'), undefined)).toBeTypeOf('string')
  })

  it.concurrent('rejects when a commit fails: a reader of the old kind of journal is in the way', async () => {
    const path = newFile()
    const [db, reader] = [open(path), open(path)]
    const store = made(db)
    const version = await store.compareAndSwap('a', bytes('1'), undefined)
    reader.exec('BEGIN')
    reader.prepare('SELECT * FROM esign_auth_records').get()
    const [written, deleted] = await Promise.allSettled([
      store.compareAndSwap('a', bytes('2'), version),
      store.delete('a'),
    ])
    expect(String(Reflect.get(written, 'reason'))).toContain('locked')
    expect(String(Reflect.get(deleted, 'reason'))).toContain('locked')
    reader.exec('COMMIT')
    expect(text((await store.get('a'))?.value)).toBe('1')
  })

  it('creates its table anew without harm, and sweeps what is over and nothing else', async () => {
    const db = open(newFile())
    const store = sqliteStore(db, { table: 'Order' })
    expect(store.schema.version).toBe(1)
    await expect(store.get('a')).rejects.toThrow('no such table')
    db.exec(store.schema.create)
    await store.compareAndSwap('over', bytes('1'), undefined, { ttlMs: 1 })
    await store.compareAndSwap('alive', bytes('1'), undefined, { ttlMs: 60_000 })
    await store.compareAndSwap('for ever', bytes('1'), undefined)
    await sleep(20)
    db.exec(store.schema.create)
    db.exec(store.schema.sweep)
    expect(db.prepare('SELECT group_concat(key) AS keys FROM "Order" ORDER BY key').get()).toMatchObject({
      keys: 'alive,for ever',
    })
  })
})

describe('sqliteStore', () => {
  const invalid = (option: string) => expect.objectContaining({ name: 'TypeError', code: 'invalid_option', option })

  it.each([undefined, null, {}, 'file.db'])('refuses what is no database: %j', (none) => {
    expect(() => sqliteStore(none as never)).toThrow(invalid('db'))
  })

  it.each(['', '1a', 'a b', 'a"b', 'a;b', 'a.b', 'é', 'x'.repeat(64), 7, null])('refuses a table named %j', (name) => {
    const db = remember(new Database(':memory:'))
    expect(() => sqliteStore(db, { table: name as never })).toThrow(invalid('table'))
  })
})
