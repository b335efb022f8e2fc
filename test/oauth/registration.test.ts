import * as esignAuth from 'esign-auth'
import {
  type ClientOptions,
  createClient,
  defineVendor,
  dropboxSign,
  eSignGlobal,
  insureSign,
  type Vendor,
  type VendorDefinition,
} from 'esign-auth'
import { describe, expect, it } from 'vitest'
import { register } from '../../src/oauth/registration.ts'

const good = { clientId: 'a-client-id', clientSecret: 'Zq7Wx9Kk2Mn4' }
const sandbox = { authorization: 'http://127.0.0.1:1/a', token: 'http://127.0.0.1:1/t' }

const definition: VendorDefinition = {
  id: 'private',
  name: 'Private Vendor',
  endpoints: () => ({ authorization: 'https://vendor.example/a', token: 'https://vendor.example/t' }),
  api: () => ['https://api.vendor.example'],
  identity: 'none',
  pkce: 'unknown',
  rotation: 'unknown',
  token: { credentials: 'basic-form', encoding: 'form', fields: { authorization_code: ['grant_type', 'code'] } },
}

/** What a caller without types may write. */
function mistake(options: unknown, vendor: Vendor = insureSign, spelling?: Record<string, string>): TypeError {
  try {
    createClient(vendor, options as ClientOptions, spelling)
  } catch (error) {
    if (error instanceof TypeError) return error
    throw error
  }
  throw new Error(`no mistake was found in ${JSON.stringify(options)}`)
}

