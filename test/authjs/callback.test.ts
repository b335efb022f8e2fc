import { ExpressAuth } from '@auth/express'
import { withEsign } from 'esign-auth/authjs'
import type { SandboxCallback } from 'esign-auth/sandbox'
import { describe, expect, it } from 'vitest'
import { raw } from '../passport/serve.ts'
import { type AuthApp, browser, testApp, type VendorId, vendorIds } from './express-app.ts'

/** Where a refused callback leads. */
const page = ({ origin }: AuthApp, code: string) => `${origin}/auth/signin?error=OAuthCallbackError&code=${code}`

const withQuery = ({ url }: SandboxCallback, change: (params: URLSearchParams) => void) => {
  const changed = new URL(url)
  change(changed.searchParams)
  return changed.href
}

/** A visitor who has been sent back, and not followed yet. */
async function returning(app: AuthApp, id: VendorId = 'insuresign') {
  const visitor = browser(app.origin)
  const callback = await app.sandbox.approve(await visitor.begin(id))
  return { visitor, callback }
}

describe.each(vendorIds)('1.1 · a callback of %s', (id) => {
  it('1.1 · counts once: replayed, with and without its cookies, it asks the vendor nothing', async () => {
    const app = await testApp()
    const { visitor, callback } = await returning(app, id)
    const before = new Map(visitor.jar)
    expect((await visitor.go(callback.url)).headers.get('location')).toBe(app.origin)
    expect((await visitor.go(callback.url)).headers.get('location')).toBe(page(app, 'state_unknown'))
    const again = browser(app.origin, before)
    expect((await again.go(callback.url)).headers.get('location')).toBe(page(app, 'state_used'))
    expect(await again.session()).toBeNull()
    expect(app.tokenRequests()).toHaveLength(1)
  })

  it('1.1 · is refused in a browser that did not begin it, and still good in the one that did', async () => {
    const app = await testApp()
    const { visitor, callback } = await returning(app, id)
    const { visitor: stranger } = await returning(app, id)
    expect((await stranger.go(callback.url)).headers.get('location')).toBe(page(app, 'state_unknown'))
    expect(await stranger.session()).toBeNull()
    expect(app.tokenRequests()).toEqual([])
    expect((await visitor.go(callback.url)).headers.get('location')).toBe(app.origin)
  })

  it.each([
    ['without state', (params: URLSearchParams) => params.delete('state'), 'state_missing'],
    ['with an empty state', (params: URLSearchParams) => params.set('state', ''), 'state_missing'],
    ['with a foreign state', (params: URLSearchParams) => params.set('state', 'A'.repeat(43)), 'state_unknown'],
    ['with two codes', (params: URLSearchParams) => params.append('code', 'other'), 'callback_invalid'],
    ['with two states', (params: URLSearchParams) => params.append('state', 'other'), 'callback_invalid'],
    ['with code[]', (params: URLSearchParams) => params.append('code[]', 'other'), 'callback_invalid'],
    ['with state[a]', (params: URLSearchParams) => params.append('state[a]', 'other'), 'callback_invalid'],
    ['with a code and an error', (params: URLSearchParams) => params.set('error', 'denied'), 'callback_invalid'],
    ['without a code', (params: URLSearchParams) => params.delete('code'), 'callback_incomplete'],
  ])('1.2 · %s is refused, and uses nothing up', async (_, change, code) => {
    const app = await testApp()
    const { visitor, callback } = await returning(app, id)
    const answer = await visitor.go(withQuery(callback, change))
    expect(answer.headers.get('location')).toBe(page(app, code))
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(app.tokenRequests()).toEqual([])
    expect((await visitor.go(callback.url)).headers.get('location')).toBe(app.origin)
  })
})

describe('1.1 · a login', () => {
  it('1.1 · survives a forged callback with an error', async () => {
    const app = await testApp()
    const { visitor, callback } = await returning(app)
    const forged = await visitor.go('/auth/callback/insuresign?error=access_denied&state=forged')
    expect(forged.headers.get('location')).toBe(page(app, 'state_unknown'))
    expect((await visitor.go(callback.url)).headers.get('location')).toBe(app.origin)
  })

  it('1.1 · is used up by an exchange that fails, also with its cookies', async () => {
    const app = await testApp()
    const { visitor, callback } = await returning(app)
    const before = new Map(visitor.jar)
    app.sandbox.vendors.insuresign.faults.add('token', { answer: { status: 503 } })
    expect((await visitor.go(callback.url)).headers.get('location')).toBe(page(app, 'http_error'))
    const again = browser(app.origin, before)
    expect((await again.go(callback.url)).headers.get('location')).toBe(page(app, 'state_used'))
    expect(app.tokenRequests()).toHaveLength(1)
  })

  it('1.1 · is used up by a denial, also with its cookies', async () => {
    const app = await testApp()
    const visitor = browser(app.origin)
    const location = await visitor.begin('insuresign')
    const before = new Map(visitor.jar)
    await visitor.go((await app.sandbox.deny(location)).url)
    const again = await browser(app.origin, before).go((await app.sandbox.approve(location)).url)
    expect(again.headers.get('location')).toBe(page(app, 'state_used'))
    expect(app.tokenRequests()).toEqual([])
  })

  it('1.7 · does not let hosts in the callback decide where code and secret go', async () => {
    const app = await testApp()
    const { visitor, callback } = await returning(app)
    const names = ['api_access_point', 'base_uri', 'region', 'host', 'web_access_point', 'token_url', 'access_token']
    const more = names.map((name) => `&${name}=https%3A%2F%2Fevil.example`).join('')
    expect((await visitor.go(callback.url + more)).headers.get('location')).toBe(app.origin)
    expect(app.tokenRequests().map(({ host }) => host)).toEqual(['sign-auth.insuresign.io'])
  })

  it('1.2 · is begun by POST with a CSRF token only', async () => {
    const app = await testApp()
    const visitor = browser(app.origin)
    for (const init of [{}, { method: 'POST' }, { method: 'POST', body: new URLSearchParams({ csrfToken: 'x' }) }]) {
      const answer = await visitor.go('/auth/signin/insuresign', init)
      expect(answer.headers.get('location') ?? '').not.toContain('/oauth2/authorize')
      expect([...visitor.jar.keys()].filter((name) => name.includes('esign-login'))).toEqual([])
    }
  })
})

