import { createClient, luminSign } from 'esign-auth'
import { describe, expect, test } from 'vitest'
import { challenge, type PlainApp, plainApp, verifier } from './plain-app.ts'

const HOST = 'https://auth.luminpdf.com'

function start(): PlainApp<'lumin-sign'> {
  return plainApp('lumin-sign', {
    ...{ authorize: `${HOST}/oauth2/auth`, token: `${HOST}/oauth2/token` },
    query: { scope: 'openid offline_access sign:requests' },
  })
}

describe('the fake Lumin Sign', () => {
  test('signs a person in, with a refresh token for offline_access only', async () => {
    const app = start()
    const tokens = await app.signIn({ nonce: 'n1' })
    expect(tokens).toMatchObject({ status: 200, token_type: 'Bearer', expires_in: 3600 })
    expect('id_token' in tokens).toBe(false)
    expect((await app.refresh(tokens.refresh_token)).status).toBe(200)
    expect('refresh_token' in (await app.signIn({ scope: 'openid' }))).toBe(false)
    app.fake.switches.idToken = true
    expect(String((await app.signIn())['id_token']).split('.')).toHaveLength(3)
  })

  test.each([
    ['no secret', { client_secret: undefined }, {}],
    ['no redirect URI', { redirect_uri: undefined }, {}],
    ['JSON', {}, { encoding: 'json' }],
    ['multipart', {}, { encoding: 'multipart' }],
    ['Basic', {}, { headers: { authorization: 'Basic eDp4' } }],
  ] as const)('refuses a code exchange with %s', async (_, changes, differently) => {
    const app = start()
    expect((await app.exchange(await app.code(), changes, differently)).status).toBe(400)
  })

  test.each([
    [{ scope: undefined }, '"scope" is missing'],
    [{ scope: 'openid,offline_access' }, 'joined by spaces'],
    [{ audience: 'x' }, 'not a documented parameter'],
  ])('refuses to ask with %o', async (changes, reason) => {
    await expect(start().callback(changes)).rejects.toThrow(reason)
  })

  test('wants PKCE of public apps, no secret, and gives them no refresh token', async () => {
    const app = start()
    const { clientId: client_id } = app.fake.register({ public: true, redirectUris: [app.redirectUri] })
    await expect(app.callback({ client_id })).rejects.toThrow('needs a code_challenge')
    const exchange = async (changes: Record<string, string | undefined>) =>
      app.exchange(await app.code({ client_id, ...challenge }), { client_id, client_secret: undefined, ...changes })
    expect(await exchange({})).toMatchObject({ status: 400 })
    expect(await exchange({ code_verifier: verifier, client_secret: 'x' })).toMatchObject({ status: 400 })
    const tokens = await exchange({ code_verifier: verifier })
    expect([tokens.status, 'refresh_token' in tokens]).toEqual([200, false])
  })

  test('serves a public client of ours, which has nothing to refresh with', async () => {
    const { sandbox, fake, redirectUri } = start()
    const { clientId } = fake.register({ public: true, redirectUris: [redirectUri] })
    const client = createClient(luminSign, { clientId, clientAuthentication: 'public', fetch: sandbox.fetch })
    const codeChallenge = challenge['code_challenge']
    const { url } = await sandbox.approve(client.authorizationUrl({ redirectUri, state: 's', codeChallenge }))
    const callback = client.readCallback(url)
    if (!('code' in callback)) throw new Error('the callback is an error')
    const tokens = await client.exchangeCode({ ...callback, redirectUri, codeVerifier: verifier })
    expect('refresh_token' in tokens).toBe(false)
    await expect(client.refresh(tokens)).rejects.toMatchObject({ code: 'invalid_argument', sent: 'no' })
  })
})