describe('a mistake in the options of a client', () => {
  const rows: readonly (readonly [what: string, option: string, options: object, remedy: RegExp])[] = [
    ['no client id', 'clientId', { clientId: undefined }, /environment variable/],
    ['an empty client id', 'clientId', { clientId: '' }, /environment variable/],
    ['a client id that is no text', 'clientId', { clientId: 5 }, /is missing/],
    ['no client secret', 'clientSecret', { clientSecret: undefined }, /environment variable/],
    ['an empty client secret', 'clientSecret', { clientSecret: '' }, /environment variable/],
    ['null for a client secret', 'clientSecret', { clientSecret: null }, /environment variable/],
    ['1.7 · a colon in the client id', 'clientId', { clientId: 'a:b' }, /RFC 7617/],
    ['1.7 · CR LF in the client id', 'clientId', { clientId: 'a\r\nb' }, /line break/],
    ['1.7 · CR LF in the client secret', 'clientSecret', { clientSecret: 'Zq7Wx9Kk2Mn4\r\n' }, /line break/],
    ['1.7 · NUL in the client secret', 'clientSecret', { clientSecret: 'Zq7Wx9Kk2Mn4\0' }, /control character/],
    ['legacy that is no boolean', 'legacy', { legacy: 'yes' }, /true or false/],
    ['legacy as null', 'legacy', { legacy: null }, /true or false/],
    [
      'legacy beside a token endpoint',
      'legacy',
      { legacy: true, endpoints: { token: 'https://x.example/t' } },
      /endpoints\.token/,
    ],
    [
      'legacy beside an authorization endpoint',
      'legacy',
      { legacy: true, endpoints: { authorization: 'https://x.example/a' } },
      /endpoints\.authorization/,
    ],
    ['1.7 · a token endpoint on http', 'endpoints.token', { endpoints: { token: 'http://vendor.example/t' } }, /https/],
    [
      '1.7 · an authorization endpoint on http',
      'endpoints.authorization',
      { endpoints: { authorization: 'http://vendor.example/a' } },
      /https/,
    ],
    [
      '1.7 · a userinfo endpoint on http',
      'endpoints.userinfo',
      { endpoints: { userinfo: 'http://vendor.example/u' } },
      /https/,
    ],
    [
      '1.7 · a refresh endpoint on http',
      'endpoints.refresh',
      { endpoints: { refresh: 'http://vendor.example/r' } },
      /https/,
    ],
    [
      '1.7 · a revocation endpoint on http',
      'endpoints.revocation',
      { endpoints: { revocation: 'http://vendor.example/r' } },
      /https/,
    ],
    ['1.7 · an API host on http', 'api', { api: ['https://a.example', 'http://api.example'] }, /https/],
    [
      '1.7 · http to a foreign host, even in a sandbox',
      'endpoints.token',
      { endpoints: { token: 'http://vendor.example/t' }, allowLoopbackHttp: true },
      /https/,
    ],
    [
      '1.7 · http to a host that only looks like loopback',
      'endpoints.token',
      { endpoints: { token: 'http://127.0.0.1.vendor.example/t' }, allowLoopbackHttp: true },
      /https/,
    ],
    [
      '1.7 · http to localhost as a user name',
      'endpoints.token',
      { endpoints: { token: 'http://localhost@vendor.example/t' }, allowLoopbackHttp: true },
      /user name/,
    ],
    [
      '1.7 · http to loopback, not asked for',
      'endpoints.authorization',
      { endpoints: sandbox },
      /allowLoopbackHttp: true/,
    ],
    [
      '1.7 · http to loopback, asked for by a word',
      'endpoints.authorization',
      { endpoints: sandbox, allowLoopbackHttp: 'true' },
      /allowLoopbackHttp: true/,
    ],
    ['another scheme', 'endpoints.token', { endpoints: { token: 'ftp://vendor.example/t' } }, /https/],
    [
      'a script for an endpoint',
      'endpoints.authorization',
      { endpoints: { authorization: 'javascript:alert(1)' } },
      /https/,
    ],
    ['a path for an endpoint', 'endpoints.token', { endpoints: { token: '/oauth2/token' } }, /absolute URL/],
    ['a host for an endpoint', 'endpoints.token', { endpoints: { token: 'vendor.example/token' } }, /absolute URL/],
    [
      'an object of URL for an endpoint',
      'endpoints.token',
      { endpoints: { token: new URL('https://x.example') } },
      /URL/,
    ],
    ['null for an endpoint', 'endpoints.token', { endpoints: { token: null } }, /absolute URL/],
    [
      'an object for an endpoint',
      'endpoints.token',
      { endpoints: { token: { href: 'https://x.example' } } },
      /absolute URL/,
    ],
    [
      '1.7 · a host that hides another',
      'endpoints.token',
      { endpoints: { token: 'https://sign-auth.insuresign.io@evil.example/t' } },
      /user name/,
    ],
    [
      '1.7 · a host of one letter behind another',
      'endpoints.token',
      { endpoints: { token: 'https://evil.example@x' } },
      /user name/,
    ],
    [
      '1.7 · a password in an endpoint',
      'endpoints.token',
      { endpoints: { token: 'https://:pw@vendor.example/t' } },
      /password/,
    ],
    [
      '1.7 · a fragment in an endpoint',
      'endpoints.token',
      { endpoints: { token: 'https://vendor.example/t#x' } },
      /fragment/,
    ],
    ['1.7 · a user name in an API host', 'api', { api: ['https://evil.example@x'] }, /user name/],
    ['an unknown encoding', 'tokenEncoding', { tokenEncoding: 'xml' }, /'form', 'json' or 'multipart'/],
    ['an unknown client authentication', 'clientAuthentication', { clientAuthentication: 'none' }, /'basic-raw'/],
    ['1.1 · the PKCE method plain', 'pkce', { pkce: 'plain' }, /never sent/],
    ['1.1 · null for PKCE', 'pkce', { pkce: null }, /true, false/],
    ['1.1 · one for PKCE', 'pkce', { pkce: 1 }, /true, false/],
    [
      '1.7 · Authorization among the headers',
      'tokenHeaders',
      { tokenHeaders: { Authorization: 'Basic x' } },
      /client authentication/,
    ],
    [
      '1.7 · authorization in any spelling',
      'tokenHeaders',
      { tokenHeaders: { aUTHORIZATION: 'Basic x' } },
      /client authentication/,
    ],
    ['a header that is no text', 'tokenHeaders', { tokenHeaders: { 'x-key': undefined } }, /x-key/],
    [
      '1.7 · client_secret among the parameters',
      'tokenParams',
      { tokenParams: { client_secret: 'x' } },
      /client_secret/,
    ],
    ['a parameter that the request writes', 'tokenParams', { tokenParams: { grant_type: 'password' } }, /grant_type/],
    ['a parameter that another grant writes', 'tokenParams', { tokenParams: { refresh_token: 'x' } }, /refresh_token/],
    ['a parameter that is no text', 'tokenParams', { tokenParams: { audience: undefined } }, /audience/],
    ['a time limit of none', 'timeout', { timeout: 0 }, /milliseconds/],
    ['a negative time limit', 'timeout', { timeout: -1 }, /milliseconds/],
    ['an endless time limit', 'timeout', { timeout: Number.POSITIVE_INFINITY }, /milliseconds/],
    ['a time limit beyond what a timer can', 'timeout', { timeout: 2 ** 31 }, /milliseconds/],
    ['a time limit beyond ten minutes', 'timeout', { timeout: 600_001 }, /at most 600000/],
    ['a time limit in words', 'timeout', { timeout: '10s' }, /milliseconds/],
    ['an agent beside a fetch', 'agent', { agent: {}, fetch: globalThis.fetch }, /one of them/],
    ['a scope that is a number', 'scope', { scope: 5 }, /array of texts/],
    ['a scope that is a set', 'scope', { scope: new Set(['a']) }, /array of texts/],
    ['a scope with a hole', 'scope', { scope: ['a', undefined] }, /array of texts/],
    ['1.5 · an API host that is not in an array', 'api', { api: 'https://api.example' }, /array of origins/],
    ['1.5 · an API host that is no text', 'api', { api: ['https://api.example', 5] }, /array of origins/],
    ['1.5 · API hosts in an object', 'api', { api: { 0: 'https://api.example' } }, /array of origins/],
    ['a fetch that is none', 'fetch', { fetch: {} }, /function/],
    ['1.5 · a profile that is none', 'profile', { profile: { id: 'everybody' } }, /function/],
    ['an agent that is none', 'agent', { agent: 'https://proxy.example' }, /an object/],
    ['null for an agent', 'agent', { agent: null }, /an object/],
    ['endpoints that are none', 'endpoints', { endpoints: 'https://x.example' }, /an object/],
    ['a list of endpoints', 'endpoints', { endpoints: ['https://x.example/a'] }, /an object/],
    ['an endpoint in the words of others', 'endpoints.tokenUrl', { endpoints: { tokenUrl: 'x' } }, /userinfo/],
    ['headers that are none', 'tokenHeaders', { tokenHeaders: 'X-Key: 1' }, /an object/],
    ['a list of headers', 'tokenHeaders', { tokenHeaders: [['X-Key', '1']] }, /an object/],
    ['parameters in one text', 'tokenParams', { tokenParams: 'audience=x' }, /an object/],
    ['1.7 · origins that are none', 'origins', { origins: 'https://x.example' }, /an object/],
    ['1.7 · an origin with a path', 'origins', { origins: { 'https://a.example': 'https://b.example/x' } }, /path/],
    ['1.7 · an origin for a path', 'origins', { origins: { 'https://a.example/x': 'https://b.example' } }, /path/],
    ['1.7 · an origin that is no address', 'origins', { origins: { 'https://a.example': 'b.example' } }, /origins/],
    ['1.7 · an origin that is no text', 'origins', { origins: { 'https://a.example': 5 } }, /origins/],
    ...(
      [
        ['a header without a name', '', 'x'],
        ['1.7 · a header name with a blank', 'X Key', 'x'],
        ['1.7 · a header name with a line break', 'X-Key\r\nHost', 'x'],
        ['1.7 · a header name that begins with one', '\nX-Key', 'x'],
        ['1.7 · a header name that ends with one', 'X-Key\n', 'x'],
        ['1.7 · a header with a line break', 'X-Key', 'Zq7Wx9Kk2Mn4\r\nHost: evil.example'],
        ['1.7 · a header with NUL', 'X-Key', 'Zq7Wx9Kk2Mn4\0'],
        ['a header with letters that no header can hold', 'X-Key', 'Zq7Wx9Kk2Mn4€'],
      ] as const
    ).map(
      ([what, name, value]) => [what, 'tokenHeaders', { tokenHeaders: { [name]: value } }, /fit for a header/] as const,
    ),
  ]

  it.each(rows)('%s is a TypeError that names vendor, option and remedy (%s)', (_, option, options, remedy) => {
    const error = mistake({ ...good, ...options })
    expect(error).toMatchObject({ code: 'invalid_option', option })
    expect(error.message.startsWith(`InsureSign: option \`${option}\` `)).toBe(true)
    expect(error.message).toMatch(remedy)
    expect(error.message).not.toContain('Zq7Wx9Kk2Mn4')
  })

  it('is found where there are no options at all', () => {
    for (const options of [undefined, null, {}]) expect(mistake(options)).toMatchObject({ code: 'invalid_option' })
  })

  it('is named as the host framework spells it', () => {
    const error = mistake({ ...good, clientId: '' }, insureSign, { clientId: 'clientID' })
    expect(error).toMatchObject({ option: 'clientID', message: expect.stringContaining('`clientID`') })
  })

  it.each(['required', 'supported'] as const)(
    "1.1 · is to switch PKCE off where the vendor's support is %s",
    (pkce) => {
      const vendor = defineVendor({ ...definition, pkce })
      expect(mistake({ ...good, pkce: false }, vendor)).toMatchObject({ code: 'invalid_option', option: 'pkce' })
      for (const asked of [undefined, true, 'S256'] as const)
        expect(createClient(vendor, { ...good, pkce: asked }).pkce).toBe(true)
    },
  )

  it('1.1 · is to switch PKCE on where the vendor refuses it', () => {
    const vendor = defineVendor({ ...definition, pkce: 'refused' })
    for (const asked of [true, 'S256'])
      expect(mistake({ ...good, pkce: asked }, vendor)).toMatchObject({ option: 'pkce' })
    for (const asked of [undefined, false]) expect(createClient(vendor, { ...good, pkce: asked }).pkce).toBe(false)
  })

  it("1.7 · is plain http in the vendor's own endpoints too", () => {
    const vendor = defineVendor({
      ...definition,
      endpoints: () => ({ authorization: 'https://v.example/a', token: 'http://v.example/t' }),
    })
    expect(mistake(good, vendor)).toMatchObject({ code: 'invalid_option', option: 'endpoints.token' })
  })
})

