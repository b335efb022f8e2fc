import { decodeJwt, decodeProtectedHeader } from 'jose'
import { describe, expect, test } from 'vitest'
import { type App, createApp, documents, readJson, type Tokens } from './app.ts'
import { challenge, pkce, verifier } from './pkce.ts'

async function refresh(app: App, refresh_token: string | undefined): Promise<Tokens & { error?: string }> {
  return readJson(await app.post({ grant_type: 'refresh_token', refresh_token }))
}

describe('the state of the callback', () => {
  test('can be dropped', async () => {
    const app = createApp()
    app.fake.switches.stateEcho = 'drop'
    expect((await app.sandbox.deny(app.authorizationUrl())).url).toBe(`${app.redirectUri}?error=access_denied`)
  })

  test('can be altered', async () => {
    const app = createApp()
    app.fake.switches.stateEcho = 'alter'
    const { url } = await app.sandbox.approve(app.authorizationUrl())
    expect(new URL(url).searchParams.get('state')).not.toBe('s1')
  })
})

describe('the callback', () => {
  test('can be a form POST', async () => {
    const app = createApp()
    app.fake.switches.callback = 'form_post'
    const { method, url, body } = await app.sandbox.approve(app.authorizationUrl())
    expect({ method, url }).toEqual({ method: 'POST', url: app.redirectUri })
    expect([...(body ?? [])]).toEqual([
      ['code', expect.stringMatching(/^[\da-f-]{36}$/)],
      ['state', 's1'],
    ])
  })

  test('can be a form POST of an error', async () => {
    const app = createApp()
    app.fake.switches.callback = 'form_post'
    const { body } = await app.sandbox.deny(app.authorizationUrl())
    expect(`${body}`).toBe('error=access_denied&state=s1')
  })

  test('can hold neither code nor error', async () => {
    const app = createApp()
    app.fake.switches.callback = 'bare'
    expect((await app.sandbox.approve(app.authorizationUrl())).url).toBe(`${app.redirectUri}?state=s1`)
  })

  test('can hold nothing at all', async () => {
    const app = createApp()
    Object.assign(app.fake.switches, { callback: 'bare', stateEcho: 'drop' })
    expect((await app.sandbox.approve(app.authorizationUrl())).url).toBe(app.redirectUri)
  })
})

describe('with the pkce switch on', () => {
  function pkceApp(): App {
    const app = createApp()
    app.fake.switches.pkce = true
    return app
  }

  test('the right verifier gets tokens', async () => {
    const app = pkceApp()
    const response = await app.post({ ...(await app.approved(undefined, pkce)), code_verifier: verifier })
    expect(response.status).toBe(200)
  })

  test('a login without PKCE still works', async () => {
    const app = pkceApp()
    expect((await app.post(await app.approved())).status).toBe(200)
  })

  test.each([
    [{ ...pkce, code_challenge_method: 'plain' }, 'code_challenge_method must be "S256"'],
    [{ code_challenge: challenge }, 'code_challenge_method must be "S256"'],
    [{ code_challenge_method: 'S256' }, 'code_challenge is not the base64url of a SHA-256'],
    [{ ...pkce, code_challenge: verifier }, 'code_challenge is not the base64url of a SHA-256'],
  ])('refuses %o', async (parameters, reason) => {
    const app = pkceApp()
    await expect(app.sandbox.approve(app.authorizationUrl(parameters))).rejects.toThrow(reason)
  })

  test.each([
    ['a missing verifier', undefined, 'invalid_request', 'the parameter "code_verifier" is missing'],
    ['a wrong verifier', `${verifier}x`, 'invalid_grant', 'code_verifier does not fit the code_challenge'],
    ['a short verifier', 'short', 'invalid_request', 'code_verifier is not 43 to 128 unreserved characters'],
    ['a verifier of odd characters', `${verifier}+`, 'invalid_request', 'code_verifier is not 43 to 128'],
  ])('refuses %s, and the code is spent', async (_, code_verifier, error, reason) => {
    const app = pkceApp()
    const fields = await app.approved(undefined, pkce)
    expect(await readJson(await app.post({ ...fields, code_verifier }))).toMatchObject({ error })
    expect(app.refusal()).toContain(reason)
    expect((await app.post({ ...fields, code_verifier: verifier })).status).toBe(400)
  })

  test('refuses a verifier where there was no challenge', async () => {
    const app = pkceApp()
    const response = await app.post({ ...(await app.approved()), code_verifier: verifier })
    expect(await readJson(response)).toMatchObject({
      error: 'invalid_request',
      error_description: expect.stringContaining('had no code_challenge'),
    })
  })
})

