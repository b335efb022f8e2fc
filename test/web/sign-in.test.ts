import { inspect } from 'node:util'
import { luminSign } from 'esign-auth'
import { createSandbox } from 'esign-auth/sandbox'
import { createSignIn } from 'esign-auth/web'
import { describe, expect, it } from 'vitest'
import { createTestSandbox, paramOf } from '../passport/app.ts'
import { callbackUrl, newSignIn, ours, site, webApp } from './app.ts'

describe('a sign-in', () => {
  it('says who signed in, with the tokens, and leaves no cookie behind', async () => {
    const { browser, visit, sandbox, finished } = await webApp()
    const visitor = browser()
    const answer = await visit(visitor, 'Mei Tanaka')
    const [, , mei] = sandbox.vendors.insuresign.users
    expect(answer.body).toEqual({ connected: false, owner: `insuresign:${mei?.id}`, id: mei?.id })
    expect(finished[0]).toMatchObject({ identity: { id: mei?.id }, tokens: { access_token: expect.any(String) } })
    expect(ours(visitor)).toEqual([])
    expect(sandbox.log.flatMap(({ refusal }) => refusal ?? [])).toEqual([])
  })

  it('1.6 · its tokens hide themselves in print, and are there to be stored', async () => {
    const { browser, visit, finished } = await webApp()
    await visit(browser())
    const { access_token, refresh_token } = finished[0]?.tokens ?? {}
    expect(inspect(finished, { depth: 9 })).not.toContain(access_token)
    expect(inspect(finished, { depth: 9 })).not.toContain(refresh_token)
    expect(JSON.parse(JSON.stringify(finished[0]?.tokens))).toMatchObject({ access_token, refresh_token })
  })

  it.each([
    [
      'https://app.example/callback',
      /^__Host-esign-login\.[\w-]+=.*; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
    ],
    ['http://localhost:3000/callback', /^esign-login\.[\w-]+=.*; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax$/],
  ])('1.3 · the scheme of the callback URL %s decides how its cookie is set', async (callbackUrl, cookie) => {
    const response = await newSignIn(createTestSandbox(), { callbackUrl }).begin(new Request(`${site}/login`))
    expect(response.headers.getSetCookie()).toEqual([expect.stringMatching(cookie)])
  })

  it('1.3 · no answer is kept by a cache', async () => {
    const { browser, sandbox, visit } = await webApp()
    const visitor = browser()
    const begun = await visitor.get('/login')
    const denied = await visitor.follow(await sandbox.deny(begun.headers['location'] ?? ''))
    for (const answer of [begun, denied, await visit(visitor)]) expect(answer.headers['cache-control']).toBe('no-store')
  })

  it('1.3 · its cookie shows neither verifier, state, own state nor return path', async () => {
    const begin = { state: { secret: 'of the application' }, returnTo: '/somewhere' }
    const { browser, sandbox, tokenRequests } = await webApp({ options: { pkce: true }, begin })
    sandbox.vendors.insuresign.switches.pkce = true
    const visitor = browser()
    const location = await visitor.login()
    const [[name, value] = ['', '']] = ours(visitor)
    await visitor.follow(await sandbox.approve(location))
    const verifier = tokenRequests()[0]?.body['code_verifier'] ?? 'missing'
    const readable = [name, value, ...value.split('.').map((part) => Buffer.from(part, 'base64url').toString('latin1'))]
    for (const secret of [verifier, paramOf(location, 'state'), 'of the application', '/somewhere', 'app.example']) {
      expect(readable.join('\n')).not.toContain(secret)
    }
  })

  it.each(['in order', 'in reverse order'])('1.1 · two tabs both complete, %s', async (order) => {
    const { browser, sandbox } = await webApp()
    const visitor = browser()
    const locations = [await visitor.login(), await visitor.login()]
    if (order === 'in reverse order') locations.reverse()
    for (const location of locations) expect((await visitor.follow(await sandbox.approve(location))).status).toBe(200)
  })

  it('1.1 · states and challenges of 15 logins are all distinct, of 256 bits', async () => {
    const { browser } = await webApp({ options: { pkce: true } })
    const locations = await Promise.all(Array.from({ length: 15 }, () => browser().login()))
    for (const name of ['state', 'code_challenge']) {
      const values = locations.map((location) => paramOf(location, name))
      expect(new Set(values).size).toBe(15)
      for (const value of values) expect(Buffer.from(value, 'base64url')).toHaveLength(32)
    }
  })

  it('1.3 · after 40 login starts at most 8 cookies and 8 kB remain, the newest of them', async () => {
    const { browser, sandbox, failures } = await webApp()
    const visitor = browser()
    const locations: string[] = []
    for (let n = 0; n < 40; n += 1) locations.push(await visitor.login())
    expect(ours(visitor)).toHaveLength(8)
    expect(ours(visitor).join('').length).toBeLessThan(8_192)
    expect((await visitor.follow(await sandbox.approve(locations[32] ?? ''))).status).toBe(200)
    expect((await visitor.follow(await sandbox.approve(locations[31] ?? ''))).status).toBe(403)
    expect(failures).toMatchObject([{ code: 'state_unknown' }])
  })
})

