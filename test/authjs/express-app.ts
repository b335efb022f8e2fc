import type { AddressInfo } from 'node:net'
import { ExpressAuth, getSession } from '@auth/express'
import { DropboxSign, ESignGlobal, type EsignOptions, esignConfig, InsureSign, withEsign } from 'esign-auth/authjs'
import { createTokenKeeper, type TokenKeeper } from 'esign-auth/keeper'
import { createSandbox, type Sandbox } from 'esign-auth/sandbox'
import express, { type Express } from 'express'

/** What ExpressAuth takes. */
export type Config = Parameters<typeof ExpressAuth>[0]

/** An app on loopback with the three vendors behind it. */
export interface AuthApp {
  readonly origin: string
  readonly sandbox: Sandbox
  readonly keeper: TokenKeeper
  /** What was logged as an error. */
  readonly errors: Error[]
  close(): Promise<void>
}

/** How a test wants its app. */
export interface AppOptions {
  /** More of the config. */
  readonly config?: Partial<Config>
  /** More options of the providers. */
  readonly provider?: object
  readonly options?: EsignOptions
  routes?(app: Express, config: Config, keeper: TokenKeeper): void
}

/** Starts an app: ExpressAuth at /auth, and whatever routes a test adds. */
export async function startApp({ config, provider, options, routes }: AppOptions = {}): Promise<AuthApp> {
  const sandbox = createSandbox()
  const listening = await sandbox.listen()
  sandbox.vendors.insuresign.switches.accessToken = 'jwt'
  sandbox.vendors.esignglobal.switches.accessToken = 'jwt'
  const app = express()
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const errors: Error[] = []
  const settings = <I extends 'insuresign' | 'dropbox-sign' | 'esignglobal'>(id: I) => {
    const redirectUris = [`${origin}/auth/callback/${id}`]
    const { clientId, clientSecret } = sandbox.vendors[id].register({ name: 'Auth.js app', redirectUris })
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
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await listening.close()
    },
  }
}

/** A browser without a screen: cookies and redirects. */
export interface Visitor {
  readonly jar: Map<string, string>
  go(url: string, init?: RequestInit): Promise<Response>
  cookieHeader(): string
  /** Presses the button of a provider; resolves to where the browser is sent. */
  begin(id: string, more?: Record<string, string>, query?: string): Promise<string>
}

export function browser(origin: string): Visitor {
  const jar = new Map<string, string>()
  const cookieHeader = () => [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
  const go = async (url: string, init: RequestInit = {}) => {
    const response = await fetch(new URL(url, origin), {
      ...init,
      redirect: 'manual',
      headers: { ...init.headers, cookie: cookieHeader() },
    })
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split('; ')
      const [name = '', value = ''] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]
      const ended = value === '' || attributes.some((each) => /^max-age=0$/i.test(each))
      if (ended) jar.delete(name)
      else jar.set(name, value)
    }
    return response
  }
  return {
    jar,
    go,
    cookieHeader,
    async begin(id: string, more: Record<string, string> = {}, query = '') {
      const { csrfToken } = (await (await go('/auth/csrf')).json()) as { csrfToken: string }
      const response = await go(`/auth/signin/${id}${query}`, {
        method: 'POST',
        body: new URLSearchParams({ csrfToken, ...more }),
      })
      return response.headers.get('location') ?? ''
    },
  }
}
