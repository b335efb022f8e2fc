import { InsureSignStrategy } from 'esign-auth/passport'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Done, type TestAppOptions, testApp, type Verify } from './app.ts'

const unhandled: unknown[] = []
const note = (reason: unknown) => void unhandled.push(reason)
const theirs = process.listeners('unhandledRejection')

// Vitest's own listener would end the run before the test that is to blame is known.
beforeEach(() => {
  unhandled.length = 0
  process.removeAllListeners('unhandledRejection').on('unhandledRejection', note)
})
afterEach(async () => {
  await pause(5)
  process.removeAllListeners('unhandledRejection')
  for (const listener of theirs) process.on('unhandledRejection', listener)
  expect(unhandled).toEqual([])
})

/** Signs in with this verify and tells what came of it. */
async function outcome(verify: Verify, strategy: TestAppOptions['strategy'] = {}) {
  const { browser, signIn, errors, failures } = await testApp({ verify, strategy })
  const answer = await signIn(browser())
  await pause(15)
  return { status: answer.status, user: answer.body.user, info: answer.body.info, errors, failures }
}

const user = { id: 'one' }

describe('verify that answers by done', () => {
  it('signs in the user', async () => {
    expect(await outcome((_at, _rt, _p, done) => done(null, user))).toMatchObject({ status: 200, user, info: {} })
  })

  it.each([false, null, undefined, 0, ''])('signs nobody in for %s: 401, with its info', async (nobody) => {
    const info = { message: 'not invited' }
    const result = await outcome((_at, _rt, _p, done) => done(null, nobody, info))
    expect(result).toMatchObject({ status: 401, failures: [info], errors: [] })
  })

  it('ends in its error', async () => {
    const error = new Error('the database is down')
    expect(await outcome((_at, _rt, _p, done) => done(error))).toMatchObject({ status: 500, errors: [error] })
  })

  it('passes info on, with the application state beside it', async () => {
    const result = await outcome((_at, _rt, _p, done) => done(null, user, { scope: 'all' }))
    expect(result.info).toEqual({ scope: 'all' })
  })

  it('passes info on that is a string, and never spreads it', async () => {
    const result = await outcome((_at, _rt, _p, done) => done(null, user, 'welcome back'))
    expect(result.info).toBe('welcome back')
  })

  it('may do so later', async () => {
    const result = await outcome((_at, _rt, _p, done) => void setTimeout(() => done(null, user), 10))
    expect(result).toMatchObject({ status: 200, user })
  })

  it.each(['string reasons', 'route', 'router'])('ends in an error for a reason that is a word: %s', async (word) => {
    const result = await outcome((_at, _rt, _p, done) => done(word))
    expect(result).toMatchObject({ status: 500, errors: [{ name: 'InternalOAuthError' }] })
    expect(result.errors).toMatchObject([{ message: `sign-in ended with ${word}` }])
  })
})

describe('verify that returns a promise', () => {
  it('signs in its value', async () => {
    expect(await outcome(async (_at, _rt, _profile) => user)).toMatchObject({ status: 200, user })
  })

  it('signs in its value though it declares done', async () => {
    expect(await outcome(async (_at, _rt, _p, _done) => user)).toMatchObject({ status: 200, user })
  })

  it.each([false, null])('signs nobody in for %s', async (nobody) => {
    expect(await outcome(async (_at, _rt, _p, _done) => nobody)).toMatchObject({ status: 401, errors: [] })
  })

  it('that is undefined waits for done where it declares done', async () => {
    const result = await outcome(async (_at, _rt, _p, done: Done) => void setTimeout(() => done(null, user), 10))
    expect(result).toMatchObject({ status: 200, user })
  })

  it('that is undefined waits for done where it declares nothing', async () => {
    const result = await outcome(async (...args) => void setTimeout(() => args.at(-1)(null, user), 10))
    expect(result).toMatchObject({ status: 200, user })
  })

  it('that is undefined signs nobody in where it declares no done', async () => {
    expect(await outcome(async (_at, _rt, _profile) => undefined)).toMatchObject({ status: 401 })
  })

  it('ends in its rejection', async () => {
    const error = new Error('the database is down')
    expect(await outcome(() => Promise.reject(error))).toMatchObject({ status: 500, errors: [error] })
  })

  it.each([undefined, null, 0, '', false, 'route', 'router', 7n, Symbol('reason')])(
    'ends in an error for the rejection %s, not in a login, not in the next route',
    async (reason) => {
      const result = await outcome(() => Promise.reject(reason))
      expect(result).toMatchObject({ status: 500, errors: [{ name: 'InternalOAuthError' }], failures: [] })
      expect(result.errors).toMatchObject([{ message: `sign-in ended with ${String(reason) || 'no reason'}` }])
    },
  )

  it('may be any thenable', async () => {
    const thenable = {
      // biome-ignore lint/suspicious/noThenProperty: what some libraries return
      then: (resolve: (value: unknown) => void) => resolve(user),
    }
    expect(await outcome(() => thenable)).toMatchObject({ status: 200, user })
  })
})

