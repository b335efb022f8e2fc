import {
  type ClientOptions,
  defineVendor,
  dropboxSign,
  EsignAuthError,
  eSignGlobal,
  insureSign,
  type RevocationDialect,
  type TokenDialect,
  type Vendor,
} from 'esign-auth'
import { describe, expect, it } from 'vitest'
import type { HttpRequest } from '../../src/oauth/http/exchange.ts'
import { type Registration, register } from '../../src/oauth/registration.ts'
import { revocationRequest } from '../../src/oauth/revocation.ts'
import { type TokenGrant, tokenRequest } from '../../src/oauth/token-request.ts'

const credentials = { clientId: 'myclientid', clientSecret: 'my client+secret/100%=:é' }
const redirect_uri = 'https://my.domain/auth?a=b&c=d e'
const code = 'df90c9f7-680d-4843-996c-70b76f36e56b'

const exchange: TokenGrant = { grant_type: 'authorization_code', code, redirect_uri }
const refresh: TokenGrant = { grant_type: 'refresh_token', refresh_token: 'yourRefreshToken' }

function registered(options: Partial<ClientOptions> = {}, vendor: Vendor = insureSign): Registration {
  return register(vendor, { ...credentials, ...options })
}

/** A private vendor with a dialect of its own. */
function vendorOf(token: Partial<TokenDialect>): Vendor {
  return defineVendor({
    id: 'private',
    name: 'Private Vendor',
    endpoints: () => ({
      authorization: 'https://vendor.example/authorize',
      token: 'https://vendor.example/token',
      refresh: 'https://vendor.example/refresh',
      revocation: 'https://vendor.example/revoke',
    }),
    api: () => ['https://api.vendor.example'],
    identity: 'none',
    pkce: 'unknown',
    rotation: 'unknown',
    token: {
      credentials: 'body',
      encoding: 'form',
      fields: {
        authorization_code: ['grant_type', 'code', 'redirect_uri', 'state'],
        refresh_token: ['grant_type', 'refresh_token'],
      },
      ...token,
    },
  })
}

function form(request: HttpRequest): Record<string, string> {
  expect(request.headers['content-type']).toBe('application/x-www-form-urlencoded')
  return Object.fromEntries(new URLSearchParams(String(request.body)))
}

/** User name and password of HTTP Basic, as a server that takes them to the letter reads them. */
function basic(request: HttpRequest): string {
  const [scheme, value = ''] = request.headers['authorization']?.split(' ') ?? []
  expect(scheme).toBe('Basic')
  return Buffer.from(value, 'base64').toString()
}

