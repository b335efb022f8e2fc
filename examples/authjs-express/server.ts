import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Sandbox } from 'esign-auth/sandbox'
import { createApp } from './app.ts'
import { startSandbox } from './sandbox.ts'
import { providersFromEnvironment } from './vendors.ts'

/** The running example. */
export interface Demo {
  /** The address to open. */
  readonly url: string
  /** The fakes, when the environment holds no credentials of a real vendor. */
  readonly sandbox: Sandbox | undefined
  /** Waits for refreshes under way, ends every connection and leaves nothing running. */
  close(): Promise<void>
}

/**
 * Serves the example on 127.0.0.1. With credentials in the environment it talks to the real vendors, each of which must
 * know its callback URL, `<AUTH_URL or http://127.0.0.1:$PORT>/auth/callback/<id>`. Without any it starts the sandbox.
 */
export async function startDemo(env: NodeJS.ProcessEnv): Promise<Demo> {
  const real = providersFromEnvironment(env)
  const server = createServer()
  server.listen(Number(env['PORT'] || 3000), '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // a string only for pipes
  const url = new URL(env['AUTH_URL'] || `http://127.0.0.1:${port}`).origin
  const running = real.length > 0 ? undefined : await startSandbox(url)
  // Of a demo: with a new secret at each start everybody is signed out.
  const secret = env['AUTH_SECRET'] || randomBytes(32).toString('base64url')
  const { app, keeper } = createApp({ secret, providers: running?.providers ?? real })
  server.on('request', app)
  return {
    url,
    sandbox: running?.sandbox,
    async close() {
      const closed = once(server, 'close')
      server.close()
      // A refresh under way brings the only token that still works: wait for it.
      await keeper.close()
      server.closeAllConnections()
      await Promise.all([closed, running?.close()])
    },
  }
}
