import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, chownSync, constants, existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

/** A server of the tests' own, on a free port of the loopback. It ends with the process that started it, however that ends. */
export interface OwnServer {
  readonly port: number
  /** Where its data and its log are. */
  readonly folder: string
  /** Sends a signal to the server itself. */
  signal(name: NodeJS.Signals): void
  /** Starts it again, after it has ended, on its port and its data. */
  restart(): Promise<void>
  /** Ends it and removes its data. */
  stop(): Promise<void>
}

export interface OwnServerOptions {
  /** Prepares the folder, then says what to run on which port. */
  readonly command: (folder: string, port: number) => Promise<readonly string[]> | readonly string[]
  /** Rejects while the server is not ready. */
  readonly check: (port: number) => Promise<unknown>
  /** The signal that ends it in order. Default SIGTERM. */
  readonly ending?: 'INT' | 'TERM'
}

/**
 * Reads a line to start the server and says its process id; at the end of its input, which comes also when whoever
 * started it was killed, it ends the server and removes the folder.
 */
const keepWatch = `
folder=$1; ending=$2; shift 2
while read -r _; do "$@" >>"$folder/log" 2>&1 & echo $!; done
kill -s CONT $! 2>/dev/null; kill -s "$ending" $! 2>/dev/null; wait
rm -rf "$folder"
`

export async function startOwn(options: OwnServerOptions, tries = 3): Promise<OwnServer> {
  const folder = mkdtempSync(join(tmpdir(), 'esign-auth-server-'))
  if (unprivileged) chownSync(folder, unprivileged.uid, unprivileged.gid)
  const port = await freePort()
  const command = await options.command(folder, port)
  const watcher = spawn('/bin/sh', ['-c', keepWatch, 'sh', folder, options.ending ?? 'TERM', ...command], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'inherit'],
    // Out of reach of a terminal's Ctrl+C: the watcher must outlive whoever is interrupted.
    detached: true,
    ...unprivileged,
  })
  const ended = once(watcher, 'exit')
  let pid = 0
  const start = async () => {
    while (pid && isRunning(pid)) await sleep(5)
    watcher.stdin.write('start\n')
    pid = Number(String((await once(watcher.stdout, 'data'))[0]))
    await ready()
  }
  const server: OwnServer = {
    port,
    folder,
    signal: (name) => void process.kill(pid, name),
    restart: start,
    async stop() {
      watcher.stdin.end()
      await ended
    },
  }
  try {
    await start()
    return server
  } catch (error) {
    await server.stop()
    // The port may have been taken meanwhile.
    if (tries > 1) return startOwn(options, tries - 1)
    throw error
  }

  async function ready(): Promise<void> {
    const begun = Date.now()
    for (;;) {
      try {
        return void (await options.check(port))
      } catch (error) {
        if (Date.now() - begun > 20_000 || !isRunning(pid)) {
          const log = existsSync(join(folder, 'log')) ? readFileSync(join(folder, 'log'), 'utf8').slice(-2_000) : ''
          throw new Error(`A server does not start.\n${log}`, { cause: error })
        }
        await sleep(20)
      }
    }
  }
}

/** Runs a program to its end as the user who owns the servers' folders. */
export async function runUnprivileged(program: string, args: readonly string[], cwd: string): Promise<void> {
  await promisify(execFile)(program, args, { cwd, ...unprivileged })
}

/** Where a program is: on the PATH, or where Debian keeps PostgreSQL's. */
export function programPath(name: string): string | undefined {
  const versions = '/usr/lib/postgresql'
  const postgres = existsSync(versions) ? readdirSync(versions).map((version) => join(versions, version, 'bin')) : []
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', ...postgres.sort().reverse()]
  return folders.map((folder) => join(folder, name)).find(isExecutable)
}

/** PostgreSQL and PgBouncer refuse to run as root. */
const unprivileged: { readonly uid: number; readonly gid: number } | undefined =
  process.getuid?.() === 0 ? (userOf('postgres') ?? userOf('nobody')) : undefined

function userOf(name: string): { uid: number; gid: number } | undefined {
  const line = new RegExp(`^${name}:[^:]*:(\\d+):(\\d+):`, 'm').exec(readFileSync('/etc/passwd', 'utf8'))
  return line ? { uid: Number(line[1]), gid: Number(line[2]) } : undefined
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function isRunning(pid: number): boolean {
  try {
    // A process that has ended and was not waited for still takes signals.
    const state = /^State:\s+(\w)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return state !== 'Z'
  } catch {
    return !existsSync('/proc/self')
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
