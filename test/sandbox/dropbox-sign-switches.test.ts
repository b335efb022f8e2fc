import { describe, expect, test } from 'vitest'
import { present, readJson, refused } from './app.ts'
import { createDropboxSignApp, type DropboxSignApp, type DropboxSignTokens, TOKEN } from './dropbox-sign-app.ts'
import { multipart } from './esignglobal-app.ts'
import { pkce, verifier } from './pkce.ts'

function appWith(switches: Partial<DropboxSignApp['fake']['switches']>): DropboxSignApp {
  const app = createDropboxSignApp()
  Object.assign(app.fake.switches, switches)
  return app
}

async function refresh(app: DropboxSignApp, token: string): Promise<DropboxSignTokens & { error?: string }> {
  return readJson(await app.refresh(token))
}

describe('tokenEncoding', () => {
  const write = {
    json: (fields: Record<string, string>) => ({
      headers: { 'Content-Type': 'application/json; charset=utf-8' },
      body: JSON.stringify(fields),
    }),
    form: (fields: Record<string, string>) => ({ body: new URLSearchParams(fields) }),
    multipart: (fields: Record<string, string>) => ({ body: multipart(fields) }),
  }

  test.each(['json', 'form', 'multipart'] as const)('%s takes this encoding and no other', async (tokenEncoding) => {
    const app = appWith({ tokenEncoding })
    for (const [encoding, body] of Object.entries(write)) {
      const { clientId, clientSecret } = app.client
      const fields = { grant_type: 'authorization_code', client_id: clientId, client_secret: clientSecret, state: 's1' }
      const { status } = await app.send(TOKEN, body({ ...fields, code: await app.code() }))
      expect([encoding, status]).toEqual([encoding, encoding === tokenEncoding ? 200 : 400])
    }
  })
})

describe('stateInExchange: lenient', () => {
  test('lets the state be left out', async () => {
    const answer = await readJson(await appWith({ stateInExchange: 'lenient' }).exchange({ state: undefined }))
    expect(answer).toMatchObject({ token_type: 'Bearer', state: 's1' })
  })

  test('takes the right state and refuses a wrong one', async () => {
    const app = appWith({ stateInExchange: 'lenient' })
    expect((await app.exchange()).status).toBe(200)
    expect((await refused(await app.exchange({ state: 's2' }))).error_description).toContain('state is not the one')
  })
})

test('refreshUrl: plain-too takes refreshes at both URLs, and exchanges at the plain one only', async () => {
  const app = appWith({ refreshUrl: 'plain-too' })
  const { refresh_token } = await app.signIn()
  expect((await app.refresh(refresh_token, {}, TOKEN)).status).toBe(200)
  expect((await app.refresh(refresh_token)).status).toBe(200)
  expect((await app.refresh(refresh_token, { grant_type: 'authorization_code' })).status).toBe(400)
})

describe('errors', () => {
  test('nested: an object in "error"', async () => {
    const response = await appWith({ errors: 'nested' }).refresh('x')
    expect([response.status, await readJson(response)]).toEqual([
      400,
      { error: { error_msg: 'the refresh token is unknown', error_name: 'bad_request' } },
    ])
  })

  test('in-200: an error with status 200', async () => {
    const app = appWith({ errors: 'in-200' })
    expect(await refused(await app.refresh('x'))).toEqual({
      status: 200,
      error: 'invalid_grant',
      error_description: 'the refresh token is unknown',
    })
    expect(await refused(await app.exchange({ client_id: undefined }))).toMatchObject({ status: 200 })
  })

  test('can be a page of HTML, as a fault', async () => {
    const app = createDropboxSignApp()
    app.fake.faults.add('token', { answer: 'html' })
    const response = await app.exchange()
    expect(response.headers.get('content-type')).toBe('text/html')
    expect(await response.text()).toContain('<h1>')
  })
})

