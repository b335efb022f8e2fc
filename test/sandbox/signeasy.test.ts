import { describe, expect, test } from 'vitest'
import { type PlainApp, plainApp } from './plain-app.ts'

const audience = 'https://api-ext.signeasy.com/'
const LEGACY = 'https://api.signeasy.com/oauth2'

function start(): PlainApp<'signeasy'> {
  return plainApp('signeasy', {
    ...{ authorize: 'https://auth.signeasy.com/authorize', token: 'https://auth.signeasy.com/oauth/token' },
    query: { scope: 'user:read offline_access', audience },
  })
}

/** The same person's app at the legacy API. */
function legacy() {
  const app = plainApp('signeasy', {
    ...{ authorize: `${LEGACY}/authorize`, token: `${LEGACY}/token`, encoding: 'multipart' },
    query: { scope: 'user:read' },
  })
  const { clientId: client_id, clientSecret: client_secret } = app.fake.register({
    ...{ legacy: true, redirectUris: [app.redirectUri] },
  })
  const own = { client_id, client_secret }
  return { ...app, own, signIn: async () => app.exchange(await app.code({ client_id }), own) }
}

describe('the fake Signeasy', () => {
  test('signs a person in at version 3', async () => {
    const app = start()
    const tokens = await app.signIn()
    expect(tokens).toMatchObject({ status: 200, token_type: 'Bearer', expires_in: 2_592_000 })
    expect((await app.refresh(tokens.refresh_token)).status).toBe(200)
    expect((await app.callback({}, 'deny')).get('error')).toBe('access_denied')
    expect('refresh_token' in (await app.signIn({ scope: 'user:read' }))).toBe(false)
  })

  test.each([
    [{ audience: undefined }, '"audience" is missing'],
    [{ audience: 'https://evil.example/' }, 'audience must be'],
    [{ scope: 'user:read,offline_access' }, 'joined by spaces'],
    [{ code_challenge: 'x' }, 'not a documented parameter'],
  ])('refuses to ask with %o', async (changes, reason) => {
    await expect(start().callback(changes)).rejects.toThrow(reason)
  })

  test('takes one encoding at version 3, whichever is switched on', async () => {
    const app = start()
    for (const [tokenEncoding, other] of [
      ['form', 'json'],
      ['json', 'form'],
    ] as const) {
      app.fake.switches.tokenEncoding = tokenEncoding
      for (const encoding of [other, 'multipart'] as const)
        expect((await app.exchange(await app.code(), {}, { encoding })).status).toBe(400)
      expect((await app.exchange(await app.code(), {}, { encoding: tokenEncoding })).status).toBe(200)
    }
  })

  test('lets the old pair die with a refresh of the legacy API', async () => {
    const app = legacy()
    const { access_token, refresh_token } = await app.signIn()
    expect((await app.refresh(refresh_token, app.own, { encoding: 'form' })).status).toBe(400)
    const next = await app.refresh(refresh_token, app.own)
    expect(next.status).toBe(200)
    const headers = { authorization: `Bearer ${access_token}` }
    expect((await app.sandbox.fetch(`${LEGACY}/tokens/revoke`, { method: 'DELETE', headers })).status).toBe(401)
    expect(await app.refresh(refresh_token, app.own)).toMatchObject({ error: 'invalid_grant' })
    await expect(app.callback({ client_id: app.own.client_id, audience })).rejects.toThrow('not a documented parameter')
  })

  test('revokes by DELETE at the legacy API', async () => {
    const app = legacy()
    const { access_token, refresh_token } = await app.signIn()
    const headers = { authorization: `Bearer ${access_token}` }
    const answer = await app.sandbox.fetch(`${LEGACY}/tokens/revoke`, { method: 'DELETE', headers })
    expect([answer.status, await answer.json()]).toEqual([200, { message: 'Access Revoked' }])
    expect(await app.refresh(refresh_token, app.own)).toMatchObject({ error: 'invalid_grant' })
  })

  test('keeps apps of version 3, of the legacy API and of its development host apart', async () => {
    const app = start()
    const { clientId: client_id } = app.fake.register({ legacy: 'development', redirectUris: [app.redirectUri] })
    await expect(app.callback({ client_id })).rejects.toThrow('belongs to https://api-ext-dev.getsigneasy.com')
  })
})
