import {
  type ClientOptions,
  createClient,
  defineVendor,
  dropboxSign,
  eSignGlobal,
  insureSign,
  type Vendor,
} from 'esign-auth'
import { describe, expect, it } from 'vitest'
import { type Callback, queryEntries, readCallback, stem } from '../../src/oauth/callback.ts'
import { shown, thrown } from './failure.ts'

const credentials = { clientId: 'MyClientID', clientSecret: 'a-client-secret' }
const redirectUri = 'https://my.domain/auth'
const state = 'a-state-of-128-bits-or-more'

function clientOf(options: Partial<ClientOptions> = {}, vendor: Vendor = insureSign) {
  return createClient(vendor, { ...credentials, ...options })
}

function paramsOf(url: string): [string, string][] {
  return [...new URL(url).searchParams]
}

describe('an authorization URL', () => {
  it("is that of InsureSign's page, with a state", () => {
    expect(clientOf().authorizationUrl({ redirectUri, state })).toBe(
      `https://sign-auth.insuresign.io/oauth2/authorize?response_type=code&client_id=MyClientID&redirect_uri=https%3A%2F%2Fmy.domain%2Fauth&state=${state}`,
    )
  })

  it('is on the other host for legacy credentials', () => {
    const url = createClient(insureSign, { ...credentials, legacy: true }).authorizationUrl({ redirectUri, state })
    expect(new URL(url).origin).toBe('https://auth.insuresign.io')
  })

  it("is that of Dropbox Sign's SDK, and names no scope, which the app's settings do", () => {
    expect(clientOf({}, dropboxSign).authorizationUrl({ redirectUri, state })).toBe(
      `https://app.hellosign.com/oauth/authorize?response_type=code&client_id=MyClientID&redirect_uri=https%3A%2F%2Fmy.domain%2Fauth&state=${state}`,
    )
  })

  it("is that of eSignGlobal's guide, with its names and the smallest of its scopes", () => {
    const url = createClient(eSignGlobal, { ...credentials, region: 'eu1' }).authorizationUrl({ redirectUri, state })
    expect(url).toBe(
      `https://account.esignglobal.com/oauth?response_type=code&clientId=MyClientID&redirectUri=https%3A%2F%2Fmy.domain%2Fauth&state=${state}&scope=signature`,
    )
  })

  it("is on the host of the vendor's own sandbox", () => {
    const client = createClient(eSignGlobal, { ...credentials, sandbox: true })
    expect(client.authorizationUrl({ redirectUri, state })).toMatch(/^https:\/\/account-sml\.esignglobal\.com\/oauth\?/)
  })

  it("writes a vendor's own names once, whoever else writes them", () => {
    const endpoints = { authorization: 'https://vendor.example/auth?clientId=theirs' }
    const client = createClient(eSignGlobal, { ...credentials, region: 'as1', endpoints })
    const params = { clientId: 'x', redirectUri: 'x', scope: 'x', state: 'x', response_type: 'x' }
    expect(paramsOf(client.authorizationUrl({ redirectUri, state, params })).sort()).toEqual([
      ['clientId', 'MyClientID'],
      ['redirectUri', redirectUri],
      ['response_type', 'code'],
      ['scope', 'signature'],
      ['state', state],
    ])
  })

  it("asks for the vendor's default scope only where nobody names another", () => {
    const scopeOf = (options: Partial<ClientOptions>, scope?: string | string[]) => {
      const client = createClient(eSignGlobal, { ...credentials, region: 'as1', ...options })
      return new URL(client.authorizationUrl({ redirectUri, state, scope })).searchParams.get('scope')
    }
    expect(scopeOf({})).toBe('signature')
    expect(scopeOf({ scope: [] })).toBe('signature')
    expect(scopeOf({ scope: 'stamp' })).toBe('stamp')
    expect(scopeOf({ scope: 'stamp' }, ['stamp', 'comparisons'])).toBe('stamp comparisons')
  })

  it('writes every value so that it comes back to the letter, and a blank as %20', () => {
    const odd = 'a+b c&d=e#f?g/h%20é"\'\r\n\0'
    const url = clientOf({ clientId: 'a+b &c', scope: ['read', 'read+write'] }).authorizationUrl({
      redirectUri: `${redirectUri}?x=1&y=a b#z`,
      state: odd,
      params: { odd },
    })
    expect(Object.fromEntries(paramsOf(url))).toEqual({
      response_type: 'code',
      client_id: 'a+b &c',
      redirect_uri: `${redirectUri}?x=1&y=a b#z`,
      state: odd,
      scope: 'read read+write',
      odd,
    })
    expect(url).toContain('scope=read%20read%2Bwrite')
    expect(new URL(url).search).toMatch(/^[?\w.*%=&-]+$/)
  })

  it('1.6 · holds no secret and no parameter twice', () => {
    const authorization = 'https://vendor.example/auth?tenant=7&client_id=theirs&client_id=twice&state=theirs&x=1'
    const params = {
      state: 'x',
      client_id: 'x',
      redirect_uri: 'x',
      response_type: 'token',
      scope: 'x',
      code_challenge: 'x',
      tenant: '8',
    }
    const url = clientOf({ endpoints: { authorization }, scope: 'mine', pkce: true }).authorizationUrl({
      redirectUri,
      state,
      codeChallenge: 'challenge',
      params: { ...params, code_challenge_method: 'plain' },
    })
    expect(paramsOf(url).sort()).toEqual([
      ['client_id', 'MyClientID'],
      ['code_challenge', 'challenge'],
      ['code_challenge_method', 'S256'],
      ['redirect_uri', redirectUri],
      ['response_type', 'code'],
      ['scope', 'mine'],
      ['state', state],
      ['tenant', '8'],
      ['x', '1'],
    ])
    expect(url).not.toContain('secret')
  })

  it('keeps the query of the endpoint', () => {
    const endpoints = { authorization: 'https://vendor.example/auth?tenant=7&empty=' }
    const url = clientOf({ endpoints }).authorizationUrl({ redirectUri, state })
    expect(url).toMatch(/^https:\/\/vendor\.example\/auth\?tenant=7&empty=&response_type=code&/)
  })

  it('asks for the scope of the call, else that of the client, else for none', () => {
    const scopes = (options: Partial<ClientOptions>, scope?: string | string[]) =>
      new URL(clientOf(options).authorizationUrl({ redirectUri, state, scope })).searchParams.get('scope')
    expect(scopes({})).toBeNull()
    expect(scopes({ scope: 'a b' })).toBe('a b')
    expect(scopes({ scope: 'a b' }, ['c', 'd'])).toBe('c d')
    expect(scopes({ scope: [] })).toBeNull()
    expect(scopes({ scope: 'a' }, '')).toBe('a')
  })

  it('leaves out what is undefined', () => {
    const params = { prompt: undefined } as unknown as Record<string, string>
    expect(clientOf().authorizationUrl({ redirectUri, state, params })).not.toContain('prompt')
  })

  it('1.1 · brings the S256 challenge where the client uses PKCE, and no other method, ever', () => {
    const on = new URL(clientOf({ pkce: true }).authorizationUrl({ redirectUri, state, codeChallenge: 'challenge' }))
    expect(on.searchParams.get('code_challenge')).toBe('challenge')
    expect(on.searchParams.get('code_challenge_method')).toBe('S256')
    const off = clientOf().authorizationUrl({ redirectUri, state, codeChallenge: 'challenge' })
    expect(off).not.toContain('challenge')
  })

  it.each([
    ['redirectUri', { state }],
    ['redirectUri', { state, redirectUri: '' }],
    ['redirectUri', { state, redirectUri: '/callback' }],
    ['redirectUri', { state, redirectUri: 5 }],
    ['state', { redirectUri }],
    ['state', { redirectUri, state: '' }],
    ['state', { redirectUri, state: ['x'] }],
    ['codeChallenge', { redirectUri, state }],
    ['codeChallenge', { redirectUri, state, codeChallenge: '' }],
  ])('needs %s: %j is not enough', async (name, params) => {
    // What a caller without types may give.
    const error = await thrown(() => clientOf({ pkce: true }).authorizationUrl(params as never))
    expect(error).toMatchObject({
      code: 'invalid_argument',
      sent: 'no',
      message: expect.stringContaining(`\`${name}\``),
    })
  })
})