describe('with the bodyCredentials switch on', () => {
  const inBody = { headers: { Authorization: undefined } }

  function tolerantApp(): App {
    const app = createApp()
    app.fake.switches.bodyCredentials = true
    return app
  }

  test('the secret may be in the body in place of the header', async () => {
    const app = tolerantApp()
    const fields = { grant_type: 'client_credentials', client_secret: app.client.clientSecret }
    expect((await app.post(fields, inBody)).status).toBe(200)
  })

  test('the header works as ever', async () => {
    expect((await tolerantApp().post({ grant_type: 'client_credentials' })).status).toBe(200)
  })

  test.each([{ client_secret: 'wrong' }, {}, { client_id: 'nobody' }, { client_id: undefined }])(
    'the client %o is refused',
    async (fields) => {
      const app = tolerantApp()
      const response = await app.post({ grant_type: 'client_credentials', ...fields }, inBody)
      expect(await readJson(response)).toMatchObject({ error: 'invalid_client' })
    },
  )

  test('both at once are refused', async () => {
    const app = tolerantApp()
    const fields = { grant_type: 'client_credentials', client_secret: app.client.clientSecret }
    expect(await readJson(await app.post(fields))).toMatchObject({ error: 'invalid_request' })
  })
})

test('undocumented parameters can be accepted by name', async () => {
  const app = createApp()
  app.fake.switches.alsoAccepts.authorize.push('scope')
  app.fake.switches.alsoAccepts.token.push('username', 'password')
  const fields = await app.approved(undefined, { scope: 'openid' })
  expect((await app.post({ ...fields, username: 'x', password: 'y' })).status).toBe(200)
  await expect(app.sandbox.approve(app.authorizationUrl({ username: 'x' }))).rejects.toThrow('"username" is not')
  expect((await app.post({ grant_type: 'client_credentials', scope: 'openid' })).status).toBe(400)
})

describe('access tokens', () => {
  test('can be JWTs that name the user', async () => {
    const app = createApp()
    app.fake.switches.accessToken = 'jwt'
    const { access_token } = await app.signIn('Mei Tanaka')
    const mei = app.fake.users[2]
    expect(decodeProtectedHeader(access_token)).toEqual({ alg: 'ES256', typ: 'JWT' })
    const { sub, client_id, username, token_use, iss, exp = 0, iat = 0 } = decodeJwt(access_token)
    expect({ sub, client_id, username, token_use, iss, life: exp - iat }).toEqual({
      sub: mei?.id,
      client_id: app.client.clientId,
      username: mei?.email,
      token_use: 'access',
      iss: 'https://sign-auth.insuresign.io',
      life: 3600,
    })
    expect((await documents(app, access_token)).status).toBe(200)
  })

  test('of client credentials name the client as JWT', async () => {
    const app = createApp()
    app.fake.switches.accessToken = 'jwt'
    const { access_token } = await readJson<Tokens>(await app.post({ grant_type: 'client_credentials' }))
    expect(decodeJwt(access_token).sub).toBe(app.client.clientId)
    expect(decodeJwt(access_token)).not.toHaveProperty('username')
  })

  test('differ even as JWTs of the same second', async () => {
    const app = createApp()
    app.fake.switches.accessToken = 'jwt'
    const { refresh_token, access_token } = await app.signIn()
    expect((await refresh(app, refresh_token)).access_token).not.toBe(access_token)
  })

  test('live as long as their switch says', async () => {
    const app = createApp()
    app.fake.switches.accessLifetime = 60
    const { access_token, expires_in } = await app.signIn()
    expect(expires_in).toBe(60)
    app.sandbox.clock.advance(59_000)
    expect((await documents(app, access_token)).status).toBe(200)
    app.sandbox.clock.advance(1_000)
    expect((await documents(app, access_token)).status).toBe(401)
  })
})

