import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { postgresStore, sqliteStore } from 'esign-auth/keeper'
import Database from 'libsql'
import { newPool, somePostgres } from '../servers/postgres.ts'
import { someRedis } from '../servers/redis.ts'
import type { Place } from './protocol.ts'

/** A place for a fleet's records, until it is left. */
export interface Rented extends Place {
  leave(): Promise<void>
}

export async function onRedis(): Promise<Rented> {
  const { url, stop } = await someRedis()
  return { kind: 'redis', url, name: `test-${crypto.randomUUID()}`, leave: stop }
}

export async function onPostgres(): Promise<Rented> {
  const { url, stop } = await somePostgres()
  const name = `test_${crypto.randomUUID().replaceAll('-', '')}`
  const pool = newPool({ connectionString: url, max: 1 })
  await pool.query(postgresStore(pool, { table: name }).schema.create)
  return {
    kind: 'postgres',
    url,
    name,
    async leave() {
      await pool.query(`DROP TABLE ${name}`)
      await pool.end()
      await stop()
    },
  }
}

export async function onSqlite(): Promise<Rented> {
  const folder = mkdtempSync(join(tmpdir(), 'esign-auth-fleet-'))
  const url = join(folder, 'tokens.db')
  const db = new Database(url)
  db.exec('PRAGMA journal_mode = WAL')
  db.exec(sqliteStore(db).schema.create)
  db.close()
  return { kind: 'sqlite', url, name: '', leave: async () => rmSync(folder, { recursive: true }) }
}
