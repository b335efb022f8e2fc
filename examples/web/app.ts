import { createServer, type Server } from 'node:http'
import type { Vendor } from 'esign-auth'
import { ReauthRequired, type TokenKeeper } from 'esign-auth/keeper'
import { createSignIn, requestFrom, type SignInOptions, sendResponse } from 'esign-auth/web'
import { EncryptJWT, jwtDecrypt } from 'jose'

/** What the app is made with. */
export interface AppOptions extends SignInOptions {
  readonly vendor: Vendor
  readonly keeper: TokenKeeper
  /** 32 random bytes. */
  readonly sessionKey: Uint8Array
  /** A path of the vendor's API. */
  readonly apiPath: string
}

/** Who is signed in: the key of the user, under which the keeper has the tokens. */
type Session = { readonly owner: string }

/** An app without a framework: signs people in, calls the vendor's API for them, signs them out. */
export function createApp({ vendor, sessionKey, apiPath, ...options }: AppOptions): Server {
  const { keeper, callbackUrl } = options
  const owner = ({ id }: { id: string }) => `${vendor.id}:${id}`
  const signIn = createSignIn(vendor, { ...options, owner })
  const { origin, pathname: callbackPath } = new URL(callbackUrl)
  const cookie = (value: string, seconds: number) =>
    `session=${value}; Max-Age=${seconds}; Path=/; HttpOnly; SameSite=Lax${origin.startsWith('https:') ? '; Secure' : ''}`

  async function sessionOf(request: Request): Promise<Session | undefined> {
    const [, sealed = ''] = /(?:^|; )session=([^;]+)/.exec(request.headers.get('cookie') ?? '') ?? []
    return jwtDecrypt<Session>(sealed, sessionKey).then(({ payload }) => payload, () => undefined)
  }

  async function answer(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url)
    if (pathname === '/login') return signIn.begin(request, { returnTo: searchParams.get('returnTo') })
    if (pathname === callbackPath) {
      const { identity, returnTo = '/', headers } = await signIn.finish(request)
      const session = new EncryptJWT({ owner: owner(identity) }).setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      headers.append('set-cookie', cookie(await session.setExpirationTime('8h').encrypt(sessionKey), 28_800))
      headers.set('location', returnTo)
      return new Response(null, { status: 303, headers })
    }
    const session = await sessionOf(request)
    if (pathname === '/logout' && request.method === 'POST') {
      return new Response(null, { status: 303, headers: { location: '/', 'set-cookie': cookie('', 0) } })
    }
    if (pathname === '/documents' && session) {
      const { status, body } = await keeper.fetch({ owner: session.owner, vendor: vendor.id }, apiPath)
      return new Response(body, { status, headers: { 'content-type': 'application/json' } })
    }
    if (pathname !== '/') return new Response(null, { status: 303, headers: { location: '/' } })
    const html = session
      ? `<p>Signed in as ${session.owner}</p><p><a href="/documents">Documents</a></p><form method="post" action="/logout"><button>Sign out</button></form>`
      : `<p><a href="/login">Sign in with ${vendor.name}</a></p>`
    return new Response(`<!doctype html><title>${vendor.name}</title>${html}`, {
      headers: { 'content-type': 'text/html; charset=utf-8' },
    })
  }
  return createServer(async (req, res) => { /* … */ })
}
