import type { AddressInfo } from 'node:net'
import { ExpressAuth, getSession } from '@auth/express'
import { DropboxSign, ESignGlobal, type EsignOptions, esignConfig, InsureSign, withEsign } from 'esign-auth/authjs'
import { createTokenKeeper, type TokenKeeper } from 'esign-auth/keeper'
import { createSandbox, type Sandbox, type SandboxRequest } from 'esign-auth/sandbox'
import express, { type Express } from 'express'
import { onTestFinished } from 'vitest'
import type { Visitor } from './browser.ts'

export { browser, type Visitor } from './browser.ts'

/** The three vendors; their ids are Auth.js's too. */
export const vendorIds = ['insuresign', 'dropbox-sign', 'esignglobal'] as const
export type VendorId = (typeof vendorIds)[number]

/** What ExpressAuth takes. */
export type Config = Parameters<typeof ExpressAuth>[0]

/** An app on loopback with the three vendors behind it. */
export interface AuthApp {
  readonly origin: string
  readonly sandbox: Sandbox
  readonly keeper: TokenKeeper
  /** What was logged as an error. */
  readonly errors: Error[]
  /** What `getSession(req, config)` wants. */
  readonly config: Config
  /** What reached the token endpoints. */
  tokenRequests(): SandboxRequest[]
  /** The whole way of an honest visitor; resolves to the answer at the callback. */
  signIn(visitor: Visitor, id?: VendorId, as?: string): Promise<Response>
  close(): Promise<void>
}

/** How a test wants its app. */
export interface AppOptions {
  /** More of the config. */
  readonly config?: Partial<Config>
  /** More options of the providers. */
  readonly provider?: object
  /** In place of a new one: the same vendors, for an app that starts again. */
  readonly sandbox?: Sandbox
  readonly options?: EsignOptions
  routes?(app: Express, config: Config, keeper: TokenKeeper): void
}

/** Starts an app: ExpressAuth at /auth, and whatever routes a test adds. */
export async function startApp({ config, provider, options, routes, ...more }: AppOptions = {}): Promise<AuthApp> {
  const sandbox = more.sandbox ?? createSandbox()
  const listening = await sandbox.listen()
  sandbox.vendors.insuresign.switches.accessToken = 'jwt'
  sandbox.vendors.esignglobal.switches.accessToken = 'jwt'
  const app = express()
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const errors: Error[] = []
  const settings = <I extends VendorId>(id: I) => {
    const { clientId, clientSecret, redirectUris } = sandbox.vendors[id].client
    redirectUris.push(`${origin}/auth/callback/${id}`)
    return { clientId, clientSecret, ...listening.options(id), ...provider }
  }
  const keeper = options?.keeper ?? createTokenKeeper()
  const ready = esignConfig<Config>(
    {
      secret: 'an Auth.js secret, long enough for a test',
      trustHost: true,
      providers: [
        InsureSign(settings('insuresign')),
        DropboxSign(settings('dropbox-sign')),
        ESignGlobal(settings('esignglobal')),
      ],
      logger: { error: (error) => errors.push(error), warn: () => {} },
      ...config,
    },
    { keeper, ...options },
  )
  app.use('/auth', withEsign(ExpressAuth, ready))
  app.get('/me', async (req, res) => {
    res.json(await getSession(req, ready))
  })
  routes?.(app, ready, keeper)
  return {
    origin,
    sandbox,
    keeper,
    errors,
    config: ready,
    tokenRequests: () => sandbox.log.filter(({ place }) => place === 'token'),
    async signIn(visitor, id = 'insuresign', as) {
      const { url } = await sandbox.approve(await visitor.begin(id), as)
      return visitor.go(url)
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await listening.close()
    },
  }
}

/** An app until the test at hand has finished. */
export async function testApp(options: AppOptions = {}): Promise<AuthApp> {
  const app = await startApp(options)
  onTestFinished(() => app.close())
  return app
}
