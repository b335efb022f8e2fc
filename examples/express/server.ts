import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Sandbox } from 'esign-auth/sandbox'
import { openStore } from '../store.ts'
import { createApp } from './app.ts'
import { startSandbox } from './sandbox.ts'
import { sessionsIn } from './session-store.ts'
import { type VendorSetup, vendorsFromEnvironment } from './vendors.ts'

/** The running example. */
export interface Demo {
  /** The address to open. */
  readonly url: string
  /** Where it listens, which `PUBLIC_URL` leads to. */
  readonly listening: string
  readonly vendors: readonly VendorSetup[]
  /** The fakes, when the environment holds no credentials of a real vendor. */
  readonly sandbox: Sandbox | undefined
  /** Waits for refreshes under way, ends every connection and leaves nothing running. */
  close(): Promise<void>
}

/**
 * Serves the example on 127.0.0.1. With credentials in the environment it talks to the real vendors, each of which must
 * know its callback URL: that follows from `PUBLIC_URL`, or from `PORT` (default 3000). Without any it starts the sandbox,
 * and takes a free port unless `PORT` says which.
 *
 * - InsureSign: `AUTH_INSURESIGN_ID`, `AUTH_INSURESIGN_SECRET`; for old credentials `AUTH_INSURESIGN_LEGACY=true`
 * - Dropbox Sign: `AUTH_DROPBOX_SIGN_ID`, `AUTH_DROPBOX_SIGN_SECRET`; if you like `AUTH_DROPBOX_SIGN_API_KEY`
 * - eSignGlobal: `AUTH_ESIGNGLOBAL_ID`, `AUTH_ESIGNGLOBAL_SECRET` and `AUTH_ESIGNGLOBAL_REGION` (`as1`, `as2` or `eu1`),
 *   or in place of the region `AUTH_ESIGNGLOBAL_SANDBOX=true`
 * - each: `AUTH_<ID>_OPTIONS`, more options of its strategy as JSON, such as the addresses of a sandbox elsewhere
 *
 * Tokens and sessions live in this process's memory. `ESIGN_AUTH_STORE` names a store that several processes share
 * (`redis://…`, `postgres://…`, `sqlite:<path>`); all need the same `ESIGN_AUTH_KEYS` and `SESSION_SECRET` then.
 */
export async function startDemo(env: NodeJS.ProcessEnv): Promise<Demo> {
  const real = vendorsFromEnvironment(env)
  const shared = await openStore(env['ESIGN_AUTH_STORE'])
  if (shared && !env['SESSION_SECRET']) throw new Error('Set SESSION_SECRET, to the same text for all processes.')
  const server = createServer()
  server.listen(Number(env['PORT'] || (real.length > 0 ? 3000 : 0)), '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // a string only for pipes
  const listening = `http://127.0.0.1:${port}`
  const publicUrl = env['PUBLIC_URL'] || listening
  const running = real.length > 0 ? undefined : await startSandbox(publicUrl)
  const vendors = running?.vendors ?? real
  const sessionSecret = env['SESSION_SECRET'] || randomBytes(32).toString('base64url')
  const places = shared && { store: shared.store, sessionStore: sessionsIn(shared.store) }
  const { app, keeper } = createApp({ publicUrl, sessionSecret, vendors, ...places })
  server.on('request', app)
  return {
    url: publicUrl,
    listening,
    vendors,
    sandbox: running?.sandbox,
    async close() {
      const closed = once(server, 'close')
      server.close()
      // A refresh under way brings the only token that still works: wait for it.
      await keeper.close()
      server.closeAllConnections()
      await Promise.all([closed, running?.close()])
      await shared?.close()
    },
  }
}
