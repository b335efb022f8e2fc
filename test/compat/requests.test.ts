import { describe, expect, it } from 'vitest'
import { hosts, onExpress5, signIn } from './hosts.ts'
import { type Base, libraries, ours, profiling } from './libraries.ts'
import { plainVendor } from './plain-vendor.ts'

type Skip = (error?: unknown, skip?: unknown) => void

describe.each(hosts)('$name', (host) => {
  describe.each(libraries)('what is asked per request, with $name', ({ Base }) => {
    it.each([
      ['text', 'a b', 'a b'],
      ['an array', ['a', 'b'], 'a;b'],
    ])('scope as %s goes before that of the constructor', async (_, scope, expected) => {
      const vendor = await plainVendor()
      const options = { ...vendor.options, state: true, scope: ['c'], scopeSeparator: ';', skipUserProfile: true }
      const strategy = new Base(options, (_at, _rt, _profile, done) => done(null, { id: 'one' }))
      const { browser } = await host.start(strategy, { login: { scope } })
      expect(new URL(await browser().login()).searchParams.get('scope')).toBe(expected)
      const plain = await host.start(strategy)
      expect(new URL(await plain.browser().login()).searchParams.get('scope')).toBe('c')
    })

    it('an object as state comes back, and is not seen on the wire', async () => {
      const vendor = await plainVendor()
      const options = { ...vendor.options, store: true, skipUserProfile: true }
      const strategy = new Base(options, (_at, _rt, _profile, done) => done(null, { id: 'one' }))
      const came = await signIn(host, vendor, strategy, { login: { state: { cart: 7 } } })
      expect([came.status, came.info]).toEqual([200, { state: { cart: 7 } }])
      expect(came.asked.get('state')).toMatch(/^[\w-]{20,}$/)
    })

    it('callbackURL, the same on both routes, is that of both requests', async () => {
      const vendor = await plainVendor()
      const callbackURL = 'https://app.example/callback?tenant=7'
      const options = { ...vendor.options, state: true, skipUserProfile: true }
      const strategy = new Base(options, (_at, _rt, _profile, done) => done(null, { id: 'one' }))
      const came = await signIn(host, vendor, strategy, { authenticate: { callbackURL } })
      expect([came.errors, came.failures, came.status]).toEqual([[], [], 200])
      expect(came.asked.get('redirect_uri')).toBe(callbackURL)
      expect(vendor.tokenRequests()[0]?.params['redirect_uri']).toBe(callbackURL)
    })

    it('a denial is a failure, another error of the vendor an AuthorizationError', async () => {
      const vendor = await plainVendor()
      const options = { ...vendor.options, state: true, skipUserProfile: true }
      const app = await host.start(new Base(options, () => undefined))
      const visitor = app.browser()
      const answer = async (error: string) => {
        const state = new URL(await visitor.login()).searchParams.get('state')
        const callback = await visitor.get(`/callback?error=${error}&error_description=sorry&state=${state}`)
        return callback.status
      }
      expect(await answer('access_denied')).toBeGreaterThan(400)
      expect(app.failures).toMatchObject([{ message: expect.stringContaining('sorry') }])
      expect([await answer('server_error'), await answer('temporarily_unavailable')]).toEqual([502, 503])
      expect(app.errors).toMatchObject([
        { name: 'AuthorizationError', code: 'server_error', message: expect.stringContaining('sorry'), status: 502 },
        { name: 'AuthorizationError', code: 'temporarily_unavailable', status: 503 },
      ])
    })
  })

  it('with ours a string as state comes back too, and never goes on the wire', async () => {
    const vendor = await plainVendor()
    const strategy = new ours({ ...vendor.options, skipUserProfile: true }, (_at, _rt, _p, done) => done(null, {}))
    const came = await signIn(host, vendor, strategy, { login: { state: 'cart-7' } })
    expect([came.status, came.info]).toEqual([200, { state: 'cart-7' }])
    expect(came.asked.toString()).not.toContain('cart-7')
  })

  it('with ours a path of this site comes back, and nothing that leads elsewhere', async () => {
    const vendor = await plainVendor()
    const strategy = new ours({ ...vendor.options, skipUserProfile: true }, (_at, _rt, _p, done) => done(null, {}))
    expect((await signIn(host, vendor, strategy, { login: { returnTo: '/orders' } })).info).toEqual({
      returnTo: '/orders',
    })
    expect((await signIn(host, vendor, strategy, { login: { returnTo: '//evil.example' } })).info).toEqual({})
  })
})

describe.each(libraries)('skipUserProfile with $name', ({ Base }) => {
  const ask = async (StrategyBase: Base, skipUserProfile: unknown) => {
    const vendor = await plainVendor()
    const profiles: unknown[] = []
    const Strategy = profiling(StrategyBase)
    const strategy = new Strategy({ ...vendor.options, state: true, skipUserProfile }, (_at, _rt, profile, done) => {
      profiles.push(profile)
      done(null, { id: 'one' })
    })
    const came = await signIn(onExpress5, vendor, strategy)
    return { ...came, profiles, apiCalls: vendor.log.filter(({ path }) => path === '/api/me').length }
  }

  it.each<[string, unknown, boolean]>([
    ['true', true, true],
    ['false', false, false],
    ['undefined', undefined, false],
    ['a text, as from the environment', 'yes', true],
    ['an empty text', '', false],
    ['() => true', () => true, true],
    ['() => false', () => false, false],
    ['() => 1', () => 1, true],
    ['(unused) => true', (_unused: unknown) => true, true],
    ['(accessToken, done) => done(null, true)', (_: string, done: Skip) => done(null, true), true],
    ['(accessToken, done) => done(null, false)', (_: string, done: Skip) => done(null, false), false],
    ['(accessToken, done) => done(null, { known: 1 })', (_: string, done: Skip) => done(null, { known: 1 }), true],
    ['(accessToken, done) => done()', (_: string, done: Skip) => done(), false],
    ['one that answers later', (_: string, done: Skip) => void setTimeout(() => done(null, true), 5), true],
    ['one that looks at the token', (token: string, done: Skip) => done(null, token.startsWith('at-')), true],
  ])('%s', async (_, skip, skipped) => {
    const { status, profiles, apiCalls } = await ask(Base, skip)
    expect([status, apiCalls]).toEqual([200, skipped ? 0 : 1])
    expect(profiles).toEqual([skipped ? undefined : { id: 'grace', name: 'The user grace' }])
  })

  it('(accessToken, done) => done(error) ends in the error', async () => {
    const broken = new Error('the directory is down')
    const { status, errors, profiles } = await ask(Base, (_: string, done: Skip) => done(broken))
    expect([status, errors, profiles]).toEqual([500, [broken], []])
  })
})

it('skipUserProfile that is async and rejects ends in the error, with ours', async () => {
  const broken = new Error('the directory is down')
  const rejects = async (_token: string, _done: Skip) => Promise.reject(broken)
  const vendor = await plainVendor()
  const strategy = new ours({ ...vendor.options, skipUserProfile: rejects }, () => undefined)
  const came = await signIn(onExpress5, vendor, strategy)
  expect([came.status, came.errors]).toEqual([500, [broken]])
})
