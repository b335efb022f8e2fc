import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createTokenKeeper } from 'esign-auth/keeper'
import { createSandbox, type Sandbox } from 'esign-auth/sandbox'
import { createApp } from './app.ts'

/** The running example. */
export interface Running {
  /** The address to open. */
  readonly url: string
  /** The fake vendor, when the environment holds no credentials of the real one. */
  readonly sandbox: Sandbox | undefined
  close(): Promise<void>
}

/**
 * Serves the example on 127.0.0.1, at `PORT` (default: any). With `AUTH_DROPBOX_SIGN_ID` and `AUTH_DROPBOX_SIGN_SECRET` it talks
 * to Dropbox Sign, which must know `PUBLIC_URL` and `/callback` behind it; without, to the sandbox. `SESSION_SECRET` keeps
 * people signed in over a restart.
 */
export async function startWeb(env: NodeJS.ProcessEnv): Promise<Running> {
  const server = createServer()
  server.listen(Number(env['PORT'] || 0), '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // a string only for pipes
  const publicUrl = env['PUBLIC_URL'] || `http://127.0.0.1:${port}`
  const [clientId, clientSecret] = [env['AUTH_DROPBOX_SIGN_ID'], env['AUTH_DROPBOX_SIGN_SECRET']]
  const fake = clientId && clientSecret ? undefined : await startFake(publicUrl)
  const sessionSecret = env['SESSION_SECRET'] || randomBytes(32).toString('base64url')
  const options = fake?.options ?? { clientId: `${clientId}`, clientSecret }
  const keeper = createTokenKeeper()
  server.on('request', createApp({ publicUrl, sessionSecret, keeper, ...options }))
  return {
    url: publicUrl,
    sandbox: fake?.sandbox,
    async close() {
      const closed = once(server, 'close')
      server.close()
      // A refresh under way brings the only token that still works: wait for it.
      await keeper.close()
      server.closeAllConnections()
      await Promise.all([closed, fake?.close()])
    },
  }
}

async function startFake(publicUrl: string) {
  const sandbox = createSandbox()
  const listening = await sandbox.listen()
  const redirectUris = [`${publicUrl}/callback`]
  const { clientId, clientSecret } = sandbox.vendors['dropbox-sign'].register({
    name: 'node:http example',
    redirectUris,
  })
  const options = { clientId, clientSecret, ...listening.options('dropbox-sign') }
  return { sandbox, options, close: () => listening.close() }
}
