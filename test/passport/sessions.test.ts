import cookieSession from 'cookie-session'
import type { RequestHandler } from 'express'
import session, { MemoryStore } from 'express-session'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createTestSandbox, type TestAppOptions, testApp } from './app.ts'

afterEach(() => void vi.useRealTimers())

describe('1.3 · without session middleware', () => {
  it('1.3 · a sign-in works and leaves no cookie behind', async () => {
    const { browser, signIn } = await testApp({ sessions: 'none' })
    const visitor = browser()
    expect((await signIn(visitor)).status).toBe(200)
    expect(visitor.cookies.size).toBe(0)
  })

  it('1.3 · a callback is still bound to its browser and used once', async () => {
    const { browser, sandbox, tokenRequests } = await testApp({ sessions: 'none' })
    const [visitor, other] = [browser(), browser()]
    const callback = await sandbox.approve(await visitor.login())
    const cookies = [...visitor.cookies]
    expect((await other.follow(callback)).status).toBe(403)
    expect((await visitor.follow(callback)).status).toBe(200)
    for (const [name, value] of cookies) visitor.cookies.set(name, value)
    expect((await visitor.follow(callback)).status).toBe(403)
    expect(tokenRequests()).toHaveLength(1)
  })
})

describe('1.3 · with express-session', () => {
  it('1.3 · session fixation: a session planted before the login is not logged in afterwards', async () => {
    const { browser, sandbox } = await testApp({
      routes: (app) =>
        app.get('/cart', (req, res) => {
          Object.assign(req.session, { cart: 1 })
          res.end()
        }),
    })
    const [attacker, victim] = [browser(), browser()]
    await attacker.get('/cart')
    const planted = attacker.cookies.get('connect.sid') ?? ''
    expect(planted).not.toBe('')
    victim.cookies.set('connect.sid', planted)
    expect((await victim.follow(await sandbox.approve(await victim.login()))).status).toBe(200)
    expect((await victim.get('/me')).body.user).not.toBeNull()
    expect(victim.cookies.get('connect.sid')).not.toBe(planted)
    expect((await attacker.get('/me')).body.user).toBeNull()
  })

  it('1.3 · a pending login puts nothing into the session', async () => {
    const store = new MemoryStore()
    const { browser } = await testApp({ sessions: expressSession(store) })
    const visitor = browser()
    for (let n = 0; n < 40; n += 1) await visitor.login()
    expect(sessionsIn(store)).toEqual([])
  })

  it('1.3 · neither do tokens get into it', async () => {
    const store = new MemoryStore()
    const tokens: string[] = []
    const { browser, signIn } = await testApp({
      sessions: expressSession(store),
      verify: (accessToken, refreshToken, profile, done) => {
        tokens.push(accessToken, refreshToken)
        done(null, { id: profile.id })
      },
    })
    await signIn(browser())
    expect(tokens).toHaveLength(2)
    for (const token of tokens) expect(JSON.stringify(sessionsIn(store))).not.toContain(token)
  })
})

describe('1.3 · with cookie-session', () => {
  /** Passport 0.7 asks for both methods, which cookie-session has not. */
  const shim: RequestHandler = (req, _res, next) => {
    const own = req.session as unknown as Record<string, unknown> | null
    const callBack = (done: () => void) => done()
    if (own && !own['regenerate']) Object.assign(own, { regenerate: callBack, save: callBack })
    next()
  }

  function cookieSessions(): RequestHandler {
    const middleware = cookieSession({ name: 'session', keys: ['a key of the tests'] })
    return (req, res, next) => middleware(req, res, (error) => (error ? next(error) : shim(req, res, next)))
  }

  it('1.3 · and the usual shim for regenerate and save, a sign-in works', async () => {
    const { browser, sandbox, signIn } = await testApp({ sessions: cookieSessions() })
    const visitor = browser()
    expect((await signIn(visitor)).status).toBe(200)
    expect((await visitor.get('/me')).body.user).toEqual({ id: sandbox.vendors.insuresign.users[0]?.id })
  })

  it('1.3 · an old session cookie does not bring a used callback back', async () => {
    const { browser, sandbox, tokenRequests } = await testApp({ sessions: cookieSessions() })
    const visitor = browser()
    const callback = await sandbox.approve(await visitor.login())
    const old = [...visitor.cookies]
    expect((await visitor.follow(callback)).status).toBe(200)
    visitor.cookies.clear()
    for (const [name, value] of old) visitor.cookies.set(name, value)
    expect((await visitor.follow(callback)).status).toBe(403)
    expect(tokenRequests()).toHaveLength(1)
  })

  it('1.3 · without the shim but with session: false it works as it is', async () => {
    const { browser, signIn } = await testApp({
      sessions: cookieSession({ name: 'session', keys: ['a key of the tests'] }),
      authenticate: { session: false },
    })
    expect((await signIn(browser())).status).toBe(200)
  })
})

