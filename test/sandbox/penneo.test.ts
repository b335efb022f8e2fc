import { describe, expect, test } from 'vitest'
import { challenge, type PlainApp, plainApp, verifier } from './plain-app.ts'

const HOST = 'https://login.penneo.com'

function start(): PlainApp<'penneo'> {
  return plainApp('penneo', {
    ...{ authorize: `${HOST}/oauth/authorize`, token: `${HOST}/oauth/token`, encoding: 'json', query: challenge },
    exchange: (redirect_uri) => ({ redirect_uri, code_verifier: verifier }),
  })
}

describe('the fake Penneo', () => {
  test('answers with moments and no duration', async () => {
    const app = start()
    const tokens = await app.signIn()
    const seconds = Math.floor(Date.now() / 1000)
    expect(Object.keys(tokens).sort()).toEqual([
      ...['access_token', 'access_token_expires_at', 'refresh_token', 'refresh_token_expires_at', 'status'],
    ])
    expect(Number(tokens['access_token_expires_at']) - seconds - 600).toBeLessThan(10)
    const next = await app.refresh(tokens.refresh_token, { redirect_uri: app.redirectUri })
    expect((await app.refresh(next.refresh_token)).status).toBe(200)
    expect(await app.refresh(tokens.refresh_token)).toMatchObject({ status: 400, error: 'invalid_grant' })
    app.fake.switches.typed = true
    expect((await app.signIn())['token_type']).toBe('Bearer')
  })

  test.each([
    [{ code_challenge: undefined, code_challenge_method: undefined }, '"code_challenge" is missing'],
    [{ code_challenge_method: undefined }, '"code_challenge_method" is missing'],
    [{ code_challenge_method: 'plain' }, 'must be "S256"'],
    [{ redirect_uri: undefined }, '"redirect_uri" is missing'],
  ])('refuses to ask with %o', async (changes, reason) => {
    await expect(start().callback(changes)).rejects.toThrow(reason)
  })

  test.each([
    ['a form', {}, { encoding: 'form' }],
    ['Basic', {}, { headers: { authorization: 'Basic eDp4' } }],
    ['no secret', { client_secret: undefined }, {}],
    ['no verifier', { code_verifier: undefined }, {}],
    ['a wrong verifier', { code_verifier: verifier.toUpperCase() }, {}],
    ['no redirect URI', { redirect_uri: undefined }, {}],
    ['another environment', {}, { url: 'https://sandbox.oauth.penneo.cloud/oauth/token' }],
  ] as const)('refuses a code exchange with %s', async (_, changes, differently) => {
    const app = start()
    expect((await app.exchange(await app.code(), changes, differently)).status).toBe(400)
  })

  test('forgets a refresh token past its stamp, and keeps the environments apart', async () => {
    const app = start()
    const { refresh_token, refresh_token_expires_at } = await app.signIn()
    app.sandbox.clock.advance(Number(refresh_token_expires_at) * 1000 + 1000 - app.sandbox.clock.now())
    expect(await app.refresh(refresh_token)).toMatchObject({ error: 'invalid_grant' })
    const { clientId: client_id } = app.fake.register({ sandbox: true, redirectUris: [app.redirectUri] })
    await expect(app.callback({ client_id })).rejects.toThrow('belongs to https://sandbox.oauth.penneo.cloud')
  })
})
