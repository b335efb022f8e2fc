import { optionError } from '../../oauth/errors.ts'
import { quotedTable, type SqlSchema, type SqlStore, type SqlStoreOptions } from './sql-schema.ts'

/** An open database as `better-sqlite3`, `libsql` and `node:sqlite` (`DatabaseSync`) have it. */
export interface SqliteDatabase {
  prepare(sql: string): SqliteStatement
}

/**
 * What is used of a prepared statement: positional parameters (text, numbers, bytes, null), one row, the number of changed
 * rows. `unknown`, since the drivers' own types agree on nothing narrower.
 */
export interface SqliteStatement {
  get(...values: unknown[]): unknown
  run(...values: unknown[]): { readonly changes: number | bigint }
}

/**
 * Records in a SQLite file, for all processes of one host. Its table comes from `store.schema.create`:
 *
 * ```ts
 * const store = sqliteStore(db)
 * db.exec(store.schema.create)
 * ```
 *
 * `reach` is `shared` for a file and `process` for `:memory:` and temporary databases, as SQLite itself tells. A file
 * must be on a disk of the host, never on a network share, whose locks cannot be trusted; instances on several hosts or
 * in several containers need PostgreSQL or Redis.
 *
 * Every operation is one statement in a transaction of its own, and its clock is SQLite's. A crash leaves the old record
 * or the new one. Give a connection on which no transaction of yours stays open over an `await`: its rollback would undo
 * a new refresh token. The journal mode is a property of the file, hence the application's choice: all modes are correct, and
 * with `PRAGMA journal_mode = WAL` readers and the writer do not wait for each other. With WAL and
 * `synchronous = NORMAL` a loss of power (not a crash of the process) may undo the last commits, and with them a new
 * refresh token; `FULL`, SQLite's default, undoes none.
 *
 * While another process is writing, a call is tried again for two seconds, and the event loop runs meanwhile. A
 * `busy_timeout` of the connection comes first and blocks the process as long: better-sqlite3 has one of five seconds
 * unless told otherwise (`{ timeout: 0 }`), the others have none.
 *
 * @throws TypeError (`invalid_option`) when `db` or `table` is none.
 */
export function sqliteStore(db: SqliteDatabase, options: SqlStoreOptions = {}): SqlStore {
  if (typeof db?.prepare !== 'function') {
    throw optionError({ name: 'sqliteStore' }, 'db', 'must be a database of better-sqlite3, libsql or node:sqlite.')
  }
  const table = quotedTable('sqliteStore', options, 1)
  // The main database comes first; the name of its file is empty where there is none. Reads no file, meets no lock.
  const main = db.prepare('PRAGMA database_list').get() as { readonly file: string | null }

  // Prepared when first needed: the table may be created after the store.
  const statements = new Map<string, SqliteStatement>()
  const statement = (sql: string) => {
    const prepared = statements.get(sql) ?? db.prepare(sql)
    statements.set(sql, prepared)
    return prepared
  }
  // Writes are run to their end and not asked for rows with RETURNING: a driver that stops at the first row would not
  // notice that the commit failed.
  const changes = (sql: string, ...values: Parameters<SqliteStatement['run']>) =>
    unlocked(() => Number(statement(sql).run(...values).changes) > 0)
  const alive = `(expires_at IS NULL OR expires_at > ${now})`

  return {
    reach: main.file ? 'shared' : 'process',
    schema: sqliteSchema(table),
    async get(key) {
      const row = await unlocked(() =>
        statement(`SELECT value, version FROM ${table} WHERE key = ? AND ${alive}`).get(key),
      )
      if (!row) return undefined
      // libsql gives an ArrayBuffer, the others a Buffer or a Uint8Array.
      const { value, version } = row as { value: Uint8Array; version: string }
      return { value: new Uint8Array(value), version }
    },
    async compareAndSwap(key, value, expected, { ttlMs = null } = {}) {
      const version = crypto.randomUUID()
      const written =
        expected === undefined
          ? await changes(
              `INSERT INTO ${table} AS old (key, value, version, expires_at) VALUES (?, ${bytes}, ?, ${now} + ?)
               ON CONFLICT (key) DO UPDATE
               SET value = excluded.value, version = excluded.version, expires_at = excluded.expires_at
               WHERE old.expires_at <= ${now}`,
              key,
              value,
              version,
              ttlMs,
            )
          : await changes(
              `UPDATE ${table} SET value = ${bytes}, version = ?, expires_at = ${now} + ?
               WHERE key = ? AND version = ? AND ${alive}`,
              value,
              version,
              ttlMs,
              key,
              expected,
            )
      return written ? version : undefined
    },
    async delete(key, expected) {
      return expected === undefined
        ? changes(`DELETE FROM ${table} WHERE key = ? AND ${alive}`, key)
        : changes(`DELETE FROM ${table} WHERE key = ? AND version = ? AND ${alive}`, key, expected)
    },
  }
}

/** What `act` gives, as soon as no other connection is in its way; the keeper would not wait much longer. */
async function unlocked<T>(act: () => T): Promise<T> {
  const begun = performance.now()
  for (;;) {
    try {
      return act()
    } catch (error) {
      if (!isBusy(error) || performance.now() - begun > 2_000) throw error
      // By chance, so that processes do not go on getting in each other's way.
      await new Promise((resolve) => setTimeout(resolve, 1 + Math.random() * 9))
    }
  }
}

/** SQLITE_BUSY, of whatever kind: nothing was done. It is a text in better-sqlite3 and libsql, a number in node:sqlite. */
function isBusy(error: unknown): boolean {
  const { code, errcode } = (error ?? {}) as { readonly code?: unknown; readonly errcode?: unknown }
  return String(code).startsWith('SQLITE_BUSY') || (Number(errcode) & 0xff) === 5
}

/** node:sqlite takes an empty array for NULL. */
const bytes = "coalesce(?, x'')"

/** Epoch milliseconds of SQLite's clock; `unixepoch('subsec')` would need 3.42. */
const now = "CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER)"

function sqliteSchema(table: string): SqlSchema {
  return {
    version: 1,
    create: `-- esign-auth: records of the token keeper, version 1. Times are epoch milliseconds; none means for ever.
CREATE TABLE IF NOT EXISTS ${table} (
  key TEXT PRIMARY KEY NOT NULL,
  value BLOB NOT NULL,
  version TEXT NOT NULL,
  expires_at INTEGER
)`,
    sweep: `DELETE FROM ${table} WHERE expires_at <= ${now}`,
  }
}
