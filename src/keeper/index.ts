/** Keeps tokens fresh after sign-in. */
export type { SealingKey } from '../oauth/seal.ts'
export type { AccessOptions, AccessToken } from './access-decision.ts'
export type { Clock } from './clock.ts'
export {
  AccountMismatch,
  ClientMisconfigured,
  KeyUnavailable,
  ReauthRequired,
  StoreUnavailable,
  VendorUnavailable,
} from './errors.ts'
export type { Emit, KeeperEvent } from './events.ts'
export { createTokenKeeper, type KeeperOptions, type TokenKeeper } from './keeper.ts'
export type { ReauthReason } from './record.ts'
export type { Ahead } from './refresh/refresh-windows.ts'
export { keepInSession, linkOf, type SessionRequest, unlink } from './session/express.ts'
export type { SessionLink } from './session/session-copies.ts'
export { type MemoryStoreOptions, memoryStore } from './stores/memory.ts'
export { type PostgresClient, postgresStore } from './stores/postgres.ts'
export { type IoredisClient, type NodeRedisClient, type RedisStoreOptions, redisStore } from './stores/redis.ts'
export type { SqlSchema, SqlStore, SqlStoreOptions } from './stores/sql-schema.ts'
export { type SqliteDatabase, type SqliteStatement, sqliteStore } from './stores/sqlite.ts'
export type { StoredValue, VersionedStore } from './stores/versioned-store.ts'
export type { Subject } from './subject.ts'
export type { GrantLink, GrantTarget, OwnerTarget } from './targets.ts'
