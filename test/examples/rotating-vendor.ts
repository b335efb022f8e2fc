import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { insureSign } from 'esign-auth'
import { strategyFor } from 'esign-auth/passport'
import { createSandbox, type Sandbox, type SandboxRequest } from 'esign-auth/sandbox'
import { MemoryStore } from 'express-session'
import { onTestFinished, vi } from 'vitest'
import { createApp } from '../../examples/express/app.ts'
import { vendors } from '../../examples/express/vendors.ts'

/** A vendor on loopback that rotates and detects reuse, and the Express example as its client. */
export interface RotatingVendor {
  readonly fake: Sandbox['vendors']['insuresign']
  readonly sessions: MemoryStore
  /** Starts the app; again, as after a crash: only the sessions are left. */
  start(): Promise<RunningApp>
  pass(seconds: number): void
  /** How many refresh requests the vendor got. */
  refreshes(): number
}

export interface RunningApp {
  /** A browser that signed in; or that has these cookies already. */
  signIn(): Promise<Browser>
  browser(cookies: Browser['cookies']): Browser
}

/** Cookies, and requests with them that follow no redirect. */
export interface Browser {
  readonly cookies: Map<string, string>
  get(path: string): Promise<Page>
  post(path: string): Promise<Page>
}

export interface Page {
  readonly status: number
  readonly text: string
  readonly headers: Headers
}

/** One hour and a second: whatever access token there is has run out. */
export const anHour = 3601

export async function rotatingVendor(): Promise<RotatingVendor> {
  vi.useFakeTimers({ toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
  const sandbox = createSandbox()
  const listening = await sandbox.listen()
  onTestFinished(() => listening.close())
  const fake = sandbox.vendors.insuresign
  Object.assign(fake.switches, { rotation: 'always', reuseDetection: true, accessToken: 'jwt' })
  const redirectUris: string[] = []
  const registered = fake.register({ name: 'Express example', redirectUris })
  const { clientId: clientID, clientSecret } = registered
  const options = { clientID, clientSecret, ...listening.options('insuresign') }
  const Strategy = strategyFor({ ...insureSign, rotation: 'always' })
  const setups = vendors.filter(({ id }) => id === 'insuresign').map((vendor) => ({ ...vendor, Strategy, options }))
  const sessions = new MemoryStore()
  // The log forgets what is older than 10 000 requests.
  const seen = new Set<SandboxRequest>()

  return {
    fake,
    sessions,
    pass: (seconds) => void vi.setSystemTime(Date.now() + 1000 * seconds),
    refreshes() {
      for (const request of sandbox.log) if (request.body['grant_type'] === 'refresh_token') seen.add(request)
      return seen.size
    },
    async start() {
      // What another process would not know either.
      Reflect.deleteProperty(globalThis, Symbol.for('esign-auth'))
      const server = createServer()
      server.listen(0, '127.0.0.1', 2000)
      await once(server, 'listening')
      const publicUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      registered.redirectUris.push(`${publicUrl}/callback/insuresign`)
      const sessionSecret = 'a secret of the tests'
      const { app, keeper } = createApp({ publicUrl, sessionSecret, sessionStore: sessions, vendors: setups })
      server.on('request', app)
      onTestFinished(async () => {
        server.closeAllConnections()
        server.close()
        await keeper.close()
      })
      return {
        browser: (cookies) => createBrowser(publicUrl, cookies),
        async signIn() {
          const browser = createBrowser(publicUrl, new Map())
          const { headers } = await browser.get('/login/insuresign')
          const callback = await sandbox.approve(headers.get('location') ?? '')
          await browser.get(callback.url)
          return browser
        },
      }
    },
  }
}

/** A browser at one of the app's processes. */
export function createBrowser(origin: string, cookies: Map<string, string>): Browser {
  const ask = async (method: string, path: string): Promise<Page> => {
    const cookie = Array.from(cookies, (pair) => pair.join('=')).join('; ')
    const answer = await fetch(new URL(path, origin), { method, headers: { cookie }, redirect: 'manual' })
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') cookies.delete(name)
      else cookies.set(name, value)
    }
    return { status: answer.status, text: await answer.text(), headers: answer.headers }
  }
  return { cookies, get: (path) => ask('GET', path), post: (path) => ask('POST', path) }
}