describe('1.1 · one provider, and the callback of another', () => {
  it.each([
    ['insuresign', 'dropbox-sign'],
    ['dropbox-sign', 'esignglobal'],
    ['esignglobal', 'insuresign'],
  ] as const)('1.1 · a code of %s never reaches %s, with both logins pending', async (one, other) => {
    const app = await testApp()
    const { visitor, callback } = await returning(app, one)
    const also = await app.sandbox.approve(await visitor.begin(other))
    const swapped = callback.url.replace(`/callback/${one}`, `/callback/${other}`)
    expect((await visitor.go(swapped)).headers.get('location')).toBe(page(app, 'state_unknown'))
    expect(app.tokenRequests()).toEqual([])
    expect((await visitor.go(callback.url)).headers.get('location')).toBe(app.origin)
    expect((await visitor.go(also.url)).headers.get('location')).toBe(app.origin)
  })
})

describe('1.2 · other methods, and other spellings of the path', () => {
  it('1.2 · HEAD is answered 405 and uses nothing up', async () => {
    const app = await testApp()
    const { visitor, callback } = await returning(app)
    const head = await visitor.go(callback.url, { method: 'HEAD' })
    expect([head.status, head.headers.get('allow')]).toEqual([405, 'GET'])
    expect((await visitor.go(callback.url)).headers.get('location')).toBe(app.origin)
  })

  it.each(['POST', 'PUT', 'DELETE'])('1.2 · %s without postCallback is refused and uses nothing up', async (method) => {
    const app = await testApp()
    const { visitor, callback } = await returning(app)
    const body = new URL(callback.url).searchParams
    for (const target of [callback.url, '/auth/callback/insuresign']) {
      const answer = await visitor.go(target, { method, body })
      expect(answer.headers.get('location')).toBe(page(app, 'callback_invalid'))
    }
    expect(app.tokenRequests()).toEqual([])
    expect((await visitor.go(callback.url)).headers.get('location')).toBe(app.origin)
  })

  it.each([
    ['a slash at the end', '/auth/callback/insuresign/'],
    ['slashes doubled', '/auth//callback//insuresign'],
  ])('1.2 · %s: the same callback', async (_, path) => {
    const app = await testApp()
    const { visitor, callback } = await returning(app)
    const answer = await visitor.go(callback.url.replace('/auth/callback/insuresign', path))
    expect(answer.headers.get('location')).toBe(app.origin)
  })

  it.each(['/auth/callback/INSURESIGN', '/auth/callback/insure%73ign', '/auth/callback/__proto__', '/auth/callback/'])(
    '1.2 · %s is no callback of ours: nothing is sent, nobody is signed in',
    async (path) => {
      const app = await testApp()
      const { visitor, callback } = await returning(app)
      await visitor.go(callback.url.replace('/auth/callback/insuresign', path))
      expect(await visitor.session()).toBeNull()
      expect(app.tokenRequests()).toEqual([])
      expect((await visitor.go(callback.url)).headers.get('location')).toBe(app.origin)
    },
  )

  it.each(['?code=%zz&state=%zz', '?code=a%00b&state=c', '?code=a&state=b&__proto__[x]=y', '?%', '?=&=&=', '?code'])(
    '1.2 · %s is answered with the sign-in page',
    async (query) => {
      const app = await testApp()
      const answer = await raw(app.origin, `/auth/callback/insuresign${query}`)
      expect(answer.status).toBe(302)
      expect(answer.header('location')).toMatch(/\/auth\/signin\?error=OAuthCallbackError&code=(state|callback)_/)
      expect(Object.prototype).not.toHaveProperty('x')
    },
  )

  it('1.3 · a callbackUrl in the query of the callback changes nothing', async () => {
    const app = await testApp()
    const { visitor, callback } = await returning(app)
    const answer = await visitor.go(`${callback.url}&callbackUrl=${encodeURIComponent(`${app.origin}/elsewhere`)}`)
    expect(answer.headers.get('location')).toBe(app.origin)
  })
})

it('1.1 · a callback is refused at another address than the one its login named', async () => {
  const app = await testApp({
    routes: (express, config) => express.use('/other', withEsign(ExpressAuth, config)),
  })
  const { visitor, callback } = await returning(app)
  const answer = await visitor.go(callback.url.replace('/auth/', '/other/'))
  expect(answer.headers.get('location')).toContain('/other/signin?error=OAuthCallbackError&code=redirect_uri_mismatch')
  expect(app.tokenRequests()).toEqual([])
})

it('a callback that goes past withEsign is refused, and sends nothing', async () => {
  const app = await testApp({ routes: (express, config) => express.use('/bare', ExpressAuth(config)) })
  const { visitor, callback } = await returning(app)
  await visitor.go(callback.url.replace('/auth/', '/bare/'))
  expect(await visitor.session()).toBeNull()
  expect(app.tokenRequests()).toEqual([])
  expect(app.errors.map(({ cause }) => (cause as { err?: { code?: string } }).err?.code)).toEqual(['callback_invalid'])
})
