import { describe, expect, test } from 'vitest'
import { basic, createApp, documents, HOST, LEGACY_HOST, readJson, refused, type Tokens } from './app.ts'

describe('the token answer of the fake InsureSign', () => {
  test('has the documented fields of a code grant, in their order', async () => {
    const app = createApp()
    const response = await app.post(await app.approved())
    const text = await response.text()
    expect(response.status).toBe(200)
    expect(text).toMatch(
      /^{"access_token":"[\w-]{264}","refresh_token":"[\w-]{264}","expires_in":3600,"token_type":"Bearer"}$/,
    )
  })

  test('has no refresh token on refresh', async () => {
    const app = createApp()
    const { refresh_token } = await app.signIn()
    const response = await app.post({ grant_type: 'refresh_token', refresh_token })
    expect(Object.keys(await readJson(response))).toEqual(['access_token', 'expires_in', 'token_type'])
  })

  test('has no refresh token for client credentials', async () => {
    const app = createApp()
    const response = await app.post({ grant_type: 'client_credentials' })
    expect(Object.keys(await readJson(response))).toEqual(['access_token', 'expires_in', 'token_type'])
  })

  test('carries the headers of the page, refused or not', async () => {
    const app = createApp()
    for (const grant_type of ['client_credentials', 'password']) {
      const { headers } = await app.post({ grant_type })
      expect(headers.get('content-type')).toBe('application/json;charset=UTF-8')
      expect(headers.get('cache-control')).toBe('no-cache, no-store, max-age=0, must-revalidate')
      expect(headers.get('pragma')).toBe('no-cache')
    }
  })

  test('lets the same refresh token be used again and again', async () => {
    const app = createApp()
    const { refresh_token } = await app.signIn()
    const tokens = new Set<string>()
    for (let round = 0; round < 3; round += 1) {
      const { access_token } = await readJson<Tokens>(await app.post({ grant_type: 'refresh_token', refresh_token }))
      tokens.add(access_token)
    }
    expect(tokens.size).toBe(3)
  })
})

