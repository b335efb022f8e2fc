import { describe, expect, test } from 'vitest'
import { type PlainApp, plainApp } from './plain-app.ts'

const AUTHORIZE = 'https://accounts.zoho.com/oauth/v2/auth'
const EU = 'https://accounts.zoho.eu'
const TOKEN = `${EU}/oauth/v2/token`

function start(): PlainApp<'zoho-sign'> {
  const query = { scope: 'AaaServer.profile.READ,ZohoSign.documents.READ', access_type: 'offline' }
  return plainApp('zoho-sign', { authorize: AUTHORIZE, token: TOKEN, query })
}

describe('the fake Zoho Sign', () => {
  test('names the user’s data centre in the callback, and gives the tokens there', async () => {
    const app = start()
    const callback = await app.callback()
    expect(Object.fromEntries(callback)).toEqual({
      ...{ code: expect.any(String), location: 'eu', 'accounts-server': EU, state: 's1' },
    })
    const tokens = await app.exchange(callback.get('code') ?? '')
    expect(tokens).toEqual({
      ...{ status: 200, token_type: 'Bearer', expires_in: 3600, api_domain: 'https://www.zohoapis.eu' },
      ...{ access_token: expect.any(String), refresh_token: expect.any(String) },
    })
    const next = await app.refresh(tokens.refresh_token)
    expect([next.status, 'refresh_token' in next]).toEqual([200, false])
  })

  test.each(['Zoho-oauthtoken', 'Bearer'])('tells who the user is, asked as %s', async (scheme) => {
    const app = start()
    const { access_token } = await app.signIn()
    const headers = { authorization: `${scheme} ${access_token}` }
    const url = `${EU}/oauth/user/info`
    expect(await app.get(url, headers)).toMatchObject({ ZUID: Number(app.fake.users[0]?.id), First_Name: 'Grace' })
    app.fake.switches.profile = 'oidc'
    expect(await app.get(url, headers)).toMatchObject({ sub: app.fake.users[0]?.id, name: 'Grace Osei' })
    expect(await app.get(url.replace('.eu', '.com'), headers)).toEqual({ status: 200, error: 'invalid_oauthtoken' })
  })

  test('takes its own scheme and no other at the API', async () => {
    const app = start()
    const { access_token } = await app.signIn()
    const url = 'https://sign.zoho.eu/api/v1/requests'
    expect(await app.get(url, { authorization: `Zoho-oauthtoken ${access_token}` })).toMatchObject({
      status: 200,
      code: 0,
    })
    expect((await app.get(url, access_token)).status).toBe(401)
  })

  test.each([
    [{ scope: 'AaaServer.profile.READ ZohoSign.documents.READ' }, 'joined by commas'],
    [{ scope: 'ZohoSign.everything.READ' }, 'is no scope'],
    [{ access_type: 'forever' }, 'access_type'],
    [{ prompt: 'login' }, 'prompt must be "consent"'],
    [{ scope: undefined }, '"scope" is missing'],
    [{ code_challenge: 'x' }, 'not a documented parameter'],
  ])('refuses to ask with %o', async (changes, reason) => {
    await expect(start().callback(changes)).rejects.toThrow(reason)
  })

  test('answers every error with status 200', async () => {
    const app = start()
    const code = await app.code()
    const elsewhere = { url: 'https://accounts.zoho.com/oauth/v2/token' }
    expect(await app.exchange(code, {}, elsewhere)).toEqual({ status: 200, error: 'invalid_code' })
    expect(await app.exchange(code)).toEqual({ status: 200, error: 'invalid_code' })
    const late = await app.code()
    app.sandbox.clock.advance(60_000)
    expect(await app.exchange(late)).toEqual({ status: 200, error: 'invalid_code' })
    expect(app.refusal()).toBe('the code has expired')
    expect(await app.exchange(await app.code(), { client_secret: 'x' })).toEqual({
      status: 200,
      error: 'invalid_client',
    })
    expect(await app.refresh('x')).toEqual({ status: 200, error: 'invalid_code' })
  })

  test.each([
    ['a query', { url: `${TOKEN}?client_secret=x` }],
    ['JSON', { encoding: 'json' }],
    ['Basic', { headers: { authorization: 'Basic eDp4' } }],
  ] as const)('refuses a token request with %s', async (_, differently) => {
    const app = start()
    expect(await app.exchange(await app.code(), {}, differently)).toMatchObject({ error: 'invalid_request' })
  })

  test('gives a refresh token offline only, and at the first consent or one that was asked for', async () => {
    const app = start()
    const brings = async (changes: Record<string, string | undefined>) => 'refresh_token' in (await app.signIn(changes))
    expect(await brings({ access_type: undefined })).toBe(false)
    expect(await brings({ access_type: 'online' })).toBe(false)
    expect([await brings({}), await brings({}), await brings({ prompt: 'consent' })]).toEqual([true, false, true])
  })

  test('refreshes 10 times within 10 minutes', async () => {
    const app = start()
    const { refresh_token } = await app.signIn()
    for (let round = 0; round < 10; round++) expect((await app.refresh(refresh_token)).error).toBeUndefined()
    expect((await app.refresh(refresh_token)).error).toBe('access_denied')
    app.sandbox.clock.advance(600_000)
    expect((await app.refresh(refresh_token)).error).toBeUndefined()
  })

  test.each(['ends-oldest', 'refused'] as const)('has 20 refresh tokens a user; one more: %s', async (tooMany) => {
    const app = start()
    app.fake.switches.tooMany = tooMany
    const first = await app.signIn()
    for (let more = 0; more < 19; more++) await app.signIn({ prompt: 'consent' })
    const last = await app.signIn({ prompt: 'consent' })
    expect(last.error).toBe(tooMany === 'refused' ? 'access_denied' : undefined)
    expect((await app.refresh(first.refresh_token)).error).toBe(tooMany === 'refused' ? undefined : 'invalid_code')
  })

  test('revokes by the query, at the user’s data centre, once', async () => {
    const app = start()
    const { refresh_token, access_token } = await app.signIn()
    const revoke = async (query: string, init: RequestInit = {}, host = EU) =>
      (await app.sandbox.fetch(`${host}/oauth/v2/token/revoke${query}`, { method: 'POST', ...init })).status
    const token = `?token=${refresh_token}`
    expect(await revoke('', { body: new URLSearchParams({ token: refresh_token }) })).toBe(400)
    expect(await revoke(`${token}&client_id=x`)).toBe(400)
    await revoke(token, {}, 'https://accounts.zoho.in')
    expect((await app.refresh(refresh_token)).error).toBeUndefined()
    expect(await revoke(token)).toBe(200)
    expect((await app.refresh(refresh_token)).error).toBe('invalid_code')
    expect((await app.get(`${EU}/oauth/user/info`, access_token)).status).toBe(401)
    expect(await revoke(token)).toBe(400)
  })

  test('plays the elder answer, and any accounts server', async () => {
    const app = start()
    Object.assign(app.fake.switches, { expiry: 'expires_in_sec', accountsServer: 'https://evil.example' })
    const callback = await app.callback()
    expect(callback.get('accounts-server')).toBe('https://evil.example')
    const tokens = await app.exchange(callback.get('code') ?? '')
    expect(tokens).toMatchObject({ expires_in_sec: 3600, expires_in: 3_600_000 })
    app.fake.switches.accountsServer = 'none'
    expect([...(await app.callback()).keys()]).toEqual(['code', 'location', 'state'])
  })
})