describe('verify that returns no promise and declares no done', () => {
  it.each([null, undefined, false, '', 0])('signs nobody in for %s', async (nobody) => {
    expect(await outcome((_at, _rt, _profile) => nobody)).toMatchObject({ status: 401, errors: [] })
  })

  it('signs in a user who has a `then` of another kind', async () => {
    // biome-ignore lint/suspicious/noThenProperty: what a database may hold
    const planning = { ...user, then: 'dinner' }
    expect(await outcome((_at, _rt, _profile) => planning)).toMatchObject({ status: 200, user: planning })
  })
})

describe('the first outcome of verify counts', () => {
  const late = new Error('too late')

  it('a throw is the outcome', async () => {
    const throws = () => {
      throw late
    }
    expect(await outcome(throws)).toMatchObject({ status: 500, errors: [late] })
  })

  it('done, then a throw: signed in, no error', async () => {
    const verify: Verify = (_at, _rt, _p, done) => {
      done(null, user)
      throw late
    }
    expect(await outcome(verify)).toMatchObject({ status: 200, user, errors: [] })
  })

  it('done, then a rejection: signed in, no error', async () => {
    const verify: Verify = async (_at, _rt, _p, done) => {
      done(null, user)
      throw late
    }
    expect(await outcome(verify)).toMatchObject({ status: 200, user, errors: [] })
  })

  it('done twice: the first', async () => {
    const verify: Verify = (_at, _rt, _p, done) => {
      done(null, user)
      done(null, { id: 'two' })
      done(late)
      setTimeout(() => done(null, false), 5)
    }
    expect(await outcome(verify)).toMatchObject({ status: 200, user, errors: [], failures: [] })
  })

  it('an error, then a user: the error', async () => {
    const verify: Verify = (_at, _rt, _p, done) => {
      done(late)
      done(null, user)
    }
    expect(await outcome(verify)).toMatchObject({ status: 500, errors: [late] })
  })
})

