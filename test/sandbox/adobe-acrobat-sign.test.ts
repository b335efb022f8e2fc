import { describe, expect, test } from 'vitest'
import { type PlainApp, plainApp } from './plain-app.ts'

const DAY = 86_400_000
const AUTHORIZE = 'https://secure.adobesign.com/public/oauth/v2'
const EU = 'https://api.eu1.adobesign.com'
const JP = 'https://api.jp1.adobesign.com'

function start(): PlainApp<'adobe-acrobat-sign'> {
  return plainApp('adobe-acrobat-sign', {
    ...{ authorize: AUTHORIZE, token: `${EU}/oauth/v2/token`, refresh: `${EU}/oauth/v2/refresh` },
    query: { scope: 'user_login:self user_read:self' },
  })
}

describe('the fake Adobe Acrobat Sign', () => {
  test('names the host that serves the user in the callback and in the answer', async () => {
    const app = start()
    const points = {
      api_access_point: 'https://api.eu1.adobesign.com/',
      web_access_point: 'https://secure.eu1.adobesign.com/',
    }
    const callback = await app.callback()
    expect(Object.fromEntries(callback)).toEqual({ code: expect.any(String), ...points, state: 's1' })
    const tokens = await app.exchange(callback.get('code') ?? '')
    expect(tokens).toMatchObject({ status: 200, token_type: 'Bearer', expires_in: 3600, ...points })
    const next = await app.refresh(tokens.refresh_token)
    expect(next).toMatchObject({ status: 200, ...points })
    expect('refresh_token' in next).toBe(false)
    const me = await app.get(`${EU}/api/rest/v6/users/me`, tokens.access_token)
    expect(me).toMatchObject({ email: 'grace@example.com', firstName: 'Grace', lastName: 'Osei' })
  })

  test.each([
    ['a query', { url: `${EU}/oauth/v2/token?x=1` }, 'parameters in the URL'],
    ['JSON', { encoding: 'json' }, 'x-www-form-urlencoded'],
    ['Basic', { headers: { authorization: 'Basic eDp4' } }, 'there is an Authorization header'],
    ['another host than the user’s', { url: `${JP}/oauth/v2/token` }, 'is served by https://api.eu1.adobesign.com/'],
    ['its secure host', { url: 'https://secure.eu1.adobesign.com/oauth/v2/token' }, 'is served by'],
    ['the refresh path', { url: `${EU}/oauth/v2/refresh` }, 'grant_type "authorization_code" is not documented'],
  ] as const)('refuses a code exchange with %s', async (_, differently, reason) => {
    const app = start()
    const answer = await app.exchange(await app.code(), {}, differently)
    expect([answer.status, answer.error_description]).toEqual([400, expect.stringContaining(reason)])
  })

  test.each([
    [{ redirect_uri: undefined }, 'INVALID_REQUEST'],
    [{ redirect_uri: 'https://evil.example/' }, 'INVALID_GRANT'],
  ])('refuses a code exchange with %o', async (changes, error) => {
    const app = start()
    expect(await app.exchange(await app.code(), changes)).toMatchObject({ error })
  })

  test('refuses a refresh at the token path, at another host, with a redirect URI', async () => {
    const app = start()
    const { refresh_token } = await app.signIn()
    for (const url of [`${EU}/oauth/v2/token`, `${JP}/oauth/v2/refresh`]) {
      expect((await app.refresh(refresh_token, {}, { url })).status).toBe(400)
    }
    expect(await app.refresh(refresh_token, { redirect_uri: app.redirectUri })).toMatchObject({ status: 400 })
  })

  test('forgets a refresh token that nobody used for 60 days', async () => {
    const app = start()
    const { refresh_token } = await app.signIn()
    for (const [days, status] of [
      [59, 200],
      [59, 200],
      [60, 400],
    ] as const) {
      app.sandbox.clock.advance(days * DAY)
      expect((await app.refresh(refresh_token)).status).toBe(status)
    }
  })

  test.each(['access_token', 'refresh_token'] as const)('revokes by the %s, and its partner with it', async (which) => {
    const app = start()
    const tokens = await app.signIn()
    const revoke = (body: Record<string, string>, host = EU) =>
      app.sandbox.fetch(`${host}/oauth/v2/revoke`, { method: 'POST', body: new URLSearchParams(body) })
    const { clientId: client_id } = app.client
    expect((await revoke({ token: tokens[which], client_id })).status).toBe(400)
    expect((await revoke({ token: tokens[which] }, JP)).status).toBe(400)
    const done = await revoke({ token: tokens[which] })
    expect([done.status, await done.text()]).toEqual([200, ''])
    expect((await app.refresh(tokens.refresh_token)).status).toBe(400)
    expect((await app.get(`${EU}/api/rest/v6/users/me`, tokens.access_token)).status).toBe(401)
    const again = await revoke({ token: tokens[which] })
    expect([again.status, await again.json()]).toEqual([400, expect.objectContaining({ error: 'INVALID_TOKEN' })])
  })

  test('grants enabled scopes only, and the wide ones to admins only', async () => {
    const app = start()
    const errorOf = async (scope: string) => (await app.callback({ scope })).get('error')
    expect(await errorOf('library_read:self')).toBe('INVALID_SCOPE')
    expect(await errorOf('user_read:group')).toBe('ACCESS_DENIED')
    app.fake.switches.admins.push(app.fake.users[0]?.id ?? '')
    expect(await errorOf('user_read:group')).toBeNull()
    expect((await app.callback({}, 'deny')).get('error')).toBe('ACCESS_DENIED')
  })

  test('authorizes partner apps without a shard and customer apps on their own', async () => {
    const app = start()
    const onShard = AUTHORIZE.replace('secure.', 'secure.na1.')
    const { clientId } = app.fake.register({ shard: 'na1', redirectUris: [app.redirectUri] })
    await expect(app.sandbox.approve(app.authorizationUrl().replace(AUTHORIZE, onShard))).rejects.toThrow('belongs to')
    const customer = app.authorizationUrl({ client_id: clientId })
    await expect(app.sandbox.approve(customer)).rejects.toThrow('belongs to https://secure.na1.adobesign.com')
    expect((await app.sandbox.approve(customer.replace(AUTHORIZE, onShard))).url).toContain('api.na1.adobesign.com')
    const old = app.authorizationUrl().replace('adobesign', 'echosign')
    expect((await app.sandbox.approve(old)).url).toContain('code=')
  })

  test('knows each app under one spelling of the paths', async () => {
    const app = start()
    const bare = (url: string) => url.replace('/v2', '')
    await expect(app.sandbox.approve(bare(app.authorizationUrl()))).rejects.toThrow('another of the documented paths')
    const wrong = await app.exchange(await app.code(), {}, { url: bare(`${EU}/oauth/v2/token`) })
    expect(wrong.error_description).toContain('another of the documented paths')
    const { clientId } = app.fake.register({ paths: 'unversioned', redirectUris: [app.redirectUri] })
    const asked = app.authorizationUrl({ client_id: clientId })
    await expect(app.sandbox.approve(asked)).rejects.toThrow('another of the documented paths')
    expect((await app.sandbox.approve(bare(asked))).url).toContain('code=')
  })

  test('plays the stray blanks of the page’s sample, and any access point', async () => {
    const app = start()
    Object.assign(app.fake.switches, { strayBlanks: true, accessPoint: 'https://evil.example/' })
    const callback = await app.callback()
    expect(callback.get('api_access_point')).toBe('https://evil.example/')
    expect(await app.exchange(callback.get('code') ?? '')).toMatchObject({
      'access_token ': expect.stringMatching(/^ /),
    })
  })
})
