import { once } from 'node:events'
import { connect } from 'node:net'
import { programOf } from './needs.ts'
import { type OwnServer, startOwn } from './process.ts'

/** A Redis that is there for a test file. */
export interface RedisAtHand {
  readonly url: string
  stop(): Promise<void>
}

/** The Redis at ESIGN_AUTH_TEST_REDIS_URL, or one of the tests' own. */
export async function someRedis(): Promise<RedisAtHand> {
  const given = process.env['ESIGN_AUTH_TEST_REDIS_URL']
  if (given) return { url: given, stop: async () => {} }
  const { port, stop } = await startRedis()
  return { url: `redis://127.0.0.1:${port}`, stop }
}

/** A Redis of the test's own; `settings` as on its command line, such as `['--appendonly', 'yes']`. */
export async function startRedis(settings: readonly string[] = []): Promise<OwnServer> {
  const program = programOf('redis-server')
  return startOwn({
    command: (folder, port) => [
      ...[program, '--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''],
      ...settings,
    ],
    check: async (port) => {
      const said = await ask(port, 'PING')
      if (!said.startsWith('+PONG')) throw new Error(said)
    },
  })
}

/** Nothing acknowledged is lost when it is killed. */
export const durable: readonly string[] = ['--appendonly', 'yes', '--appendfsync', 'always']

/** Asks one thing, without a client. */
export async function ask(port: number, command: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  try {
    socket.write(`${command}\r\n`)
    return String((await once(socket, 'data'))[0])
  } finally {
    socket.destroy()
  }
}
