import fastifyPassport from '@fastify/passport'
import { defineVendor, type TokenSet } from 'esign-auth'
import {
  type AuthenticateOptions,
  type EsignStrategy,
  InsureSignStrategy,
  type PassportRequest,
  type Profile,
  type StateStore,
  type StrategyOptions,
  type StrategyOptionsWithRequest,
  strategyFor,
  TokenError,
  type VerifyCallback,
  type VerifyFunction,
  type VerifyFunctionWithRequest,
} from 'esign-auth/passport'
import type { Request } from 'express'
import passport, { Passport, type Strategy } from 'passport'
import { describe, expect, expectTypeOf, it } from 'vitest'

// What is tested here the compiler decides: that it compiles, and what it must refuse. Nothing signs in.

const options: StrategyOptions = {
  clientID: 'id',
  clientSecret: 'a secret',
  callbackURL: 'https://app.example/callback',
}
// biome-ignore lint/suspicious/noExplicitAny: passport-oauth2's `params` has always been untyped
type Params = Record<string, any>

describe('the parameters of verify are inferred', () => {
  it('(accessToken, refreshToken, profile[, done])', () => {
    new InsureSignStrategy(options, (accessToken, refreshToken, profile, done) => {
      expectTypeOf([accessToken, refreshToken]).toEqualTypeOf<string[]>()
      expectTypeOf(profile).toEqualTypeOf<Profile>()
      expectTypeOf(done).toEqualTypeOf<VerifyCallback>()
    })
    new InsureSignStrategy(options, async (accessToken, _refreshToken, profile) => {
      expectTypeOf(accessToken).toEqualTypeOf<string>()
      return { id: profile.id }
    })
  })

  it('(accessToken, refreshToken, params, profile, done)', () => {
    new InsureSignStrategy(options, (accessToken, refreshToken, params, profile, done) => {
      expectTypeOf([accessToken, refreshToken]).toEqualTypeOf<string[]>()
      expectTypeOf(params).toEqualTypeOf<Params>()
      expectTypeOf(profile).toEqualTypeOf<Profile>()
      expectTypeOf(done).toEqualTypeOf<VerifyCallback>()
    })
  })

  it('(req, accessToken, refreshToken, profile, done)', () => {
    new InsureSignStrategy({ ...options, passReqToCallback: true }, (req, accessToken, refreshToken, profile, done) => {
      expectTypeOf(req).toExtend<PassportRequest>()
      expectTypeOf([accessToken, refreshToken]).toEqualTypeOf<string[]>()
      expectTypeOf(profile).toEqualTypeOf<Profile>()
      expectTypeOf(done).toEqualTypeOf<VerifyCallback>()
    })
  })

  it('(req, accessToken, refreshToken, params, profile, done)', () => {
    const withRequest: StrategyOptionsWithRequest = { ...options, passReqToCallback: true }
    new InsureSignStrategy(withRequest, (req, accessToken, refreshToken, params, profile, done) => {
      expectTypeOf(req).toExtend<PassportRequest>()
      expectTypeOf([accessToken, refreshToken]).toEqualTypeOf<string[]>()
      expectTypeOf(params).toEqualTypeOf<Params>()
      expectTypeOf(profile).toEqualTypeOf<Profile>()
      expectTypeOf(done).toEqualTypeOf<VerifyCallback>()
    })
  })

  it("verifyStyle: 'tokens', also on top of options of type StrategyOptions", () => {
    new InsureSignStrategy({ ...options, verifyStyle: 'tokens' }, (tokens, profile, done) => {
      expectTypeOf(tokens).toEqualTypeOf<TokenSet>()
      expectTypeOf(profile).toEqualTypeOf<Profile>()
      expectTypeOf(done).toEqualTypeOf<VerifyCallback>()
    })
    new InsureSignStrategy({ ...options, verifyStyle: 'tokens', passReqToCallback: true }, (req, tokens, profile) => {
      expectTypeOf(req).toExtend<PassportRequest>()
      expectTypeOf(tokens).toEqualTypeOf<TokenSet>()
      expectTypeOf(profile).toEqualTypeOf<Profile>()
    })
  })
})

