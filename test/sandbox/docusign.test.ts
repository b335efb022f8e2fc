import { describe, expect, test } from 'vitest'
import { basic } from './app.ts'
import { challenge, type PlainApp, plainApp, verifier } from './plain-app.ts'

const DAY = 86_400_000
const PRODUCTION = 'https://account.docusign.com'
const DEMO = 'https://account-d.docusign.com'

function start(): PlainApp<'docusign'> {
  return plainApp('docusign', {
    ...{ authorize: `${PRODUCTION}/oauth/auth`, token: `${PRODUCTION}/oauth/token` },
    ...{ credentials: 'basic', query: { scope: 'signature' } },
  })
}

describe('the fake DocuSign', () => {
  test('signs a person in, and rotates the refresh token', async () => {
    const app = start()
    const callback = await app.callback()
    expect(Object.fromEntries(callback)).toEqual({ code: expect.any(String), state: 's1' })
    const tokens = await app.exchange(callback.get('code') ?? '')
    expect(tokens).toEqual({
      ...{ status: 200, token_type: 'Bearer', expires_in: 28_800 },
      ...{ access_token: expect.any(String), refresh_token: expect.any(String) },
    })
    const next = await app.refresh(tokens.refresh_token)
    expect(next.refresh_token).not.toBe(tokens.refresh_token)
    expect(await app.refresh(tokens.refresh_token)).toMatchObject({ status: 400, error: 'invalid_grant' })
    expect([...(await app.callback({ state: undefined })).keys()]).toEqual(['code'])
  })

  test.each(['response_type', 'scope', 'client_id', 'redirect_uri'])('refuses to ask without %s', async (name) => {
    const app = start()
    await expect(app.callback({ [name]: undefined })).rejects.toThrow(`"${name}" is missing`)
  })

  test.each([
    [{ scope: 'signature  extended' }, 'none of the scopes'],
    [{ scope: 'profile' }, 'none of the scopes'],
    [{ prompt: 'consent' }, 'prompt must be "login"'],
    [{ access_type: 'offline' }, 'not a documented parameter'],
    [{ ...challenge, code_challenge_method: 'plain' }, 'must be "S256"'],
  ])('refuses to ask with %o', async (changes, reason) => {
    await expect(start().callback(changes)).rejects.toThrow(reason)
  })

  test.each([
    ['credentials in the body', { headers: { authorization: undefined } }, 'there is no Authorization header'],
    ['JSON', { encoding: 'json' }, 'application/x-www-form-urlencoded'],
    ['multipart', { encoding: 'multipart' }, 'application/x-www-form-urlencoded'],
    ['parameters in the query', { url: `${PRODUCTION}/oauth/token?x=1` }, 'parameters in the URL'],
  ] as const)('refuses a token request with %s', async (_, differently, reason) => {
    const app = start()
    const answer = await app.exchange(await app.code(), {}, differently)
    expect([answer.status, answer.error_description]).toEqual([400, expect.stringContaining(reason)])
  })

  test('refuses a second proof of the client', async () => {
    const app = start()
    const { clientId, clientSecret } = app.client
    for (const more of [{ client_id: clientId }, { client_secret: clientSecret }]) {
      expect(await app.exchange(await app.code(), more)).toMatchObject({ error: 'invalid_request' })
    }
  })

  test('compares the verifier with the challenge, and demands one where the app’s setting does', async () => {
    const app = start()
    const withVerifier = async (code_verifier?: string) =>
      app.exchange(await app.code(challenge), { code_verifier, redirect_uri: undefined })
    expect((await withVerifier(verifier)).status).toBe(200)
    expect(await withVerifier(verifier.toUpperCase())).toMatchObject({ error: 'invalid_grant' })
    expect(await withVerifier()).toMatchObject({ error: 'invalid_request' })
    app.fake.switches.pkceRequired = true
    await expect(app.callback()).rejects.toThrow('demands a code_challenge')
    expect((await withVerifier(verifier)).status).toBe(200)
  })

  test.each([
    ['signature', 400],
    ['signature extended', 200],
  ])('keeps refresh tokens granted %j for 30 days, however often they are used: %d', async (scope, status) => {
    const app = start()
    let tokens = await app.signIn({ scope })
    for (let round = 0; round < 2; round++) {
      app.sandbox.clock.advance(14 * DAY)
      tokens = await app.refresh(tokens.refresh_token)
      expect(tokens.status).toBe(200)
    }
    app.sandbox.clock.advance(3 * DAY)
    expect((await app.refresh(tokens.refresh_token)).status).toBe(status)
  })

  test('keeps the developer environment apart', async () => {
    const app = start()
    const demo = app.fake.register({ demo: true, redirectUris: [app.redirectUri] })
    const asked = app.authorizationUrl({ client_id: demo.clientId })
    await expect(app.sandbox.approve(asked)).rejects.toThrow(`belongs to ${DEMO}`)
    const { url } = await app.sandbox.approve(asked.replace(PRODUCTION, DEMO))
    const code = new URL(url).searchParams.get('code') ?? ''
    const headers = { authorization: basic(demo) }
    expect(await app.exchange(code, {}, { headers })).toMatchObject({ error: 'invalid_client' })
    expect((await app.exchange(code, {}, { headers, url: `${DEMO}/oauth/token` })).status).toBe(200)
  })

  test('tells who the user is, with every account, until it was asked too often', async () => {
    const app = start()
    const { access_token } = await app.signIn()
    const url = `${PRODUCTION}/oauth/userinfo`
    const user = await app.get(url, access_token)
    expect(user).toMatchObject({ sub: app.fake.users[0]?.id, given_name: 'Grace', email: 'grace@example.com' })
    expect(user['accounts']).toMatchObject([
      { is_default: false, base_uri: 'https://na3.docusign.net' },
      { is_default: true, base_uri: 'https://eu.docusign.net' },
    ])
    app.fake.switches.accounts = 'no-default'
    expect((await app.get(url, access_token))['accounts']).toMatchObject([{ is_default: false }, { is_default: false }])
    expect(await app.get(url, {})).toMatchObject({ status: 401 })
    app.fake.switches.userinfoPerHour = 2
    expect((await app.get(url, access_token)).status).toBe(429)
    app.sandbox.clock.advance(3_600_000)
    expect((await app.get(url, access_token)).status).toBe(200)
  })

  test('plays the errors that the SDK expects', async () => {
    const app = start()
    Object.assign(app.fake.switches, { errorCallback: 'error_code', errors: 'object' })
    expect(Object.fromEntries(await app.callback({}, 'deny'))).toEqual({
      ...{ error_code: 'access_denied', error_message: 'the person said no', state: 's1' },
    })
    expect(await app.exchange('x')).toMatchObject({ status: 400, error: { code: 'invalid_grant' } })
  })
})