function mistake(act: () => unknown): EsignAuthError {
  try {
    act()
  } catch (error) {
    if (error instanceof EsignAuthError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('the token requests of InsureSign, to the letter of its pages', () => {
  const client = register(insureSign, { clientId: 'myclientid', clientSecret: 'mysecret' })
  const expected = (body: string) => ({
    method: 'POST',
    url: 'https://sign-auth.insuresign.io/oauth2/token',
    headers: {
      authorization: 'Basic bXljbGllbnRpZDpteXNlY3JldA==',
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
    },
    body,
  })
  const sent = ({ secrets, ...request }: HttpRequest) => request

  it('exchange a code', () => {
    const request = tokenRequest(client, {
      grant_type: 'authorization_code',
      code,
      redirect_uri: 'https://my.domain/auth',
    })
    const body = `grant_type=authorization_code&client_id=myclientid&redirect_uri=https%3A%2F%2Fmy.domain%2Fauth&code=${code}`
    expect(sent(request)).toEqual(expected(body))
  })

  it('refresh', () => {
    const body = 'grant_type=refresh_token&client_id=myclientid&refresh_token=yourRefreshToken'
    expect(sent(tokenRequest(client, refresh))).toEqual(expected(body))
  })

  it('ask for a token of the app itself', () => {
    const body = 'grant_type=client_credentials&client_id=myclientid'
    expect(sent(tokenRequest(client, { grant_type: 'client_credentials' }))).toEqual(expected(body))
  })

  it('go to the other host for legacy credentials', () => {
    const legacy = register(insureSign, { ...credentials, legacy: true })
    for (const grant of [exchange, refresh]) {
      expect(tokenRequest(legacy, grant).url).toBe('https://auth.insuresign.io/oauth2/token')
    }
  })

  it('do not repeat the state, which no page names', () => {
    expect(form(tokenRequest(client, { ...exchange, state: 'a-state' }))).not.toHaveProperty('state')
  })

  it('bring the PKCE verifier where there is one', () => {
    expect(form(tokenRequest(client, { ...exchange, code_verifier: 'v'.repeat(43) }))['code_verifier']).toBe(
      'v'.repeat(43),
    )
  })
})

describe('the token requests of Dropbox Sign, to the letter of its pages', () => {
  const app = { clientId: 'myclientid', clientSecret: 'mysecret' }
  const client = register(dropboxSign, app)
  const exchange: TokenGrant = { grant_type: 'authorization_code', code: 'the-code', state: 'the-state', redirect_uri }
  const read = ({ secrets, body, ...request }: HttpRequest) => ({ ...request, body: JSON.parse(String(body)) })
  const headers = { accept: 'application/json', 'content-type': 'application/json' }

  it('exchange a code, with its state and without a redirect_uri', () => {
    expect(read(tokenRequest(client, exchange))).toEqual({
      method: 'POST',
      url: 'https://app.hellosign.com/oauth/token',
      headers,
      body: {
        grant_type: 'authorization_code',
        code: 'the-code',
        state: 'the-state',
        client_id: 'myclientid',
        client_secret: 'mysecret',
      },
    })
  })

  it('refresh, at another URL and without a header that proves anything', () => {
    expect(read(tokenRequest(client, refresh))).toEqual({
      method: 'POST',
      url: 'https://app.hellosign.com/oauth/token?refresh',
      headers,
      body: {
        grant_type: 'refresh_token',
        refresh_token: 'yourRefreshToken',
        client_id: 'myclientid',
        client_secret: 'mysecret',
      },
    })
  })

  it('have the header of the refresh page with an API key, on the refresh only', () => {
    const keyed = register(dropboxSign, { ...app, apiKey: 'an-api-key' })
    // base64 of `an-api-key:`, by hand
    expect(tokenRequest(keyed, refresh).headers).toEqual({ ...headers, authorization: 'Basic YW4tYXBpLWtleTo=' })
    expect(read(tokenRequest(keyed, refresh)).body).toEqual(read(tokenRequest(client, refresh)).body)
    expect(tokenRequest(keyed, exchange).headers).toEqual(headers)
  })

  it('take an API key of any letters', () => {
    const keyed = register(dropboxSign, { ...app, apiKey: 'a key…é' })
    expect(basic(tokenRequest(keyed, refresh))).toBe('a key…é:')
  })

  it('1.6 · keep the API key and its header among their secrets', () => {
    const { secrets } = tokenRequest(register(dropboxSign, { ...app, apiKey: 'an-api-key' }), refresh)
    expect(secrets).toEqual(expect.arrayContaining(['an-api-key', 'Basic YW4tYXBpLWtleTo=', 'YW4tYXBpLWtleTo=']))
  })

  it.each([undefined, ''])('do not exchange a code whose state is %j', (state) => {
    const error = mistake(() => tokenRequest(client, { ...exchange, state }))
    expect(error).toMatchObject({ code: 'invalid_argument', sent: 'no', vendor: 'dropbox-sign' })
    expect(error.message).toContain('needs state')
  })

  it('can be forms, with the same fields', () => {
    const forms = register(dropboxSign, { ...app, tokenEncoding: 'form' })
    expect(form(tokenRequest(forms, exchange))).toEqual(read(tokenRequest(client, exchange)).body)
  })

  it('know no tokens of the app itself', () => {
    expect(mistake(() => tokenRequest(client, { grant_type: 'client_credentials' })).code).toBe('unsupported')
  })
})

describe('the token requests of eSignGlobal, to the letter of its pages', () => {
  const app = { clientId: 'myappid', clientSecret: 'mysecretkey' }
  const client = register(eSignGlobal, { ...app, region: 'as1' })
  const sent = (name: string, value: string) =>
    `--esign-auth\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
  const expected = (...fields: [string, string][]) => ({
    method: 'POST',
    url: 'https://openapi-as1.esignglobal.com/esignglobal/v1/oauth2/accessToken',
    headers: { accept: 'application/json', 'content-type': 'multipart/form-data; boundary=esign-auth' },
    body: [
      sent('client_id', 'myappid'),
      sent('client_secret', 'mysecretkey'),
      ...fields.map(([name, value]) => sent(name, value)),
      '--esign-auth--\r\n',
    ].join(''),
  })
  const whole = ({ secrets, ...request }: HttpRequest) => request

  it('exchange a code, without a redirect_uri and without its state', () => {
    expect(whole(tokenRequest(client, { ...exchange, state: 'the-state' }))).toEqual(
      expected(['grant_type', 'authorization_code'], ['code', code]),
    )
  })

  it('refresh', () => {
    expect(whole(tokenRequest(client, refresh))).toEqual(
      expected(['grant_type', 'refresh_token'], ['refresh_token', 'yourRefreshToken']),
    )
  })

  it('ask for a token of the app itself, without the scope of the authorization URL', () => {
    expect(whole(tokenRequest(client, { grant_type: 'client_credentials' }))).toEqual(
      expected(['grant_type', 'client_credentials']),
    )
    const scoped = register(eSignGlobal, { ...app, region: 'as1', scope: 'signature stamp' })
    expect(whole(tokenRequest(scoped, { grant_type: 'client_credentials' }))).toEqual(
      expected(['grant_type', 'client_credentials']),
    )
  })

  it.each([
    [{ region: 'as1' }, 'openapi-as1.esignglobal.com'],
    [{ region: 'as2' }, 'openapi-as2.esignglobal.com'],
    [{ region: 'eu1' }, 'openapi-eu1.esignglobal.com'],
    [{ sandbox: true }, 'openapi-sml.esignglobal.com'],
    [{ sandbox: true, region: 'eu1' }, 'openapi-sml.esignglobal.com'],
  ] as const)('go, with %j, to %s', (settings, host) => {
    const { endpoints, api, ...registration } = register(eSignGlobal, { ...app, ...settings })
    for (const grant of [exchange, refresh, { grant_type: 'client_credentials' } as const]) {
      const { url } = tokenRequest({ endpoints, api, ...registration }, grant)
      expect(url).toBe(`https://${host}/esignglobal/v1/oauth2/accessToken`)
    }
    expect(api).toEqual([`https://${host}`])
  })

  it('can be forms, with the same fields', () => {
    const forms = register(eSignGlobal, { ...app, region: 'as1', tokenEncoding: 'form' })
    expect(form(tokenRequest(forms, refresh))).toEqual({
      client_id: 'myappid',
      client_secret: 'mysecretkey',
      grant_type: 'refresh_token',
      refresh_token: 'yourRefreshToken',
    })
  })
})

