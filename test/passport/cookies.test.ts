import { afterEach, describe, expect, it, vi } from 'vitest'
import { createTestSandbox, paramOf, testApp } from './app.ts'
import type { Browser } from './browser.ts'
import { raw } from './serve.ts'

afterEach(() => void vi.useRealTimers())

/** Our cookies among a browser's. */
function ours({ cookies }: Browser): [name: string, value: string][] {
  return [...cookies].filter(([name]) => /^(__Host-)?esign-login\./.test(name))
}

/** Bytes of the Cookie header that our cookies make. */
function bytes(visitor: Browser): number {
  return ours(visitor)
    .map(([name, value]) => `${name}=${value}`)
    .join('; ').length
}

describe('1.3 · the cookie of a pending login', () => {
  it('1.3 · is HttpOnly, SameSite=Lax, Secure, with __Host- and ten minutes of life', async () => {
    const { browser } = await testApp()
    const visitor = browser()
    await visitor.login()
    expect(visitor.setCookies).toEqual([
      expect.stringMatching(
        /^__Host-esign-login\.[\w-]{24}=[\w.-]+; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
      ),
    ])
  })

  it('1.3 · is Secure behind a TLS proxy, whatever the request headers say of the scheme', async () => {
    const { url } = await testApp()
    for (const proto of ['http', 'https', '', 'http, https']) {
      const { text } = await raw(url, '/login', {
        headers: { 'x-forwarded-proto': proto, forwarded: `proto=${proto}` },
      })
      expect(text).toMatch(/set-cookie: __Host-esign-login.*; Secure/i)
    }
  })

  it('1.3 · goes by the scheme of callbackURL in whatever spelling', async () => {
    const sandbox = createTestSandbox()
    sandbox.vendors.insuresign.client.redirectUris.push('HTTPS://app.example/callback')
    const { browser } = await testApp({ sandbox, strategy: { callbackURL: 'HTTPS://app.example/callback' } })
    const visitor = browser()
    await visitor.login()
    expect(visitor.setCookies).toEqual([expect.stringMatching(/^__Host-.*; Secure$/)])
  })

  it('1.3 · of a callbackURL without TLS is not Secure, whatever the request headers say', async () => {
    const { url } = await testApp({ strategy: { callbackURL: 'http://127.0.0.1:3000/callback' } })
    const { text } = await raw(url, '/login', { headers: { 'x-forwarded-proto': 'https' } })
    expect(text).toMatch(/set-cookie: esign-login\./i)
    expect(text).not.toMatch(/; Secure/i)
  })

  it('1.3 · of a callbackURL without TLS signs in and goes as any other', async () => {
    const callbackURL = 'http://127.0.0.1:3000/callback'
    const sandbox = createTestSandbox()
    sandbox.vendors.insuresign.client.redirectUris.push(callbackURL)
    const { browser, signIn } = await testApp({ sandbox, strategy: { callbackURL } })
    const visitor = browser()
    expect((await signIn(visitor)).status).toBe(200)
    expect(visitor.setCookies).toContainEqual(expect.stringMatching(/^esign-login\..*SameSite=Lax$/))
    expect(ours(visitor)).toEqual([])
  })

  it('1.3 · goes when its callback has come, whatever comes of that', async () => {
    const { browser, sandbox, signIn } = await testApp()
    const visitor = browser()
    await signIn(visitor)
    expect(ours(visitor)).toEqual([])
    await visitor.follow(await sandbox.deny(await visitor.login()))
    expect(ours(visitor)).toEqual([])
    sandbox.vendors.insuresign.faults.add('token', { answer: 'cut' })
    await signIn(visitor)
    expect(ours(visitor)).toEqual([])
  })

  it('1.3 · does not show verifier, state or application state', async () => {
    const { browser, sandbox, tokenRequests } = await testApp({
      strategy: { pkce: true },
      authenticate: { state: { secret: 'of the application' } },
    })
    sandbox.vendors.insuresign.switches.pkce = true
    const visitor = browser()
    const location = await visitor.login('/login?returnTo=/somewhere')
    const [[name, value] = ['', '']] = ours(visitor)
    await visitor.follow(await sandbox.approve(location))
    const verifier = tokenRequests()[0]?.body['code_verifier'] ?? 'missing'
    const readable = [name, value, ...value.split('.').map((part) => Buffer.from(part, 'base64url').toString('latin1'))]
    for (const secret of [verifier, paramOf(location, 'state'), 'of the application', '/somewhere', 'app.example']) {
      expect(readable.join('\n')).not.toContain(secret)
    }
  })

  it('1.3 · offered as session it signs nobody in', async () => {
    const { browser } = await testApp()
    const visitor = browser()
    await visitor.login()
    const [[, value] = ['', '']] = ours(visitor)
    const thief = browser()
    for (const each of [value, `s:${value}`, encodeURIComponent(`s:${value}.x`)]) thief.cookies.set('connect.sid', each)
    expect((await thief.get('/me')).body.user).toBeNull()
  })

  it('1.3 · that does not open is left alone at a callback: not deleted, no login', async () => {
    const { browser, sandbox, tokenRequests } = await testApp()
    const visitor = browser()
    const callback = await sandbox.approve(await visitor.login())
    const [[name, value] = ['', '']] = ours(visitor)
    // The first letter of the authentication tag; of the last one some bits are read by nobody.
    const altered = value.replace(/\.(.)([^.]*)$/, (_, first, rest) => `.${first === 'A' ? 'B' : 'A'}${rest}`)
    visitor.cookies.set(name, altered)
    const before = visitor.setCookies.length
    expect((await visitor.follow(callback)).status).toBe(403)
    expect(visitor.setCookies).toHaveLength(before)
    expect(tokenRequests()).toEqual([])
    visitor.cookies.set(name, value)
    expect((await visitor.follow(callback)).status).toBe(200)
  })

  it('1.3 · of another strategy is left alone at a callback', async () => {
    const { browser, signIn, sandbox } = await testApp()
    const other = await testApp({ sandbox, strategy: { clientID: 'another' } })
    const [visitor, elsewhere] = [browser(), other.browser()]
    await elsewhere.login()
    const [[name, value] = ['', '']] = ours(elsewhere)
    visitor.cookies.set(name, value)
    expect((await signIn(visitor)).status).toBe(200)
    expect(visitor.cookies.get(name)).toBe(value)
  })

  it('1.3 · with another client secret, or a cookieSecret of its own, does not open', async () => {
    const { browser, sandbox } = await testApp()
    const visitor = browser()
    const callback = await sandbox.approve(await visitor.login())
    for (const strategy of [{ clientSecret: 'rotated' }, { cookieSecret: 'a key of its own' }]) {
      const other = await testApp({ sandbox, strategy })
      const same = other.browser()
      for (const [name, value] of visitor.cookies) same.cookies.set(name, value)
      expect((await same.follow(callback)).status).toBe(403)
      expect(other.failures).toMatchObject([{ code: 'state_unknown' }])
    }
  })

  it('1.3 · with a cookieSecret survives a change of the client secret', async () => {
    const strategy = { cookieSecret: 'a key of its own' }
    const before = await testApp({ strategy })
    const after = await testApp({ sandbox: before.sandbox, strategy: { ...strategy, clientSecret: 'rotated' } })
    const [visitor, later] = [before.browser(), after.browser()]
    const callback = await before.sandbox.approve(await visitor.login())
    for (const [name, value] of visitor.cookies) later.cookies.set(name, value)
    await later.follow(callback)
    expect(after.failures).toEqual([])
    expect(after.errors).toMatchObject([{ code: 'invalid_client' }])
  })

  it('1.3 · planted by a sibling domain without __Host- is not taken', async () => {
    const { browser, sandbox, tokenRequests, failures } = await testApp()
    const [attacker, victim] = [browser(), browser()]
    const callback = await sandbox.approve(await attacker.login())
    for (const [name, value] of ours(attacker)) victim.cookies.set(name.replace('__Host-', ''), value)
    expect((await victim.follow(callback)).status).toBe(403)
    expect(failures).toMatchObject([{ code: 'state_unknown' }])
    expect(tokenRequests()).toEqual([])
  })

  it('1.3 · planted under its name with a character that `trim` takes away is not taken', async () => {
    const { url, browser, sandbox, tokenRequests, failures } = await testApp()
    const attacker = browser()
    const callback = new URL((await sandbox.approve(await attacker.login())).url)
    const [[name, value] = ['', '']] = ours(attacker)
    // What a browser sends of what a sibling domain sets: bytes, U+00A0 and U+FEFF in UTF-8 too.
    for (const odd of ['\xa0', '\x85', '\xc2\xa0', '\xef\xbb\xbf', '\xff']) {
      const { text } = await raw(url, callback.pathname + callback.search, {
        headers: { cookie: `a=1; ${odd}${name}=${value}; ${name}${odd}=${value}` },
      })
      expect(text, JSON.stringify(odd)).toMatch(/^HTTP\/1.1 403/)
      expect(failures.at(-1)).toMatchObject({ code: 'state_unknown' })
    }
    expect(tokenRequests()).toEqual([])
  })

  it('1.3 · planted under a name that only holds ours is not taken', async () => {
    const { browser, sandbox, tokenRequests } = await testApp()
    const visitor = browser()
    const callback = await sandbox.approve(await visitor.login())
    const [[name, value] = ['', '']] = ours(visitor)
    visitor.cookies.delete(name)
    visitor.cookies.set(`x${name}`, value)
    visitor.cookies.set('x', `1,${name}=${value}`)
    expect((await visitor.follow(callback)).status).toBe(403)
    expect(tokenRequests()).toEqual([])
    visitor.cookies.set(name, value)
    expect((await visitor.follow(callback)).status).toBe(200)
  })

  it("1.3 · planted without __Host- does not count with state: 'not-echoed' either", async () => {
    const { browser, sandbox, tokenRequests } = await testApp({ strategy: { state: 'not-echoed' } })
    sandbox.vendors.insuresign.switches.stateEcho = 'drop'
    const [attacker, victim] = [browser(), browser()]
    const callback = await sandbox.approve(await attacker.login())
    for (const [name, value] of ours(attacker)) victim.cookies.set(name.replace('__Host-', ''), value)
    expect((await victim.follow(callback)).status).toBe(403)
    expect(tokenRequests()).toEqual([])
  })
})

