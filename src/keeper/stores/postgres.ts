import { optionError } from '../../oauth/errors.ts'
import { quotedTable, type SqlSchema, type SqlStore, type SqlStoreOptions } from './sql-schema.ts'

/** What is used of `pg`: a `Pool`, or whatever else has its `query`, gives `bytea` as bytes, and resolves to rows. */
export interface PostgresClient {
  query(text: string, values: unknown[]): Promise<{ readonly rows: readonly unknown[] }>
}

/**
 * Records in a PostgreSQL table, for all instances that reach the database. The table comes from `store.schema.create`:
 *
 * ```ts
 * const store = postgresStore(pool)
 * await pool.query(store.schema.create)
 * ```
 *
 * Every operation is one unnamed statement: no transaction, no lock, no session state, so that PgBouncer in transaction
 * mode may give each to another connection, and nothing is held while a vendor is asked. The database's clock says what
 * has expired. Give a pool, not a client within a transaction, whose rollback would undo a new refresh token.
 *
 * Durability is the server's: with `synchronous_commit = off` a crash may undo the last commits; with an asynchronous
 * replica a fail-over may.
 *
 * @throws TypeError (`invalid_option`) when `pool` or `table` is none.
 */
export function postgresStore(pool: PostgresClient, options: SqlStoreOptions = {}): SqlStore {
  if (typeof pool?.query !== 'function') {
    throw optionError({ name: 'postgresStore' }, 'pool', 'must have `query(text, values)`, as a Pool of pg has.')
  }
  const table = quotedTable('postgresStore', options, 2)
  const rows = async (text: string, values: unknown[], again = 3): Promise<readonly unknown[]> => {
    try {
      return (await pool.query(text, values)).rows
    } catch (error) {
      // Where repeatable read or serializable is the default, losing to another writer is an error. Nothing was done.
      if (again > 0 && (error as { code?: unknown } | null)?.code === '40001') return rows(text, values, again - 1)
      throw error
    }
  }
  const alive = '(old.expires_at IS NULL OR old.expires_at > clock_timestamp())'
  const until = "clock_timestamp() + $4::float8 * interval '1 millisecond'"

  return {
    reach: 'shared',
    schema: postgresSchema(table),
    async get(key) {
      const [row] = await rows(`SELECT value, version FROM ${table} AS old WHERE key = $1 AND ${alive}`, [key])
      return row as { value: Uint8Array; version: string } | undefined
    },
    async compareAndSwap(key, value, expected, { ttlMs = null } = {}) {
      const version = crypto.randomUUID()
      const values = [key, value, version, ttlMs]
      const written =
        expected === undefined
          ? await rows(
              `INSERT INTO ${table} AS old (key, value, version, expires_at) VALUES ($1, $2, $3, ${until})
               ON CONFLICT (key) DO UPDATE
               SET value = excluded.value, version = excluded.version, expires_at = excluded.expires_at
               WHERE old.expires_at <= clock_timestamp() RETURNING 1`,
              values,
            )
          : await rows(
              `UPDATE ${table} AS old SET value = $2, version = $3, expires_at = ${until}
               WHERE key = $1 AND version = $5 AND ${alive} RETURNING 1`,
              [...values, expected],
            )
      return written.length > 0 ? version : undefined
    },
    async delete(key, expected) {
      const text = `DELETE FROM ${table} AS old
                    WHERE key = $1 AND ($2::text IS NULL OR version = $2) AND ${alive} RETURNING 1`
      return (await rows(text, [key, expected ?? null])).length > 0
    },
  }
}

function postgresSchema(table: string): SqlSchema {
  return {
    version: 1,
    create: `-- esign-auth: records of the token keeper, version 1. No expires_at means for ever.
CREATE TABLE IF NOT EXISTS ${table} (
  key text COLLATE "C" PRIMARY KEY,
  value bytea NOT NULL,
  version text NOT NULL,
  expires_at timestamptz
)`,
    sweep: `DELETE FROM ${table} WHERE expires_at <= clock_timestamp()`,
  }
}
