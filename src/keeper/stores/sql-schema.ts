import { optionError } from '../../oauth/errors.ts'
import type { VersionedStore } from './versioned-store.ts'

/** A store in a table, with the statements that create and clear that table. */
export interface SqlStore extends VersionedStore {
  readonly schema: SqlSchema
}

/**
 * Statements for a store's table, its name inserted. The store itself runs neither: an application creates its tables
 * in its migrations, by one process and often under a role of its own.
 */
export interface SqlSchema {
  /** Version of the table's shape. A later one will come with the statements that lead to it from this one. */
  readonly version: 1
  /** Creates the table where there is none; a second run changes nothing. */
  readonly create: string
  /**
   * Deletes rows whose time is over. They count as absent without it, so that it only saves space: once a day is
   * plenty, from any one process.
   */
  readonly sweep: string
}

/** Settings of the stores in a table. */
export interface SqlStoreOptions {
  /**
   * Name of the table: letters, digits and `_`, not beginning with a digit; in PostgreSQL optionally with a schema
   * (`auth.tokens`). Default `esign_auth_records`. It is quoted, so that upper case counts and no word is reserved.
   */
  readonly table?: string | undefined
}

const name = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/

/** The table's quoted name; there is nothing in it that a statement could stumble over. */
export function quotedTable(store: string, { table = 'esign_auth_records' }: SqlStoreOptions, parts: number): string {
  const names = typeof table === 'string' ? table.split('.') : []
  if (names.length === 0 || names.length > parts || !names.every((each) => name.test(each))) {
    throw optionError({ name: store }, 'table', 'must be a name of at most 63 letters, digits and "_", no digit first.')
  }
  return names.map((each) => `"${each}"`).join('.')
}
