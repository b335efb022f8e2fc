import { decodeJwt, decodeProtectedHeader } from 'jose'
import { describe, expect, test } from 'vitest'
import { readJson, refused } from './app.ts'
import { AS1, createEsignGlobalApp, type EsignGlobalApp, PATH } from './esignglobal-app.ts'
import { pkce, verifier } from './pkce.ts'

const own = { grant_type: 'client_credentials' }
const DAY = 86_400_000

function appWith(switches: Partial<EsignGlobalApp['fake']['switches']>): EsignGlobalApp {
  const app = createEsignGlobalApp()
  Object.assign(app.fake.switches, switches)
  return app
}

test('tokenEncoding: form takes form bodies and no multipart', async () => {
  const app = appWith({ tokenEncoding: 'form' })
  const { clientId: client_id, clientSecret: client_secret } = app.client
  const body = new URLSearchParams({ ...own, client_id, client_secret })
  expect((await app.sandbox.fetch(AS1 + PATH, { method: 'POST', body })).status).toBe(200)
  expect((await refused(await app.post(own))).error_description).toContain('must be application/x-www-form-urlencoded')
})

test('tokenType: Bearer is written with a capital', async () => {
  expect((await appWith({ tokenType: 'Bearer' }).signIn()).token_type).toBe('Bearer')
})

describe('errors: envelope', () => {
  test('is {code, message, data} with status 200, whatever was wrong', async () => {
    const app = appWith({ errors: 'envelope' })
    for (const fields of [{}, { grant_type: 'password' }, { ...own, client_secret: 'x' }]) {
      const response = await app.post(fields)
      expect(response.status).toBe(200)
      expect(await readJson(response)).toEqual({ code: 400, message: app.refusal(), data: null })
    }
  })

  test('leaves tokens as they are', async () => {
    expect(await appWith({ errors: 'envelope' }).signIn()).toHaveProperty('access_token')
  })
})

test('tokensInData puts the tokens into the data of an envelope', async () => {
  const answer = await readJson(await appWith({ tokensInData: true }).post(own))
  expect(answer).toEqual({
    code: 0,
    message: 'success',
    data: { access_token: expect.any(String), expires_in: 86_398, scope: 'read-write', token_type: 'bearer' },
  })
})

describe('shrinking', () => {
  test('hands the same access token out again, with the time it still has', async () => {
    const app = appWith({ shrinking: true })
    const first = await app.signIn()
    app.sandbox.clock.advance(1_000_000)
    const second = await app.refresh(first.refresh_token)
    expect(second.access_token).toBe(first.access_token)
    expect(Math.abs(first.expires_in - 1_000 - second.expires_in)).toBeLessThanOrEqual(2)
    app.sandbox.clock.advance(1_000_000)
    const third = await app.signIn()
    expect(third.access_token).toBe(first.access_token)
    expect(third.expires_in).toBeLessThan(second.expires_in)
  })

  test('does so for client credentials', async () => {
    const app = appWith({ shrinking: true })
    const [first, second] = [await readJson(await app.post(own)), await readJson(await app.post(own))]
    expect(second['access_token']).toBe(first['access_token'])
  })

  test('mints a new one for another user, scope or app, and once the old one has ended', async () => {
    const app = appWith({ shrinking: true })
    const { access_token } = await app.signIn()
    const { clientId, clientSecret } = app.fake.register({ redirectUris: [app.redirectUri] })
    const code = await app.code(undefined, { clientId })
    const foreign = { grant_type: 'authorization_code', client_id: clientId, client_secret: clientSecret, code }
    const others = [
      (await readJson<{ access_token: string }>(await app.post(foreign))).access_token,
      (await app.signIn('Mei Tanaka')).access_token,
      (await app.signIn(undefined, { scope: 'stamp' })).access_token,
      (await readJson<{ access_token: string }>(await app.post(own))).access_token,
    ]
    expect(others).not.toContain(access_token)
    app.fake.expireAccessTokens()
    const later = await app.signIn()
    expect(later.access_token).not.toBe(access_token)
    app.fake.revokeUser(app.fake.users[0]?.id ?? '')
    expect((await app.signIn()).access_token).not.toBe(later.access_token)
    app.sandbox.clock.advance(86_398_000)
    expect((await app.signIn()).expires_in).toBe(86_398)
  })

  test('is off by default', async () => {
    const app = createEsignGlobalApp()
    const { refresh_token, access_token } = await app.signIn()
    expect((await app.refresh(refresh_token)).access_token).not.toBe(access_token)
  })
})

