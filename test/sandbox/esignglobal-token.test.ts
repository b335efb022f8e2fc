import { describe, expect, test } from 'vitest'
import { basic, readJson, refused } from './app.ts'
import { AS1, createEsignGlobalApp, multipart, PATH } from './esignglobal-app.ts'

const own = { grant_type: 'client_credentials' }

describe('the token answer of the fake eSignGlobal', () => {
  test('has the documented fields of a code exchange, in their order', async () => {
    const app = createEsignGlobalApp()
    const code = await app.code(undefined, { scope: 'signature stamp' })
    const response = await app.post({ grant_type: 'authorization_code', code })
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json'])
    expect(await response.text()).toMatch(
      /^{"access_token":"[\w-]{128}","expires_in":86398,"scope":"signature stamp","token_type":"bearer","refresh_token":"[\w-]{264}"}$/,
    )
  })

  test('has the granted scope on refresh, too', async () => {
    const app = createEsignGlobalApp()
    const { refresh_token } = await app.signIn(undefined, { scope: 'stamp' })
    expect(await app.refresh(refresh_token)).toMatchObject({ scope: 'stamp', expires_in: 86_398 })
  })

  test('has the scope read-write and no refresh token for client credentials', async () => {
    const answer = await readJson(await createEsignGlobalApp().post(own))
    expect(Object.keys(answer)).toEqual(['access_token', 'expires_in', 'scope', 'token_type'])
    expect(answer).toMatchObject({ scope: 'read-write' })
  })
})

describe('the token endpoint of the fake eSignGlobal refuses', () => {
  test.each([
    ['application/json', JSON.stringify(own)],
    ['application/x-www-form-urlencoded;charset=UTF-8', `${new URLSearchParams(own)}`],
    ['text/plain;charset=UTF-8', 'x'],
  ])('a body of type %s', async (type, body) => {
    const { sandbox } = createEsignGlobalApp()
    const response = await sandbox.fetch(AS1 + PATH, { method: 'POST', headers: { 'Content-Type': type }, body })
    expect(await refused(response)).toEqual({
      status: 400,
      error: 'invalid_request',
      error_description: `the body must be multipart/form-data, but its Content-Type is "${type}"`,
    })
  })

  test('a multipart body whose Content-Type lacks the boundary', async () => {
    const app = createEsignGlobalApp()
    const response = await app.post(own, { headers: { 'Content-Type': 'multipart/form-data' } })
    expect((await refused(response)).error_description).toContain('lacks the boundary')
  })

  test('anything in the query string', async () => {
    const app = createEsignGlobalApp()
    const { clientId, clientSecret } = app.client
    const query = new URLSearchParams({ ...own, client_id: clientId, client_secret: clientSecret })
    for (const search of [query, 'x=1']) {
      const response = await app.sandbox.fetch(`${AS1}${PATH}?${search}`, { method: 'POST', body: multipart(own) })
      expect((await refused(response)).error_description).toContain('parameters in the URL are not processed')
    }
  })

  test('camelCase fields, in place of its own spelling and beside it', async () => {
    const app = createEsignGlobalApp()
    const { clientId, clientSecret } = app.client
    const instead = { ...own, client_id: undefined, client_secret: undefined, clientId, clientSecret }
    expect((await refused(await app.post(instead))).error_description).toBe('the parameter "client_id" is missing')
    for (const beside of [{ clientId }, { clientSecret }, { grantType: 'client_credentials' }]) {
      expect((await refused(await app.post({ ...own, ...beside }))).error_description).toBe(
        `"${Object.keys(beside)}" is not a documented parameter`,
      )
    }
  })

  test.each(['Authorization_code', 'password', ''])('the grant type %j', async (grant_type) => {
    const app = createEsignGlobalApp()
    expect(await refused(await app.post({ grant_type, code: await app.code() }))).toEqual({
      status: 400,
      error: 'unsupported_grant_type',
      error_description: `grant_type "${grant_type}" is not documented`,
    })
  })

  test('a request without a grant type', async () => {
    expect((await refused(await createEsignGlobalApp().post({}))).error_description).toBe(
      'the parameter "grant_type" is missing',
    )
  })

  test('values wrapped in quotes, as in the curl sample', async () => {
    const app = createEsignGlobalApp()
    for (const fields of [
      { grant_type: '"client_credentials"' },
      { ...own, client_id: `"${app.client.clientId}"` },
      { ...own, client_secret: `"${app.client.clientSecret}"` },
    ]) {
      expect((await refused(await app.post(fields))).error_description).toMatch(/is wrapped in quotes$/)
    }
  })

  test('an Authorization header, in place of the credentials and beside them', async () => {
    const app = createEsignGlobalApp()
    const headers = { Authorization: basic(app.client) }
    for (const fields of [own, { ...own, client_id: undefined, client_secret: undefined }]) {
      expect((await refused(await app.post(fields, { headers }))).error_description).toContain(
        'client_id and client_secret belong into the body',
      )
    }
  })

  test.each(['client_id', 'client_secret'])('every grant without %s', async (name) => {
    const app = createEsignGlobalApp()
    const { refresh_token } = await app.signIn()
    const code = await app.code()
    for (const fields of [
      own,
      { grant_type: 'refresh_token', refresh_token },
      { grant_type: 'authorization_code', code },
    ]) {
      for (const value of [undefined, '']) {
        expect(await refused(await app.post({ ...fields, [name]: value }))).toMatchObject({
          error: 'invalid_request',
          error_description: `the parameter "${name}" is missing`,
        })
      }
    }
  })

  test('an unknown app, and a wrong secret without telling the right one', async () => {
    const app = createEsignGlobalApp()
    expect(await refused(await app.post({ ...own, client_id: 'nobody' }))).toMatchObject({
      error: 'invalid_client',
      error_description: 'no client "nobody" is registered',
    })
    expect(await refused(await app.post({ ...own, client_secret: 'wrong' }))).toMatchObject({
      error: 'invalid_client',
      error_description: `the secret of the client "${app.client.clientId}" is wrong`,
    })
  })

  test.each([
    ['authorization_code', 'redirect_uri'],
    ['authorization_code', 'code_verifier'],
    ['authorization_code', 'state'],
    ['authorization_code', 'scope'],
    ['refresh_token', 'scope'],
    ['refresh_token', 'redirect_uri'],
    ['client_credentials', 'scope'],
    ['client_credentials', 'code'],
  ])('for %s the field %s, which its page does not have', async (grant_type, name) => {
    const app = createEsignGlobalApp()
    const { refresh_token } = await app.signIn()
    const fields = {
      authorization_code: { code: await app.code() },
      refresh_token: { refresh_token },
      client_credentials: {},
    }
    const grant = { grant_type, ...fields[grant_type as keyof typeof fields] }
    expect(await refused(await app.post({ ...grant, [name]: 'x' }))).toMatchObject({
      error: 'invalid_request',
      error_description: `"${name}" is not a documented parameter`,
    })
    expect((await app.post(grant)).status).toBe(200)
  })

  test.each([
    ['authorization_code', 'code'],
    ['refresh_token', 'refresh_token'],
  ])('for %s a missing %s', async (grant_type, name) => {
    expect((await refused(await createEsignGlobalApp().post({ grant_type }))).error_description).toBe(
      `the parameter "${name}" is missing`,
    )
  })

  test('a code that was used, also by requests at once', async () => {
    const app = createEsignGlobalApp()
    const fields = { grant_type: 'authorization_code', code: await app.code() }
    const answers = await Promise.all([app.post(fields), app.post(fields), app.post(fields)])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400])
    expect(await refused(await app.post(fields))).toMatchObject({
      error: 'invalid_grant',
      error_description: 'the code was used already',
    })
  })

  test('an unknown code, one that is too old, and one of another app', async () => {
    const app = createEsignGlobalApp()
    const exchange = async (code: string) => refused(await app.post({ grant_type: 'authorization_code', code }))
    expect(await exchange('x')).toMatchObject({ error: 'invalid_grant', error_description: 'the code is unknown' })
    const other = app.fake.register({ redirectUris: [app.redirectUri] })
    const foreign = await exchange(await app.code(undefined, { clientId: other.clientId }))
    expect(foreign.error_description).toBe('the code was issued to another client')
    const late = await app.code()
    app.sandbox.clock.advance(300_000)
    expect((await exchange(late)).error_description).toBe('the code has expired')
  })

  test('an unknown refresh token, one of a user who revoked, and one that is 30 days old', async () => {
    const app = createEsignGlobalApp()
    expect((await app.refresh('x')).error).toBe('invalid_grant')
    const [{ refresh_token }, other] = [await app.signIn(), await app.signIn('Mei Tanaka')]
    app.fake.revokeUser(app.fake.users[2]?.id ?? '')
    expect((await app.refresh(other.refresh_token)).error).toBe('invalid_grant')
    app.sandbox.clock.advance(30 * 86_400_000)
    expect((await app.refresh(refresh_token)).error).toBe('invalid_grant')
    expect(app.refusal()).toBe('the refresh token has expired')
  })

  test.each(['GET', 'PUT'])('the method %s', async (method) => {
    expect((await createEsignGlobalApp().sandbox.fetch(AS1 + PATH, { method })).status).toBe(405)
  })
})

