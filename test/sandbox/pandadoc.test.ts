import { describe, expect, test } from 'vitest'
import { type PlainApp, plainApp } from './plain-app.ts'

const API = 'https://api.pandadoc.com'
const ME = `${API}/public/v1/members/current`

function start(): PlainApp<'pandadoc'> {
  const app = plainApp('pandadoc', {
    authorize: 'https://app.pandadoc.com/oauth2/authorize',
    ...{ token: `${API}/oauth2/access_token`, exchange: () => ({}), query: { scope: 'read+write' } },
  })
  // URLSearchParams would encode the plus, which is the mistake.
  const encoded = app.authorizationUrl
  app.authorizationUrl = (changes) => encoded(changes).replace('scope=read%2Bwrite', 'scope=read+write')
  return app
}

describe('the fake PandaDoc', () => {
  test('signs a person in', async () => {
    const app = start()
    const tokens = await app.signIn()
    expect(tokens).toMatchObject({ status: 200, token_type: 'Bearer', expires_in: 31_535_999, scope: 'read+write' })
    const user = { user_id: app.fake.users[0]?.id, email: 'grace@example.com', email_verified: true }
    expect(await app.get(ME, tokens.access_token)).toMatchObject({ ...user, first_name: 'Grace', last_name: 'Osei' })
    const next = await app.refresh(tokens.refresh_token, { scope: 'read+write' })
    expect(next.refresh_token).not.toBe(tokens.refresh_token)
    expect(await app.refresh(tokens.refresh_token)).toMatchObject({ status: 400, error: 'invalid_grant' })
  })

  test.each(['read%2Bwrite', 'read%20write', 'read+write+more', 'read', 'write+read'])(
    'refuses the scope written %s',
    async (scope) => {
      const app = start()
      const url = app.authorizationUrl().replace('scope=read+write', `scope=${scope}`)
      await expect(app.sandbox.approve(url)).rejects.toThrow('scope must be read+write')
    },
  )

  test.each([
    ['Basic', {}, { headers: { authorization: 'Basic eDp4' } }],
    ['JSON', {}, { encoding: 'json' }],
    ['multipart', {}, { encoding: 'multipart' }],
    ['no secret', { client_secret: undefined }, {}],
    ['a redirect URI', { redirect_uri: 'https://app.example/callback' }, {}],
  ] as const)('refuses a code exchange with %s', async (_, changes, differently) => {
    const app = start()
    const answer = await app.exchange(await app.code(), changes, differently)
    expect(answer).toMatchObject({ status: 400, error: 'invalid_request' })
  })

  test('refuses a used code, and a token under API-Key', async () => {
    const app = start()
    const code = await app.code()
    const { access_token } = await app.exchange(code)
    expect(await app.exchange(code)).toMatchObject({ status: 400, error: 'invalid_grant' })
    expect((await app.get(ME, { authorization: `API-Key ${access_token}` })).status).toBe(401)
  })

  test('plays another scope, empty names, and each refresh token', async () => {
    const app = start()
    Object.assign(app.fake.switches, { scopeEcho: 'read write read+write', names: false, rotation: 'never' })
    const { scope, access_token, refresh_token } = await app.signIn()
    expect(scope).toBe('read write read+write')
    expect(await app.get(ME, access_token)).toMatchObject({ first_name: '', last_name: '' })
    app.fake.switches.refreshToken = 'same'
    expect((await app.refresh(refresh_token)).refresh_token).toBe(refresh_token)
    app.fake.switches.refreshToken = 'none'
    expect('refresh_token' in (await app.refresh(refresh_token))).toBe(false)
  })
})