describe("a vendor's own setting", () => {
  const secret = 'Zq7Wx9Kk2Mn4'
  const rows: readonly (readonly [what: string, vendor: Vendor, option: string, options: object, remedy: RegExp])[] = [
    ['a region that is missing', eSignGlobal, 'region', {}, /is missing.*"as1" or "as2" or "eu1"/],
    ['a region that is undefined', eSignGlobal, 'region', { region: undefined }, /is missing/],
    ['a region that is missing, the sandbox being off', eSignGlobal, 'region', { sandbox: false }, /is missing/],
    ...[
      'us1',
      '',
      'AS1',
      ' as1',
      'as1 ',
      'evil.example/',
      '@evil',
      'x#',
      '../',
      'as1.evil.example',
      5,
      null,
      ['as1'],
      {},
    ].map(
      (region) =>
        [
          `1.7 · the region ${JSON.stringify(region)}`,
          eSignGlobal,
          'region',
          { region },
          /must be "as1" or "as2" or "eu1"/,
        ] as const,
    ),
    ['1.7 · an unknown region beside the sandbox', eSignGlobal, 'region', { region: 'x#', sandbox: true }, /must be/],
    ['a sandbox switched on by a word', eSignGlobal, 'sandbox', { sandbox: 'yes' }, /true or false/],
    ['an empty API key', dropboxSign, 'apiKey', { apiKey: '' }, /control characters/],
    ['an API key of null', dropboxSign, 'apiKey', { apiKey: null }, /control characters/],
    ['an API key that is no text', dropboxSign, 'apiKey', { apiKey: 5 }, /control characters/],
    ['1.7 · an API key with a line break', dropboxSign, 'apiKey', { apiKey: `${secret}\r\n` }, /control characters/],
    ['1.7 · an API key with NUL', dropboxSign, 'apiKey', { apiKey: `${secret}\0` }, /control characters/],
  ]

  it.each(rows)('%s is a TypeError that names vendor, option and remedy', (_, vendor, option, options, remedy) => {
    const error = mistake({ ...good, ...options }, vendor)
    expect(error).toMatchObject({ code: 'invalid_option', option })
    expect(error.message.startsWith(`${vendor.name}: option \`${option}\` `)).toBe(true)
    expect(error.message).toMatch(remedy)
    expect(error.message).not.toContain(secret)
  })

  it('that is required may be missing where the setting that stands in for it is on', () => {
    expect(createClient(eSignGlobal, { ...good, sandbox: true }).api).toEqual(['https://openapi-sml.esignglobal.com'])
  })

  it('that is a secret stands among the secrets of its registration, and no other does', () => {
    expect(register(dropboxSign, { ...good, apiKey: 'an-api-key' }).secrets).toEqual(['an-api-key'])
    expect(register(dropboxSign, good).secrets).toEqual([])
    expect(register(eSignGlobal, { ...good, region: 'eu1' }).secrets).toEqual([])
  })

  it('that does not choose the endpoints stands beside endpoints of the caller', () => {
    const endpoints = { token: 'https://proxy.example/token' }
    expect(createClient(eSignGlobal, { ...good, region: 'eu1', endpoints }).endpoints).toEqual({
      authorization: 'https://account.esignglobal.com/oauth',
      token: 'https://proxy.example/token',
    })
  })

  it('of one vendor is nothing to another', () => {
    expect(data(register(insureSign, { ...good, region: 'nowhere', apiKey: 5 } as ClientOptions))).toEqual(
      data(register(insureSign, good)),
    )
  })

  it('is handed to all of a private vendor that asks for it, once it is checked', () => {
    const vendor = defineVendor<{ readonly tenant?: 'one' | 'two'; readonly key?: string }>({
      ...definition,
      settings: { tenant: { values: ['one', 'two'] }, key: { values: 'secret', requiredUnless: 'tenant' } },
      endpoints: ({ tenant = 'none' }) => ({
        authorization: `https://${tenant}.vendor.example/a`,
        token: `https://${tenant}.vendor.example/t`,
      }),
      api: ({ tenant = 'none' }) => [`https://${tenant}.api.example`],
      tokenHeaders: ({ key = 'none', tenant = 'none' }, grant) => ({ 'x-key': `${tenant} ${key} ${grant}` }),
    })
    const registration = register(vendor, { ...good, tenant: 'two' })
    expect(registration).toMatchObject({
      endpoints: { token: 'https://two.vendor.example/t' },
      api: ['https://two.api.example'],
    })
    expect(registration.tokenHeaders('refresh_token')).toEqual({ 'x-key': 'two none refresh_token' })
    expect(register(vendor, { ...good, key: 'k' }).tokenHeaders('authorization_code')).toEqual({
      'x-key': 'none k authorization_code',
    })
    expect(mistake(good, vendor)).toMatchObject({ option: 'key', message: expect.stringContaining('is missing') })
  })

  it("1.7 · has the last word on a header: a caller's does not replace it", () => {
    const vendor = defineVendor({ ...definition, tokenHeaders: () => ({ 'x-key': 'of the vendor' }) })
    const { tokenHeaders } = register(vendor, { ...good, tokenHeaders: { 'x-key': 'of the caller', 'x-more': 'yes' } })
    expect(tokenHeaders('refresh_token')).toEqual({ 'x-key': 'of the vendor', 'x-more': 'yes' })
  })
})

