import { describe, expect, test } from 'vitest'
import { type PlainApp, plainApp } from './plain-app.ts'

const API = 'https://api.box.com'

function start(): PlainApp<'box-sign'> {
  return plainApp('box-sign', {
    authorize: 'https://account.box.com/api/oauth2/authorize',
    token: `${API}/oauth2/token`,
  })
}

describe('the fake Box', () => {
  test('signs a person in, whose e-mail is the login', async () => {
    const app = start()
    const tokens = await app.signIn()
    expect(tokens).toMatchObject({ status: 200, token_type: 'bearer', expires_in: 3600, restricted_to: [] })
    const user = await app.get(`${API}/2.0/users/me`, tokens.access_token)
    expect(user).toMatchObject({ id: app.fake.users[0]?.id, name: 'Grace Osei', login: 'grace@example.com' })
    expect('email' in user).toBe(false)
    app.fake.switches.tokenType = 'Bearer'
    expect((await app.refresh(tokens.refresh_token))['token_type']).toBe('Bearer')
  })

  test('asks without scope and redirect URI too', async () => {
    const app = start()
    expect((await app.callback({ redirect_uri: undefined, scope: 'root_readwrite' })).get('code')).toBeTruthy()
    await expect(app.callback({ prompt: 'x' })).rejects.toThrow('not a documented parameter')
  })

  test('forgets a code after 30 seconds', async () => {
    const app = start()
    const [good, late] = [await app.code(), await app.code()]
    app.sandbox.clock.advance(29_000)
    expect((await app.exchange(good)).status).toBe(200)
    app.sandbox.clock.advance(1_000)
    expect(await app.exchange(late)).toMatchObject({ error: 'invalid_grant' })
    expect(await app.exchange(good)).toMatchObject({ error: 'invalid_grant' })
  })

  test('lets one of two parallel refreshes through, and none after 60 days', async () => {
    const app = start()
    const { refresh_token } = await app.signIn()
    const answers = await Promise.all([app.refresh(refresh_token), app.refresh(refresh_token)])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400])
    const next = answers.find(({ status }) => status === 200)
    app.sandbox.clock.advance(60 * 86_400_000)
    expect(await app.refresh(next?.refresh_token ?? '')).toMatchObject({ error: 'invalid_grant' })
  })

  test.each([
    ['Basic', { headers: { authorization: 'Basic eDp4' } }],
    ['JSON', { encoding: 'json' }],
    ['multipart', { encoding: 'multipart' }],
  ] as const)('refuses a token request with %s', async (_, differently) => {
    const app = start()
    expect(await app.exchange(await app.code(), {}, differently)).toMatchObject({ error: 'invalid_request' })
  })

  test('revokes for the client that proves itself, as often as it likes', async () => {
    const app = start()
    const { refresh_token: token } = await app.signIn()
    const { clientId: client_id, clientSecret: client_secret } = app.client
    const revoke = async (fields: Record<string, string>) =>
      (await app.sandbox.fetch(`${API}/oauth2/revoke`, { method: 'POST', body: new URLSearchParams(fields) })).status
    expect(await revoke({ token })).toBe(400)
    expect(await revoke({ token, client_id, client_secret: 'x' })).toBe(400)
    const next = await app.refresh(token)
    expect(next.status).toBe(200)
    for (let round = 0; round < 2; round++) expect(await revoke({ token, client_id, client_secret })).toBe(200)
    expect(await app.refresh(next.refresh_token)).toMatchObject({ error: 'invalid_grant' })
  })
})