describe('1.3 · many pending logins', () => {
  it('1.3 · after 40 login starts at most 8 cookies and 8 kB remain, the newest of them', async () => {
    const { browser, sandbox, failures } = await testApp()
    const visitor = browser()
    const locations: string[] = []
    for (let n = 0; n < 40; n += 1) locations.push(await visitor.login())
    expect(ours(visitor)).toHaveLength(8)
    expect(bytes(visitor)).toBeLessThan(8_192)
    for (const location of locations.slice(-8)) {
      expect((await visitor.follow(await sandbox.approve(location))).status).toBe(200)
    }
    expect((await visitor.follow(await sandbox.approve(locations[31] ?? ''))).status).toBe(403)
    expect(failures).toMatchObject([{ code: 'state_unknown' }])
  })

  it('1.3 · the oldest go first, though their cookies come in another order', async () => {
    const { browser, sandbox } = await testApp()
    const start = Date.now()
    vi.useFakeTimers({ toFake: ['Date'], now: start })
    const visitor = browser()
    const locations: string[] = []
    for (let n = 0; n < 8; n += 1) {
      vi.setSystemTime(start + n * 1000)
      locations.push(await visitor.login())
    }
    const shuffled = [...visitor.cookies].reverse()
    visitor.cookies.clear()
    for (const [name, value] of shuffled) visitor.cookies.set(name, value)
    vi.setSystemTime(start + 8000)
    locations.push(await visitor.login())
    expect((await visitor.follow(await sandbox.approve(locations[0] ?? ''))).status).toBe(403)
    for (const location of locations.slice(1)) {
      expect((await visitor.follow(await sandbox.approve(location))).status).toBe(200)
    }
  })

  it('1.3 · with a large application state fewer remain, still below 8 kB', async () => {
    const { browser, signIn } = await testApp({ authenticate: { state: 'x'.repeat(1_500) } })
    const visitor = browser()
    for (let n = 0; n < 40; n += 1) await visitor.login()
    expect(bytes(visitor)).toBeLessThan(8_192)
    expect(ours(visitor).length).toBeGreaterThan(1)
    expect((await signIn(visitor)).status).toBe(200)
  })

  it('1.3 · the bound holds for all strategies of the site together', async () => {
    const one = await testApp()
    const two = await testApp({ sandbox: one.sandbox, strategy: { clientID: 'another' } })
    const [visitor, other] = [one.browser(), two.browser()]
    for (let n = 0; n < 6; n += 1) {
      await visitor.login()
      other.cookies.clear()
      for (const [name, value] of visitor.cookies) other.cookies.set(name, value)
      await other.login()
      visitor.cookies.clear()
      for (const [name, value] of other.cookies) visitor.cookies.set(name, value)
    }
    expect(ours(visitor)).toHaveLength(8)
  })

  it('1.3 · begun all at once they exceed the bound, until the next login start restores it', async () => {
    const { browser, signIn } = await testApp()
    const visitor = browser()
    await Promise.all(Array.from({ length: 20 }, () => visitor.login()))
    expect(ours(visitor).length).toBeGreaterThan(8)
    const location = await visitor.login()
    expect(ours(visitor)).toHaveLength(8)
    expect(paramOf(location, 'state')).not.toBe('')
    expect((await signIn(visitor)).status).toBe(200)
  })

  it('1.3 · and so does the next callback', async () => {
    const { browser, sandbox } = await testApp()
    const visitor = browser()
    const locations = await Promise.all(Array.from({ length: 20 }, () => visitor.login()))
    const answer = await visitor.follow(await sandbox.approve(locations[0] ?? ''))
    expect(answer.status).toBe(200)
    expect(ours(visitor)).toHaveLength(8)
  })

  it('1.3 · what has run out goes at the next login start', async () => {
    const { browser } = await testApp()
    const start = Date.now()
    vi.useFakeTimers({ toFake: ['Date'], now: start })
    const visitor = browser()
    for (let n = 0; n < 3; n += 1) await visitor.login()
    vi.setSystemTime(start + 600_001)
    await visitor.login()
    expect(ours(visitor)).toHaveLength(1)
  })

  it('1.3 · an application state too large for a cookie is an error that says what to do', async () => {
    const { browser, errors } = await testApp({ authenticate: { state: 'x'.repeat(4_000) } })
    const answer = await browser().get('/login')
    expect(answer.status).toBe(500)
    expect(answer.headers['set-cookie']).toBeUndefined()
    expect(errors).toMatchObject([
      {
        code: 'pending_login_impossible',
        message: expect.stringMatching(/^InsureSign: .*too large.*below about 2 kB/),
      },
    ])
  })

  it('1.3 · an application state of 2 kB fits', async () => {
    const state = 'x'.repeat(2_000)
    const { browser, signIn } = await testApp({ authenticate: { state } })
    expect((await signIn(browser())).body.info).toEqual({ state })
  })

  it('1.3 · 12 kB of tokens do not get into cookies', async () => {
    const { browser, sandbox, signIn } = await testApp({ strategy: { profile: () => ({ id: 'one' }) } })
    sandbox.vendors.insuresign.faults.add('token', {
      answer: {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          access_token: 'a'.repeat(12_000),
          token_type: 'Bearer',
          refresh_token: 'r'.repeat(12_000),
        }),
      },
    })
    const visitor = browser()
    expect((await signIn(visitor)).status).toBe(200)
    expect(JSON.stringify([...visitor.cookies]).length).toBeLessThan(500)
    expect((await visitor.get('/me')).status).toBe(200)
  })

  it('1.3 · cookies that others set on the same answer stay', async () => {
    const { browser } = await testApp({
      before: (app) =>
        app.use((_req, res, next) => {
          res.cookie('theirs', '1')
          next()
        }),
    })
    const visitor = browser()
    await visitor.login()
    expect([...visitor.cookies.keys()]).toEqual(['theirs', expect.stringContaining('esign-login')])
  })
})