describe('the token endpoint of the fake InsureSign refuses', () => {
  test.each(['GET', 'PUT', 'DELETE'])('the method %s', async (method) => {
    const app = createApp()
    const response = await app.sandbox.fetch(`${HOST}/oauth2/token`, { method })
    expect(response.status).toBe(405)
    expect(app.refusal()).toBe(`${method} is not documented here, only POST`)
  })

  test.each([
    ['application/json', JSON.stringify({ grant_type: 'client_credentials' })],
    [
      'multipart/form-data; boundary=x',
      '--x\r\nContent-Disposition: form-data; name="grant_type"\r\n\r\nx\r\n--x--\r\n',
    ],
    ['text/plain;charset=UTF-8', 'grant_type=client_credentials'],
    ['application/x-www-form-urlencoded;charset=latin1', 'grant_type=client_credentials'],
    ['application/x-www-form-urlencoded, application/json', 'grant_type=client_credentials'],
  ])('a body of type %s', async (type, body) => {
    const app = createApp()
    const response = await app.post(
      {},
      { init: { headers: { Authorization: basic(app.client), 'Content-Type': type }, body } },
    )
    expect(await refused(response)).toEqual({
      status: 400,
      error: 'invalid_request',
      error_description: `the body must be application/x-www-form-urlencoded, but its Content-Type is "${type}"`,
    })
  })

  test('a body without a type', async () => {
    const app = createApp()
    const body = new TextEncoder().encode(`grant_type=client_credentials&client_id=${app.client.clientId}`)
    const response = await app.post({}, { init: { body } })
    expect((await refused(response)).error_description).toContain('its Content-Type is ""')
  })

  test('anything in the query string', async () => {
    const app = createApp()
    const response = await app.sandbox.fetch(`${HOST}/oauth2/token?grant_type=client_credentials`, {
      method: 'POST',
      headers: { Authorization: basic(app.client) },
      body: new URLSearchParams({ client_id: app.client.clientId }),
    })
    expect((await refused(response)).error_description).toContain('takes no query')
  })

  test.each([
    ['a field twice', 'a=1&a=2', 'the body holds "a" more than once'],
    ['a field without value', 'grant_type', 'which is not name=value'],
    ['a broken encoding', 'a=%zz', 'cannot be decoded'],
  ])('%s in the body', async (_, body, reason) => {
    const app = createApp()
    const headers = { Authorization: basic(app.client), 'Content-Type': 'application/x-www-form-urlencoded' }
    expect((await refused(await app.post({}, { init: { headers, body } }))).error_description).toContain(reason)
  })

  test('a body that is not UTF-8', async () => {
    const app = createApp()
    const headers = { Authorization: basic(app.client), 'Content-Type': 'application/x-www-form-urlencoded' }
    const response = await app.post({}, { init: { headers, body: new Uint8Array([97, 61, 255]) } })
    expect((await refused(response)).error_description).toBe('the body is not UTF-8')
  })

  test('a body of more than 1 MB', async () => {
    const app = createApp()
    expect((await app.post({ grant_type: 'client_credentials', more: 'x'.repeat(1024 * 1024) })).status).toBe(413)
  })

  test.each([
    ['no Authorization header', () => undefined, 'there is no Authorization header'],
    ['Bearer', () => 'Bearer abc', 'must begin with "Basic "'],
    ['basic in lower case', (right: string) => right.replace('Basic', 'basic'), 'must begin with "Basic "'],
    ['base64 without the word Basic', (right: string) => right.slice(6), 'must begin with "Basic "'],
    ['two headers in one', (right: string) => `${right}, ${right}`, 'is not base64'],
    ['text that is not base64', () => 'Basic ***', 'is not base64'],
    ['base64 without padding', (right: string) => right.replace(/=+$/, ''), 'standard base64, with padding'],
    ['a second space', (right: string) => right.replace(' ', '  '), 'standard base64, with padding'],
  ])('%s', async (_, spoil, reason) => {
    const app = createApp()
    // A secret whose base64 ends in padding, so that there is some to leave out.
    const client = app.fake.register({ clientId: 'padded', clientSecret: 'a secret of 30 characters or s' })
    expect(basic(client)).toMatch(/=$/)
    const response = await app.post(
      { grant_type: 'client_credentials' },
      { client, headers: { Authorization: spoil(basic(client)) } },
    )
    const { status, error, error_description } = await refused(response)
    expect({ status, error }).toEqual({ status: 400, error: 'invalid_client' })
    expect(error_description).toContain(reason)
  })

  test('a secret that was percent-encoded before base64, in both ways of encoding', async () => {
    const app = createApp()
    const { clientId, clientSecret } = app.client
    for (const encoded of [
      encodeURIComponent(clientSecret),
      new URLSearchParams({ s: clientSecret }).toString().slice(2),
    ]) {
      expect(encoded).not.toBe(clientSecret)
      const Authorization = basic({ clientId, clientSecret: encoded })
      const response = await app.post({ grant_type: 'client_credentials' }, { headers: { Authorization } })
      expect(await refused(response)).toMatchObject({
        error: 'invalid_client',
        error_description: expect.stringContaining('percent-encoded before base64'),
      })
    }
  })

  test('a wrong secret, without telling the right one', async () => {
    const app = createApp()
    const Authorization = basic({ ...app.client, clientSecret: 'wrong' })
    const { error, error_description } = await refused(
      await app.post({ grant_type: 'client_credentials' }, { headers: { Authorization } }),
    )
    expect(error).toBe('invalid_client')
    expect(error_description).toBe(`the secret of the client "${app.client.clientId}" is wrong`)
  })

  test('an unknown client', async () => {
    const app = createApp()
    const Authorization = basic({ clientId: 'nobody', clientSecret: 'x' })
    const response = await app.post({ grant_type: 'client_credentials' }, { headers: { Authorization } })
    expect((await refused(response)).error_description).toBe('no client "nobody" is registered')
  })

  test.each([undefined, '', 'another'])('the client_id %j in the body', async (client_id) => {
    const app = createApp()
    const response = await app.post({ grant_type: 'client_credentials', client_id })
    expect(await refused(response)).toMatchObject({
      error: 'invalid_request',
      error_description: 'client_id must be in the body, and the same as in the Authorization header',
    })
  })

  test('the secret in the body', async () => {
    const app = createApp()
    const response = await app.post({ grant_type: 'client_credentials', client_secret: app.client.clientSecret })
    expect(await refused(response)).toMatchObject({
      error: 'invalid_request',
      error_description: 'client_secret belongs into the Authorization header, not the body',
    })
  })

  test.each(['password', 'Authorization_code', 'urn:ietf:params:oauth:grant-type:jwt-bearer', ''])(
    'the grant type %j',
    async (grant_type) => {
      const app = createApp()
      expect(await refused(await app.post({ grant_type }))).toMatchObject({
        status: 400,
        error: 'unsupported_grant_type',
      })
    },
  )

  test('a request without a grant type', async () => {
    const app = createApp()
    expect(await refused(await app.post({}))).toMatchObject({
      error: 'invalid_request',
      error_description: 'the parameter "grant_type" is missing',
    })
  })

  test.each([
    ['authorization_code', 'scope'],
    ['authorization_code', 'state'],
    ['authorization_code', 'code_verifier'],
    ['refresh_token', 'redirect_uri'],
    ['refresh_token', 'scope'],
    ['client_credentials', 'scope'],
    ['client_credentials', 'username'],
  ])('for %s the field %s, which its page does not have', async (grant_type, name) => {
    const app = createApp()
    const { refresh_token } = await app.signIn()
    const fields = {
      authorization_code: await app.approved(),
      refresh_token: { refresh_token },
      client_credentials: {},
    }
    const grant = fields[grant_type as keyof typeof fields]
    expect(await refused(await app.post({ ...grant, grant_type, [name]: 'x' }))).toMatchObject({
      error: 'invalid_request',
      error_description: `"${name}" is not a documented parameter`,
    })
    expect((await app.post({ ...grant, grant_type })).status).toBe(200)
  })

  test.each(['redirect_uri', 'code'])('a code exchange without %s', async (name) => {
    const app = createApp()
    const fields = await app.approved()
    for (const value of [undefined, '']) {
      expect(await refused(await app.post({ ...fields, [name]: value }))).toMatchObject({
        error: 'invalid_request',
        error_description: `the parameter "${name}" is missing`,
      })
    }
  })

  test('a refresh without a refresh token', async () => {
    const app = createApp()
    expect((await refused(await app.post({ grant_type: 'refresh_token' }))).error_description).toBe(
      'the parameter "refresh_token" is missing',
    )
  })

  test('a legacy client on the current host', async () => {
    const app = createApp()
    const client = app.fake.register({ legacy: true })
    const response = await app.post({ grant_type: 'client_credentials' }, { client })
    expect(await refused(response)).toMatchObject({
      error: 'invalid_client',
      error_description: expect.stringContaining('belong to https://auth.insuresign.io'),
    })
    expect((await app.post({ grant_type: 'client_credentials' }, { client, host: LEGACY_HOST })).status).toBe(200)
  })

  test('a current client on the legacy host', async () => {
    const app = createApp()
    const response = await app.post({ grant_type: 'client_credentials' }, { host: LEGACY_HOST })
    expect(await refused(response)).toMatchObject({
      error: 'invalid_client',
      error_description: expect.stringContaining('belong to https://sign-auth.insuresign.io'),
    })
  })
})

