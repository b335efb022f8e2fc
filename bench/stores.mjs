import { spawn, spawnSync } from 'node:child_process'
import { chownSync, mkdtempSync, rmSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as keeperEntry from 'esign-auth/keeper'

/** The key every shared store of the benches seals with. */
export const keys = [{ kid: 'bench', secret: 'a-key-of-thirty-two-characters-or-more' }]

/**
 * Stores that several processes share, by name: `start()` brings up what it needs (`undefined` where this machine or this
 * build of the package has it not: `lacks()` says which), `connect(address)` opens it in a worker.
 */
export const stores = {
  redis: {
    lacks: () => lacksExport('redisStore', 'src/keeper/stores/redis.ts'),
    start: startRedis,
    async connect(address) {
      const { createClient } = await import('redis')
      const client = await createClient({ url: address }).connect()
      return { store: keeperEntry.redisStore(client), close: () => client.close() }
    },
  },
  'redis (ioredis)': {
    lacks: () => lacksExport('redisStore', 'src/keeper/stores/redis.ts'),
    start: startRedis,
    async connect(address) {
      const { Redis } = await import('ioredis')
      const client = new Redis(address)
      return { store: keeperEntry.redisStore(client), close: () => client.quit() }
    },
  },
  postgres: {
    lacks: () => lacksExport('postgresStore', 'src/keeper/stores/postgres.ts'),
    start: startPostgres,
    async connect(address) {
      const { default: pg } = await import('pg')
      const pool = new pg.Pool({ connectionString: address, max: 4 })
      const store = keeperEntry.postgresStore(pool)
      return { store, createTable: () => pool.query(store.schema.create), close: () => pool.end() }
    },
  },
  sqlite: {
    lacks: () => lacksExport('sqliteStore', 'src/keeper/stores/sqlite.ts'),
    start: startSqlite,
    async connect(address) {
      const { default: Database } = await import('libsql')
      const database = new Database(address)
      database.exec('PRAGMA journal_mode = WAL; PRAGMA busy_timeout = 5000')
      const store = keeperEntry.sqliteStore(database)
      return { store, createTable: () => database.exec(store.schema.create), close: () => database.close() }
    },
  },
}

function lacksExport(name, file) {
  return name in keeperEntry ? undefined : `needs ${file}`
}

async function startRedis() {
  const folder = mkdtempSync(join(tmpdir(), 'esign-auth-bench-'))
  const port = await freePort()
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder]
  return serve('redis-server', args, port, folder, `redis://127.0.0.1:${port}`)
}

async function startPostgres() {
  const folder = mkdtempSync(join(tmpdir(), 'esign-auth-bench-'))
  const port = await freePort()
  const data = join(folder, 'data')
  // PostgreSQL refuses to run as root.
  const as = process.getuid() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : {}
  if (as.uid) chownSync(folder, as.uid, as.gid)
  if (!(await ended('initdb', ['-D', data, '-U', 'bench', '--auth=trust', '--no-sync'], as))) {
    rmSync(folder, { recursive: true, force: true })
    return undefined
  }
  const args = ['-D', data, '-p', String(port), '-k', folder, '-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off']
  return serve('postgres', args, port, folder, `postgres://bench@127.0.0.1:${port}/postgres`, as)
}

function idOf(which) {
  return Number(spawnSync('id', [which, 'postgres'], { encoding: 'utf8' }).stdout) || undefined
}

async function startSqlite() {
  const folder = mkdtempSync(join(tmpdir(), 'esign-auth-bench-'))
  return {
    address: join(folder, 'tokens.db'),
    stop: async () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** A server of our own until its port answers; ended by its process alone. */
async function serve(program, args, port, folder, address, as = {}) {
  const child = spawn(program, args, { stdio: 'ignore', ...as })
  const gone = new Promise((resolve) => {
    child.once('error', resolve)
    child.once('exit', resolve)
  })
  const stop = async () => {
    child.kill('SIGINT')
    await gone
    rmSync(folder, { recursive: true, force: true })
  }
  for (let i = 0; i < 100; i++) {
    if (child.exitCode !== null || child.pid === undefined) break
    // The port may answer before PostgreSQL takes connections.
    if (await answers(port)) {
      await sleep(1_000)
      return { address, stop }
    }
    await sleep(100)
  }
  await stop()
  return undefined
}

function ended(program, args, as) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'ignore', ...as })
    child.once('error', () => resolve(false))
    child.once('exit', (status) => resolve(status === 0))
  })
}

function freePort() {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

function answers(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1')
    const done = (answer) => () => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', done(true)).once('error', done(false))
  })
}