describe('the OpenAPI hosts of the fake eSignGlobal', () => {
  const hosts = {
    as1: 'https://openapi-as1.esignglobal.com',
    as2: 'https://openapi-as2.esignglobal.com',
    eu1: 'https://openapi-eu1.esignglobal.com',
    sandbox: 'https://openapi-sml.esignglobal.com',
  }

  test.each([
    ['as1', { region: 'as1' }],
    ['as2', { region: 'as2' }],
    ['eu1', { region: 'eu1' }],
    ['sandbox', { sandbox: true }],
    ['sandbox', { sandbox: true, region: 'eu1' }],
  ] as const)('%s serves an app registered with %o, and no other does', async (home, given) => {
    const app = createEsignGlobalApp()
    const { clientId, clientSecret } = app.fake.register(given)
    for (const [name, host] of Object.entries(hosts)) {
      const response = await app.post({ ...own, client_id: clientId, client_secret: clientSecret }, { host })
      expect([name, response.status]).toEqual([name, name === home ? 200 : 400])
      if (name === home) continue
      expect(await readJson(response)).toEqual({
        error: 'invalid_client',
        error_description: `this app belongs to ${hosts[home]}`,
      })
    }
  })

  test('do not speak plain http', async () => {
    const app = createEsignGlobalApp()
    const failure = await app.post(own, { host: AS1.replace('https', 'http') }).catch((error: unknown) => error)
    expect(failure).toMatchObject({ message: 'fetch failed', cause: { code: 'ENOTFOUND' } })
  })

  test('give tokens at one path, and nothing that would tell who the user is', async () => {
    const { sandbox } = createEsignGlobalApp()
    for (const path of [`${PATH}/`, '/oauth2/accessToken', '/esignglobal/v1/user', '/userinfo']) {
      expect((await sandbox.fetch(AS1 + path, { method: 'POST' })).status).toBe(404)
    }
  })
})
