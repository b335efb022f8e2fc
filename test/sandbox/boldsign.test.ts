import { describe, expect, test } from 'vitest'
import { challenge, type PlainApp, plainApp, verifier } from './plain-app.ts'

const US = 'https://account.boldsign.com/connect'
const DAY = 86_400_000

function start(): PlainApp<'boldsign'> {
  const query = { scope: 'openid profile email offline_access BoldSign.Documents.All', ...challenge }
  return plainApp('boldsign', {
    ...{ authorize: `${US}/authorize`, token: `${US}/token`, query },
    exchange: (redirect_uri) => ({ redirect_uri, code_verifier: verifier }),
  })
}

describe('the fake BoldSign', () => {
  test('signs a person in, as OpenID Connect does', async () => {
    const app = start()
    const tokens = await app.signIn()
    expect(tokens).toMatchObject({ status: 200, token_type: 'Bearer', expires_in: 3600 })
    const claims = JSON.parse(Buffer.from(String(tokens['id_token']).split('.')[1] ?? '', 'base64url').toString())
    const user = { sub: app.fake.users[0]?.id, name: 'Grace Osei', email: 'grace@example.com' }
    expect(claims).toMatchObject({ ...user, aud: app.client.clientId })
    expect(await app.get(`${US}/userinfo`, tokens.access_token)).toMatchObject(user)
    app.fake.switches.claims = 'sub'
    expect(await app.get(`${US}/userinfo`, tokens.access_token)).toEqual({ status: 200, sub: user.sub })
  })

  test.each([
    [{ code_challenge: undefined, code_challenge_method: undefined }, '"code_challenge" is missing'],
    [{ code_challenge_method: 'plain' }, 'must be "S256"'],
    [{ scope: 'openid,profile' }, 'is no scope'],
    [{ scope: undefined }, '"scope" is missing'],
    [{ access_type: 'offline' }, 'not a documented parameter'],
  ])('refuses to ask with %o', async (changes, reason) => {
    await expect(start().callback(changes)).rejects.toThrow(reason)
  })

  test.each([
    ['no verifier', { code_verifier: undefined }, {}],
    ['a wrong verifier', { code_verifier: verifier.toUpperCase() }, {}],
    ['no redirect URI', { redirect_uri: undefined }, {}],
    ['Basic', {}, { headers: { authorization: 'Basic eDp4' } }],
    ['JSON', {}, { encoding: 'json' }],
    ['another region', {}, { url: 'https://account-eu.boldsign.com/connect/token' }],
  ] as const)('refuses a code exchange with %s', async (_, changes, differently) => {
    const app = start()
    expect((await app.exchange(await app.code(), changes, differently)).status).toBe(400)
  })

  test('gives a refresh token for offline_access only', async () => {
    expect('refresh_token' in (await start().signIn({ scope: 'openid' }))).toBe(false)
  })

  test.each([
    ['fixed', 400],
    ['extended', 200],
  ] as const)('keeps refresh tokens of one use for 30 days, %s: %d', async (refreshExpiry, status) => {
    const app = start()
    app.fake.switches.refreshExpiry = refreshExpiry
    const first = await app.signIn()
    app.sandbox.clock.advance(20 * DAY)
    const next = await app.refresh(first.refresh_token)
    expect(await app.refresh(first.refresh_token)).toMatchObject({ error: 'invalid_grant' })
    app.sandbox.clock.advance(20 * DAY)
    expect((await app.refresh(next.refresh_token)).status).toBe(status)
  })

  test.each(['eu', 'ca', 'au'] as const)('serves the apps of %s at their own host', async (region) => {
    const app = start()
    const { clientId } = app.fake.register({ region, redirectUris: [app.redirectUri] })
    const asked = app.authorizationUrl({ client_id: clientId })
    await expect(app.sandbox.approve(asked)).rejects.toThrow(`belongs to https://account-${region}.boldsign.com`)
    expect((await app.sandbox.approve(asked.replace('account.', `account-${region}.`))).url).toContain('code=')
  })

  test('revokes for the client that proves itself, in its own region', async () => {
    const app = start()
    const { refresh_token: token } = await app.signIn()
    const { clientId: client_id, clientSecret: client_secret } = app.client
    const revoke = async (fields: Record<string, string>, url = `${US}/revocation`) =>
      (await app.sandbox.fetch(url, { method: 'POST', body: new URLSearchParams(fields) })).status
    expect(await revoke({ token })).toBe(400)
    const proven = { token, client_id, client_secret }
    expect(await revoke(proven, 'https://account-eu.boldsign.com/connect/revocation')).toBe(400)
    expect(await revoke(proven)).toBe(200)
    expect(await app.refresh(token)).toMatchObject({ error: 'invalid_grant' })
  })
})