describe('the parameters of verify may be written', () => {
  it("as passport-oauth2's users write them", () => {
    // biome-ignore lint/suspicious/noExplicitAny: as it is written
    type Any = any
    new InsureSignStrategy(options, (_at: string, _rt: string, profile: Any, done: Any) => done(null, profile))
    new InsureSignStrategy(options, (_at: string, _rt: string, _params: Any, profile: Any, done: Any) => {
      done(null, profile)
    })
    const done = (cb: (error: Any, user?: Express.User | false, info?: object) => void) => cb(null, false)
    new InsureSignStrategy(options, (_at: string, _rt: string, _profile: Profile, cb: Parameters<typeof done>[0]) =>
      done(cb),
    )
    new InsureSignStrategy(
      { ...options, passReqToCallback: true },
      (req: Request, _at: string, _rt: string, profile: { id: string }, cb: VerifyCallback) =>
        cb(null, { ip: req.ip, profile }),
    )
    new InsureSignStrategy(options, (...args) => expectTypeOf(args).not.toBeAny())
  })

  it('in another form than the options say: refused', () => {
    const plain = (_at: string, _rt: string, _profile: Profile, _done: VerifyCallback) => undefined
    const tokens = (_tokens: TokenSet, _profile: Profile, _done: VerifyCallback) => undefined
    const withReq = (_req: Request, _at: string, _rt: string, _profile: Profile, _done: VerifyCallback) => undefined
    const six = (_a: string, _b: string, _c: Params, _d: Profile, _e: VerifyCallback, _f: string) => undefined
    // @ts-expect-error -- it gets `req` first
    new InsureSignStrategy({ ...options, passReqToCallback: true }, plain)
    // @ts-expect-error -- it gets no `req`
    new InsureSignStrategy(options, withReq)
    // @ts-expect-error -- it gets tokens
    new InsureSignStrategy({ ...options, verifyStyle: 'tokens' }, plain)
    // @ts-expect-error -- it gets no tokens
    new InsureSignStrategy(options, tokens)
    // @ts-expect-error -- it gets `req` first
    new InsureSignStrategy({ ...options, verifyStyle: 'tokens', passReqToCallback: true }, tokens)
    // @ts-expect-error -- six parameters without `req`
    new InsureSignStrategy(options, six)
    // @ts-expect-error -- nobody calls it with numbers
    new InsureSignStrategy(options, (_at: number, _rt: string, _profile: Profile, _done: VerifyCallback) => {})
  })

  it('and options of type StrategyOptions cannot hide another form, as with passport-oauth2', () => {
    // @ts-expect-error -- StrategyOptionsWithRequest
    const withReq: StrategyOptions = { ...options, passReqToCallback: true }
    // @ts-expect-error -- say it where the strategy is made
    const tokens: StrategyOptions = { ...options, verifyStyle: 'tokens' }
    expect([withReq.passReqToCallback, tokens.verifyStyle]).toEqual([true, 'tokens'])
  })
})

describe('a subclass', () => {
  class Mine extends InsureSignStrategy {
    readonly tenant: string
    constructor({ tenant, ...options }: StrategyOptions & { readonly tenant: string }, verify: VerifyFunction) {
      super(options, verify)
      this.tenant = tenant
    }
    override authorizationParams(options: { prompt?: string }) {
      return { tenant: this.tenant, prompt: options.prompt }
    }
    override userProfile(accessToken: string, done: (error?: unknown, profile?: unknown) => void) {
      this._oauth2.get('https://api-v2.insuresign.io/me', accessToken, (error, body) => {
        done(error, body === undefined ? undefined : JSON.parse(body))
      })
    }
    override parseErrorResponse(body: string, status: number) {
      return status === 418 ? new RangeError(body) : super.parseErrorResponse(body, status)
    }
    override authenticate(req: PassportRequest, options?: AuthenticateOptions) {
      super.authenticate(req, { ...options, scope: ['a'] })
    }
  }

  it('is written as one of passport-oauth2 is', () => {
    const mine = new Mine({ ...options, tenant: 'seven' }, (_accessToken, _refreshToken, profile, done) => {
      expectTypeOf(profile).toEqualTypeOf<Profile>()
      done(null, profile)
    })
    expectTypeOf(mine).toExtend<EsignStrategy>()
    expect(mine.authorizationParams({ prompt: 'login' })).toEqual({ tenant: 'seven', prompt: 'login' })
  })

  it('hands on verify with req', () => {
    class WithRequest extends InsureSignStrategy {
      constructor(options: StrategyOptionsWithRequest, verify: VerifyFunctionWithRequest) {
        super(options, verify)
      }
    }
    const withRequest = { ...options, passReqToCallback: true } as const
    expect(new WithRequest(withRequest, (req, _at, _rt, _profile, done) => done(null, req.headers)).name).toBe(
      'insuresign',
    )
  })

  it('of a private vendor knows the settings of the vendor', () => {
    const Acme = strategyFor(
      defineVendor<{ readonly region: 'eu' | 'us' }>({
        id: 'acme',
        name: 'Acme',
        settings: { region: { values: ['eu', 'us'], choosesEndpoints: true } },
        endpoints: ({ region }) => ({
          authorization: `https://${region}.acme.example/authorize`,
          token: `https://${region}.acme.example/token`,
        }),
        api: () => ['https://acme.example'],
        identity: 'none',
        pkce: 'unknown',
        token: { credentials: 'body', encoding: 'form', fields: { authorization_code: ['grant_type', 'code'] } },
        rotation: 'unknown',
      }),
    )
    const acme = new Acme({ ...options, region: 'eu' }, (_at, _rt, profile, done) => done(null, profile))
    expect(acme.client.endpoints.token).toBe('https://eu.acme.example/token')
    // @ts-expect-error -- no such region
    expect(() => new Acme({ ...options, region: 'mars' }, () => undefined)).toThrow(/region/)
  })
})

