import { describe, expect, test } from 'vitest'
import { basic, readJson, refused } from './app.ts'
import { createDropboxSignApp, REFRESH, TOKEN } from './dropbox-sign-app.ts'

const json = { 'Content-Type': 'application/json' }

describe('the token answer of the fake Dropbox Sign', () => {
  test('has the documented fields of a code exchange, in their order, with the state', async () => {
    const response = await createDropboxSignApp().exchange()
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json'])
    expect(await response.text()).toMatch(
      /^{"access_token":"[\w-]{64}","token_type":"Bearer","refresh_token":"[\w-]{264}","expires_in":3600,"state":"s1"}$/,
    )
  })

  test('has the same refresh token on refresh, again and again, and no state', async () => {
    const app = createDropboxSignApp()
    const { refresh_token } = await app.signIn()
    const tokens = new Set<unknown>()
    for (let round = 0; round < 3; round += 1) {
      const answer = await readJson(await app.refresh(refresh_token))
      expect(answer).toMatchObject({ refresh_token, token_type: 'Bearer', expires_in: 3600, state: null })
      tokens.add(answer['access_token'])
    }
    expect(tokens.size).toBe(3)
  })

  test('takes the key "refresh" of the query with and without an equals sign', async () => {
    const app = createDropboxSignApp()
    const { refresh_token } = await app.signIn()
    expect((await app.refresh(refresh_token, {}, `${TOKEN}?refresh=`)).status).toBe(200)
  })
})

describe('the token endpoint of the fake Dropbox Sign refuses', () => {
  test.each(['grant_type', 'client_id', 'client_secret', 'code', 'state'])('an exchange without %s', async (name) => {
    const app = createDropboxSignApp()
    const code = await app.code()
    for (const value of [undefined, '']) {
      const answer = await refused(await app.exchange({ code, [name]: value }))
      expect(answer).toMatchObject({
        status: 400,
        error: expect.stringMatching(/^(invalid_request|unsupported_grant_type)$/),
      })
      expect(answer.error_description).toMatch(new RegExp(`^the parameter "${name}" is missing$|"" is not documented$`))
    }
    expect((await app.exchange({ code })).status).toBe(200)
  })

  test('an exchange with another state than at authorize, and the code is spent', async () => {
    const app = createDropboxSignApp()
    const code = await app.code()
    expect(await refused(await app.exchange({ code, state: 's2' }))).toMatchObject({
      status: 400,
      error: 'invalid_request',
      error_description: 'state is not the one of the authorization request',
    })
    expect((await app.exchange({ code })).status).toBe(400)
  })

  test.each(['redirect_uri', 'scope', 'code_verifier', 'refresh_token', 'clientId'])(
    'an exchange with the field %s, which is on no page',
    async (name) => {
      const app = createDropboxSignApp()
      expect(await refused(await app.exchange({ [name]: 'x' }))).toMatchObject({
        error: 'invalid_request',
        error_description: `"${name}" is not a documented parameter`,
      })
    },
  )

  test.each(['redirect_uri', 'scope', 'state', 'code'])('a refresh with the field %s', async (name) => {
    const app = createDropboxSignApp()
    const { refresh_token } = await app.signIn()
    expect(await refused(await app.refresh(refresh_token, { [name]: 'x' }))).toMatchObject({
      error_description: `"${name}" is not a documented parameter`,
    })
  })

  test('a code that was used, also by requests at once', async () => {
    const app = createDropboxSignApp()
    const code = await app.code()
    const answers = await Promise.all([1, 2, 3].map(() => app.exchange({ code })))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400])
    expect(await refused(await app.exchange({ code }))).toEqual({
      status: 400,
      error: 'invalid_request',
      error_description: 'the code was used already',
    })
  })

  test('an unknown code', async () => {
    const app = createDropboxSignApp()
    expect(await refused(await app.exchange({ code: 'x' }))).toMatchObject({
      error: 'invalid_request',
      error_description: 'the code is unknown',
    })
  })

  test('a code of another app', async () => {
    const app = createDropboxSignApp()
    const { clientId, clientSecret } = app.fake.register()
    await app.exchange({ client_id: clientId, client_secret: clientSecret })
    expect(app.refusal()).toBe('the code was issued to another client')
  })

  test('a code that is one hour old', async () => {
    const app = createDropboxSignApp()
    const [inTime, late] = [await app.code(), await app.code()]
    app.sandbox.clock.advance(3_598_000)
    expect((await app.exchange({ code: inTime })).status).toBe(200)
    app.sandbox.clock.advance(2_000)
    expect((await refused(await app.exchange({ code: late }))).error_description).toBe('the code has expired')
  })

  test.each([
    ['application/x-www-form-urlencoded', 'grant_type=authorization_code'],
    ['multipart/form-data; boundary=x', '--x--\r\n'],
    ['text/plain;charset=UTF-8', '{}'],
  ])('a body of type %s', async (type, body) => {
    const app = createDropboxSignApp()
    expect(await refused(await app.send(TOKEN, { headers: { 'Content-Type': type }, body }))).toEqual({
      status: 400,
      error: 'invalid_request',
      error_description: `the body must be application/json, but its Content-Type is "${type}"`,
    })
  })

  test('the grant in the query string', async () => {
    const app = createDropboxSignApp()
    for (const query of ['?grant_type=refresh_token', '?refresh&x=1', '?refresh=1', '?Refresh']) {
      const response = await app.send(TOKEN + query, { headers: json, body: '{}' })
      expect((await refused(response)).error_description).toContain('takes no query but ?refresh')
    }
  })

  test('a code exchange at the URL of refreshes', async () => {
    const app = createDropboxSignApp()
    const { clientId: client_id, clientSecret: client_secret } = app.client
    const fields = { grant_type: 'authorization_code', client_id, client_secret, code: await app.code(), state: 's1' }
    const response = await app.send(REFRESH, { headers: json, body: JSON.stringify(fields) })
    expect((await refused(response)).error_description).toBe('only a refresh goes to /oauth/token?refresh')
  })

  test('a refresh at the plain URL', async () => {
    const app = createDropboxSignApp()
    const { refresh_token } = await app.signIn()
    expect(await refused(await app.refresh(refresh_token, {}, TOKEN))).toMatchObject({
      status: 400,
      error: 'invalid_request',
      error_description: 'a refresh goes to /oauth/token?refresh, not to /oauth/token',
    })
  })

  test.each(['client_id', 'client_secret', 'refresh_token'])('a refresh without %s', async (name) => {
    const app = createDropboxSignApp()
    const { refresh_token } = await app.signIn()
    expect(await refused(await app.refresh(refresh_token, { [name]: undefined }))).toMatchObject({
      error: 'invalid_request',
      error_description: `the parameter "${name}" is missing`,
    })
  })

  test('an unknown refresh token', async () => {
    const app = createDropboxSignApp()
    for (const token of ['x', (await app.signIn()).access_token]) {
      expect(await refused(await app.refresh(token))).toEqual({
        status: 400,
        error: 'invalid_grant',
        error_description: 'the refresh token is unknown',
      })
    }
  })

  test('a refresh token of a user who revoked the access', async () => {
    const app = createDropboxSignApp()
    const { refresh_token } = await app.signIn()
    app.fake.revokeUser(app.fake.users[0]?.id ?? '')
    expect((await refused(await app.refresh(refresh_token))).error).toBe('invalid_grant')
  })

  test('an unknown client, and a wrong secret without telling the right one', async () => {
    const app = createDropboxSignApp()
    expect(await refused(await app.exchange({ client_id: 'nobody' }))).toMatchObject({
      error: 'invalid_request',
      error_description: 'no client "nobody" is registered',
    })
    expect(await refused(await app.exchange({ client_secret: 'wrong' }))).toMatchObject({
      error: 'invalid_request',
      error_description: `the secret of the client "${app.client.clientId}" is wrong`,
    })
  })

  test.each(['client_credentials', 'password', 'Authorization_code'])('the grant %s', async (grant_type) => {
    const app = createDropboxSignApp()
    const fields = { grant_type, code: undefined, state: undefined }
    expect(await refused(await app.exchange(fields))).toEqual({
      status: 400,
      error: 'unsupported_grant_type',
      error_description: `grant_type "${grant_type}" is not documented`,
    })
  })

  test.each(['GET', 'PUT'])('the method %s', async (method) => {
    expect((await createDropboxSignApp().sandbox.fetch(TOKEN, { method })).status).toBe(405)
  })
})

