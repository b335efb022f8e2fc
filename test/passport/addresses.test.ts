import { describe, expect, it } from 'vitest'
import { createTestSandbox, paramOf, testApp } from './app.ts'
import { raw } from './serve.ts'

/** Where a login start sends the vendor back to, and the cookie it sets. */
async function begin(
  strategy: { callbackURL: string; proxy?: boolean },
  headers: Record<string, string>,
  { trust = false, target = '/login' } = {},
) {
  const { url } = await testApp({
    strategy,
    before: (app) => app.set('trust proxy', trust),
    routes: (app, passport) => app.get('/deep/down/login', passport.authenticate('insuresign')),
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

  it.each(['//evil.example/login', 'http://evil.example/login', 'https://user@evil.example/login'])(
    '1.3 · a relative one never follows the host of the request target: %s',
    async (target) => {
      const { status, redirectUri } = await begin({ callbackURL: '/callback' }, { host: 'app.example' }, { target })
      if (status === 302) expect(redirectUri).toBe('http://app.example/callback')
      else expect(status).toBe(404)
    },
  )

  it.each(['[', 'a b', 'app.example:port', 'a@b@c/', '%'])(
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
