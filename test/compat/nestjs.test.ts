import 'reflect-metadata'
import type { ExecutionContext } from '@nestjs/common'
import { AuthGuard, PassportStrategy } from '@nestjs/passport'
import { InsureSignStrategy, type Profile, type StrategyOptions, type TokenParams } from 'esign-auth/passport'
import express, { type NextFunction, type Request, type Response } from 'express'
import session from 'express-session'
import passport from 'passport'
import { describe, expect, it, onTestFinished } from 'vitest'
import { callbackURL, createTestSandbox } from '../passport/app.ts'
import { type Browser, createBrowser } from '../passport/browser.ts'
import { serve } from '../passport/serve.ts'

/** A Nest app without its router: the guard is called with the context Nest would give it, on real Express. */
async function nestApp(name: string): Promise<{ browser(): Browser; errors: unknown[] }> {
  onTestFinished(() => void passport.unuse(name))
  const guard = new (AuthGuard(name))()
  const guarded = (req: Request, res: Response, next: NextFunction) => {
    const http = { getRequest: () => req, getResponse: () => res }
    const context = { switchToHttp: () => http } as unknown as ExecutionContext
    Promise.resolve(guard.canActivate(context)).then(() => next(), next)
  }
  const errors: unknown[] = []
  const app = express()
  app.use(session({ secret: 'a secret of the tests', resave: false, saveUninitialized: false }))
  app.get('/login', guarded)
  app.get('/callback', guarded, (req, res) => void res.json({ user: req.user, info: req.authInfo }))
  app.use((error: { status?: number }, _req: Request, res: Response, _next: NextFunction) => {
    errors.push(error)
    res.status(error.status ?? 500).end()
  })
  const url = await serve(app)
  return { browser: () => createBrowser(url), errors }
}

/** A sandbox and the options for it. */
function sandboxed() {
  const sandbox = createTestSandbox()
  const { clientId: clientID, clientSecret } = sandbox.vendors.insuresign.client
  const options: StrategyOptions = { clientID, clientSecret, callbackURL, fetch: sandbox.fetch as typeof fetch }
  const signIn = async ({ browser, errors }: Awaited<ReturnType<typeof nestApp>>) => {
    const visitor = browser()
    const { status, body } = await visitor.follow(await sandbox.approve(await visitor.login(), 'Grace Osei'))
    return { status, ...(body as { user?: unknown; info?: unknown }), errors }
  }
  return { sandbox, options, signIn, grace: sandbox.vendors.insuresign.users[0]?.id }
}

const token = expect.stringMatching(/^[\w.-]{20,}$/)

describe("NestJS's PassportStrategy", () => {
  it('mixes in the strategy under its own name; validate gives the user', async () => {
    const { options, signIn, grace } = sandboxed()
    class Vendor extends PassportStrategy(InsureSignStrategy) {
      constructor() {
        super(options)
      }
      validate(accessToken: string, refreshToken: string, profile: Profile) {
        return { id: profile.id, accessToken, refreshToken }
      }
    }
    new Vendor()
    const { status, user } = await signIn(await nestApp('insuresign'))
    expect([status, user]).toEqual([200, { id: grace, accessToken: token, refreshToken: token }])
  })

  it('under a name of its own, with callbackArity true: validate gets params too', async () => {
    const { options, signIn, grace } = sandboxed()
    class Vendor extends PassportStrategy(InsureSignStrategy, 'signing', true) {
      constructor() {
        super(options)
      }
      async validate(_accessToken: string, _refreshToken: string, params: TokenParams, profile: Profile) {
        return { id: profile.id, type: params.token_type, seconds: params.expires_in }
      }
    }
    new Vendor()
    const { status, user } = await signIn(await nestApp('signing'))
    expect([status, user]).toEqual([200, { id: grace, type: 'Bearer', seconds: expect.any(Number) }])
  })

  it('with the request before params and profile', async () => {
    const { options, signIn, grace } = sandboxed()
    class Vendor extends PassportStrategy(InsureSignStrategy, 'signing', true) {
      constructor() {
        super({ ...options, passReqToCallback: true })
      }
      validate(req: Request, _at: string, _rt: string, params: TokenParams, profile: Profile) {
        return { id: profile.id, path: req.path, type: params.token_type }
      }
    }
    new Vendor()
    const { user } = await signIn(await nestApp('signing'))
    expect(user).toEqual({ id: grace, path: '/callback', type: 'Bearer' })
  })

  it("needs no arity with verifyStyle: 'tokens', and gives info in an array", async () => {
    const { options, signIn, grace } = sandboxed()
    class Vendor extends PassportStrategy(InsureSignStrategy, 'signing') {
      constructor() {
        super({ ...options, verifyStyle: 'tokens' })
      }
      validate(tokens: TokenParams, profile: Profile) {
        return [{ id: profile.id, expires: tokens.expires_at }, { scope: 'all' }]
      }
    }
    new Vendor()
    const { user, info } = await signIn(await nestApp('signing'))
    expect([user, info]).toEqual([{ id: grace, expires: expect.any(Number) }, { scope: 'all' }])
  })

  it.each([
    ['nobody', () => null, 401],
    ['a rejection', () => Promise.reject(new Error('the database is down')), 500],
  ])('validate that ends in %s', async (_, validate, expected) => {
    const { options, signIn } = sandboxed()
    class Vendor extends PassportStrategy(InsureSignStrategy, 'signing') {
      constructor() {
        super(options)
      }
      validate() {
        return validate()
      }
    }
    new Vendor()
    const { status, errors } = await signIn(await nestApp('signing'))
    expect([status, errors]).toEqual([expected, [expect.any(Error)]])
  })

  it('a failure of ours is the UnauthorizedException of the guard', async () => {
    const { options } = sandboxed()
    class Vendor extends PassportStrategy(InsureSignStrategy, 'signing') {
      constructor() {
        super(options)
      }
      validate() {
        return null
      }
    }
    new Vendor()
    const { browser, errors } = await nestApp('signing')
    await browser().get('/callback?code=x&state=y')
    expect(errors).toMatchObject([{ name: 'UnauthorizedException', status: 401 }])
  })
})
