/** A browser without a screen: cookies and redirects. */
export interface Visitor {
  readonly jar: Map<string, string>
  /** Every Set-Cookie line that it kept. */
  readonly setCookies: string[]
  /** `from: 'elsewhere'`: sent by a page of another site, so only SameSite=None cookies come along. */
  go(url: string, init?: RequestInit & { readonly from?: 'here' | 'elsewhere' }): Promise<Response>
  cookieHeader(from?: 'here' | 'elsewhere'): string
  /** Presses the button of a provider; resolves to where the browser is sent. */
  begin(id: string, more?: Record<string, string>, query?: string): Promise<string>
  press(id: string, more?: Record<string, string>, query?: string, headers?: HeadersInit): Promise<Response>
  /** What the app's own page script sees. */
  session(): Promise<Session | null>
}

/** As `/auth/session` tells it. */
export interface Session {
  readonly user?: { readonly name?: string | null; readonly email?: string | null; readonly id?: string }
  readonly expires: string
  readonly esign?: {
    readonly vendor: string
    readonly grant: string
    readonly generation: number
    readonly error?: string
  }
}

export function browser(origin: string, jar: Map<string, string> = new Map()): Visitor {
  const crossSite = new Set<string>()
  const setCookies: string[] = []
  const cookieHeader = (from: 'here' | 'elsewhere' = 'here') =>
    [...jar]
      .filter(([name]) => from === 'here' || crossSite.has(name))
      .map(([name, value]) => `${name}=${value}`)
      .join('; ')
  const keep = (line: string) => {
    const [, name = '', value = '', attributes = ''] = /^([^=]+)=([^;]*)(.*)$/.exec(line) ?? []
    // RFC 6265bis: browsers drop these without a word.
    if (name.startsWith('__Host-') && !(/; secure/i.test(attributes) && /; path=\/(;|$)/i.test(attributes))) return
    if (/; samesite=none/i.test(attributes) && !/; secure/i.test(attributes)) return
    if (name.length + value.length > 4096) return
    setCookies.push(line)
    jar.delete(name)
    crossSite.delete(name)
    if (value === '' || /; max-age=0|; expires=thu, 01 jan 1970/i.test(attributes)) return
    jar.set(name, value)
    if (/; samesite=none/i.test(attributes)) crossSite.add(name)
  }
  const go: Visitor['go'] = async (url, { from, ...init } = {}) => {
    const headers = new Headers(init.headers)
    const cookie = cookieHeader(from)
    if (cookie) headers.set('cookie', cookie)
    const response = await fetch(new URL(url, origin), { ...init, redirect: 'manual', headers })
    for (const line of response.headers.getSetCookie()) keep(line)
    return response
  }
  const press: Visitor['press'] = async (id, more = {}, query = '', headers = {}) => {
    const { csrfToken } = (await (await go('/auth/csrf')).json()) as { csrfToken: string }
    const body = new URLSearchParams({ csrfToken, ...more })
    return go(`/auth/signin/${id}${query}`, { method: 'POST', headers, body })
  }
  return {
    jar,
    setCookies,
    go,
    cookieHeader,
    press,
    begin: async (...how) => (await press(...how)).headers.get('location') ?? '',
    session: async () => (await (await go('/auth/session')).json()) as Session | null,
  }
}