describe('refreshToken', () => {
  test('new (default): a refresh brings a new one, and the old one stays good', async () => {
    const app = createEsignGlobalApp()
    const { refresh_token } = await app.signIn()
    const second = await app.refresh(refresh_token)
    expect(second.refresh_token).toMatch(/^[\w-]{264}$/)
    expect(second.refresh_token).not.toBe(refresh_token)
    expect(await app.refresh(refresh_token)).toHaveProperty('access_token')
  })

  test('same: a refresh brings the one that was sent', async () => {
    const app = appWith({ refreshToken: 'same' })
    const { refresh_token } = await app.signIn()
    expect((await app.refresh(refresh_token)).refresh_token).toBe(refresh_token)
  })

  test('none: a refresh brings none', async () => {
    const app = appWith({ refreshToken: 'none' })
    const { refresh_token } = await app.signIn()
    expect(await app.refresh(refresh_token)).not.toHaveProperty('refresh_token')
    expect(await app.refresh(refresh_token)).toHaveProperty('access_token')
  })

  test('new with rotation, reuse detection and a grace: reuse ends the grant, but not within the grace', async () => {
    const app = appWith({ rotation: 'always', reuseDetection: true, graceMs: 5_000 })
    const first = await app.signIn()
    const second = await app.refresh(first.refresh_token)
    expect(await app.refresh(first.refresh_token)).toHaveProperty('access_token')
    app.sandbox.clock.advance(5_000)
    expect((await app.refresh(first.refresh_token)).error).toBe('invalid_grant')
    expect((await app.refresh(second.refresh_token)).error).toBe('invalid_grant')
  })
})

describe('refreshExpiry', () => {
  test.each(['new', 'same', 'none'] as const)(
    'extended (default): a refresh begins the 30 days anew, until the 365 days are over (%s)',
    async (refreshToken) => {
      const app = appWith({ refreshToken })
      let token = (await app.signIn()).refresh_token
      for (let day = 29; day < 365; day += 29) {
        app.sandbox.clock.advance(29 * DAY)
        const answer = await app.refresh(token)
        expect(answer.error, `day ${day}`).toBeUndefined()
        token = answer.refresh_token ?? token
      }
      app.sandbox.clock.advance(18 * DAY) // day 348 + 18
      expect((await app.refresh(token)).error).toBe('invalid_grant')
    },
  )

  test.each(['new', 'same', 'none'] as const)(
    'fixed: after 30 days the person must authorize again (%s)',
    async (refreshToken) => {
      const app = appWith({ refreshToken, refreshExpiry: 'fixed' })
      const first = await app.signIn()
      app.sandbox.clock.advance(29 * DAY)
      const second = await app.refresh(first.refresh_token)
      expect(second.error).toBeUndefined()
      app.sandbox.clock.advance(DAY)
      expect((await app.refresh(second.refresh_token ?? first.refresh_token)).error).toBe('invalid_grant')
      expect(app.refusal()).toBe('the refresh token has expired')
    },
  )
})

describe('accessToken', () => {
  test('jwt: an HS256 JWT with the user as sub', async () => {
    const app = appWith({ accessToken: 'jwt' })
    const { access_token } = await app.signIn('Mei Tanaka')
    expect(decodeProtectedHeader(access_token)).toEqual({ alg: 'HS256', typ: 'JWT' })
    const { sub, exp = 0, iat = 0 } = decodeJwt(access_token)
    expect([sub, exp - iat]).toEqual([app.fake.users[2]?.id, 86_398])
  })

  test('jwt: of client credentials with the app as sub', async () => {
    const app = appWith({ accessToken: 'jwt' })
    const { access_token } = await readJson<{ access_token: string }>(await app.post(own))
    expect(decodeJwt(access_token).sub).toBe(app.client.clientId)
  })

  test('jwt-without-sub: names nobody', async () => {
    const app = appWith({ accessToken: 'jwt-without-sub' })
    const claims = decodeJwt((await app.signIn()).access_token)
    expect(Object.keys(claims).sort()).toEqual(['appId', 'exp', 'iat', 'jti'])
  })
})

test('pkce checks the verifier', async () => {
  const app = appWith({ pkce: true })
  const exchange = async (code_verifier: string) =>
    app.post({ grant_type: 'authorization_code', code: await app.code(undefined, pkce), code_verifier })
  expect((await exchange(verifier)).status).toBe(200)
  expect((await refused(await exchange(`${verifier}x`))).error_description).toContain('does not fit')
})

test('alsoAccepts lets named parameters pass, and no others', async () => {
  const app = createEsignGlobalApp()
  app.fake.switches.alsoAccepts.authorize.push('nonce')
  app.fake.switches.alsoAccepts.token.push('redirect_uri')
  const fields = { grant_type: 'authorization_code', code: await app.code(undefined, { nonce: 'n' }) }
  expect((await app.post({ ...fields, redirect_uri: app.redirectUri })).status).toBe(200)
  expect((await app.post({ ...own, scope: 'x' })).status).toBe(400)
})