describe('1.3 · hosts that do not hang the response on the request', () => {
  const withoutRes = (options: TestAppOptions = {}): TestAppOptions => ({
    ...options,
    before: (app) =>
      app.use((req, _res, next) => {
        delete req.res
        // Express itself would look there.
        Object.defineProperty(req, 'fresh', { value: false })
        next()
      }),
  })

  it('1.3 · the pending login lives in the session', async () => {
    const { browser, signIn } = await testApp(withoutRes())
    const visitor = browser()
    expect((await signIn(visitor)).status).toBe(200)
    expect([...visitor.cookies.keys()]).toEqual(['connect.sid'])
  })

  it("1.1 · the only one of the session is found without a state, with state: 'not-echoed'", async () => {
    const sandbox = createTestSandbox()
    sandbox.vendors.insuresign.switches.stateEcho = 'drop'
    const { browser, signIn } = await testApp(withoutRes({ sandbox, strategy: { state: 'not-echoed' } }))
    const visitor = browser()
    await visitor.login()
    expect((await signIn(visitor)).status).toBe(200)
    expect((await signIn(browser())).status).toBe(200)
  })

  it('1.1 · it is bound to the session, used once, and refused with a wrong state', async () => {
    const { browser, sandbox, tokenRequests, failures } = await testApp(
      withoutRes({ sessions: expressSession(new MemoryStore()), authenticate: { keepSessionInfo: true } }),
    )
    const [visitor, other] = [browser(), browser()]
    const callback = await sandbox.approve(await visitor.login())
    await other.login()
    expect((await other.follow(callback)).status).toBe(403)
    expect((await visitor.get('/callback?code=x&state=__proto__')).status).toBe(403)
    expect((await visitor.follow(callback)).status).toBe(200)
    expect((await visitor.follow(callback)).status).toBe(403)
    expect(new Set(failures.map(({ code }) => code))).toEqual(new Set(['state_unknown']))
    expect(tokenRequests()).toHaveLength(1)
  })

  it('1.1 · it ends within ten minutes', async () => {
    const { browser, sandbox, failures } = await testApp(withoutRes())
    const start = Date.now()
    vi.useFakeTimers({ toFake: ['Date'], now: start })
    const visitor = browser()
    const callback = await sandbox.approve(await visitor.login())
    vi.setSystemTime(start + 600_001)
    expect((await visitor.follow(callback)).status).toBe(403)
    expect(failures).toMatchObject([{ code: 'state_expired' }])
  })

  it('1.3 · after 40 login starts 8 remain in the session, the newest', async () => {
    const store = new MemoryStore()
    const { browser, sandbox } = await testApp(withoutRes({ sessions: expressSession(store) }))
    const start = Date.now()
    vi.useFakeTimers({ toFake: ['Date'], now: start })
    const visitor = browser()
    const locations: string[] = []
    for (let n = 0; n < 40; n += 1) {
      vi.setSystemTime(start + n)
      locations.push(await visitor.login())
    }
    const [{ cookie: _, passport: __, ...rest } = {}] = sessionsIn(store)
    expect(Object.keys(rest)).toEqual([expect.stringMatching(/^esign-auth:.*"insuresign"/)])
    expect(Object.values(rest).map((pending) => Object.keys(pending as object).length)).toEqual([8])
    expect((await visitor.follow(await sandbox.approve(locations[31] ?? ''))).status).toBe(403)
    expect((await visitor.follow(await sandbox.approve(locations[32] ?? ''))).status).toBe(200)
  })

  it('1.3 · the option sessionKey names the entry', async () => {
    const store = new MemoryStore()
    const { browser } = await testApp(withoutRes({ sessions: expressSession(store), strategy: { sessionKey: 'mine' } }))
    await browser().login()
    expect(sessionsIn(store)).toMatchObject([{ mine: expect.any(Object) }])
  })

  it.each([
    ['of their own', undefined],
    ['of one name', 'mine'],
  ])(
    '1.1 · a state of one client registration is refused at another in the same session, with entries %s',
    async (_, sessionKey) => {
      const sessions = expressSession(new MemoryStore())
      const one = await testApp(withoutRes({ sessions, strategy: { sessionKey } }))
      const two = await testApp(
        withoutRes({ sessions, sandbox: one.sandbox, strategy: { sessionKey, clientID: 'another' } }),
      )
      const [visitor, elsewhere] = [one.browser(), two.browser()]
      const callback = await one.sandbox.approve(await visitor.login())
      for (const [name, value] of visitor.cookies) elsewhere.cookies.set(name, value)
      expect((await elsewhere.follow(callback)).status).toBe(403)
      expect(one.tokenRequests()).toEqual([])
      expect((await visitor.follow(callback)).status).toBe(200)
    },
  )

  it("1.1 · nor is it the only one of another there, with state: 'not-echoed'", async () => {
    const sandbox = createTestSandbox()
    sandbox.vendors.insuresign.switches.stateEcho = 'drop'
    const sessions = expressSession(new MemoryStore())
    const strategy = { sessionKey: 'mine', state: 'not-echoed' } as const
    const one = await testApp(withoutRes({ sessions, sandbox, strategy }))
    const two = await testApp(withoutRes({ sessions, sandbox, strategy: { ...strategy, clientID: 'another' } }))
    const [visitor, elsewhere] = [one.browser(), two.browser()]
    const callback = await sandbox.approve(await visitor.login())
    for (const [name, value] of visitor.cookies) elsewhere.cookies.set(name, value)
    expect((await elsewhere.follow(callback)).status).toBe(403)
    expect(one.tokenRequests()).toEqual([])
  })

  it('1.3 · without a session either, an error says what is missing', async () => {
    const { browser, errors } = await testApp(withoutRes({ sessions: 'none' }))
    expect((await browser().get('/login')).status).toBe(500)
    expect((await browser().get('/callback?code=x&state=y')).status).toBe(500)
    const error = {
      code: 'pending_login_impossible',
      message: expect.stringMatching(/^InsureSign: .*session middleware/),
    }
    expect(errors).toMatchObject([error, error])
  })
})

function expressSession(store: MemoryStore): RequestHandler {
  return session({ secret: 'a secret of the tests', resave: false, saveUninitialized: false, store })
}

function sessionsIn(store: MemoryStore): Record<string, unknown>[] {
  const { sessions } = store as unknown as { sessions: Record<string, string> }
  return Object.values(sessions).map((each) => JSON.parse(each))
}
