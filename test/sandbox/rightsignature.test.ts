import { describe, expect, test } from 'vitest'
import { type PlainApp, plainApp } from './plain-app.ts'

const HOST = 'https://api.rightsignature.com'

function start(): PlainApp<'rightsignature'> {
  return plainApp('rightsignature', {
    ...{ authorize: `${HOST}/oauth/authorize`, token: `${HOST}/oauth/token`, query: { scope: 'read write' } },
  })
}

describe('the fake RightSignature', () => {
  test.each(['form', 'multipart'] as const)('signs a person in, with a %s body', async (encoding) => {
    const app = start()
    const tokens = await app.exchange(await app.code(), {}, { encoding })
    expect(tokens).toMatchObject({ status: 200, expires_in: 7200, created_at: expect.any(Number), scope: 'read write' })
    const user = { id: app.fake.users[0]?.id, name: 'Grace Osei', email: 'grace@example.com' }
    expect(await app.get(`${HOST}/public/v2/me`, tokens.access_token)).toMatchObject({ user })
    expect((await app.refresh(tokens.refresh_token, {}, { encoding })).status).toBe(200)
    expect(await app.refresh(tokens.refresh_token)).toMatchObject({ status: 403, error: 'invalid_grant' })
  })

  test.each([
    ['JSON', {}, { encoding: 'json' }],
    ['no id', { client_id: undefined }, {}],
    ['no secret', { client_secret: undefined }, {}],
    ['no redirect URI', { redirect_uri: undefined }, {}],
    ['an unknown code', { code: 'x' }, {}],
  ] as const)('refuses a code exchange with %s, with status 403', async (_, changes, differently) => {
    const app = start()
    expect((await app.exchange(await app.code(), changes, differently)).status).toBe(403)
  })

  test.each(['admin', 'read,write', 'write read', ' '])('refuses the scope %j', async (scope) => {
    await expect(start().callback({ scope })).rejects.toThrow('scope must be one of')
  })

  test('calls the code as its prose does, and tells nobody who asks without a token', async () => {
    const app = start()
    app.fake.switches.codeName = 'authorization_code'
    expect([...(await app.callback()).keys()]).toEqual(['authorization_code', 'state'])
    expect((await app.get(`${HOST}/public/v2/me`, {})).status).toBe(401)
  })
})
