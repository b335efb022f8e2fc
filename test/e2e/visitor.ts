import type { Stage, VendorId } from './stage.ts'

/** A browser without a screen: cookies, and requests that follow no redirect. */
export interface Visitor {
  readonly cookies: Map<string, string>
  get(path: string): Promise<Response>
  post(path: string, form: Readonly<Record<string, string>>): Promise<Response>
}

/** A visitor who brings these cookies. */
export function visitor(origin: string, cookies: Map<string, string> = new Map()): Visitor {
  const ask = async (path: string, init: RequestInit): Promise<Response> => {
    const cookie = [...cookies].map((pair) => pair.join('=')).join('; ')
    const answer = await fetch(new URL(path, origin), { ...init, redirect: 'manual', headers: { cookie } })
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '' || /;\s*max-age=0/i.test(line)) cookies.delete(name)
      else cookies.set(name, value)
    }
    return answer
  }
  return {
    cookies,
    get: (path) => ask(path, {}),
    post: (path, form) => ask(path, { method: 'POST', body: new URLSearchParams(form) }),
  }
}

/** Begins a sign-in as Auth.js's own page does; resolves to the vendor's address. */
export async function begin({ basePath }: Stage, visitor: Visitor, vendor: VendorId): Promise<string> {
  const { csrfToken } = (await (await visitor.get(`${basePath}/csrf`)).json()) as { csrfToken: string }
  const answer = await visitor.post(`${basePath}/signin/${vendor}`, { csrfToken, callbackUrl: '/' })
  return answer.headers.get('location') ?? ''
}

/** Opens the vendor's page, decides there, and resolves to the callback's address. */
export async function approve(location: string, user?: string): Promise<string> {
  const html = await (await fetch(location)).text()
  const [, request] = /name="request" value="([\w-]+)"/.exec(html) ?? []
  const [, first] = /name="user" value="([\w-]+)"/.exec(html) ?? []
  if (!request || !first)
    throw new Error(`the vendor does not ask for consent: ${html.replace(/<style.*?<\/style>|<[^>]*>/gs, ' ')}`)
  const answer = await fetch(new URL('/__sandbox__/decide', location), {
    method: 'POST',
    body: new URLSearchParams({ request, decision: 'approve', user: user ?? first }),
    redirect: 'manual',
  })
  return answer.headers.get('location') ?? ''
}

/** Signs somebody in, without a look at the page they come back to. */
export async function signIn(stage: Stage, vendor: VendorId, user?: string): Promise<Visitor> {
  const who = visitor(stage.origin)
  const back = await who.get(await approve(await begin(stage, who, vendor), user))
  if (back.headers.get('location') === null || back.headers.get('location')?.includes('error')) {
    throw new Error(`not signed in: ${back.status} ${back.headers.get('location')}`)
  }
  return who
}