describe('refreshToken', () => {
  test('none: a refresh brings none, and the old one stays good', async () => {
    const app = appWith({ refreshToken: 'none' })
    const { refresh_token } = await app.signIn()
    expect(await refresh(app, refresh_token)).not.toHaveProperty('refresh_token')
    expect(await refresh(app, refresh_token)).toHaveProperty('access_token')
  })

  test('new: a refresh brings a new one, and without rotation the old one stays good', async () => {
    const app = appWith({ refreshToken: 'new' })
    const { refresh_token } = await app.signIn()
    const second = await refresh(app, refresh_token)
    expect(second.refresh_token).not.toBe(refresh_token)
    expect(await refresh(app, refresh_token)).toHaveProperty('access_token')
    expect(await refresh(app, second.refresh_token)).toHaveProperty('access_token')
  })

  test('new with rotation: the old one is spent', async () => {
    const app = appWith({ refreshToken: 'new', rotation: 'always' })
    const { refresh_token } = await app.signIn()
    const second = await refresh(app, refresh_token)
    expect((await refresh(app, refresh_token)).error).toBe('invalid_grant')
    expect(await refresh(app, second.refresh_token)).toHaveProperty('access_token')
  })

  test('new with rotation, reuse detection and a grace: reuse ends the grant, but not within the grace', async () => {
    const app = appWith({ refreshToken: 'new', rotation: 'always', reuseDetection: true, graceMs: 5_000 })
    const { refresh_token } = await app.signIn()
    const second = await refresh(app, refresh_token)
    expect(await refresh(app, refresh_token)).toHaveProperty('access_token')
    app.sandbox.clock.advance(5_000)
    expect((await refresh(app, refresh_token)).error).toBe('invalid_grant')
    expect(app.refusal()).toBe('the refresh token was used already: the whole grant is revoked')
    expect((await refresh(app, second.refresh_token)).error).toBe('invalid_grant')
  })
})

describe('expires_in', () => {
  test('can be 86400', async () => {
    expect((await appWith({ accessLifetime: 86_400 }).signIn()).expires_in).toBe(86_400)
  })

  test('can be an epoch', async () => {
    const app = appWith({ expiresIn: 'epoch' })
    const { expires_in, refresh_token } = await app.signIn()
    expect(Math.abs(expires_in - app.sandbox.clock.now() / 1000 - 3600)).toBeLessThan(5)
    expect(Number.isInteger(expires_in)).toBe(true)
    app.sandbox.clock.advance(1_000_000)
    const later = (await refresh(app, refresh_token)).expires_in
    expect(later - expires_in).toBeGreaterThanOrEqual(1_000)
  })
})

test('refresh tokens live for ever, or as long as their switch says, however often they are used', async () => {
  const app = createDropboxSignApp()
  const { refresh_token } = await app.signIn()
  app.sandbox.clock.advance(10 * 365 * 86_400_000)
  expect(await refresh(app, refresh_token)).toHaveProperty('access_token')
  app.fake.switches.refreshLifetime = 100
  const short = (await app.signIn()).refresh_token
  app.sandbox.clock.advance(60_000)
  expect(await refresh(app, short)).toHaveProperty('access_token')
  app.sandbox.clock.advance(60_000)
  expect((await refresh(app, short)).error).toBe('invalid_grant')
  expect(app.refusal()).toBe('the refresh token has expired')
})

test('pkce checks the verifier', async () => {
  const app = appWith({ pkce: true })
  const code_verifier = verifier
  expect((await app.exchange({ code: await app.code(undefined, pkce), code_verifier })).status).toBe(200)
  const wrong = await app.exchange({ code: await app.code(undefined, pkce), code_verifier: `${verifier}x` })
  expect((await refused(wrong)).error_description).toContain('does not fit')
})

test('alsoAccepts lets named parameters pass, and no others', async () => {
  const app = createDropboxSignApp()
  app.fake.switches.alsoAccepts.authorize.push('scope')
  app.fake.switches.alsoAccepts.token.push('redirect_uri')
  const code = await app.code(undefined, { scope: 'account_access' })
  expect((await app.exchange({ code, redirect_uri: app.redirectUri })).status).toBe(200)
  expect((await app.exchange(present({ scope: 'x' }))).status).toBe(400)
})