describe('an id_token', () => {
  test('comes with the tokens of a user', async () => {
    const app = createApp()
    app.fake.switches.idToken = true
    const { id_token = '' } = await app.signIn()
    const [grace] = app.fake.users
    expect(decodeJwt(id_token)).toMatchObject({
      sub: grace?.id,
      name: grace?.name,
      email: grace?.email,
      aud: app.client.clientId,
      token_use: 'id',
    })
  })

  test('does not come with client credentials', async () => {
    const app = createApp()
    app.fake.switches.idToken = true
    expect(await readJson(await app.post({ grant_type: 'client_credentials' }))).not.toHaveProperty('id_token')
  })
})

test('codes live as long as their switch says', async () => {
  const app = createApp()
  app.fake.switches.codeLifetime = 10
  const fields = await app.approved()
  app.sandbox.clock.advance(10_000)
  expect((await app.post(fields)).status).toBe(400)
})

test('refresh tokens live as long as their switch says', async () => {
  const app = createApp()
  app.fake.switches.refreshLifetime = 100
  const { refresh_token } = await app.signIn()
  app.sandbox.clock.advance(99_000)
  expect((await refresh(app, refresh_token)).error).toBeUndefined()
  app.sandbox.clock.advance(1_000)
  expect((await refresh(app, refresh_token)).error).toBe('invalid_grant')
  expect(app.refusal()).toBe('the refresh token has expired')
})

describe('with rotation', () => {
  function rotatingApp(more: Partial<App['fake']['switches']> = {}): App {
    const app = createApp()
    Object.assign(app.fake.switches, { rotation: 'always', ...more })
    return app
  }

  test('every refresh brings a new refresh token and spends the old one', async () => {
    const app = rotatingApp()
    const first = await app.signIn()
    const second = await refresh(app, first.refresh_token)
    expect(second.refresh_token).toMatch(/^[\w-]{264}$/)
    expect((await refresh(app, first.refresh_token)).error).toBe('invalid_grant')
    expect(app.refusal()).toBe('the refresh token was used already')
    expect((await refresh(app, second.refresh_token)).error).toBeUndefined()
  })

  test('of refreshes at the same time one succeeds', async () => {
    const app = rotatingApp()
    const { refresh_token } = await app.signIn()
    const answers = await Promise.all([1, 2, 3, 4].map(() => refresh(app, refresh_token)))
    expect(answers.filter(({ error }) => error === undefined)).toHaveLength(1)
  })

  test('and reuse detection a spent refresh token ends the whole grant', async () => {
    const app = rotatingApp({ reuseDetection: true })
    const first = await app.signIn()
    const second = await refresh(app, first.refresh_token)
    await refresh(app, first.refresh_token)
    expect(app.refusal()).toBe('the refresh token was used already: the whole grant is revoked')
    expect((await refresh(app, second.refresh_token)).error).toBe('invalid_grant')
    expect((await documents(app, second.access_token)).status).toBe(401)
  })

  test('and reuse detection another sign-in of the same user lives on', async () => {
    const app = rotatingApp({ reuseDetection: true })
    const [first, other] = [await app.signIn(), await app.signIn()]
    await refresh(app, first.refresh_token)
    await refresh(app, first.refresh_token)
    expect((await refresh(app, other.refresh_token)).error).toBeUndefined()
  })

  test('a spent refresh token is accepted within the grace, and not after it', async () => {
    const app = rotatingApp({ reuseDetection: true, graceMs: 5_000 })
    const first = await app.signIn()
    const second = await refresh(app, first.refresh_token)
    app.sandbox.clock.advance(4_000)
    expect((await refresh(app, first.refresh_token)).error).toBeUndefined()
    expect((await refresh(app, second.refresh_token)).error).toBeUndefined()
    app.sandbox.clock.advance(1_000)
    expect((await refresh(app, first.refresh_token)).error).toBe('invalid_grant')
  })
})