describe('the options of a client', () => {
  it('given as undefined change nothing', () => {
    const options: Record<keyof ClientOptions, undefined> = {
      ...{ clientId: undefined, clientSecret: undefined, scope: undefined, endpoints: undefined, api: undefined },
      ...{ pkce: undefined, tokenEncoding: undefined, clientAuthentication: undefined, tokenParams: undefined },
      ...{ tokenHeaders: undefined, profile: undefined, timeout: undefined, fetch: undefined, agent: undefined },
      ...{ allowLoopbackHttp: undefined, origins: undefined, cookieSecret: undefined },
      ...{ minRefreshAge: undefined },
    }
    expect(data(register(insureSign, { ...options, ...good, legacy: undefined }))).toEqual(
      data(register(insureSign, good)),
    )
    const endpoints = {
      authorization: undefined,
      token: undefined,
      refresh: undefined,
      userinfo: undefined,
      revocation: undefined,
    }
    expect(data(register(insureSign, { ...good, endpoints }))).toEqual(data(register(insureSign, good)))
  })

  it.each<[string, Partial<ClientOptions>]>([
    ['a time limit of ten minutes', { timeout: 600_000 }],
    ['parameters of their own', { tokenParams: { audience: 'x' } }],
  ])('are taken as given: %s', (_, options) => {
    expect(register(insureSign, { ...good, ...options })).toMatchObject(options)
  })

  it.each<[string, Partial<ClientOptions>]>([
    ['an agent', { agent: {} }],
    ['a fetch', { fetch: globalThis.fetch }],
    ['a header with a tab and letters of Latin 1', { tokenHeaders: { "x!#$%&'*+.^`|~-1": 'ü\tß' } }],
    ['no endpoints, parameters or headers at all', { endpoints: {}, tokenParams: {}, tokenHeaders: {}, origins: {} }],
  ])('may hold %s', (_, options) => {
    expect(() => createClient(insureSign, { ...good, ...options })).not.toThrow()
  })

  it.each([
    ['text', 'read write', undefined, 'read write'],
    ['text of a vendor that wants commas', ' read  write ', ',', 'read,write'],
    ['an array', ['read', 'write'], undefined, 'read write'],
    ['an array for a vendor that wants plus signs', ['read', 'write'], '+', 'read+write'],
    ['text with a comma in a name', 'a,b  c', '+', 'a,b+c'],
    ['nothing', '', undefined, undefined],
    ['an empty array', [], ',', undefined],
    ['blanks alone', '  ', ',', undefined],
  ] as const)('join a scope: %s', (_, scope, scopeSeparator, joined) => {
    const vendor = defineVendor({ ...definition, authorize: scopeSeparator ? { scopeSeparator } : {} })
    expect(register(vendor, { ...good, scope }).scope).toBe(joined)
  })

  it.each([
    ['none', insureSign, {}, ''],
    ['a switch that is on', insureSign, { legacy: true }, 'legacy=true'],
    ['a switch that is off', insureSign, { legacy: false }, ''],
    ['a region', eSignGlobal, { region: 'eu1' }, 'region=eu1'],
    ['several, in whatever order', eSignGlobal, { sandbox: true, region: 'as1' }, 'region=as1&sandbox=true'],
    ['a secret', dropboxSign, { apiKey: 'an-api-key' }, ''],
  ])('tell the users of one host from those of another: %s', (_, vendor: Vendor, options: object, region) => {
    expect(createClient(vendor, { ...good, ...options }).region).toBe(region)
  })

  it("have the vendor's own values for defaults", () => {
    expect(register(insureSign, good)).toMatchObject({
      endpoints: {
        authorization: 'https://sign-auth.insuresign.io/oauth2/authorize',
        token: 'https://sign-auth.insuresign.io/oauth2/token',
      },
      api: ['https://api-v2.insuresign.io'],
      token: insureSign.token,
      pkce: false,
      scope: undefined,
      timeout: 10_000,
      allowLoopbackHttp: false,
    })
  })

  it('override single endpoints', () => {
    const { endpoints } = createClient(insureSign, {
      ...good,
      endpoints: { userinfo: 'https://api-v2.insuresign.io/me' },
    })
    expect(endpoints).toEqual({
      authorization: 'https://sign-auth.insuresign.io/oauth2/authorize',
      token: 'https://sign-auth.insuresign.io/oauth2/token',
      userinfo: 'https://api-v2.insuresign.io/me',
    })
  })

  it('let legacy stand beside an endpoint that it does not choose', () => {
    const { endpoints } = createClient(insureSign, {
      ...good,
      legacy: true,
      endpoints: { userinfo: 'https://api-v2.insuresign.io/me' },
    })
    expect(endpoints.token).toBe('https://auth.insuresign.io/oauth2/token')
    expect(() =>
      createClient(insureSign, { ...good, legacy: false, endpoints: { token: 'https://x.example/t' } }),
    ).not.toThrow()
  })

  it.each([
    'http://127.0.0.1:80/t',
    'http://127.1.2.3/t',
    'http://127.0.0.254/t',
    'http://[::1]:80/t',
    'http://localhost/t',
  ])('1.7 · allow %s when asked', (token) => {
    expect(createClient(insureSign, { ...good, endpoints: { token }, allowLoopbackHttp: true }).endpoints.token).toBe(
      token,
    )
  })

  it('allow a colon in the client id where it travels in the body', () => {
    expect(createClient(insureSign, { ...good, clientId: 'a:b', clientAuthentication: 'body' }).clientId).toBe('a:b')
  })
})

