import { postgresStore, redisStore, sqliteStore, type VersionedStore } from 'esign-auth/keeper'

/** A store that all processes of the app share, and its connections. */
export interface OpenedStore {
  readonly store: VersionedStore
  /** Ends the connections, once the keeper is closed. */
  close(): Promise<void>
}

/**
 * The store at an address: `redis://…`, `postgres://…` or `sqlite:<path of a file>`. Each driver is loaded when it is asked
 * for, and installed by whoever needs it: `redis`, `pg` or `libsql`. `undefined` without an address: the keeper keeps
 * tokens in memory then.
 */
export async function openStore(address: string | undefined): Promise<OpenedStore | undefined> {
  if (!address) return undefined
  if (/^rediss?:/.test(address)) return onRedis(address)
  if (/^postgres(ql)?:/.test(address)) return onPostgres(address)
  if (address.startsWith('sqlite:')) return onSqlite(address.slice('sqlite:'.length))
  throw new Error('Set ESIGN_AUTH_STORE to redis://…, postgres://… or sqlite:<path>, or leave it out.')
}

async function onRedis(url: string): Promise<OpenedStore> {
  const { createClient } = await import('redis')
  const redis = createClient({ url })
  // It connects again by itself; meanwhile the keeper says StoreUnavailable.
  redis.on('error', (error: Error) => console.error(`Redis: ${error.message}`))
  await redis.connect()
  return { store: redisStore(redis), close: () => redis.close() }
}

async function onPostgres(connectionString: string): Promise<OpenedStore> {
  const { default: pg } = await import('pg')
  const pool = new pg.Pool({ connectionString })
  pool.on('error', (error) => console.error(`PostgreSQL: ${error.message}`))
  const store = postgresStore(pool)
  await pool.query(store.schema.create) // in an app of your own: in its migrations
  return { store, close: () => pool.end() }
}

async function onSqlite(path: string): Promise<OpenedStore> {
  const { default: Database } = await import('libsql')
  const db = new Database(path)
  db.exec('PRAGMA journal_mode = WAL')
  const store = sqliteStore(db)
  db.exec(store.schema.create)
  return { store, close: async () => void db.close() }
}