describe('a raw query', () => {
  it.each([
    ['', []],
    ['?', []],
    ['&&', []],
    [
      '?code=a&state=b',
      [
        ['code', 'a'],
        ['state', 'b'],
      ],
    ],
    [
      'code=a&code=b',
      [
        ['code', 'a'],
        ['code', 'b'],
      ],
    ],
    ['code=a%26grant_type%3Dx%0d%0a+b', [['code', 'a&grant_type=x\r\n b']]],
    ['code', [['code', '']]],
    ['=a', [['', 'a']]],
    ['code=a=b', [['code', 'a=b']]],
    ['co%64e=a', [['code', 'a']]],
    [
      'code[]=a&state.x=b',
      [
        ['code[]', 'a'],
        ['state.x', 'b'],
      ],
    ],
    ['code=%', [['code', undefined]]],
    ['code=%zz', [['code', undefined]]],
    ['code=%4', [['code', undefined]]],
    ['code=%4g', [['code', undefined]]],
    ['code=%e9', [['code', undefined]]],
    ['code=a%00', [['code', undefined]]],
    ['code=a;state=b', [['code', 'a;state=b']]],
    ['??code=a', [['?code', 'a']]],
    [
      'a=1&?code=b',
      [
        ['a', '1'],
        ['?code', 'b'],
      ],
    ],
    ['__proto__[x]=1', [['__proto__[x]', '1']]],
  ])('%j is read to the letter', (raw, expected) => {
    expect(queryEntries(raw)).toEqual(expected)
  })
})

