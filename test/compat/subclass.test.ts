import http from 'node:http'
import { createRequire } from 'node:module'
import { EsignAuthError } from 'esign-auth'
import { EsignStrategy, InsureSignStrategy, InternalOAuthError, strategyFor, TokenError } from 'esign-auth/passport'
import { describe, expect, it } from 'vitest'
import type { Verify } from '../passport/app.ts'
import { hosts, onExpress5, signIn } from './hosts.ts'
import { type Base, libraries, type Options, ours, passportOAuth2, plain, profiling } from './libraries.ts'
import { plainVendor } from './plain-vendor.ts'

const verify: Verify = (accessToken, _rt, profile, done) => done(null, { id: profile?.id, accessToken })

describe.each(hosts)('$name', (host) => {
  describe.each(libraries)('a subclass of $name', ({ Base }) => {
    it('adds parameters to the authorization URL, from what the request asks', async () => {
      class Mine extends Base {
        override authorizationParams(options: { prompt?: string; maxAge?: number }) {
          return { prompt: options.prompt, max_age: options.maxAge, client_id: 'cannot be replaced' }
        }
      }
      const vendor = await plainVendor()
      const options = { ...vendor.options, state: true, skipUserProfile: true }
      const came = await signIn(host, vendor, new Mine(options, verify), { login: { prompt: 'consent', maxAge: 60 } })
      expect(came.status).toBe(200)
      expect(Object.fromEntries(came.asked)).toMatchObject({
        prompt: 'consent',
        max_age: '60',
        client_id: vendor.options.clientID,
      })
    })

    it('adds parameters to the token request, text or not', async () => {
      class Mine extends Base {
        override tokenParams(options: { tenant?: string }) {
          return { tenant: options.tenant, lifetime: 60, offline: true, grant_type: 'cannot be replaced' }
        }
      }
      const vendor = await plainVendor()
      const options = { ...vendor.options, state: true, skipUserProfile: true }
      const came = await signIn(host, vendor, new Mine(options, verify), { callback: { tenant: 'seven' } })
      expect([came.errors, came.status]).toEqual([[], 200])
      expect(vendor.tokenRequests()[0]?.params).toMatchObject({
        tenant: 'seven',
        lifetime: '60',
        offline: 'true',
        grant_type: 'authorization_code',
      })
    })

    it.each([
      ['by name', false],
      ['passed directly', true],
    ])('may override authenticate, change the options, wrap the outcomes and call super (%s)', async (_, direct) => {
      const order: string[] = []
      class Mine extends Base {
        override authenticate(req: Parameters<EsignStrategy['authenticate']>[0], options: object = {}) {
          const { success, redirect } = this
          this.redirect = (url, status) => {
            order.push('redirect')
            redirect.call(this, `${url}&last=word`, status)
          }
          this.success = (user, info) => {
            order.push('success')
            success.call(this, { ...(user as object), by: 'the subclass' }, info)
          }
          super.authenticate(req, { ...options, scope: ['x', 'y'] })
        }
      }
      const vendor = await plainVendor()
      const options = { ...vendor.options, state: true, skipUserProfile: true }
      const came = await signIn(host, vendor, new Mine(options, verify), { direct })
      expect([came.errors, came.failures]).toEqual([[], []])
      expect([came.asked.get('scope'), came.asked.get('last')]).toEqual(['x y', 'word'])
      expect(came.user).toMatchObject({ by: 'the subclass' })
      expect(order).toEqual(['redirect', 'success'])
    })

    it('that asks the vendor who signed in gets its error with the status', async () => {
      const vendor = await plainVendor()
      const Mine = profiling(Base)
      const strategy = new Mine({ ...vendor.options, state: true }, verify)
      const app = await host.start(strategy)
      const visitor = app.browser()
      const callback = vendor.approve(await visitor.login())
      Object.assign(vendor.switches, {
        tokenAnswer: { status: 200, body: '{"access_token":"x","token_type":"Bearer"}' },
      })
      expect((await visitor.follow(callback)).status).toBe(500)
      const [error] = app.errors as [{ oauthError?: { statusCode?: number } }]
      expect(error).toBeInstanceOf(passportOAuth2.InternalOAuthError)
      expect(error.oauthError?.statusCode).toBe(401)
    })
  })

  it('with ours the errors of the token endpoint are those of the package passport-oauth2', async () => {
    const answers = [
      { status: 400, body: '{"error":"invalid_grant","error_description":"used","error_uri":"https://e.example"}' },
      { status: 503, body: 'later' },
    ]
    const errors = []
    for (const tokenAnswer of answers) {
      const vendor = await plainVendor()
      vendor.switches.tokenAnswer = tokenAnswer
      const came = await signIn(host, vendor, new ours(vendor.options, verify))
      expect(came.status).toBe(500)
      errors.push(...came.errors)
    }
    const [refused, broken] = errors as [Error, Error & { oauthError: unknown }]
    expect(refused).toBeInstanceOf(passportOAuth2.TokenError)
    expect(refused).toMatchObject({ code: 'invalid_grant', message: 'used', uri: 'https://e.example', status: 500 })
    expect(broken).toBeInstanceOf(passportOAuth2.InternalOAuthError)
    expect(broken.oauthError).toBeInstanceOf(EsignAuthError)
    expect(broken.oauthError).toMatchObject({ code: 'http_error', vendorStatus: 503, statusCode: 503 })
  })
})