describe('the proof of the client', () => {
  it('1.7 · as raw Basic is id and secret as they are, and no secret is in the body', () => {
    const request = tokenRequest(registered({ clientAuthentication: 'basic-raw' }), exchange)
    expect(basic(request)).toBe('myclientid:my client+secret/100%=:é')
    expect(Object.keys(form(request))).toEqual(['grant_type', 'client_id', 'redirect_uri', 'code'])
    expect(request.url).not.toContain('?')
  })

  it('1.7 · as form Basic is both form-encoded first (RFC 6749 §2.3.1)', () => {
    const id = "my client/id+é%~*'"
    const request = tokenRequest(registered({ clientAuthentication: 'basic-form', clientId: id }), exchange)
    const [user = '', password = '', ...more] = basic(request).split(':')
    expect(more).toEqual([])
    const decoded = (text: string) => new URLSearchParams(`x=${text}`).get('x')
    expect([decoded(user), decoded(password)]).toEqual([id, credentials.clientSecret])
    expect(password).toBe('my+client%2Bsecret%2F100%25%3D%3A%C3%A9')
    expect(form(request)).not.toHaveProperty('client_secret')
  })

  it('1.7 · in the body comes without an Authorization header', () => {
    for (const grant of [exchange, refresh]) {
      const request = tokenRequest(registered({ clientAuthentication: 'body' }), grant)
      expect(request.headers).not.toHaveProperty('authorization')
      expect(form(request)).toMatchObject({ client_id: 'myclientid', client_secret: credentials.clientSecret })
    }
  })

  it('1.7 · cannot be doubled by a field of the caller', () => {
    const params = { client_secret: 'another-secret' }
    expect(mistake(() => tokenRequest(registered(), { ...exchange, params }))).toMatchObject({
      code: 'invalid_argument',
      sent: 'no',
    })
    const body = tokenRequest(registered({ clientAuthentication: 'body' }), { ...exchange, params })
    expect(form(body)['client_secret']).toBe(credentials.clientSecret)
  })

  it('1.6 · is among the secrets of its request, as is all else that must not come back', () => {
    const options = { tokenHeaders: { 'X-Api-Key': 'the-api-key' }, tokenParams: { password: 'the-password' } }
    const values = { code_verifier: 'the-verifier', state: 'the-state', params: { pin: 'the-pin' } }
    const { secrets, headers } = tokenRequest(registered(options), { ...exchange, ...values })
    const encoded = headers['authorization']?.slice('Basic '.length)
    const expected = [
      credentials.clientSecret,
      encoded,
      code,
      'the-verifier',
      'the-state',
      'the-api-key',
      'the-password',
      'the-pin',
    ]
    expect([...secrets].sort()).toEqual(expected.sort())
    expect(tokenRequest(registered(), refresh).secrets).toContain('yourRefreshToken')
  })

  it.each(['body', 'basic-raw', 'basic-form'] as const)(
    '1.6 · is among the secrets of a request and of a revocation: %s',
    (clientAuthentication) => {
      const registration = registered({}, { ...vendorOf({ credentials: clientAuthentication }) })
      for (const request of [
        tokenRequest(registration, refresh),
        revocationRequest(registration, { access_token: 'an-access-token' }),
      ]) {
        const [, encoded] = request.headers['authorization']?.split(' ') ?? []
        const sent = encoded === undefined ? [] : [encoded]
        expect(request.secrets).toEqual(expect.arrayContaining([credentials.clientSecret, ...sent]))
      }
    },
  )

  it('1.7 · of a public client is its id, with nothing to hide', () => {
    const vendor = { ...vendorOf({}), publicClients: true }
    const registration = register(vendor, { clientId: 'myclientid', clientAuthentication: 'public' })
    const request = tokenRequest(registration, refresh)
    expect(request.headers).not.toHaveProperty('authorization')
    expect(form(request)).toEqual({ ...refresh, client_id: 'myclientid' })
    expect(request.secrets).toEqual(['yourRefreshToken'])
  })
})