describe('what a login is begun with', () => {
  it.each([
    ['text', 'of the application'],
    ['an object', { cart: 7, items: ['a', { b: null }], from: 'ü' }],
    ['an array', [1, 2]],
    ['null', null],
    ['a number', 0],
    ['false', false],
    ['2 kB', 'x'.repeat(2_000)],
  ])('a state that is %s comes back as it was, and is not the one on the wire', async (_, state) => {
    const { browser, sandbox, finished } = await webApp({ begin: { state } })
    const visitor = browser()
    const location = await visitor.login()
    expect(paramOf(location, 'state')).toMatch(/^[\w-]{43}$/)
    await visitor.follow(await sandbox.approve(location))
    expect(finished[0]?.state).toEqual(state)
  })

  it.each([
    ['a bigint', 7n],
    ['a function', () => 7],
    ['a symbol', Symbol('seven')],
    ['a circle', circle()],
  ])('a state that JSON cannot hold is an error that says so: %s', async (_, state) => {
    const signIn = newSignIn(createTestSandbox())
    await expect(signIn.begin(new Request(`${site}/login`), { state })).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringMatching(/^InsureSign: the application state .* JSON/),
    })
  })

  it('1.3 · a state too large for a cookie is an error that says what to do', async () => {
    const { browser, failures } = await webApp({ begin: { state: 'x'.repeat(4_000) } })
    const answer = await browser().get('/login')
    expect([answer.status, answer.headers['set-cookie']]).toEqual([500, undefined])
    const message = expect.stringMatching(/^InsureSign: .*too large.*below about 2 kB/)
    expect(failures).toMatchObject([{ code: 'pending_login_impossible', message }])
  })

  it.each([
    ['text', 'a b', 'a b'],
    ['an array', ['a', 'b'], 'a b'],
    ['nothing: that of the options', undefined, 'of options'],
  ])('scope as %s', async (_, scope, sent) => {
    const { browser } = await webApp({ options: { scope: 'of options' }, begin: { scope } })
    expect(paramOf(await browser().login(), 'scope')).toBe(sent)
  })

  it.each(['', ' ', 7 as never, null as never])('an owner of %j is refused before anything is set', async (owner) => {
    const signIn = newSignIn(createTestSandbox())
    const request = new Request(`${site}/login`)
    for (const begun of [signIn.begin(request, { owner }), signIn.connect(request, { owner })]) {
      await expect(begun).rejects.toMatchObject({
        code: 'invalid_argument',
        message: expect.stringContaining('`owner`'),
      })
    }
  })
})

