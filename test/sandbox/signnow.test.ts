import { describe, expect, test } from 'vitest'
import { basic } from './app.ts'
import { type PlainApp, plainApp } from './plain-app.ts'

const APP = 'https://app.signnow.com/authorize'
const API = 'https://api.signnow.com'
const TOKEN = `${API}/oauth2/token`

function start(): PlainApp<'signnow'> {
  return plainApp('signnow', { authorize: APP, token: TOKEN, credentials: 'basic', exchange: () => ({ scope: '*' }) })
}

describe('the fake SignNow', () => {
  test.each(['form', 'multipart'] as const)('signs a person in, with a %s body', async (encoding) => {
    const app = start()
    const tokens = await app.exchange(await app.code(), {}, { encoding })
    expect(tokens).toMatchObject({ status: 200, token_type: 'bearer', expires_in: 2_592_000, scope: '*' })
    expect((await app.refresh(tokens.refresh_token, {}, { encoding })).status).toBe(200)
    expect(await app.refresh(tokens.refresh_token)).toMatchObject({ error: 'invalid_grant' })
    expect((await app.get(TOKEN, tokens.access_token))['expires_in']).toBe('2592000')
  })

  test.each(['scope', 'access_type', 'prompt', 'code_challenge', 'audience'])(
    'refuses the parameter %s at authorize',
    async (name) => {
      await expect(start().callback({ [name]: 'x' })).rejects.toThrow(`"${name}" is not a documented parameter`)
    },
  )

  test.each(['response_type', 'client_id', 'redirect_uri'])('refuses to ask without %s', async (name) => {
    await expect(start().callback({ [name]: undefined })).rejects.toThrow(`"${name}" is missing`)
  })

  test.each([
    ['JSON', {}, { encoding: 'json' }],
    ['no Basic', {}, { headers: { authorization: undefined } }],
    ['a wrong Basic', {}, { headers: { authorization: 'Basic eDp4' } }],
    ['no scope', { scope: undefined }, {}],
    ['a redirect URI', { redirect_uri: 'https://app.example/callback' }, {}],
    ['the secret in the body', { client_secret: 'x' }, {}],
  ] as const)('refuses a code exchange with %s', async (_, changes, differently) => {
    const app = start()
    expect((await app.exchange(await app.code(), changes, differently)).status).toBe(400)
  })

  test('keeps the evaluation hosts apart', async () => {
    const app = start()
    const evaluation = app.fake.register({ sandbox: true, redirectUris: [app.redirectUri] })
    const asked = app.authorizationUrl({ client_id: evaluation.clientId })
    await expect(app.sandbox.approve(asked)).rejects.toThrow('belongs to https://app-eval.signnow.com')
    const { url } = await app.sandbox.approve(asked.replace('app.signnow', 'app-eval.signnow'))
    const code = new URL(url).searchParams.get('code') ?? ''
    const headers = { authorization: basic(evaluation) }
    expect(await app.exchange(code, {}, { headers })).toMatchObject({ error: 'invalid_client' })
    const there = { headers, url: 'https://api-eval.signnow.com/oauth2/token' }
    expect((await app.exchange(code, {}, there)).status).toBe(200)
  })

  test('plays every expires_in, the numbered error, and an e-mail in the list only', async () => {
    const app = start()
    const { switches } = app.fake
    switches.expiresIn = 'text'
    expect((await app.signIn())['expires_in']).toBe('2592000')
    switches.expiresIn = 'epoch'
    const { expires_in, access_token } = await app.signIn()
    expect(Number(expires_in)).toBeGreaterThan(1.7e9)
    Object.assign(switches, { errors: 'numbered', email: 'list' })
    expect(await app.exchange('x')).toEqual({ status: 400, error: 'Invalid credentials.', code: 826 })
    const user = await app.get(`${API}/user`, access_token)
    expect([user['first_name'], user['primary_email'], user['emails']]).toEqual([
      'Grace',
      undefined,
      ['grace@example.com'],
    ])
  })

  test('revokes by DELETE with the bearer', async () => {
    const app = start()
    const { access_token, refresh_token } = await app.signIn()
    const revoke = async (headers: Record<string, string>, search = '') =>
      (await app.sandbox.fetch(TOKEN + search, { method: 'DELETE', headers })).status
    const bearer = { authorization: `Bearer ${access_token}` }
    expect([await revoke({}), await revoke(bearer, '?x=1'), await revoke(bearer)]).toEqual([401, 400, 200])
    expect(await app.refresh(refresh_token)).toMatchObject({ error: 'invalid_grant' })
  })
})