describe("a vendor's definition", () => {
  it.each([
    ['an id in upper case', { id: 'Private' }, /`id`/],
    ['an id that is a prototype key', { id: '__proto__' }, /`id`/],
    ['an empty id', { id: '' }, /`id`/],
    ['an id that ends in a hyphen', { id: 'a-' }, /`id`/],
    ['no name', { name: '' }, /`name`/],
    [
      'a grant without grant_type',
      { token: { ...definition.token, fields: { refresh_token: ['refresh_token'] } } },
      /grant_type/,
    ],
  ])('with %s is a TypeError', (_, changes, message) => {
    expect(() => defineVendor({ ...definition, ...changes } as VendorDefinition)).toThrow(TypeError)
    expect(() => defineVendor({ ...definition, ...changes } as VendorDefinition)).toThrow(message)
  })

  it('is frozen, and stays as it was given', () => {
    const given = { ...definition }
    const vendor = defineVendor(given)
    expect([vendor, vendor.token, vendor.token.fields.authorization_code].map(Object.isFrozen)).toEqual(
      Array(3).fill(true),
    )
    expect(vendor).toEqual(given)
  })

  it('is made with public means only', () => {
    expect(Object.keys(esignAuth)).toEqual(
      expect.arrayContaining(['createClient', 'defineVendor', 'EsignAuthError', 'insureSign']),
    )
  })
})

/** What of a registration can be compared: two closures are never equal. */
function data(registration: object): object {
  return Object.fromEntries(Object.entries(registration).filter(([, value]) => typeof value !== 'function'))
}
