import { createTokenKeeper } from 'esign-auth/keeper'
import { InsureSignStrategy } from 'esign-auth/passport'
import { describe, expect, it } from 'vitest'
import { at, createTestSandbox, type Done, type TestAppOptions, testApp, type Verify } from './app.ts'
import type { Browser } from './browser.ts'

/**
 * An app where a signed-in user connects an account: `/connect` begins with `passport.authorize`, `/connected` ends
 * with it, `/callback` ends with `authenticate`. `/as?id=` signs in somebody by other means.
 */
function connectingApp(options: TestAppOptions = {}) {
  return testApp({
    ...options,
    routes(app, passport) {
      app.get('/as', (req, res, next) => {
        req.logIn(JSON.parse(String(req.query['user'])), (error) => (error ? next(error) : res.end()))
      })
      app.get('/connect', passport.authorize('insuresign', { state: 'kept' } as object))
      app.get('/connected', passport.authorize('insuresign'), (req, res) => {
        res.json({ user: req.user ?? null, account: req.account, info: req.authInfo })
      })
    },
  })
}

const as = (visitor: Browser, user: unknown) => visitor.get(`/as?user=${encodeURIComponent(JSON.stringify(user))}`)
const alice = { id: 'alice' }
const bob = { id: 'bob' }

describe('1.1 · account linking with passport.authorize', () => {
  it('1.1 · connects an account to the signed-in user, who stays signed in as before', async () => {
    const { browser, sandbox } = await connectingApp()
    const visitor = browser()
    await as(visitor, alice)
    const session = visitor.cookies.get('connect.sid')
    const callback = await sandbox.approve(await visitor.login('/connect'), 'Mei Tanaka')
    const [, , mei] = sandbox.vendors.insuresign.users
    const answer = await visitor.follow(at('/connected', callback))
    expect(answer.body).toEqual({ user: alice, account: { id: mei?.id }, info: { state: 'kept' } })
    expect((await visitor.get('/me')).body.user).toEqual(alice)
    expect(visitor.cookies.get('connect.sid')).toBe(session)
  })

  it('1.1 · begun by X, it cannot end in the session of Y: no token request', async () => {
    const { browser, sandbox, tokenRequests, failures } = await connectingApp()
    const visitor = browser()
    await as(visitor, alice)
    const callback = await sandbox.approve(await visitor.login('/connect'))
    await as(visitor, bob)
    expect((await visitor.follow(at('/connected', callback))).status).toBe(403)
    expect(failures).toMatchObject([{ code: 'owner_mismatch' }])
    expect(tokenRequests()).toEqual([])
    await as(visitor, alice)
    expect((await visitor.follow(at('/connected', callback))).status, 'and the state is used up').toBe(403)
  })

  it('1.1 · begun by X, it cannot end where nobody is signed in', async () => {
    const { browser, sandbox, failures } = await connectingApp()
    const visitor = browser()
    await as(visitor, alice)
    const callback = await sandbox.approve(await visitor.login('/connect'))
    visitor.cookies.delete('connect.sid')
    expect((await visitor.follow(at('/connected', callback))).status).toBe(403)
    expect(failures).toMatchObject([{ code: 'owner_mismatch' }])
  })

  it('1.1 · begun where nobody was signed in, it cannot end in the session of X', async () => {
    const { browser, sandbox, failures } = await connectingApp()
    const visitor = browser()
    const callback = await sandbox.approve(await visitor.login('/connect'))
    await as(visitor, alice)
    expect((await visitor.follow(at('/connected', callback))).status).toBe(403)
    expect(failures).toMatchObject([{ code: 'owner_mismatch' }])
  })

  it('1.1 · begun and ended where nobody is signed in, it works', async () => {
    const { browser, sandbox } = await connectingApp()
    const visitor = browser()
    const answer = await visitor.follow(at('/connected', await sandbox.approve(await visitor.login('/connect'))))
    expect(answer.body).toMatchObject({ user: null, account: { id: expect.any(String) } })
    expect((await visitor.get('/me')).body.user).toBeNull()
  })

  it.each([
    ['signed in', true],
    ['not signed in', false],
  ])('1.1 · begun by authorize, it cannot end in authenticate (%s)', async (_, signedIn) => {
    const { browser, sandbox, tokenRequests, failures } = await connectingApp()
    const visitor = browser()
    if (signedIn) await as(visitor, alice)
    const callback = await sandbox.approve(await visitor.login('/connect'))
    expect((await visitor.follow(callback)).status).toBe(403)
    expect(failures).toMatchObject([{ code: 'owner_mismatch' }])
    expect(tokenRequests()).toEqual([])
  })

  it.each([
    ['signed in', true],
    ['not signed in', false],
  ])('1.1 · begun by authenticate, it cannot end in authorize (%s)', async (_, signedIn) => {
    const { browser, sandbox, tokenRequests, failures } = await connectingApp()
    const visitor = browser()
    if (signedIn) await as(visitor, alice)
    const callback = await sandbox.approve(await visitor.login())
    expect((await visitor.follow(at('/connected', callback))).status).toBe(403)
    expect(failures).toMatchObject([{ code: 'owner_mismatch' }])
    expect(tokenRequests()).toEqual([])
  })

  it('1.1 · a copy joins only with the same user signed in', async () => {
    const { browser, sandbox, tokenRequests } = await connectingApp()
    const [visitor, other] = [browser(), browser()]
    await as(visitor, alice)
    await as(other, bob)
    const callback = at('/connected', await sandbox.approve(await visitor.login('/connect')))
    for (const [name, value] of visitor.cookies) if (name !== 'connect.sid') other.cookies.set(name, value)
    sandbox.vendors.insuresign.faults.add('token', { latency: 100 })
    const [own, foreign] = await Promise.all([
      visitor.follow(callback),
      new Promise((resolve) => setTimeout(resolve, 30)).then(() => other.follow(callback)),
    ])
    expect([own.status, foreign.status]).toEqual([200, 403])
    expect(tokenRequests()).toHaveLength(1)
  })

  it.each([
    ['no id', {}],
    ['an id that is an object', { id: { $oid: 'x' } }],
    ['an empty id', { id: '' }],
    ['a blank id', { id: ' ' }],
    ['null as id', { id: null }],
    ['a number that lost digits as id', { id: 2 ** 60 }],
  ])('1.1 · a signed-in user with %s: an error that names the option owner', async (_, user) => {
    const { browser, errors } = await connectingApp()
    const visitor = browser()
    await as(visitor, user)
    expect((await visitor.get('/connect')).status).toBe(500)
    expect(errors).toMatchObject([
      { code: 'invalid_argument', message: expect.stringMatching(/^InsureSign: .*`owner`/) },
    ])
  })

  it.each([0, 7, 'seven'])('1.1 · the id %s binds', async (id) => {
    const { browser, sandbox } = await connectingApp()
    const visitor = browser()
    await as(visitor, { id })
    const callback = await sandbox.approve(await visitor.login('/connect'))
    expect((await visitor.follow(at('/connected', callback))).status).toBe(200)
  })

  it('1.1 · the option owner says who the user is', async () => {
    const { browser, sandbox, failures } = await connectingApp({
      strategy: { owner: ({ mail }: { mail: string }) => mail },
    })
    const visitor = browser()
    await as(visitor, { mail: 'a@example.com', seen: 1 })
    const callback = await sandbox.approve(await visitor.login('/connect'))
    await as(visitor, { mail: 'a@example.com', seen: 2 })
    expect((await visitor.follow(at('/connected', callback))).status).toBe(200)
    const another = await sandbox.approve(await visitor.login('/connect'))
    await as(visitor, { mail: 'b@example.com' })
    expect((await visitor.follow(at('/connected', another))).status).toBe(403)
    expect(failures).toMatchObject([{ code: 'owner_mismatch' }])
  })

  it('1.1 · an owner may be a number beyond what JSON keeps', async () => {
    const { browser, sandbox, failures } = await connectingApp({
      strategy: { owner: (({ id }: { id: string }) => BigInt(id)) as never },
    })
    const visitor = browser()
    await as(visitor, { id: '9007199254740993' })
    const callback = await sandbox.approve(await visitor.login('/connect'))
    expect((await visitor.follow(at('/connected', callback))).status).toBe(200)
    const another = await sandbox.approve(await visitor.login('/connect'))
    await as(visitor, { id: '9007199254740992' })
    expect((await visitor.follow(at('/connected', another))).status).toBe(403)
    expect(failures).toMatchObject([{ code: 'owner_mismatch' }])
  })

  it('1.1 · with a keeper it needs somebody signed in, to whom the tokens would belong', async () => {
    const { browser, errors } = await connectingApp({ strategy: { keeper: createTokenKeeper() } })
    const visitor = browser()
    expect((await visitor.get('/connect')).status).toBe(500)
    expect(errors).toMatchObject([
      { code: 'invalid_argument', message: expect.stringMatching(/^InsureSign: nobody is signed in here/) },
    ])
    expect(visitor.setCookies).toEqual([])
    await as(visitor, alice)
    expect((await visitor.get('/connect')).status).toBe(302)
  })

  it('1.1 · a user of null is nobody', async () => {
    const { browser, sandbox } = await connectingApp({
      before(app) {
        app.use((req, _res, next) => {
          Object.assign(req, { user: null })
          next()
        })
      },
    })
    const visitor = browser()
    const answer = await visitor.follow(at('/connected', await sandbox.approve(await visitor.login('/connect'))))
    expect(answer.body).toMatchObject({ user: null, account: { id: expect.any(String) } })
  })

  it('connects an account of which the vendor tells no id, or the application’s own profile none', async () => {
    class Mine extends InsureSignStrategy {
      override userProfile(_accessToken: string, done: (error?: unknown, profile?: unknown) => void) {
        done(null, { plan: 'team' })
      }
    }
    const verify: Verify = (_at: string, _rt: string, profile: unknown, done: Done) => done(null, { profile })
    for (const [options, account] of [
      [{ verify }, {}],
      [{ verify, Strategy: Mine }, { profile: { plan: 'team' } }],
    ] as const) {
      const { browser, sandbox } = await connectingApp(options)
      sandbox.vendors.insuresign.switches.accessToken = 'opaque'
      const visitor = browser()
      await as(visitor, alice)
      const answer = await visitor.follow(at('/connected', await sandbox.approve(await visitor.login('/connect'))))
      expect(answer.body).toMatchObject({ user: alice, account })
    }
  })

  it('1.5 · connects nothing when the vendor fails to tell whose account it is', async () => {
    const sandbox = createTestSandbox()
    const userinfo = 'https://api-v2.insuresign.io/userinfo'
    const { browser, errors } = await connectingApp({
      sandbox,
      strategy: {
        userProfileURL: userinfo,
        fetch: async (input, init) =>
          String(input) === userinfo ? new Response('', { status: 500 }) : sandbox.fetch(input as string, init),
      },
    })
    const visitor = browser()
    await as(visitor, alice)
    const answer = await visitor.follow(at('/connected', await sandbox.approve(await visitor.login('/connect'))))
    expect(answer.status).toBe(500)
    expect(errors).toMatchObject([{ code: 'http_error' }])
  })

  it('1.1 · an owner that throws is an error', async () => {
    const { browser, errors } = await connectingApp({
      strategy: {
        owner: () => {
          throw new Error('no such user')
        },
      },
    })
    const visitor = browser()
    await as(visitor, alice)
    expect((await visitor.get('/connect')).status).toBe(500)
    expect(errors).toMatchObject([{ message: 'no such user' }])
  })

  it('1.1 · a user without id can sign in nevertheless: authenticate asks nobody', async () => {
    const { browser, signIn } = await connectingApp()
    const visitor = browser()
    await as(visitor, {})
    expect((await signIn(visitor)).status).toBe(200)
  })
})