describe('Passport with @types/passport', () => {
  const strategy = new InsureSignStrategy(options, (_at, _rt, profile, done) => done(null, profile))
  const authenticator = new Passport()

  it('takes the strategy as it is, by name and passed directly', () => {
    expectTypeOf(strategy).toExtend<Strategy>()
    authenticator.use(strategy)
    authenticator.use('other', strategy)
    authenticator.authenticate(strategy)
    expectTypeOf(fastifyPassport.use).toBeCallableWith(strategy)
    expectTypeOf(passport.use).toBeCallableWith(strategy)
  })

  it('takes options of ours, written as AuthenticateOptions', () => {
    const begin: AuthenticateOptions = { returnTo: '/orders', state: { cart: 7 }, prompt: 'login', session: false }
    authenticator.authenticate('insuresign', begin)
    authenticator.authorize('insuresign', begin)
    const returnTo = '/orders'
    authenticator.authenticate('insuresign', { returnTo, callbackURL: '/callback?tenant=7' } as AuthenticateOptions)
    authenticator.authenticate('insuresign', begin, (error: unknown) => error)
    // @ts-expect-error -- @types/passport refuses names it does not know in a bare literal
    authenticator.authenticate('insuresign', { returnTo })
    // Whatever the query held: what is no path of this site is dropped.
    const query: { returnTo?: string | string[] } = { returnTo: ['/a', '/b'] }
    const unchecked: AuthenticateOptions = { returnTo: query.returnTo }
    expect(unchecked.returnTo).toEqual(['/a', '/b'])
  })
})

describe('options', () => {
  it('take state stores as they are written for passport-oauth2', () => {
    class Handles {
      store(req: Request, meta: { clientID: string }, callback: (error: Error | null, handle?: string) => void): void {
        callback(null, req.ip + meta.clientID)
      }
      verify(_req: Request, state: string, callback: (error: Error | null, ok: boolean, info?: unknown) => void): void {
        callback(null, state !== '')
      }
    }
    expectTypeOf<Handles>().toExtend<StateStore>()
    new InsureSignStrategy({ ...options, store: new Handles(), state: true, pkce: 'S256' }, () => undefined)
    new InsureSignStrategy({ ...options, store: true }, () => undefined)
    // @ts-expect-error -- half a store
    expect(() => new InsureSignStrategy({ ...options, store: { store() {} } }, () => undefined)).toThrow(/store/)
  })

  it('take skipUserProfile in all forms', () => {
    new InsureSignStrategy({ ...options, skipUserProfile: true }, () => undefined)
    new InsureSignStrategy({ ...options, skipUserProfile: () => true }, () => undefined)
    const skipUserProfile: StrategyOptions['skipUserProfile'] = (accessToken, done) => {
      expectTypeOf(accessToken).toEqualTypeOf<string>()
      done(null, true)
    }
    new InsureSignStrategy({ ...options, skipUserProfile }, () => undefined)
  })

  it('refuse to switch state off', () => {
    // @ts-expect-error -- and at run time too
    expect(() => new InsureSignStrategy({ ...options, state: false }, () => undefined)).toThrow(/state/)
  })
})

it('errors are narrowed by their class', () => {
  const error: unknown = new TokenError('used', 'invalid_grant')
  if (error instanceof TokenError) expectTypeOf(error.code).toEqualTypeOf<string | undefined>()
  expect(error).toBeInstanceOf(TokenError)
})
