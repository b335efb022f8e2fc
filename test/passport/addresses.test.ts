import type { Request } from 'express'
import { describe, expect, it } from 'vitest'
import { createTestSandbox, paramOf, testApp } from './app.ts'
import { raw } from './serve.ts'

/** Where a login start sends the vendor back to, and the cookie it sets. */
async function begin(
  strategy: { callbackURL: string; proxy?: boolean },
  headers: Record<string, string>,
  {
    trust = false,
    target = '/login',
    seen = (req) => req,
  }: { trust?: boolean; target?: string; seen?: (req: Request) => Request } = {},
) {
  const { url } = await testApp({
    strategy,
    before: (app) => app.set('trust proxy', trust),
    // Also paths that Express would not lead to `/login`.
    routes: (app, passport) =>
      app.get(/login$/, (req, res, next) => passport.authenticate('insuresign')(seen(req), res, next)),
  })
  const answer = await raw(url, target, { headers })
  const location = answer.header('location')
  return {
    status: answer.status,
    redirectUri: location && paramOf(location, 'redirect_uri'),
    secure: /; Secure$/.test(answer.header('set-cookie') ?? ''),
  }
}

const forged = {
  host: 'evil.example',
  'x-forwarded-host': 'evil.example',
  'x-forwarded-proto': 'http',
  forwarded: 'host=evil.example;proto=http',
  'x-original-host': 'evil.example',
}

describe('1.3 · the callback URL behind proxies', () => {
  it.each([false, true])(
    '1.3 · an absolute one stays as it is, whatever Host and X-Forwarded-Host say (trusted: %s)',
    async (trust) => {
      const callbackURL = 'https://app.example/callback'
      const { redirectUri, secure } = await begin({ callbackURL, proxy: trust }, forged, { trust })
      expect([redirectUri, secure]).toEqual([callbackURL, true])
    },
  )

  it('1.3 · an absolute one stays as it is to the letter', async () => {
    const callbackURL = 'https://APP.example:443/a/../callback?tenant=1&x=%7e'
    expect((await begin({ callbackURL }, {})).redirectUri).toBe(callbackURL)
  })

  it('1.3 · a relative one follows Host, and no forwarded header that is not trusted', async () => {
    const { redirectUri, secure } = await begin({ callbackURL: '/callback' }, { ...forged, host: 'app.example:3000' })
    expect([redirectUri, secure]).toEqual(['http://app.example:3000/callback', false])
  })

  it.each([
    ['the option proxy', { proxy: true }, false],
    ["Express's trust proxy", {}, true],
  ])('1.3 · a relative one follows the first forwarded value with %s', async (_, option, trust) => {
    const headers = { host: 'inner', 'x-forwarded-host': 'app.example, proxy-2', 'x-forwarded-proto': 'https, http' }
    const { redirectUri, secure } = await begin({ callbackURL: '/callback', ...option }, headers, { trust })
    expect([redirectUri, secure]).toEqual(['https://app.example/callback', true])
  })

  it('1.3 · a relative one without a slash counts from the path of the request', async () => {
    const { redirectUri } = await begin(
      { callbackURL: 'callback' },
      { host: 'a' },
      { target: '/deep/down/login?x=/y/' },
    )
    expect(redirectUri).toBe('http://a/deep/down/callback')
  })

  it('1.3 · a relative one keeps what stands further on in the path of the request', async () => {
    const { redirectUri } = await begin({ callbackURL: 'callback' }, { host: 'a' }, { target: '/deep//http://b/login' })
    expect(redirectUri).toBe('http://a/deep//http://b/callback')
  })

  it.each([
    ['with blanks around them', ' app.example , inner', ' https , http', 'https'],
    ['without a scheme, so http', 'app.example', '', 'http'],
    ['of which the first host is empty', ' , inner', 'https', 'https'],
    ['that name another scheme', 'app.example', 'wss', 'http'],
  ])('1.3 · a relative one understands forwarded values %s', async (_, host, proto, scheme) => {
    const headers = { host: 'app.example', 'x-forwarded-host': host, 'x-forwarded-proto': proto }
    const { redirectUri } = await begin({ callbackURL: '/callback', proxy: true }, headers)
    expect(redirectUri).toBe(`${scheme}://app.example/callback`)
  })

  it.each([
    [true, 'https'],
    [false, 'http'],
  ])(
    '1.3 · a relative one is https where the connection is encrypted (%s), whatever is forwarded',
    async (is, scheme) => {
      const seen = (req: Request) => {
        Object.defineProperty(req.socket, 'encrypted', { value: is })
        return req
      }
      const headers = { host: 'app.example', 'x-forwarded-proto': is ? 'http' : 'https' }
      expect(await begin({ callbackURL: '/callback' }, headers, { target: '/x/login', seen })).toMatchObject({
        ...{ status: 302, redirectUri: `${scheme}://app.example/callback` },
      })
    },
  )

  it.each([
    ['no app', undefined],
    ['an app that is not Express’s', {}],
  ])('1.3 · a relative one trusts no forwarded header where the host knows %s', async (_, app) => {
    const seen = (req: Request) => Object.create(req, { app: { value: app } }) as Request
    const { redirectUri } = await begin(
      { callbackURL: '/callback' },
      { ...forged, host: 'app.example' },
      { target: '/x/login', seen },
    )
    expect(redirectUri).toBe('http://app.example/callback')
  })

  it.each([
    ...['//evil.example/login', '///evil.example/login', '/\\evil.example/login', '/\\/evil.example/login'],
    ...['http://evil.example/login', 'HTTPS://evil.example:8443/login', 'https://user@evil.example/login'],
    ...['http:////evil.example/login', 'http://app.example//evil.example/login'],
  ])('1.3 · a relative one never follows the host of the request target: %s', async (target) => {
    const { status, redirectUri } = await begin({ callbackURL: '/callback' }, { host: 'app.example' }, { target })
    expect([status, redirectUri]).toEqual([302, 'http://app.example/callback'])
  })

  it.each(['[', 'a b', 'app.example:port', 'a@b@c/', 'user@app.example', 'evil.example/app.example', '%'])(
    '1.2 · a Host header that is none is answered with 4xx: %s',
    async (host) => {
      const { status } = await begin({ callbackURL: '/callback' }, { host })
      expect(status).toBeGreaterThanOrEqual(400)
      expect(status).toBeLessThan(500)
    },
  )

  it('1.1 · begun at one host and ended at another, a relative one is refused', async () => {
    const sandbox = createTestSandbox()
    sandbox.vendors.insuresign.client.redirectUris.push('http://one.example/callback')
    const { browser, failures, tokenRequests } = await testApp({ sandbox, strategy: { callbackURL: '/callback' } })
    const visitor = browser()
    const begun = await visitor.get('/login', { host: 'one.example' })
    const callback = await sandbox.approve(begun.headers['location'] ?? '')
    const { search } = new URL(callback.url)
    expect((await visitor.get(`/callback${search}`, { host: 'two.example' })).status).toBe(403)
    expect(failures).toMatchObject([{ code: 'redirect_uri_mismatch' }])
    expect(tokenRequests()).toEqual([])
  })
})
