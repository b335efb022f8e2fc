import { beforeEach, describe, expect, it } from 'vitest'
import type { Done, Verify } from '../passport/app.ts'
import { hosts, signIn } from './hosts.ts'
import { type Base, libraries, ours, profiling } from './libraries.ts'
import { plainVendor } from './plain-vendor.ts'

const told: unknown[][] = []
beforeEach(() => void told.splice(0))

const tell = (...args: unknown[]) => {
  told.push(args)
  ;(args.at(-1) as Done)(null, { id: 'one' })
}

const accessToken = expect.stringMatching(/^at-/)
const refreshToken = expect.stringMatching(/^rt-/)
const params = expect.objectContaining({ access_token: accessToken, token_type: 'Bearer', expires_in: 3600 })
const profile = { id: 'grace', name: 'The user grace' }
const done = expect.any(Function)
const request = expect.objectContaining({ headers: expect.objectContaining({ cookie: expect.any(String) }) })

describe.each(hosts)('$name', (host) => {
  async function calledWith(Base: Base, verify: Verify, options: object) {
    const vendor = await plainVendor()
    const Strategy = profiling(Base)
    const came = await signIn(host, vendor, new Strategy({ ...vendor.options, state: true, ...options }, verify))
    expect([came.errors, came.failures, came.status]).toEqual([[], [], 200])
    expect(came.user).toEqual({ id: 'one' })
    return told[0]
  }

  describe.each(libraries)('verify with $name', ({ Base }) => {
    it.each<[string, Verify, object, unknown[]]>([
      [
        '(accessToken, refreshToken, profile, done)',
        (a, b, c, d) => tell(a, b, c, d),
        {},
        [accessToken, refreshToken, profile, done],
      ],
      [
        '(accessToken, refreshToken, params, profile, done)',
        (a, b, c, d, e) => tell(a, b, c, d, e),
        {},
        [accessToken, refreshToken, params, profile, done],
      ],
      ['rest arguments: without params', (...args) => tell(...args), {}, [accessToken, refreshToken, profile, done]],
      [
        '(req, accessToken, refreshToken, profile, done)',
        (a, b, c, d, e) => tell(a, b, c, d, e),
        { passReqToCallback: true },
        [request, accessToken, refreshToken, profile, done],
      ],
      [
        '(req, accessToken, refreshToken, params, profile, done)',
        (a, b, c, d, e, f) => tell(a, b, c, d, e, f),
        { passReqToCallback: true },
        [request, accessToken, refreshToken, params, profile, done],
      ],
      [
        'rest arguments with req: without params',
        (...args) => tell(...args),
        { passReqToCallback: true },
        [request, accessToken, refreshToken, profile, done],
      ],
    ])('%s', async (_, verify, options, expected) => {
      expect(await calledWith(Base, verify, options)).toEqual(expected)
    })

    it('is told with its info: the application state comes beside what verify says', async () => {
      const vendor = await plainVendor()
      const verify: Verify = (_at, _rt, _profile, done) => done(null, { id: 'one' }, { scope: 'all' })
      const strategy = new Base({ ...vendor.options, store: true, skipUserProfile: true }, verify)
      const came = await signIn(host, vendor, strategy, { login: { state: { cart: 7 } } })
      expect([came.user, came.info]).toEqual([{ id: 'one' }, { scope: 'all', state: { cart: 7 } }])
    })

    it('that finds nobody is a failure with its info, and one that breaks is its error', async () => {
      const vendor = await plainVendor()
      const options = { ...vendor.options, state: true, skipUserProfile: true }
      const info = { message: 'not invited' }
      const nobody = await signIn(host, vendor, new Base(options, (_at, _rt, _p, done) => done(null, false, info)))
      expect([nobody.status, nobody.failures, nobody.errors]).toEqual([401, [info], []])
      const broken = new Error('the database is down')
      const failed = await signIn(host, vendor, new Base(options, (_at, _rt, _p, done) => done(broken)))
      expect([failed.status, failed.failures, failed.errors]).toEqual([500, [], [broken]])
      const throws = () => {
        throw broken
      }
      expect((await signIn(host, vendor, new Base(options, throws))).errors).toEqual([broken])
    })
  })

  const tokens = expect.objectContaining({ access_token: accessToken, refresh_token: refreshToken })

  it.each<[string, Verify, object, unknown[]]>([
    ['(tokens, profile, done)', (a, b, c) => tell(a, b, c), {}, [tokens, profile, done]],
    ['of rest arguments', (...args) => tell(...args), {}, [tokens, profile, done]],
    [
      '(req, tokens, profile, done)',
      (a, b, c, d) => tell(a, b, c, d),
      { passReqToCallback: true },
      [request, tokens, profile, done],
    ],
    [
      'of rest arguments, with req',
      (...args) => tell(...args),
      { passReqToCallback: true },
      [request, tokens, profile, done],
    ],
  ])("verifyStyle: 'tokens' %s", async (_, verify, options, expected) => {
    expect(await calledWith(ours, verify, { verifyStyle: 'tokens', ...options })).toEqual(expected)
  })

  it('a verify that rejects ends in its error', async () => {
    const vendor = await plainVendor()
    const broken = new Error('the database is down')
    const options = { ...vendor.options, skipUserProfile: true }
    const came = await signIn(host, vendor, new ours(options, () => Promise.reject(broken)))
    expect([came.status, came.errors]).toEqual([500, [broken]])
  })
})