describe('the stem of a parameter name', () => {
  it.each([
    ['code', 'code'],
    ['code[]', 'code'],
    ['code[$ne]', 'code'],
    ['state.toString', 'state'],
    ['[code]', ''],
    ['', ''],
    ['Code', 'Code'],
  ])('%j is %j', (name, expected) => {
    expect(stem(name)).toBe(expected)
  })
})

describe("a client's reading of a callback", () => {
  const client = clientOf()

  it('takes a raw query, with or without its question mark, or a posted form', () => {
    const expected = { code: 'a b', state: 's', vendorState: undefined }
    for (const raw of ['?code=a%20b&state=s', 'code=a+b&state=s', { code: 'a b', state: 's', other: ['x'] }]) {
      expect(client.readCallback(raw)).toEqual(expected)
    }
    expect(client.readCallback({ error: 'access_denied', state: 's' })).toMatchObject({ error: 'access_denied' })
  })

  it.each([
    ['a query that repeats the code', 'code=a&code=b'],
    ['a query with brackets', 'code[]=a'],
    ['a form that repeats the code', { code: ['a', 'b'] }],
    ['a form with brackets', { 'code[x]': 'a' }],
    ['a form of objects', { code: { x: 'a' } }],
    ['a query of code and error', 'code=a&error=b'],
  ])('1.2 · refuses %s', async (_, raw) => {
    expect(await thrown(() => client.readCallback(raw))).toMatchObject({ code: 'callback_invalid', sent: 'no' })
  })

  it.each(['', '?', 'state=s', 'https://app.example/callback?state=s', {}, { state: 's' }])(
    '1.2 · finds neither code nor error in %j',
    async (raw) => {
      expect((await thrown(() => client.readCallback(raw))).code).toBe('callback_incomplete')
    },
  )
})