describe.each(libraries)('on Express 5, a subclass of $name', ({ Base }) => {
  it.each<[string, (body: string, status: number) => Error | null, object]>([
    [
      'an error of its own',
      (body, status) => new RangeError(`${status} ${JSON.parse(body).error}`),
      { message: '400 odd' },
    ],
    ['null: the usual one', () => null, { name: 'InternalOAuthError' }],
  ])('makes of an error answer %s', async (_, parse, expected) => {
    class Mine extends Base {
      override parseErrorResponse(body: string, status: number) {
        return parse(body, status)
      }
    }
    const vendor = await plainVendor()
    vendor.switches.tokenAnswer = { status: 400, body: '{"error":"odd"}' }
    const came = await signIn(onExpress5, vendor, new Mine({ ...vendor.options, state: true }, verify))
    expect(came.errors).toMatchObject([expected])
  })

  it('fills in options of its own before super, and its name after', async () => {
    const vendor = await plainVendor()
    class Mine extends Base {
      constructor(options: Options, verify: Verify) {
        super({ ...options, authorizationURL: options.authorizationURL || vendor.options.authorizationURL }, verify)
        this.name = 'mine'
      }
    }
    const strategy = new Mine({ ...vendor.options, authorizationURL: '', state: true, skipUserProfile: true }, verify)
    expect(strategy.name).toBe('mine')
    expect((await signIn(onExpress5, vendor, strategy)).status).toBe(200)
  })

  it('sends through the agent of setAgent, tokens and API alike', async () => {
    const asked: string[] = []
    class Counting extends http.Agent {
      override createConnection(...args: Parameters<http.Agent['createConnection']>) {
        asked.push(String((args[0] as { path?: string }).path))
        return super.createConnection(...args)
      }
    }
    class Mine extends profiling(Base) {
      constructor(options: Options, verify: Verify) {
        super(options, verify)
        this._oauth2.setAgent(new Counting())
      }
    }
    const vendor = await plainVendor()
    const came = await signIn(onExpress5, vendor, new Mine({ ...vendor.options, state: true }, verify))
    expect(came.user).toMatchObject({ id: 'grace' })
    expect(asked).toHaveLength(2)
  })
})

describe('what ours is an instance of', () => {
  it('its own class, EsignStrategy, and the strategies of passport-oauth2 and passport', async () => {
    const { options } = await plainVendor()
    class Mine extends (strategyFor(plain) as unknown as Base) {}
    const strategy = new Mine(options, verify)
    const { Strategy: PassportStrategy } = createRequire(import.meta.url)('passport-strategy')
    for (const Class of [Mine, EsignStrategy, passportOAuth2, passportOAuth2.Strategy, PassportStrategy]) {
      expect(strategy).toBeInstanceOf(Class)
    }
    expect(strategy).not.toBeInstanceOf(InsureSignStrategy)
    expect([TokenError, InternalOAuthError]).toEqual([passportOAuth2.TokenError, passportOAuth2.InternalOAuthError])
  })
})

describe('what ours differs in, on purpose', () => {
  it('the bearer goes into the header, whatever useAuthorizationHeaderforGET was told', async () => {
    const vendor = await plainVendor()
    class Mine extends ours {
      override userProfile(accessToken: string, done: (error?: unknown, profile?: unknown) => void) {
        this._oauth2.useAuthorizationHeaderforGET(false)
        this._oauth2.get(`${vendor.url}/api/me`, accessToken, (error, body) => done(error, body && { id: body }))
      }
    }
    const came = await signIn(onExpress5, vendor, new Mine(vendor.options, verify))
    expect([came.errors, came.status]).toEqual([[], 200])
    const [request] = vendor.log.filter(({ path }) => path === '/api/me')
    expect([request?.headers.authorization, request?.params]).toEqual([expect.stringMatching(/^Bearer at-/), {}])
  })

  it('the secret is on no property that a subclass could print', async () => {
    const { options } = await plainVendor()
    const strategy = new ours(options, verify)
    expect(JSON.stringify([strategy, strategy._oauth2])).not.toContain(options.clientSecret)
    expect(strategy._oauth2).not.toHaveProperty('_clientSecret')
  })

  it('a profile without id signs nobody in, where the vendor has users', async () => {
    const sandboxless = { clientID: 'x', clientSecret: 'a secret', callbackURL: 'https://app.example/callback' }
    const fetch = async () => Response.json({ access_token: 'x', token_type: 'Bearer' })
    class Mine extends InsureSignStrategy {
      override userProfile(_accessToken: string, done: (error?: unknown, profile?: unknown) => void) {
        done(null, {})
      }
    }
    const vendor = { approve: (url: string) => back(url) }
    const came = await signIn(onExpress5, vendor, new Mine({ ...sandboxless, fetch }, verify))
    expect([came.status, came.failures]).toMatchObject([403, [{ code: 'identity_unknown' }]])
  })
})

function back(url: string): { method: 'GET'; url: string } {
  const state = new URL(url).searchParams.get('state')
  return { method: 'GET', url: `https://app.example/callback?code=x&state=${state}` }
}