describe('the fake InsureSign answers invalid_grant, with the reason only in the log, for', () => {
  const silent = { status: 400, error: 'invalid_grant' }

  test('an unknown code', async () => {
    const app = createApp()
    expect(await refused(await app.post({ ...(await app.approved()), code: 'x' }))).toEqual(silent)
    expect(app.refusal()).toBe('the code is unknown')
  })

  test('a code used twice', async () => {
    const app = createApp()
    const fields = await app.approved()
    expect((await app.post(fields)).status).toBe(200)
    expect(await refused(await app.post(fields))).toEqual(silent)
    expect(app.refusal()).toBe('the code was used already')
  })

  test('a code used by two requests at once', async () => {
    const app = createApp()
    const fields = await app.approved()
    const answers = await Promise.all([app.post(fields), app.post(fields), app.post(fields)])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400])
  })

  test('a code that is too old', async () => {
    const app = createApp()
    const [inTime, late] = [await app.approved(), await app.approved()]
    app.sandbox.clock.advance(299_000)
    expect((await app.post(inTime)).status).toBe(200)
    app.sandbox.clock.advance(1_000)
    expect(await refused(await app.post(late))).toEqual(silent)
    expect(app.refusal()).toBe('the code has expired')
  })

  test("another client's code, which stays good for its own", async () => {
    const app = createApp()
    const fields = await app.approved()
    expect(await refused(await app.post(fields, { client: app.fake.register() }))).toEqual(silent)
    expect(app.refusal()).toBe('the code was issued to another client')
    expect((await app.post(fields)).status).toBe(200)
  })

  test('another redirect URI than at authorize, even a registered one', async () => {
    const app = createApp()
    app.client.redirectUris.push('https://app.example/other')
    const fields = await app.approved()
    expect(await refused(await app.post({ ...fields, redirect_uri: 'https://app.example/other' }))).toEqual(silent)
    expect(app.refusal()).toContain('redirect_uri is not the one of the authorization request')
  })

  test('an unknown refresh token', async () => {
    const app = createApp()
    expect(await refused(await app.post({ grant_type: 'refresh_token', refresh_token: 'x' }))).toEqual(silent)
    expect(app.refusal()).toBe('the refresh token is unknown')
  })

  test('an access token in place of a refresh token', async () => {
    const app = createApp()
    const { access_token } = await app.signIn()
    expect(await refused(await app.post({ grant_type: 'refresh_token', refresh_token: access_token }))).toEqual(silent)
  })

  test("another client's refresh token", async () => {
    const app = createApp()
    const { refresh_token } = await app.signIn()
    const client = app.fake.register()
    expect(await refused(await app.post({ grant_type: 'refresh_token', refresh_token }, { client }))).toEqual(silent)
    expect(app.refusal()).toBe('the refresh token was issued to another client')
  })

  test('whatever a user has revoked, and nobody else', async () => {
    const app = createApp()
    const grace = await app.signIn('Grace Osei')
    const mei = await app.signIn('Mei Tanaka')
    const code = await app.approved('Grace Osei')
    app.fake.revokeUser(app.fake.users[0]?.id ?? '')
    for (const fields of [code, { grant_type: 'refresh_token', refresh_token: grace.refresh_token }]) {
      expect(await refused(await app.post(fields))).toEqual(silent)
      expect(app.refusal()).toContain('revoked')
    }
    expect((await documents(app, grace.access_token)).status).toBe(401)
    expect((await documents(app, mei.access_token)).status).toBe(200)
    expect((await app.post({ grant_type: 'refresh_token', refresh_token: mei.refresh_token })).status).toBe(200)
  })
})