describe('a callback', () => {
  const read = (raw: string, vendor: Parameters<typeof readCallback>[0] = insureSign): Callback =>
    readCallback(vendor, queryEntries(raw))

  it('is a code and a state', () => {
    expect(read('?code=df90c9f7-680d&state=b')).toEqual({ code: 'df90c9f7-680d', state: 'b' })
    expect(read('?code=a%20b%26c')).toEqual({ code: 'a b&c', state: undefined })
  })

  it('is an error, its description, page and state', () => {
    expect(read('?error=access_denied&error_description=The+user+said+no&error_uri=https://x/&state=b')).toEqual({
      error: 'access_denied',
      description: 'The user said no',
      uri: 'https://x/',
      state: 'b',
    })
    expect(read('?error=access_denied')).toEqual({
      error: 'access_denied',
      description: undefined,
      uri: undefined,
      state: undefined,
    })
  })

  it('1.1 · with an empty state has none', () => {
    expect(read('?code=a&state=')).toEqual({ code: 'a', state: undefined })
    expect(read('?error=e&state=')).toMatchObject({ state: undefined })
  })

  it.each([
    ['1.1 · code and error together', 'code=a&error=access_denied&state=s'],
    ['1.1 · error and an empty code together', 'error=access_denied&code='],
    ['1.2 · two codes', 'code=a&code=b&state=s'],
    ['1.2 · the same code twice', 'code=a&code=a&state=s'],
    ['1.2 · two states', 'code=a&state=s&state=t'],
    ['1.2 · two states in the other order', 'code=a&state=t&state=s'],
    ['1.2 · an empty state and another', 'code=a&state=&state=s'],
    ['1.2 · two errors', 'error=a&error=b'],
    ['1.2 · a code hidden behind percent signs and one in clear', 'co%64e=a&code=b'],
    ['1.2 · code[]', 'code[]=a&state=s'],
    ['1.2 · code[] beside code', 'code=a&code[]=b&state=s'],
    ['1.2 · code[$ne]', 'code[$ne]=a&state=s'],
    ['1.2 · code%5B%5D', 'code%5B%5D=a&state=s'],
    ['1.2 · state[]', 'code=a&state[]=s'],
    ['1.2 · state[toString]', 'code=a&state[toString]=s'],
    ['1.2 · state.x', 'code=a&state.x=s'],
    ['1.2 · error[]', 'error[]=a'],
    ['1.2 · a code in broken encoding', 'code=%&state=s'],
    ['1.2 · a state in broken encoding', 'code=a&state=%zz'],
    ['1.2 · a code with NUL', 'code=a%00&state=s'],
    ['1.2 · a code with CR LF', 'code=a%0d%0aX-Evil:1&state=s'],
    ['1.2 · a code that is not ASCII', 'code=%C3%A9&state=s'],
    ['1.2 · a code that never ends', `code=${'a'.repeat(4097)}&state=s`],
    ['1.2 · an error that is no error code', 'error=a%0ab&state=s'],
    ['1.2 · an error of quotes', 'error=%22a%22&state=s'],
    ['1.2 · an error description in broken encoding', 'error=a&error_description=%ff'],
  ])('%s is refused', async (_, raw) => {
    const error = await thrown(() => read(raw))
    expect(error).toMatchObject({ code: 'callback_invalid', vendor: 'insuresign', sent: 'no' })
    expect(error.message).toMatch(/^InsureSign: the callback /)
  })

  it.each([
    ['nothing', ''],
    ['a state alone', 'state=s'],
    ['an empty code', 'code=&state=s'],
    ['an empty error', 'error=&state=s'],
    ['CODE and STATE', 'CODE=a&STATE=s'],
    ['an access_token', 'access_token=a&state=s&token_type=bearer'],
    ['a code without its name', '=a'],
    ['a name with a blank', '%20code=a'],
    ['a name with a question mark', '?&?code=a'],
  ])('1.2 · of %s holds neither code nor error', async (_, raw) => {
    expect(await thrown(() => read(raw))).toMatchObject({ code: 'callback_incomplete' })
  })

  it('1.2 · ignores names it does not know, whatever they hold, and pollutes nothing', () => {
    const junk =
      '__proto__[code]=x&constructor[prototype][x]=1&__proto__=1&api_access_point=https://evil.example&a=%&a=%zz'
    expect(read(`?${junk}&code=a&${junk}&state=s&CODE=c&access_token=t&scope=x&scope=y`)).toEqual({
      code: 'a',
      state: 's',
    })
    expect(({} as Record<string, unknown>)['code']).toBeUndefined()
    expect(({} as Record<string, unknown>)['x']).toBeUndefined()
  })

  it("1.2 · shows the vendor's text without control characters, and not much of it", () => {
    const description = encodeURIComponent(`<script>\r\n\u001b[2J${'x'.repeat(2000)}`)
    const callback = read(`error=e&error_description=${description}&error_uri=javascript:alert(1)`)
    const { description: text = '' } = callback as { description?: string }
    expect(text).toMatch(/^<script> \[2Jx+…$/)
    expect(text).toHaveLength(300)
  })

  it('1.6 · shows nothing of its code or state in an error', async () => {
    const error = await thrown(() => read('code=the-code-itself&code=the-code-again&state=the-state-itself'))
    expect(shown(error)).not.toMatch(/the-(code|state)-/)
  })

  it.each([
    ['an array', ['a', 'b']],
    ['an object', { a: 1 }],
    ['a number', 5],
    ['null', null],
  ])('1.2 · of a posted form that holds %s for a code is refused', async (_, code) => {
    expect((await thrown(() => readCallback(insureSign, Object.entries({ code, state: 's' })))).code).toBe(
      'callback_invalid',
    )
  })

  describe('of a vendor that names itself (RFC 9207)', () => {
    const vendor = defineVendor({ ...insureSign, issuer: 'https://vendor.example' })

    it('is read with the right iss', () => {
      expect(read('code=a&state=s&iss=https%3A%2F%2Fvendor.example', vendor)).toEqual({ code: 'a', state: 's' })
    })

    it.each([
      ['without an iss', 'code=a&state=s'],
      ['with an empty iss', 'code=a&state=s&iss='],
      ['of another issuer', 'code=a&state=s&iss=https://evil.example'],
      ['of nearly the issuer', 'code=a&state=s&iss=https://vendor.example/'],
      ['that is an error of another issuer', 'error=access_denied&state=s&iss=https://evil.example'],
    ])('1.1 · %s is refused', async (_, raw) => {
      expect(await thrown(() => read(raw, vendor))).toMatchObject({ code: 'issuer_mismatch', sent: 'no' })
    })

    it('1.1 · with two of them is refused', async () => {
      const raw = 'code=a&iss=https://vendor.example&iss=https://vendor.example'
      expect((await thrown(() => read(raw, vendor))).code).toBe('callback_invalid')
    })
  })

  it('of a vendor that does not name itself may hold any iss', () => {
    expect(read('code=a&state=s&iss=https://evil.example')).toEqual({ code: 'a', state: 's' })
  })
})