describe('the fields of a token request', () => {
  const values = {
    code: 'a+b/c=d&e f"g\'h%é\r\n--esign-auth\r\n',
    redirect_uri: 'https://app.example/cb?x=1&y=ü',
    state: 'state with "quotes" \\ and esign-auth-x',
  }
  const grant: TokenGrant = { grant_type: 'authorization_code', ...values }
  const expected = {
    grant_type: 'authorization_code',
    client_id: 'myclientid',
    client_secret: credentials.clientSecret,
    ...values,
  }

  it('1.2 · are form-encoded so that nothing is smuggled', () => {
    const request = tokenRequest(registered({}, vendorOf({})), grant)
    expect(form(request)).toEqual(expected)
    expect(String(request.body)).toMatch(/^[\w.*%+=&-]+$/)
  })

  it('are JSON where the vendor wants it', () => {
    const request = tokenRequest(registered({}, vendorOf({ encoding: 'json' })), grant)
    expect(request.headers['content-type']).toBe('application/json')
    expect(JSON.parse(String(request.body))).toEqual(expected)
  })

  it('are multipart where the vendor wants it, as any server reads it', async () => {
    const request = tokenRequest(registered({}, vendorOf({ encoding: 'multipart' })), {
      ...grant,
      params: { 'na"me\r\n': 'x' },
    })
    const headers = { 'content-type': String(request.headers['content-type']) }
    const read = await new Response(String(request.body), { headers }).formData()
    expect(Object.fromEntries(read)).toEqual({ ...expected, 'na"me\r\n': 'x' })
  })

  it('can be encoded otherwise by the caller', () => {
    const request = tokenRequest(registered({ tokenEncoding: 'json' }), refresh)
    expect(JSON.parse(String(request.body))).toEqual({ ...refresh, client_id: 'myclientid' })
  })

  it("repeat the state where the vendor's page names it", () => {
    expect(form(tokenRequest(registered({}, vendorOf({})), grant))['state']).toBe(values.state)
  })

  it('leave the state out for a caller who says that there is none to give', () => {
    const request = tokenRequest(registered({}, vendorOf({})), { ...grant, state: null })
    const { state: _, ...others } = expected
    expect(form(request)).toEqual(others)
  })

  it('go to the refresh endpoint where there is one, with its query to the letter', () => {
    expect(tokenRequest(registered({}, vendorOf({})), grant).url).toBe('https://vendor.example/token')
    expect(tokenRequest(registered({}, vendorOf({})), refresh).url).toBe('https://vendor.example/refresh')
    for (const url of ['https://vendor.example/token?refresh', 'https://vendor.example/token?refresh=&x=a+b']) {
      const options = { endpoints: { refresh: url } }
      expect(tokenRequest(registered(options, vendorOf({})), refresh).url).toBe(url)
      expect(tokenRequest(registered(options, vendorOf({})), grant).url).toBe('https://vendor.example/token')
    }
  })

  it.each([
    ['code', { ...grant, code: '' }],
    ['code', { ...grant, code: undefined }],
    ['code', { ...grant, code: null }],
    ['code', { ...grant, code: 5 }],
    ['code', { ...grant, code: ['a'] }],
    ['redirect_uri', { ...grant, redirect_uri: undefined }],
    ['state', { ...grant, state: '' }],
    ['code_verifier', { ...grant, code_verifier: '' }],
    ['code_verifier', { ...grant, code_verifier: null }],
    ['refresh_token', { grant_type: 'refresh_token' }],
    ['refresh_token', { grant_type: 'refresh_token', refresh_token: {} }],
    ['scope', { ...refresh, scope: 5 }],
  ])('1.8 · without a usable %s make an error, not a request: %j', (name, values) => {
    // What a caller without types may give.
    const error = mistake(() => tokenRequest(registered({}, vendorOf({})), values as unknown as TokenGrant))
    expect(error).toMatchObject({ code: 'invalid_argument', sent: 'no', vendor: 'private' })
    expect(error.message).toMatch(new RegExp(`^Private Vendor: .* needs ${name}, `))
  })

  it('of a grant that the vendor does not offer are not made up', () => {
    const error = mistake(() => tokenRequest(registered({}, vendorOf({})), { grant_type: 'client_credentials' }))
    expect(error).toMatchObject({ code: 'unsupported', message: expect.stringContaining('client_credentials') })
  })
})

