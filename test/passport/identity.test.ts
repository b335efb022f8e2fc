import { defineVendor, type InsureSignSettings, insureSign } from 'esign-auth'
import { InsureSignStrategy, type Profile, strategyFor } from 'esign-auth/passport'
import { createSandbox } from 'esign-auth/sandbox'
import { describe, expect, it, vi } from 'vitest'
import { type AnyStrategy, callbackURL, type Done, type TestAppOptions, testApp } from './app.ts'

const userinfo = 'https://api-v2.insuresign.io/userinfo'
const json = { 'content-type': 'application/json' }

/** An app at a vendor whose tokens say nothing of the user. */
function opaqueApp(options: TestAppOptions = {}) {
  const sandbox = createSandbox()
  sandbox.vendors.insuresign.client.redirectUris.push(callbackURL)
  return testApp({ sandbox, ...options })
}

/** The same, with a userinfo endpoint that gives `answer`; `asked` holds the requests it got. */
async function userinfoApp(answer: () => Response, options: TestAppOptions = {}) {
  const sandbox = createSandbox()
  sandbox.vendors.insuresign.client.redirectUris.push(callbackURL)
  const asked: Request[] = []
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init)
    if (!request.url.startsWith(userinfo)) return sandbox.fetch(input as string, init)
    asked.push(request)
    return answer()
  }
  const built = await testApp({
    ...options,
    sandbox,
    strategy: { ...options.strategy, fetch, userProfileURL: userinfo },
  })
  return { ...built, asked }
}

/** A subclass whose `userProfile` yields this. */
function profiling(profile: unknown): AnyStrategy {
  return class extends InsureSignStrategy {
    override userProfile(_accessToken: string, done: (error?: unknown, profile?: unknown) => void) {
      done(null, profile)
    }
  }
}

const nobody = { code: 'identity_unknown', message: expect.stringMatching(/^InsureSign: .*`profile`/) }