describe('the forms of verify', () => {
  const told: unknown[][] = []
  const seen = new WeakSet<object>()
  beforeEach(() => void told.splice(0))

  async function calledWith(verify: Verify, strategy: NonNullable<TestAppOptions['strategy']>) {
    const { browser, signIn, errors } = await testApp({
      verify,
      strategy,
      before: (app) =>
        app.use((req, _res, next) => {
          seen.add(req)
          next()
        }),
    })
    const answer = await signIn(browser())
    expect([answer.status, errors]).toEqual([200, []])
    return told[0] ?? []
  }
  const tell = (...args: unknown[]) => {
    told.push(args)
    ;(args.at(-1) as Done)(null, user)
  }
  const token = expect.stringMatching(/^[\w.-]{20,}$/)
  const profile = expect.objectContaining({ provider: 'insuresign' })
  const done = expect.any(Function)
  const params = {
    access_token: token,
    token_type: 'Bearer',
    refresh_token: token,
    expires_in: expect.any(Number),
    expires_at: expect.any(Number),
  }

  it('(accessToken, refreshToken, profile, done)', async () => {
    const args = await calledWith((a, b, c, d) => tell(a, b, c, d), {})
    expect(args).toEqual([token, token, profile, done])
  })

  it('(accessToken, refreshToken, params, profile, done)', async () => {
    const args = await calledWith((a, b, c, d, e) => tell(a, b, c, d, e), {})
    expect(args).toEqual([token, token, params, profile, done])
  })

  it('params tell the lifetime in seconds from now and as epoch seconds', async () => {
    const [, , params] = await calledWith((a, b, c, d, e) => tell(a, b, c, d, e), {})
    const { expires_in, expires_at } = params as { expires_in: number; expires_at: number }
    expect(expires_in).toBeGreaterThan(3590)
    expect(expires_in).toBeLessThanOrEqual(3600)
    expect(Math.abs(expires_at - Date.now() / 1000 - 3600)).toBeLessThan(10)
  })

  it('(req, accessToken, refreshToken, profile, done), with the real request', async () => {
    const args = await calledWith((r, a, b, c, d) => tell(r, a, b, c, d), { passReqToCallback: true })
    expect(args.slice(1)).toEqual([token, token, profile, done])
    expect(seen.has(args[0] as object)).toBe(true)
  })

  it('(req, accessToken, refreshToken, params, profile, done), with the real request', async () => {
    const args = await calledWith((r, a, b, p, c, d) => tell(r, a, b, p, c, d), { passReqToCallback: true })
    expect(args.slice(1)).toEqual([token, token, params, profile, done])
    expect(seen.has(args[0] as object)).toBe(true)
  })

  it('a function of rest arguments, as wrappers are: without params', async () => {
    expect(await calledWith((...args) => tell(...args), {})).toEqual([token, token, profile, done])
  })

  const tokens = expect.objectContaining({
    access_token: token,
    refresh_token: token,
    expires_at: params.expires_at,
  })

  it.each<[string, Verify]>([
    ['two', (a, b) => Promise.resolve(told.push([a, b])).then(() => user)],
    ['three', (a, b, c) => tell(a, b, c)],
    ['five', (a, b, c, _d, _e) => tell(a, b, c)],
    ['no', (...args) => tell(...args)],
  ])("verifyStyle 'tokens': (tokens, profile[, done]), declared with %s arguments", async (_, verify) => {
    const args = await calledWith(verify, { verifyStyle: 'tokens' })
    expect(args.slice(0, 2)).toEqual([tokens, profile])
  })

  it("verifyStyle 'tokens' with passReqToCallback: (req, tokens, profile[, done])", async () => {
    const options = { verifyStyle: 'tokens', passReqToCallback: true } as const
    const args = await calledWith((r, a, b, c) => tell(r, a, b, c), options)
    expect(args.slice(1)).toEqual([tokens, profile, done])
    expect(seen.has(args[0] as object)).toBe(true)
  })

  it('what verify hangs on the request is there afterwards', async () => {
    const { browser, sandbox } = await testApp({
      strategy: { passReqToCallback: true },
      verify: (req, _at, _rt, _p, done) => {
        req.hung = 'here'
        done(null, user)
      },
      routes(app, passport) {
        app.get('/own', passport.authenticate('insuresign'), (req, res) => {
          res.json((req as { hung?: string }).hung)
        })
      },
    })
    const visitor = browser()
    const { search } = new URL((await sandbox.approve(await visitor.login())).url)
    expect((await visitor.get(`/own${search}`)).body).toBe('here')
  })
})

describe('the other functions of the application end in error, never in an unhandled rejection', () => {
  const broken = new Error('broken')
  const openings = {
    'userProfile that throws': {
      userProfile: () => {
        throw broken
      },
    },
    'userProfile that gives an error': {
      userProfile: (_: string, done: (error?: unknown) => void) => done(broken),
    },
    'an async userProfile that rejects': { userProfile: async () => Promise.reject(broken) },
    'tokenParams that throws': {
      tokenParams: () => {
        throw broken
      },
    },
    'authorizationParams that throws': {
      authorizationParams: () => {
        throw broken
      },
    },
  }

  it.each(Object.entries(openings))('%s', async (_, opening) => {
    const { browser, sandbox, strategy, errors } = await testApp()
    Object.assign(strategy, opening)
    const visitor = browser()
    const begun = await visitor.get('/login')
    if (begun.status === 302) await visitor.follow(await sandbox.approve(begun.headers['location'] ?? ''))
    expect(errors).toEqual([broken])
  })

  it.each([
    ['profile that throws', { profile: () => Promise.reject(broken) }],
    [
      'skipUserProfile that throws',
      {
        skipUserProfile: () => {
          throw broken
        },
      },
    ],
  ])('%s', async (_, strategy) => {
    const { browser, signIn, errors } = await testApp({ strategy })
    expect((await signIn(browser())).status).toBe(500)
    expect(errors).toEqual([broken])
  })

  it('parseErrorResponse that gives something frozen', async () => {
    class Frozen extends InsureSignStrategy {
      override parseErrorResponse() {
        return Object.freeze(new Error('frozen'))
      }
    }
    const { browser, sandbox, signIn, errors } = await testApp({ Strategy: Frozen })
    sandbox.vendors.insuresign.faults.add('token', {
      answer: { status: 400, headers: { 'content-type': 'application/json' }, body: '{"error":"invalid_grant"}' },
    })
    expect((await signIn(browser())).status).toBe(500)
    expect(errors).toHaveLength(1)
  })
})

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