describe('what the caller adds to a token request', () => {
  it('comes along', () => {
    const options = { tokenParams: { audience: 'https://api.example' }, tokenHeaders: { 'X-Api-Key': 'k' } }
    const request = tokenRequest(registered(options), { ...exchange, params: { extra: 'yes' } })
    expect(form(request)).toMatchObject({ audience: 'https://api.example', extra: 'yes', code })
    expect(request.headers['x-api-key']).toBe('k')
  })

  it('cannot replace what the dialect writes', () => {
    const evil = { grant_type: 'password', client_id: 'x', redirect_uri: 'x', code: 'x', code_verifier: 'x' }
    const tokenHeaders = { 'Content-Type': 'text/html', ACCEPT: '*/*' }
    const request = tokenRequest(registered({ tokenHeaders }), { ...exchange, code_verifier: 'mine', params: evil })
    expect(form(request)).toEqual({ ...exchange, client_id: 'myclientid', code_verifier: 'mine' })
    expect(request.headers['accept']).toBe('application/json')
    expect(Object.keys(request.headers).map((name) => name.toLowerCase())).toEqual(Object.keys(request.headers))
  })

  it('counts as not given when it is undefined, and is refused when it is no text', () => {
    const given = (value: unknown) => tokenRequest(registered(), { ...exchange, params: { extra: value as string } })
    expect(form(given(undefined))).not.toHaveProperty('extra')
    for (const value of [5, null, {}, ['a'], true]) {
      expect(mistake(() => given(value))).toMatchObject({
        code: 'invalid_argument',
        message: expect.stringContaining('params.extra'),
      })
    }
  })
})

