import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { at, createTestSandbox, paramOf, pathOf, testApp } from './app.ts'
import { raw } from './serve.ts'

/** An app, a visitor with a login pending, and the vendor's honest callback to it. */
async function pendingApp(options: Parameters<typeof testApp>[0] = {}) {
  const built = await testApp(options)
  const visitor = built.browser()
  const callback = await built.sandbox.approve(await visitor.login())
  const cookie = () => [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const [code, state] = [paramOf(callback, 'code'), paramOf(callback, 'state')]
  /** The bytes as they are, with the visitor's cookies. */
  const ask = (target: string, method = 'GET') => raw(built.url, target, { method, headers: { cookie: cookie() } })
  return { ...built, visitor, callback, code, state, ask }
}

const extended = (app: import('express').Express) => void app.set('query parser', 'extended')

describe('1.2 · parameter and parser tricks at the callback', () => {
  it.each([
    ['code twice', (c: string, s: string) => `code=${c}&code=${c}&state=${s}`],
    ['another code before', (c: string, s: string) => `code=other&state=${s}&code=${c}`],
    ['state twice, the right one first', (c: string, s: string) => `code=${c}&state=${s}&state=x`],
    ['state twice, the right one last', (c: string, s: string) => `state=x&code=${c}&state=${s}`],
    ['state[]', (c: string, s: string) => `code=${c}&state[]=${s}`],
    ['code[]', (c: string, s: string) => `code[]=${c}&state=${s}`],
    ['code[$ne]', (_c: string, s: string) => `code[$ne]=&state=${s}`],
    ['state[toString]', (c: string, s: string) => `code=${c}&state[toString]=${s}`],
    ['code beside code[x]', (c: string, s: string) => `code=${c}&code[x]=b&state=${s}`],
    ['code[x] before code', (c: string, s: string) => `code[x]=b&code=${c}&state=${s}`],
    ['code with a dot', (c: string, s: string) => `code.x=${c}&state=${s}`],
    ['brackets in percent-encoding', (c: string, s: string) => `code%5B%5D=${c}&state=${s}`],
    ['a name in percent-encoding beside itself', (c: string, s: string) => `c%6fde=b&code=${c}&state=${s}`],
    ['error[] beside code', (c: string, s: string) => `code=${c}&state=${s}&error[]=x`],
    ['iss twice', (c: string, s: string) => `code=${c}&state=${s}&iss=a&iss=b`],
    ['error_description with brackets', (c: string, s: string) => `code=${c}&state=${s}&error_description[x]=b`],
    ['code with broken percent-encoding', (_c: string, s: string) => `code=%E0%A4%A&state=${s}`],
    ['code that is no UTF-8', (_c: string, s: string) => `code=%ff%fe&state=${s}`],
    ['state with broken percent-encoding', (c: string, s: string) => `code=${c}&state=${s}%`],
    ['code with NUL', (c: string, s: string) => `code=${c}%00&state=${s}`],
    ['code with CR LF', (c: string, s: string) => `code=${c}%0d%0aHost:%20evil&state=${s}`],
    ['code in letters outside ASCII', (_c: string, s: string) => `code=%F0%9F%98%80&state=${s}`],
    ['code of 5000 letters', (_c: string, s: string) => `code=${'a'.repeat(5000)}&state=${s}`],
    ['empty code', (_c: string, s: string) => `code=&state=${s}`],
    ['code without a value', (_c: string, s: string) => `code&state=${s}`],
  ])('1.2 · %s: refused, no token request, and the login survives', async (_, query) => {
    const { ask, code, state, tokenRequests, visitor, callback, failures } = await pendingApp({ before: extended })
    const answer = await ask(`/callback?${query(code, state)}`)
    expect(answer.status).toBe(403)
    expect(['callback_invalid', 'callback_incomplete']).toContain(failures[0]?.code)
    expect(tokenRequests()).toEqual([])
    expect((await visitor.follow(callback)).status).toBe(200)
  })

  it.each([
    ['__proto__[polluted]=1'],
    ['constructor[prototype][polluted]=1'],
    ['__proto__.polluted=1'],
    ['__proto__=1&toString=2'],
    ['a[b][c]=1&a[b][c]=2'],
    ['x=%E0%A4%A'],
    ['x=%00'],
    ['CODE=other&State=x&ERROR=access_denied'],
    ['codes=1&error_code=2&stateful=3'],
    ['access_token=evil&token_type=Bearer&id_token=e30.e30.x'],
    ['user=admin&id=1'],
  ])('1.2 · unknown names are ignored, whatever they hold: %s', async (junk) => {
    for (const before of [extended, () => {}]) {
      const { ask, callback, tokenRequests } = await pendingApp({ before })
      const answer = await ask(`${pathOf(callback)}&${junk}`)
      expect(answer.status).toBe(200)
      expect(Object.keys(tokenRequests()[0]?.body ?? {}).sort()).toEqual([
        'client_id',
        'code',
        'grant_type',
        'redirect_uri',
      ])
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
    }
  })

  it.each([
    ['state alone', 'state=x'],
    ['iss alone', 'iss=https://evil.example'],
    ['state and iss', 'state=x&iss=y'],
    ['state with brackets', 'state[]=x'],
    ['an unknown name alone', 'x=1'],
    ['a name in the wrong case', 'CODE=abc&STATE=def'],
    ['access_token alone', 'access_token=evil'],
    ['a name that begins like one', 'codex=1'],
  ])('1.2 · %s on the path of callbackURL is an error, not a new trip to the vendor', async (_, query) => {
    const { browser, failures } = await testApp()
    const answer = await browser().get(`/callback?${query}`)
    expect(answer.status).toBe(403)
    expect(answer.headers['location']).toBeUndefined()
    expect(failures).toMatchObject([{ code: expect.stringMatching(/^callback_(incomplete|invalid)$/) }])
  })

  it('1.2 · the callback of a vendor that comes back with neither code nor error is an error', async () => {
    const { browser, sandbox, signIn, failures } = await testApp()
    sandbox.vendors.insuresign.switches.callback = 'bare'
    const answer = await signIn(browser())
    expect(answer.status).toBe(403)
    expect(failures).toMatchObject([{ code: 'callback_incomplete' }])
  })

  it.each(['state=x', 'x=1', 'CODE=a'])('1.2 · the same elsewhere (%s) begins a login', async (query) => {
    const { browser } = await testApp()
    expect((await browser().get(`/login?${query}`)).status).toBe(302)
  })

  it('1.2 · a bare GET on the path of callbackURL begins a login', async () => {
    const { browser } = await testApp()
    expect((await browser().get('/callback')).status).toBe(302)
  })

  it.each(['code=x', 'error=x', 'code[]=x'])('1.2 · code or error make a callback on any path: %s', async (query) => {
    const { browser } = await testApp()
    expect((await browser().get(`/login?${query}`)).status).toBe(403)
  })

  it('1.2 · a code that would smuggle parameters arrives as one value', async () => {
    const { visitor, state, tokenRequests, errors } = await pendingApp()
    const code = 'x&grant_type=password&redirect_uri=evil&client_id=y +/%='
    await visitor.get(`/callback?code=${encodeURIComponent(code)}&state=${state}`)
    const [request] = tokenRequests()
    expect(request?.body).toMatchObject({ code, grant_type: 'authorization_code' })
    expect(request?.body['redirect_uri']).toBe('https://app.example/callback')
    expect(errors).toEqual([expect.objectContaining({ code: 'invalid_grant' })])
  })

  it('1.2 · a plus sign in the query is a space, as forms write it', async () => {
    const { ask, state, tokenRequests } = await pendingApp()
    await ask(`/callback?code=a+b&state=${state}`)
    expect(tokenRequests()[0]?.body['code']).toBe('a b')
  })

  it('1.2 · what a middleware made of req.query does not count, only the raw query does', async () => {
    const sandbox = createTestSandbox()
    const { visitor, callback, tokenRequests, code } = await pendingApp({
      sandbox,
      before: (app) =>
        app.use((req, _res, next) => {
          Object.defineProperty(req, 'query', { value: { code: 'other', state: 'other', error: 'other' } })
          next()
        }),
    })
    expect((await visitor.follow(callback)).status).toBe(200)
    expect(tokenRequests()[0]?.body['code']).toBe(code)
  })

  it('1.2 · below a mounted router the whole address counts', async () => {
    const { default: express } = await import('express')
    const { visitor, callback, failures } = await pendingApp({
      routes(app, passport) {
        const router = express.Router()
        router.get('/callback', passport.authenticate('insuresign'), (req, res) => void res.json({ user: req.user }))
        app.use('/mounted', router)
      },
      strategy: { callbackURL: 'https://app.example/mounted/callback' },
      sandbox: registered('https://app.example/mounted/callback'),
    })
    expect((await visitor.get('/mounted/callback?state=x')).status).toBe(403)
    expect(failures).toMatchObject([{ code: 'callback_incomplete' }])
    expect((await visitor.follow(callback)).status).toBe(200)
  })

  it.each(['POST', 'post with the callback in its query'])(
    '1.2 · a %s on the path of callbackURL is not read without postCallback: it fails',
    async (how) => {
      const { default: express } = await import('express')
      const { visitor, callback, code, state, tokenRequests, failures } = await pendingApp({
        before: (app) => app.use(express.urlencoded({ extended: true })),
      })
      const answer =
        how === 'POST'
          ? await visitor.post('/callback', `code=${code}&state=${state}`)
          : await visitor.post(pathOf(callback), '')
      expect(answer.status).toBe(403)
      expect(failures).toEqual([{ code: 'callback_invalid', message: expect.stringContaining('postCallback: true') }])
      expect(tokenRequests()).toEqual([])
      expect((await visitor.follow(callback)).status).toBe(200)
    },
  )

  it('1.2 · a GET with a body reads its query only', async () => {
    const { default: express } = await import('express')
    const { url, callback, tokenRequests, failures } = await pendingApp({
      before: (app) => app.use(express.urlencoded({ extended: true })),
    })
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const body = new URL(callback.url).search.slice(1)
    expect((await raw(url, '/callback?x=1', { headers, body })).status).toBe(403)
    expect(failures).toMatchObject([{ code: 'callback_incomplete' }])
    expect(tokenRequests()).toEqual([])
  })

  it('1.2 · HEAD on the callback is an error with status 405 and spends neither code nor state', async () => {
    const { visitor, callback, tokenRequests, errors, failures } = await pendingApp()
    const answer = await visitor.head(pathOf(callback))
    expect(answer.status).toBe(405)
    expect(answer.headers['set-cookie']).toBeUndefined()
    expect(errors).toEqual([expect.objectContaining({ code: 'method_not_allowed', status: 405 })])
    expect(failures).toEqual([])
    expect(tokenRequests()).toEqual([])
    expect((await visitor.follow(callback)).status).toBe(200)
  })

  it.each(['/callback?code=x', '/callback?error=x&state=y', '/callback?state=x', '/login?code=x'])(
    '1.2 · HEAD %s is answered with 405 as well',
    async (path) => {
      const { browser } = await testApp()
      expect((await browser().head(path)).status).toBe(405)
    },
  )

  it('1.2 · an address in clear in another parameter hides nothing of the callback', async () => {
    const { ask, code, state } = await pendingApp()
    expect((await ask(`/callback?from=https://elsewhere.example&code=${code}&state=${state}`)).status).toBe(200)
  })

  it.each([
    ['access_denied', 'Not today', 'InsureSign: Not today'],
    ['access_denied', undefined, 'InsureSign: access was denied.'],
    ['server_error', 'Try later', 'InsureSign: Try later'],
    ['server_error', undefined, 'InsureSign: sign-in ended with server_error.'],
  ])('tells what the vendor says of %s: %s', async (error, description, message) => {
    const { visitor, state, failures, errors } = await pendingApp()
    const words = description === undefined ? {} : { error_description: description }
    await visitor.get(`/callback?${new URLSearchParams({ error, state, ...words })}`)
    expect([...failures, ...errors]).toEqual([expect.objectContaining({ code: error, message })])
  })

  it('1.2 · HTML in error_description and a script in error_uri are neither rendered nor followed', async () => {
    const html = '<img src=x onerror=alert(1)>'
    for (const errorPage of ['express', 'json'] as const) {
      const { visitor, state, errors } = await pendingApp({ errorPage })
      const query = new URLSearchParams({
        error: 'server_error',
        error_description: html,
        error_uri: 'javascript:alert(1)',
        state,
      })
      const answer = await visitor.get(`/callback?${query}`)
      expect(answer.status).toBe(502)
      expect(answer.headers['location']).toBeUndefined()
      if (errorPage === 'express') expect(answer.text).not.toContain('<img')
      expect(answer.text).not.toContain('javascript:')
      expect(errors).toEqual([expect.objectContaining({ name: 'AuthorizationError', code: 'server_error' })])
    }
  })

  it('1.2 · HTML in the description of a denial stays out of the page', async () => {
    const { visitor, state } = await pendingApp()
    const query = new URLSearchParams({ error: 'access_denied', error_description: '<script>1</script>', state })
    const answer = await visitor.get(`/callback?${query}`)
    expect([answer.status, answer.text]).toEqual([403, 'Forbidden'])
  })

  it('1.2 · control characters and endless text do not get into a message', async () => {
    const { visitor, state, failures } = await pendingApp()
    const text = `line\r\nSet-Cookie: a=b\u0000\u001b[31m${'x'.repeat(5000)}`
    await visitor.get(`/callback?${new URLSearchParams({ error: 'access_denied', error_description: text, state })}`)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
    expect(failures[0]?.message).not.toMatch(/[\u0000-\u001f]/)
    expect(failures[0]?.message?.length).toBeLessThan(350)
  })

  it.each([
    ['random bytes', () => `code=%${'80%fe%c3'.repeat(20)}&state=%`],
    ['separators only', () => '&&&===&=&;;;'],
    ['brackets without end', () => `code${'['.repeat(500)}=1&state${']'.repeat(500)}=2`],
    ['a thousand parameters', () => Array.from({ length: 1000 }, (_, n) => `code=${n}&p${n}=1`).join('&')],
    ['letters outside ASCII, unencoded', () => 'code=\u00fc\u00e4\u00ff&state=\u00e9'],
    ['numbers, booleans and JSON', () => 'code=1e999&state=true&error={"a":[1]}'],
    ['an address where the code should be', () => 'code=https://evil.example/%2e%2e/&state=//'],
    ['question marks', () => '??code=1??state=2'],
  ])('1.2 · junk is answered with 4xx, never 5xx: %s', async (_, junk) => {
    for (const before of [extended, () => {}]) {
      const { url, errors } = await testApp({ before })
      const answer = await raw(url, `/callback?${junk()}`)
      expect(answer.status).toBeGreaterThanOrEqual(400)
      expect(answer.status).toBeLessThan(500)
      expect(errors.map((error) => inspect(error))).toEqual([])
    }
  })

  it('1.2 · junk in the Cookie header is answered, and the honest login works', async () => {
    const { url, browser, signIn } = await testApp()
    const junk = [
      'esign-login.x=y',
      `__Host-esign-login.${'a'.repeat(24)}=${'z'.repeat(3000)}`,
      `__Host-esign-login.${'b'.repeat(24)}=-1.a.b.c.d.e`,
      '__Host-esign-login.__proto__=1.eyJhbGciOiJub25lIn0....',
      '=;=;;esign-login.=;%%%=%',
    ].join('; ')
    for (const target of ['/login', '/callback?code=a&state=b', '/callback']) {
      const { status } = await raw(url, target, { headers: { cookie: junk } })
      expect([302, 403]).toContain(status)
    }
    expect((await signIn(browser())).status).toBe(200)
  })

  it('1.2 · after 200 forged callbacks the server is alive and the honest login works', async () => {
    const { browser, sandbox, tokenRequests } = await testApp()
    const visitor = browser()
    const callback = await sandbox.approve(await visitor.login())
    for (let round = 0; round < 8; round += 1) {
      const answers = await Promise.all(
        Array.from({ length: 25 }, (_, n) => {
          const state = Buffer.alloc(32, round * 25 + n).toString('base64url')
          return visitor.get(`/callback?${n % 2 ? 'code=forged' : 'error=access_denied'}&state=${state}`)
        }),
      )
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([403]))
    }
    expect(tokenRequests()).toEqual([])
    expect((await visitor.follow(callback)).status).toBe(200)
  })

  it('1.2 · a target in absolute form counts as its path', async () => {
    const { ask, failures } = await pendingApp()
    expect((await ask('http://app.example/callback?state=x')).status).toBe(403)
    expect(failures).toMatchObject([{ code: 'callback_incomplete' }])
  })

  it('1.2 · error codes outside the grammar of RFC 6749 are refused before the login is touched', async () => {
    const { visitor, state, callback, failures } = await pendingApp()
    for (const error of ['"quoted"', 'back\\slash', 'x'.repeat(200), 'ü']) {
      expect((await visitor.get(`/callback?${new URLSearchParams({ error, state })}`)).status).toBe(403)
    }
    expect(new Set(failures.map(({ code }) => code))).toEqual(new Set(['callback_invalid']))
    expect((await visitor.follow(at('/callback', callback))).status).toBe(200)
  })
})

function registered(redirectUri: string) {
  const sandbox = createTestSandbox()
  sandbox.vendors.insuresign.client.redirectUris.push(redirectUri)
  return sandbox
}
