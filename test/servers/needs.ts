import { programPath } from './process.ts'

/** Something that some tests need, and what is missing for it. */
export interface Need {
  readonly name: string
  readonly missing: string | undefined
  /** Whether its tests are left out: where something is missing, unless ESIGN_AUTH_NO_SKIP=1 makes that a failure. */
  readonly skip: boolean
}

const needed = (name: string, programs: readonly string[], variable?: string): Need => {
  const given = variable !== undefined && process.env[variable]
  const missing = given ? [] : programs.filter((program) => !programPath(program))
  return {
    name,
    missing: missing.length > 0 ? `no ${missing.join(', no ')}${variable ? `, no ${variable}` : ''}` : undefined,
    skip: missing.length > 0 && process.env['ESIGN_AUTH_NO_SKIP'] !== '1',
  }
}

/** Any Redis: the one at ESIGN_AUTH_TEST_REDIS_URL, or one of the tests' own. */
export const redis: Need = needed('Redis', ['redis-server'], 'ESIGN_AUTH_TEST_REDIS_URL')
/** A Redis that a test can configure, kill and restart. */
export const ownRedis: Need = needed('Redis Cluster and a Redis that crashes', ['redis-server'])
/** Any PostgreSQL: the one at ESIGN_AUTH_TEST_POSTGRES_URL, or one of the tests' own. */
export const postgres: Need = needed('PostgreSQL', ['initdb', 'postgres'], 'ESIGN_AUTH_TEST_POSTGRES_URL')
/** A PostgreSQL of the test's own. */
export const ownPostgres: Need = needed('a PostgreSQL that crashes', ['initdb', 'postgres'])
/** PgBouncer before a PostgreSQL of the tests' own. */
export const pgBouncer: Need = needed('PgBouncer', ['pgbouncer', 'initdb', 'postgres'])

/** The path of a program that a need has found. */
export function programOf(name: string): string {
  const path = programPath(name)
  if (!path) throw new Error(`There is no ${name} on this machine, and ESIGN_AUTH_NO_SKIP=1 forbids to do without.`)
  return path
}

/** Run once by Vitest: one line that names what is left out. */
export function setup(): void {
  const left = [redis, ownRedis, postgres, ownPostgres, pgBouncer].filter(({ skip }) => skip)
  if (left.length === 0) return
  console.warn(`Skipped are the tests on ${left.map(({ name, missing }) => `${name} (${missing})`).join('; ')}.`)
}