describe('a token request', () => {
  it('is pure: the same input gives the same bytes, and the input stays as it was', () => {
    const grant = Object.freeze({ ...exchange, params: Object.freeze({ b: '1', a: '2' }) })
    for (const encoding of ['form', 'json', 'multipart'] as const) {
      const client = Object.freeze(registered({}, vendorOf({ encoding })))
      const asked = Object.freeze({ ...grant, state: 's' })
      expect(tokenRequest(client, asked)).toEqual(tokenRequest(client, asked))
    }
  })
})

describe('a revocation request', () => {
  const registration = registered({ endpoints: { revocation: 'https://sign-auth.insuresign.io/oauth2/revoke' } })

  it('is that of RFC 7009, with the client authentication of token requests', () => {
    const request = revocationRequest(registration, { access_token: 'x', refresh_token: 'a-refresh-token' })
    expect(request.url).toBe('https://sign-auth.insuresign.io/oauth2/revoke')
    expect(form(request)).toEqual({ token: 'a-refresh-token', token_type_hint: 'refresh_token' })
    expect(basic(request)).toBe(`myclientid:${credentials.clientSecret}`)
    expect(request.secrets).toContain('a-refresh-token')
    expect(request.secrets).toContain(credentials.clientSecret)
  })

  it('proves the client in the body where the vendor wants that', () => {
    const request = revocationRequest(registered({}, vendorOf({ encoding: 'json' })), { access_token: 't' })
    expect(form(request)).toEqual({
      client_id: 'myclientid',
      client_secret: credentials.clientSecret,
      token: 't',
      token_type_hint: 'access_token',
    })
  })

  it.each<[string, RevocationDialect, string, Record<string, string>]>([
    ['the bearer', { place: 'bearer', method: 'DELETE' }, '', { authorization: 'Bearer a-token' }],
    ['a query without a proof', { place: 'query', credentials: 'none' }, '?token=a-token', {}],
    ['a query', { place: 'query', credentials: 'basic-raw' }, '?token=a-token', { authorization: expect.any(String) }],
  ])('1.6 · in %s asks for JSON, and keeps the token among its secrets', (_, dialect, search, headers) => {
    const vendor = { ...vendorOf({}), revocation: () => ({ hint: false, ...dialect }) }
    const request = revocationRequest(registered({}, vendor), { access_token: 'a-token' })
    expect(request.url).toBe(`https://vendor.example/revoke${search}`)
    expect(request.headers).toEqual({ accept: 'application/json', ...headers })
    expect(request.secrets).toContain('a-token')
    expect(request.body).toBeUndefined()
  })

  it('is not made up where the vendor has none, and says what to do', () => {
    const error = mistake(() => revocationRequest(registered(), { access_token: 'a-token' }))
    expect(error).toMatchObject({ code: 'unsupported', message: expect.stringContaining('endpoints.revocation') })
  })

  it.each([undefined, null, '', 5, {}])('without a token (%j) is an error, not a request', (token) => {
    expect(mistake(() => revocationRequest(registration, { access_token: token as string })).code).toBe(
      'invalid_argument',
    )
  })
})
