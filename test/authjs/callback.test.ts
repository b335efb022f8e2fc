import { ExpressAuth } from '@auth/express'
import { withEsign } from 'esign-auth/authjs'
import type { SandboxCallback } from 'esign-auth/sandbox'
import express from 'express'
import { describe, expect, it } from 'vitest'
import { raw, serve } from '../passport/serve.ts'
import { type AuthApp, browser, testApp, type VendorId, vendorIds } from './express-app.ts'

/** Where a refused callback leads. */
const page = ({ origin }: AuthApp, code: string) => `${origin}/auth/signin?error=OAuthCallbackError&code=${code}`

const withQuery = ({ url }: SandboxCallback, change: (params: URLSearchParams) => void) => {
  const changed = new URL(url)
  change(changed.searchParams)
  return changed.href
}

/** One letter of the state in the other case, as a vendor or a proxy might write it. */
function altered(params: URLSearchParams): void {
  const other = (letter: string) => (letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase())
  params.set('state', String(params.get('state')).replace(/[a-z]/i, other))
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
    ['with a letter of its state in the other case', altered, 'state_unknown'],
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

  it('1.1 · code injection: with PKCE another’s code under the visitor’s own state yields no session', async () => {
    const app = await testApp({ provider: { pkce: true } })
    app.sandbox.vendors.insuresign.switches.pkce = true
    const { callback: theirs } = await returning(app)
    const { visitor, callback } = await returning(app)
    const code = new URL(theirs.url).searchParams.get('code') ?? ''
    const answer = await visitor.go(withQuery(callback, (params) => params.set('code', code)))
    expect(answer.headers.get('location')).toBe(page(app, 'oauth_error'))
    expect(await visitor.session()).toBeNull()
    expect(app.tokenRequests().map(({ status }) => status)).toEqual([400])
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

describe('1.2 · names and values at the callback', () => {
  it.each([
    '__proto__[polluted]=1&constructor[prototype][polluted]=1',
    '__proto__=1&toString=2&a[b][c]=1&a[b][c]=2',
    'CODE=other&State=x&ERROR=access_denied&ISS=y',
    'access_token=evil&token_type=Bearer&id_token=e30.e30.x',
    'codes=1&error_code=2&user=admin&id=1',
  ])('1.2 · unknown names are ignored, whatever they hold: %s', async (junk) => {
    const app = await testApp()
    const { visitor, callback } = await returning(app)
    expect((await visitor.go(`${callback.url}&${junk}`)).headers.get('location')).toBe(app.origin)
    const [request] = app.tokenRequests()
    expect(Object.keys(request?.body ?? {}).sort()).toEqual(['client_id', 'code', 'grant_type', 'redirect_uri'])
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })

  it('1.2 · a form that the extended parser made objects of is held to the same rules', async () => {
    const app = await testApp({ provider: { postCallback: true, redirectUri: 'https://app.example/back' } })
    app.sandbox.vendors.insuresign.client.redirectUris.push('https://app.example/back')
    const outer = express().use(express.urlencoded({ extended: true }))
    const url = await serve(outer.use('/auth', withEsign(ExpressAuth, app.config)))
    const { visitor, callback } = await returning(app)
    const { search } = new URL(callback.url)
    const post = (body: string) =>
      visitor.go(`${url}/auth/callback/insuresign`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body,
      })
    const codeOf = ({ headers }: Response) => new URL(headers.get('location') ?? '', url).searchParams.get('code')
    const changed = (from: string, to: string) => search.slice(1).replace(from, to)
    for (const form of [changed('code=', 'code[]='), changed('code=', 'code[$ne]='), changed('state=', 'state[a]=')]) {
      expect(codeOf(await post(form)), form).toMatch(/^callback_(invalid|incomplete)$/)
    }
    expect(app.tokenRequests()).toEqual([])
    const answer = await post(`${search.slice(1)}&__proto__[polluted]=1&constructor[prototype][polluted]=1&a[b]=c`)
    expect(codeOf(answer)).toBeNull()
    expect(await visitor.session()).toMatchObject({ esign: { vendor: 'insuresign' } })
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })

  it.each(['', '?', '?iss=https%3A%2F%2Fevil.example', '?x=1', '?CODE=a&STATE=b', '?access_token=evil', '?codex=1'])(
    '1.2 · neither code nor error (%j): refused, and no new trip to the vendor',
    async (query) => {
      const app = await testApp()
      const { visitor, callback } = await returning(app)
      const answer = await visitor.go(`/auth/callback/insuresign${query}`)
      expect(answer.headers.get('location')).toBe(page(app, 'callback_incomplete'))
      expect((await visitor.go(callback.url)).headers.get('location')).toBe(app.origin)
    },
  )

  it('1.2 · a code that would smuggle parameters arrives as one value', async () => {
    const app = await testApp()
    const { visitor, callback } = await returning(app)
    const code = 'x&grant_type=password&redirect_uri=evil&client_id=y +/%='
    await visitor.go(withQuery(callback, (params) => params.set('code', code)))
    const [request] = app.tokenRequests()
    expect(request?.body).toMatchObject({ code, grant_type: 'authorization_code' })
    expect(request?.body['redirect_uri']).toBe(`${app.origin}/auth/callback/insuresign`)
    const { visitor: another, callback: next } = await returning(app)
    const split = await another.go(withQuery(next, (params) => params.set('code', 'a\r\nHost: evil')))
    expect(split.headers.get('location')).toBe(page(app, 'callback_invalid'))
    expect(app.tokenRequests()).toHaveLength(1)
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
