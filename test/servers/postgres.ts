import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { programOf } from './needs.ts'
import { type OwnServer, runUnprivileged, startOwn } from './process.ts'

/** A PostgreSQL that is there for a test file. */
export interface PostgresAtHand {
  readonly url: string
  stop(): Promise<void>
}

/** The PostgreSQL at ESIGN_AUTH_TEST_POSTGRES_URL, or one of the tests' own. */
export async function somePostgres(): Promise<PostgresAtHand> {
  const given = process.env['ESIGN_AUTH_TEST_POSTGRES_URL']
  if (given) return { url: given, stop: async () => {} }
  const { port, stop } = await startPostgres()
  return { url: urlAt(port), stop }
}

/** A PostgreSQL of the test's own. It forgets nothing when it is killed, and everything when the machine is. */
export async function startPostgres(): Promise<OwnServer> {
  const [initdb, postgres] = [programOf('initdb'), programOf('postgres')]
  return startOwn({
    async command(folder, port) {
      const data = join(folder, 'data')
      await runUnprivileged(initdb, ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '-N'], folder)
      return [postgres, '-D', data, '-h', '127.0.0.1', '-p', String(port), '-k', folder, '-c', 'fsync=off']
    },
    check,
    // Fast: it does not wait for clients to leave.
    ending: 'INT',
  })
}

/** PgBouncer in transaction mode, with two connections to the PostgreSQL at `postgresPort`. */
export async function startPgBouncer(postgresPort: number): Promise<OwnServer> {
  const program = programOf('pgbouncer')
  return startOwn({
    command(folder, port) {
      const file = join(folder, 'pgbouncer.ini')
      writeFileSync(
        file,
        `[databases]
postgres = host=127.0.0.1 port=${postgresPort} dbname=postgres user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 2
`,
      )
      return [program, file]
    },
    check,
  })
}

/** A pool that does not mind when the server ends its idle connections. */
export function newPool(settings: pg.PoolConfig): pg.Pool {
  return new pg.Pool(settings).on('error', () => {})
}

export function urlAt(port: number): string {
  return `postgres://postgres@127.0.0.1:${port}/postgres`
}

async function check(port: number): Promise<void> {
  const client = new pg.Client(urlAt(port))
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('SELECT 1')
  } finally {
    await client.end().catch(() => {})
  }
}