describe('the Authorization header of a token request', () => {
  test.each([
    ['Bearer', 'Bearer x'],
    ['the empty Basic of the samples', 'Basic :'],
    ['an API key that is not known', basic({ clientId: 'key', clientSecret: '' })],
  ])('is refused by default: %s', async (_, Authorization) => {
    const app = createDropboxSignApp()
    expect(await refused(await app.exchange({}, { Authorization }))).toMatchObject({
      status: 400,
      error_description: 'there is an Authorization header, but no API key is known of this app',
    })
  })

  test('is refused with the client’s credentials, with and without an API key', async () => {
    const app = createDropboxSignApp()
    const other = app.fake.register({ apiKey: 'key', redirectUris: [app.redirectUri] })
    for (const client of [app.client, other]) {
      const fields = { client_id: client.clientId, client_secret: client.clientSecret }
      const response = await app.exchange(fields, { Authorization: basic(client) })
      expect((await refused(response)).error_description).toContain('client_id and client_secret belong into the body')
    }
  })

  test('may be Basic with the API key and an empty password, once the app has one', async () => {
    const app = createDropboxSignApp()
    const { clientId, clientSecret } = app.fake.register({ apiKey: 'a key/+é', redirectUris: [app.redirectUri] })
    const fields = { client_id: clientId, client_secret: clientSecret }
    const exchange = async (Authorization: string | undefined) =>
      app.exchange({ ...fields, code: await app.code(undefined, { client_id: clientId }) }, { Authorization })
    const right = basic({ clientId: 'a key/+é', clientSecret: '' })
    expect((await exchange(right)).status).toBe(200)
    expect((await exchange(undefined)).status).toBe(200)
    const withPassword = basic({ clientId: 'a key/+é', clientSecret: 'x' })
    for (const wrong of [withPassword, right.replace('Basic', 'basic'), 'Bearer a', `${right}, ${right}`]) {
      expect((await refused(await exchange(wrong))).error_description).toContain("not Basic base64(apiKey + ':')")
    }
  })
})

test('the API of the fake Dropbox Sign gives no tokens', async () => {
  const app = createDropboxSignApp()
  const response = await app.send('https://api.hellosign.com/v3/oauth/token', { headers: json, body: '{}' })
  expect(response.status).toBe(404)
  expect(await readJson(response)).toEqual({
    error: {
      error_msg: 'tokens are given at https://app.hellosign.com/oauth/token, not at the API',
      error_name: 'not_found',
    },
  })
  expect(app.sandbox.log.at(-1)).toMatchObject({
    place: 'token',
    status: 404,
    refusal: expect.stringContaining('app.'),
  })
})
