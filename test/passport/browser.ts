import type { SandboxCallback } from 'esign-auth/sandbox'
import supertest from 'supertest'

/** A browser that is at `https://app.example` and keeps its cookies, `Secure` ones too. */
export interface Browser {
  /** Name and value of every cookie. */
  readonly cookies: Map<string, string>
  /** Every Set-Cookie line it got, in order. */
  readonly setCookies: string[]
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<supertest.Response>
  head(path: string): Promise<supertest.Response>
  /** A form. `from: 'elsewhere'`: posted by a page of another site, so only SameSite=None cookies come along. */
  post(path: string, form?: string, from?: 'here' | 'elsewhere'): Promise<supertest.Response>
  /** Begins a login and returns the authorization URL. */
  login(path?: string): Promise<string>
  /** Lets the vendor send it back to the app. */
  follow(callback: SandboxCallback): Promise<supertest.Response>
}

export function createBrowser(url: string): Browser {
  const cookies = new Map<string, string>()
  const crossSite = new Set<string>()
  const setCookies: string[] = []
  const keep = (line: string) => {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    // RFC 6265bis: browsers drop these without a word.
    if (name.startsWith('__Host-') && !(/; secure/i.test(line) && /; path=\/(;|$)/i.test(line))) return
    if (/; samesite=none/i.test(line) && !/; secure/i.test(line)) return
    if (name.length + value.length > 4096) return
    setCookies.push(line)
    cookies.delete(name)
    crossSite.delete(name)
    if (value === '' || /; max-age=0|; expires=thu, 01 jan 1970/i.test(line)) return
    cookies.set(name, value)
    if (/; samesite=none/i.test(line)) crossSite.add(name)
  }
  const send = async (request: supertest.Test, from: 'here' | 'elsewhere' = 'here'): Promise<supertest.Response> => {
    const sent = [...cookies].filter(([name]) => from === 'here' || crossSite.has(name))
    if (sent.length > 0) request.set('cookie', sent.map(([name, value]) => `${name}=${value}`).join('; '))
    const answer = await request.redirects(0)
    const lines: unknown = answer.headers['set-cookie'] ?? []
    for (const line of [lines].flat()) keep(String(line))
    return answer
  }
  const agent = supertest(url)
  const browser: Browser = {
    cookies,
    setCookies,
    get: (path, headers = {}) => send(agent.get(path).set(headers)),
    head: (path) => send(agent.head(path)),
    post: (path, form = '', from = 'here') => send(agent.post(path).type('form').send(form), from),
    async login(path = '/login') {
      const answer = await send(agent.get(path))
      if (answer.status !== 302) throw new Error(`login answered ${answer.status}: ${answer.text}`)
      return String(answer.headers['location'])
    },
    follow({ method, url: target, body }) {
      const { pathname, search } = new URL(target)
      return method === 'GET'
        ? browser.get(pathname + search)
        : browser.post(pathname + search, String(body), 'elsewhere')
    },
  }
  return browser
}