describe('1.5 · identity', () => {
  it('1.5 · nothing that names the user: 403 with identity_unknown, and the message names `profile`', async () => {
    const verify = vi.fn()
    const { browser, signIn, failures } = await opaqueApp({ verify })
    const visitor = browser()
    expect((await signIn(visitor)).status).toBe(403)
    expect(failures).toEqual([nobody])
    expect(verify).not.toHaveBeenCalled()
    expect((await visitor.get('/me')).body.user).toBeNull()
  })

  it.each([
    ['no id', {}],
    ['an id that is an object', { sub: { id: 1 } }],
    ['an id that is an array', { sub: ['one'] }],
    ['an empty id', { sub: '' }],
    ['a blank id', { sub: '  ' }],
    ['null as id', { sub: null }],
    ['true as id', { sub: true }],
    ['an id that lost digits', { sub: 2 ** 60 }],
  ])('1.5 · userinfo with %s: no login', async (_, claims) => {
    const { browser, signIn, failures } = await userinfoApp(() => Response.json(claims))
    expect((await signIn(browser())).status).toBe(403)
    expect(failures).toEqual([nobody])
  })

  const base = { provider: 'insuresign', id: '7' }
  it.each([
    [
      'all',
      { sub: 7, name: 'Ada L', given_name: 'Ada', family_name: 'L', email: 'a@example.com' },
      {
        ...{ displayName: 'Ada L', name: { givenName: 'Ada', familyName: 'L' }, emails: [{ value: 'a@example.com' }] },
      },
    ],
    [
      'half a name',
      { sub: 7, given_name: 'Ada' },
      { displayName: 'Ada', name: { givenName: 'Ada', familyName: undefined } },
    ],
    [
      'the other half',
      { sub: 7, family_name: 'L' },
      { displayName: 'L', name: { givenName: undefined, familyName: 'L' } },
    ],
    ['an id alone', { sub: 7 }, {}],
    ['names that are none', { sub: 7, name: '', given_name: '', family_name: 5, email: null }, {}],
  ])(
    'gives verify what the vendor tells of the user, and nothing in place of the rest: %s',
    async (_, claims, told) => {
      const verify = vi.fn((_at: string, _rt: string, profile: { id: string }, done: Done) =>
        done(null, { id: profile.id }),
      )
      const { browser, signIn } = await userinfoApp(() => Response.json(claims), { verify })
      await signIn(browser())
      const [[, , { _json, ...profile } = {}] = []] = verify.mock.calls as unknown as [
        unknown,
        unknown,
        { _json?: object },
      ][]
      expect({ ..._json }).toEqual(claims)
      expect(profile).toStrictEqual({ ...base, ...told, _raw: JSON.stringify(claims) })
    },
  )

  it.each([
    ['null', 'null', 'invalid_answer'],
    ['an array', '[{"sub":"one"}]', 'invalid_answer'],
    ['text', '"one"', 'invalid_answer'],
    ['nothing', '', 'invalid_answer'],
    ['an error beside the profile', '{"error":"denied","sub":"one"}', 'denied'],
  ])('1.5 · userinfo that is %s: no login', async (_, body, code) => {
    const { browser, signIn, errors } = await userinfoApp(() => new Response(body, { headers: json }))
    expect((await signIn(browser())).status).toBe(500)
    expect(errors).toMatchObject([{ code }])
  })

  it.each([401, 500, 302, 206, 201])(
    '1.5 · status %i with a body in the shape of a profile: no login',
    async (status) => {
      const { browser, signIn, errors } = await userinfoApp(
        () => new Response('{"sub":"one"}', { status, headers: { ...json, location: 'https://evil.example' } }),
      )
      const visitor = browser()
      expect((await signIn(visitor)).status).toBe(500)
      expect(errors).toHaveLength(1)
      expect((await visitor.get('/me')).body.user).toBeNull()
    },
  )

  it('1.5 · the bearer goes into the header only, never into a URL', async () => {
    let token = ''
    const { browser, signIn, asked } = await userinfoApp(() => Response.json({ sub: 7 }), {
      verify: (accessToken, _rt, profile, done) => {
        token = accessToken
        done(null, { id: profile.id })
      },
    })
    expect((await signIn(browser())).body.user).toEqual({ id: '7' })
    expect(asked.map(({ url, method }) => [method, url])).toEqual([['GET', userinfo]])
    expect(asked[0]?.headers.get('authorization')).toBe(`Bearer ${token}`)
  })

  it('1.5 · the profile names the region too, where there are several: one id there is another person', async () => {
    const keys = []
    for (const legacy of [false, true]) {
      const sandbox = createSandbox()
      const { clientId, clientSecret } = sandbox.vendors.insuresign.register({ legacy, redirectUris: [callbackURL] })
      const verify = vi.fn((_at: string, _rt: string, profile: { id: string }, done: Done) => done(null, profile))
      const strategy = { clientID: clientId, clientSecret, legacy, profile: () => ({ id: 7 }) }
      const { browser, signIn } = await testApp({ sandbox, verify, strategy })
      await signIn(browser())
      const [[, , profile] = []] = verify.mock.calls as unknown as [unknown, unknown, Profile][]
      keys.push([profile?.provider, profile?.region, profile?.id])
    }
    expect(keys).toEqual([
      ['insuresign', undefined, '7'],
      ['insuresign', 'legacy=true', '7'],
    ])
  })

  it('1.5 · the profile is keyed by vendor and stable id, never by e-mail', async () => {
    const profiles: unknown[] = []
    const claims = { sub: 'one', email: 'same@example.com', email_verified: true }
    const { browser, signIn } = await userinfoApp(() => Response.json(claims), {
      verify: (_at, _rt, profile, done) => {
        profiles.push(profile)
        done(null, { id: profile.id })
      },
    })
    await signIn(browser())
    expect(profiles).toEqual([expect.objectContaining({ provider: 'insuresign', id: 'one' })])
  })

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['text', 'one'],
    ['an empty object', {}],
    ['an undefined id', { id: undefined }],
    ['an empty id', { id: '' }],
    ['a blank id', { id: ' ' }],
    ['NaN as id', { id: Number(undefined) }],
    ['a number that lost digits as id', { id: 2 ** 60 }],
    ['an object as id', { id: {} }],
  ])('1.5 · a subclass whose userProfile yields %s signs nobody in', async (_, profile) => {
    const { browser, signIn, failures } = await opaqueApp({ Strategy: profiling(profile) })
    expect((await signIn(browser())).status).toBe(403)
    expect(failures).toEqual([nobody])
  })

  it.each(['one', 7, 0, 7n])('1.5 · a subclass whose userProfile yields the id %s signs in', async (id) => {
    const { browser, signIn } = await opaqueApp({
      Strategy: profiling({ id }),
      verify: (_at, _rt, profile, done) => done(null, { id: String(profile.id) }),
    })
    expect((await signIn(browser())).body.user).toEqual({ id: String(id) })
  })

  it('1.5 · userProfile asks the vendor with the access token that it is given, also long after the sign-in', async () => {
    const { strategy, asked } = await userinfoApp(() => Response.json({ sub: 'one' }))
    const told = await new Promise((resolve) => strategy.userProfile('a-kept-token', (...args) => resolve(args)))
    expect(told).toEqual([null, expect.objectContaining({ id: 'one' })])
    expect(asked.map(({ headers }) => headers.get('authorization'))).toEqual(['Bearer a-kept-token'])
  })

  it('1.5 · claims of an access token that did not come straight from the token endpoint do not count', async () => {
    const { strategy, sandbox, browser, signIn } = await testApp({
      verify: (accessToken, _rt, profile, done) => done(null, { id: profile.id, accessToken }),
    })
    const { accessToken } = (await signIn(browser())).body.user
    const told = await new Promise((resolve) => strategy.userProfile(accessToken, (...args) => resolve(args)))
    expect(told).toEqual([expect.objectContaining({ code: 'identity_unknown' })])
    expect(sandbox.log.filter(({ place }) => place === 'api')).toEqual([])
  })

  it.each([
    ['passport.authorize', {}],
    ['skipUserProfile: true', { strategy: { skipUserProfile: true } }],
    ['skipUserProfile: () => true', { strategy: { skipUserProfile: () => true } }],
    [
      'skipUserProfile: (accessToken, done) => done(null, true)',
      {
        strategy: {
          skipUserProfile: (_: string, done: (error?: unknown, skip?: boolean) => void) => done(null, true),
        },
      },
    ],
    ["a private vendor with identity: 'none'", { Strategy: strategyFor(without()) }],
  ] satisfies [string, TestAppOptions][])('1.5 · %s goes on without an id', async (name, options) => {
    const profiles: unknown[] = []
    const { browser, sandbox } = await opaqueApp({
      ...options,
      verify: (_at, _rt, profile, done) => {
        profiles.push(profile)
        done(null, { id: 'known otherwise' })
      },
      routes(app, passport) {
        app.get('/connect', passport.authorize('insuresign'))
        app.get('/connected', passport.authorize('insuresign'), (req, res) => void res.json({ user: req.account }))
      },
    })
    const connects = name === 'passport.authorize'
    const visitor = browser()
    const { url } = await sandbox.approve(await visitor.login(connects ? '/connect' : '/login'))
    const { search } = new URL(url)
    const answer = await visitor.get(`${connects ? '/connected' : '/callback'}${search}`)
    expect([answer.status, answer.body.user]).toEqual([200, { id: 'known otherwise' }])
    expect(profiles).toEqual([undefined])
  })

  it('1.5 · skipUserProfile is asked each time, and its error is the outcome', async () => {
    const asked: unknown[] = []
    const { browser, signIn, errors, failures } = await opaqueApp({
      strategy: {
        skipUserProfile: (accessToken: string, done: (error?: unknown, skip?: boolean) => void) => {
          asked.push(accessToken)
          asked.length === 1 ? done(new Error('the directory is down')) : done(null, false)
        },
      },
    })
    expect((await signIn(browser())).status).toBe(500)
    expect(errors).toMatchObject([{ message: 'the directory is down' }])
    expect((await signIn(browser())).status).toBe(403)
    expect(failures).toEqual([nobody])
    expect(new Set(asked).size).toBe(2)
  })
})

function without() {
  return defineVendor<InsureSignSettings>({ ...insureSign, id: 'private', name: 'Private', identity: 'none' })
}

declare global {
  namespace Express {
    interface Request {
      /** What `passport.authorize` assigns. */
      account?: unknown
    }
  }
}