describe('whose sign-in it is', () => {
  it('names the region in the key of the user, where the vendor has regions', async () => {
    const sandbox = createTestSandbox()
    const { clientId, clientSecret } = sandbox.vendors.insuresign.register({
      legacy: true,
      redirectUris: [callbackUrl],
    })
    const options = { legacy: true, clientId, clientSecret }
    const { browser, visit, finished } = await webApp({ sandbox, options })
    await visit(browser())
    const [grace] = sandbox.vendors.insuresign.users
    expect(finished[0]?.owner).toBe(`insuresign:legacy=true:${grace?.id}`)
  })

  it('is what the option `owner` makes of the identity', async () => {
    const owner = async ({ id }: { id: string }) => `user-of-${id}`
    const { browser, visit, sandbox } = await webApp({ options: { owner } })
    expect((await visit(browser())).body.owner).toBe(`user-of-${sandbox.vendors.insuresign.users[0]?.id}`)
  })

  it.each(['', ' ', undefined, 7])('is refused where the option `owner` returns %j', async (owner) => {
    const { browser, visit, failures } = await webApp({ options: { owner: () => owner as string } })
    const visitor = browser()
    expect((await visit(visitor)).status).toBe(403)
    expect(failures).toMatchObject([{ code: 'invalid_argument', message: expect.stringContaining('`owner`') }])
    expect(ours(visitor)).toEqual([])
  })

  it('1.5 · is nobody’s where nothing tells who it is', async () => {
    const { browser, visit, failures, sandbox } = await webApp()
    sandbox.vendors.insuresign.switches.accessToken = 'opaque'
    const visitor = browser()
    expect((await visit(visitor)).status).toBe(403)
    expect(failures).toMatchObject([{ code: 'identity_unknown' }])
    expect(ours(visitor)).toEqual([])
  })

  it('is whoever the option `profile` says', async () => {
    const { browser, visit, sandbox } = await webApp({ options: { profile: async () => ({ id: 'one' }) } })
    sandbox.vendors.insuresign.switches.accessToken = 'opaque'
    expect((await visit(browser())).body).toMatchObject({ id: 'one', owner: 'insuresign:one' })
  })

  it.each([
    ['profile', { profile: () => Promise.reject(new Error('of the application')) }],
    ['owner', { owner: () => Promise.reject(new Error('of the application')) }],
  ])(
    'exceptions of the application’s own `%s` come through as they are, and the login is used up',
    async (_, options) => {
      const { browser, sandbox, failures, tokenRequests } = await webApp({ options })
      const visitor = browser()
      const callback = await sandbox.approve(await visitor.login())
      expect((await visitor.follow(callback)).status).toBe(500)
      expect(failures).toEqual([new Error('of the application')])
      await visitor.follow(callback)
      expect(failures.at(-1)).toMatchObject({ code: 'state_used' })
      expect(tokenRequests()).toHaveLength(1)
    },
  )
})

it('signs in with a public client, whose cookies are sealed with `cookieSecret`', async () => {
  const sandbox = createSandbox()
  const { clientId } = sandbox.vendors['lumin-sign'].register({ redirectUris: [callbackUrl], public: true })
  const signIn = createSignIn(luminSign, {
    clientId,
    clientAuthentication: 'public',
    cookieSecret: 'a key of the tests, of more than 32 characters',
    profile: () => ({ id: 'one' }),
    callbackUrl,
    fetch: sandbox.fetch,
  })
  const begun = await signIn.begin(new Request(`${site}/login`))
  const { url } = await sandbox.approve(begun.headers.get('location') ?? '')
  const cookie = begun.headers.getSetCookie()[0]?.split(';', 1)[0] ?? ''
  const { identity } = await signIn.finish(new Request(url, { headers: { cookie } }))
  expect(identity?.id).toBe('one')
  const [request] = sandbox.log.filter(({ place }) => place === 'token')
  expect(request?.body).not.toHaveProperty('client_secret')
  expect(request?.body['code_verifier']).toMatch(/^[\w-]{43}$/)
})

function circle(): object {
  const circle: { self?: object } = {}
  circle.self = circle
  return circle
}
