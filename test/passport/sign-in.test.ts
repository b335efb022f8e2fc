import { describe, expect, it } from 'vitest'
import { testApp } from './app.ts'

describe('signing in with a vendor through Passport and Express', () => {
  it('sends the browser to the vendor and signs in whoever comes back', async () => {
    const { browser, sandbox } = await testApp()
    const visitor = browser()
    const location = await visitor.login()
    expect(location).toMatch(/^https:\/\/sign-auth\.insuresign\.io\/oauth2\/authorize\?response_type=code&client_id=/)
    const answer = await visitor.follow(await sandbox.approve(location, 'Mei Tanaka'))
    const [, , mei] = sandbox.vendors.insuresign.users
    expect(answer.status).toBe(200)
    expect(answer.body.user).toEqual({ id: mei?.id })
    expect((await visitor.get('/me')).body.user).toEqual({ id: mei?.id })
  })

  it('brings application state and a return address back', async () => {
    const { browser, sandbox } = await testApp({ authenticate: { state: { cart: 7 } } })
    const visitor = browser()
    const answer = await visitor.follow(await sandbox.approve(await visitor.login('/login?returnTo=/orders?page=2')))
    expect(answer.body.info).toEqual({ state: { cart: 7 }, returnTo: '/orders?page=2' })
  })

  it('takes application state that is a string, and never puts it on the wire', async () => {
    const { browser, sandbox } = await testApp({ authenticate: { state: 'cart-7' } })
    const visitor = browser()
    const location = await visitor.login()
    expect(location).not.toContain('cart-7')
    expect((await visitor.follow(await sandbox.approve(location))).body.info).toEqual({ state: 'cart-7' })
  })

  it.each([
    ['nothing, and there is nothing to add', undefined, {}, {}],
    ['nothing', undefined, { state: 'cart-7', returnTo: '/orders' }, { state: 'cart-7', returnTo: '/orders' }],
    ['an object', { role: 'signer' }, { state: 7 }, { role: 'signer', state: 7 }],
    ['an object, and there is nothing to add', { role: 'signer' }, {}, { role: 'signer' }],
    ['text', 'welcome', { state: 7, returnTo: '/orders' }, 'welcome'],
  ])(
    'tells with the user what verify gives besides, and what the login brought: %s',
    async (_, info, brought, told) => {
      const infos: unknown[] = []
      const { browser, sandbox } = await testApp({
        verify: (_at, _rt, _profile, done) => done(null, { id: 'one' }, info),
        routes(app, passport) {
          app.get('/begin', passport.authenticate('insuresign', brought as object))
        },
        callbackOptions: { session: false },
        before(app) {
          app.use((req, _res, next) => {
            Object.defineProperty(req, 'authInfo', { set: (value: unknown) => void infos.push(value) })
            next()
          })
        },
      })
      const visitor = browser()
      await visitor.follow(await sandbox.approve(await visitor.login('/begin')))
      expect(infos.at(-1)).toStrictEqual(told)
    },
  )

  it('answers a denial with 403, and names it in the failure', async () => {
    const { browser, sandbox, failures } = await testApp()
    const visitor = browser()
    expect((await visitor.follow(await sandbox.deny(await visitor.login()))).status).toBe(403)
    expect(failures).toEqual([{ code: 'access_denied', message: 'InsureSign: access was denied.' }])
  })

  it('gives the reason of a failure to a custom callback and to failureMessage', async () => {
    const told: unknown[] = []
    const { browser } = await testApp({
      callbackOptions: { failureRedirect: '/sorry', failureMessage: true },
      routes(app, passport) {
        app.get('/own', (req, res, next) => {
          passport.authenticate('insuresign', (...args: unknown[]) => {
            told.push(args)
            res.end()
          })(req, res, next)
        })
        app.get('/sorry', (req, res) => void res.json((req.session as { messages?: string[] }).messages))
      },
    })
    const visitor = browser()
    await visitor.get('/own?code=x&state=y')
    const message = expect.stringMatching(/^InsureSign: no sign-in with this state/)
    expect(told).toEqual([[null, false, { code: 'state_unknown', message }, 403]])
    expect((await visitor.get('/callback?code=x&state=y')).headers['location']).toBe('/sorry')
    expect((await visitor.get('/sorry')).body).toEqual([message])
  })

  it('gives verify the profile in the shape Passport users know', async () => {
    const profiles: unknown[] = []
    const { browser, sandbox, signIn } = await testApp({
      verify: (_at, _rt, profile, done) => {
        profiles.push(profile)
        done(null, { id: profile.id })
      },
    })
    sandbox.vendors.insuresign.switches.idToken = true
    await signIn(browser(), 'Grace Osei')
    const [grace] = sandbox.vendors.insuresign.users
    expect(profiles).toEqual([
      expect.objectContaining({
        provider: 'insuresign',
        id: grace?.id,
        displayName: 'Grace Osei',
        emails: [{ value: 'grace@example.com' }],
        _json: expect.objectContaining({ sub: grace?.id }),
        _raw: expect.stringContaining('"sub"'),
      }),
    ])
  })

  it('calls the openings of passport-oauth2 in a subclass', async () => {
    const { InsureSignStrategy } = await import('esign-auth/passport')
    class Mine extends InsureSignStrategy {
      override authorizationParams(options: { prompt?: string }) {
        return { prompt: options.prompt ?? 'none given', client_id: 'cannot be replaced' }
      }
      override tokenParams() {
        return { tenant: 'seven', grant_type: 'cannot be replaced' }
      }
      override userProfile(_accessToken: string, done: (error?: unknown, profile?: unknown) => void) {
        done(null, { id: 'own' })
      }
    }
    const { browser, sandbox, tokenRequests } = await testApp({
      Strategy: Mine,
      authenticate: { prompt: 'consent' },
    })
    const visitor = browser()
    const location = new URL(await visitor.login())
    expect(location.searchParams.get('prompt')).toBe('consent')
    expect(location.searchParams.get('client_id')).toBe(sandbox.vendors.insuresign.client.clientId)
    // The strict fake knows neither parameter.
    location.searchParams.delete('prompt')
    sandbox.vendors.insuresign.faults.add('token', {
      answer: {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ access_token: 'opaque', token_type: 'Bearer' }),
      },
    })
    const answer = await visitor.follow(await sandbox.approve(location))
    expect(answer.body.user).toEqual({ id: 'own' })
    expect(tokenRequests()[0]?.body).toMatchObject({ tenant: 'seven', grant_type: 'authorization_code' })
  })
})
