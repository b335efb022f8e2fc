import { Auth, type AuthConfig, raw, skipCSRFCheck } from '@auth/core'
import { DropboxSign, ESignGlobal, type EsignOptions, InsureSign, withEsign } from 'esign-auth/authjs'
import { createSandbox, type Sandbox } from 'esign-auth/sandbox'
import type { Session } from './browser.ts'
import type { VendorId } from './express-app.ts'

export const site: string = 'https://app.example'

type Handle = (request: Request) => Promise<Response>

/** What {@link nextLike} returns. */
export interface WebHost {
  readonly handlers: Readonly<Record<'GET' | 'POST' | 'HEAD', Handle>>
  /** For server code, which goes past the handlers. */
  auth(cookie: string): Promise<object | null>
  /** For server actions, which do too. */
  signIn(id: string, callbackUrl?: string, params?: Record<string, string>): Promise<ServerSide>
}

type LazyConfig = AuthConfig | ((request: Request | undefined) => AuthConfig | Promise<AuthConfig>)

/** A host of next-auth's shape, without Next. */
export function nextLike(config: LazyConfig): WebHost {
  const ready = async (request: Request | undefined): Promise<AuthConfig> => {
    const made = typeof config === 'function' ? await config(request) : config
    made.basePath ??= '/api/auth'
    return made
  }
  const handle = async (request: Request) => (await Auth(request, await ready(request))) as Response
  return {
    handlers: { GET: handle, POST: handle, HEAD: handle },
    async auth(cookie) {
      const settings = await ready(undefined)
      const request = new Request(`${site}${settings.basePath}/session`, { headers: { cookie } })
      return ((await Auth(request, settings)) as Response).json() as Promise<object | null>
    },
    // As in next-auth 5.0.0-beta.32, lib/actions.js.
    async signIn(id, callbackUrl = '/', params = {}) {
      const settings = await ready(undefined)
      const request = new Request(`${site}${settings.basePath}/signin/${id}?${new URLSearchParams(params)}`, {
        method: 'POST',
        body: new URLSearchParams({ callbackUrl }),
      })
      const answer = await Auth(request, { ...settings, raw, skipCSRFCheck })
      return answer instanceof Response
        ? { redirect: answer.headers.get('location') ?? '', cookies: [] }
        : { redirect: answer.redirect ?? '', cookies: answer.cookies ?? [] }
    },
  }
}

export interface ServerSide {
  readonly redirect: string
  readonly cookies: { name: string; value: string; options: object }[]
}

/** A config for the three vendors, in process. */
export function webConfig(sandbox: Sandbox, provider: object = {}): AuthConfig {
  const settings = (id: VendorId) => {
    const { clientId, clientSecret, redirectUris } = sandbox.vendors[id].client
    redirectUris.push(`${site}/api/auth/callback/${id}`)
    return { clientId, clientSecret, fetch: sandbox.fetch, ...provider }
  }
  sandbox.vendors.insuresign.switches.accessToken = 'jwt'
  sandbox.vendors.esignglobal.switches.accessToken = 'jwt'
  return {
    secret: 'an Auth.js secret, long enough for a test',
    trustHost: true,
    providers: [
      InsureSign(settings('insuresign')),
      DropboxSign(settings('dropbox-sign')),
      ESignGlobal({ region: 'as1', ...settings('esignglobal') }),
    ],
    logger: { error: () => {}, warn: () => {} },
  }
}

/** A host, its vendors, and its visitors. */
export interface WebApp {
  readonly sandbox: Sandbox
  readonly host: WebHost
  visitor(): WebVisitor
}

/** The host with the three vendors behind it. */
export function webApp(config: Partial<AuthConfig> = {}, options?: EsignOptions, provider?: object): WebApp {
  const sandbox = createSandbox()
  const host = withEsign(nextLike, { ...webConfig(sandbox, provider), ...config }, options)
  return { sandbox, host, visitor: () => webVisitor(host) }
}

/** A browser without a screen and without a network. */
export interface WebVisitor {
  readonly jar: Map<string, string>
  go(url: string, init?: RequestInit): Promise<Response>
  /** What a server action set. */
  take(action: ServerSide): void
  /** Presses the button of a provider. */
  press(id: string, more?: Record<string, string>, query?: string, headers?: Record<string, string>): Promise<Response>
  session(): Promise<Session | null>
}

export function webVisitor({ handlers }: Pick<WebHost, 'handlers'>, jar: Map<string, string> = new Map()): WebVisitor {
  const cookie = () => [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
  const keep = (name: string, value: string) => (value === '' ? jar.delete(name) : jar.set(name, value))
  const go: WebVisitor['go'] = async (url, init = {}) => {
    const method = (init.method ?? 'GET') as 'GET' | 'POST' | 'HEAD'
    const request = new Request(new URL(url, site), { ...init, headers: { ...init.headers, cookie: cookie() } })
    const response = await handlers[method](request)
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      keep(decodeURIComponent(name), value)
    }
    return response
  }
  return {
    jar,
    go,
    take: ({ cookies }: ServerSide) => {
      for (const { name, value } of cookies) keep(name, encodeURIComponent(value))
    },
    async press(id, more = {}, query = '', headers = {}) {
      const { csrfToken } = (await (await go('/api/auth/csrf')).json()) as { csrfToken: string }
      const body = new URLSearchParams({ csrfToken, ...more })
      return go(`/api/auth/signin/${id}${query}`, { method: 'POST', headers, body })
    },
    async session() {
      return (await (await go('/api/auth/session')).json()) as Session | null
    },
  }
}
