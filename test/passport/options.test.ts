import { defineVendor, type InsureSignSettings, insureSign } from 'esign-auth'
import { InsureSignStrategy, LuminSignStrategy, strategyFor } from 'esign-auth/passport'
import { describe, expect, it } from 'vitest'
import {
  type AnyStrategy,
  appOf,
  at,
  callbackURL,
  createTestSandbox,
  newStrategy,
  paramOf,
  testApp,
  verifyById,
} from './app.ts'

const good = { clientID: 'an id', clientSecret: 'a secret', callbackURL }

/** What the constructor throws, whatever it is given. */
function mistake(options: unknown, verify: unknown = verifyById, Strategy: AnyStrategy = InsureSignStrategy): unknown {
  try {
    new Strategy(options as never, verify as never)
  } catch (error) {
    return error
  }
  return undefined
}

describe('mistakes in the options are TypeErrors at construction', () => {
  it.each<[string, unknown, string, RegExp]>([
    ['no options', undefined, 'clientID', /object of options/],
    ['null', null, 'clientID', /object of options/],
    ['a verify where the options belong', verifyById, 'clientID', /object of options|missing/],
    ['no clientID', { ...good, clientID: undefined }, 'clientID', /environment variable/],
    ['an empty clientID', { ...good, clientID: '' }, 'clientID', /environment variable/],
    ['clientId in the spelling of others', { ...good, clientID: undefined, clientId: 'x' }, 'clientID', /missing/],
    ['a clientID with a colon', { ...good, clientID: 'a:b' }, 'clientID', /colon/],
    ['a clientID with a line break', { ...good, clientID: 'a\r\nb' }, 'clientID', /line break/],
    ['no clientSecret', { ...good, clientSecret: undefined }, 'clientSecret', /environment variable/],
    ['a clientSecret with a line break', { ...good, clientSecret: 'a\n' }, 'clientSecret', /line break/],
    ['no callbackURL', { ...good, callbackURL: undefined }, 'callbackURL', /absolute URL of your callback route/],
    ['an empty callbackURL', { ...good, callbackURL: '' }, 'callbackURL', /missing/],
    ['a callbackURL with another scheme', { ...good, callbackURL: 'ftp://a/b' }, 'callbackURL', /http or https/],
    ['a callbackURL with a script', { ...good, callbackURL: 'javascript:alert(1)' }, 'callbackURL', /http or https/],
    ['a callbackURL without scheme', { ...good, callbackURL: 'localhost:3000/cb' }, 'callbackURL', /http or https/],
    ['a callbackURL that cannot be read', { ...good, callbackURL: 'https://[' }, 'callbackURL', /URL, or a path/],
    ['a callbackURL of a scheme like https', { ...good, callbackURL: 'xhttp://a/b' }, 'callbackURL', /http or https/],
    ['a callbackURL that is a host', { ...good, callbackURL: 'app.example' }, 'callbackURL', /Is https:\/\/ missing/],
    ['a callbackURL that is a long host', { ...good, callbackURL: 'www.app.example/cb' }, 'callbackURL', /missing/],
    [
      'a callbackURL that is a host with a port',
      { ...good, callbackURL: 'my_app.local:3000/cb' },
      'callbackURL',
      /https/,
    ],
    ['a callbackURL with a fragment', { ...good, callbackURL: `${callbackURL}#x` }, 'callbackURL', /fragment/],
    ['a callbackURL that is no text', { ...good, callbackURL: new URL(callbackURL) }, 'callbackURL', /missing/],
    ['state: false', { ...good, state: false }, 'state', /state: 'not-echoed'/],
    ['state as text', { ...good, state: 'abc' }, 'state', /authenticate\(name, \{ state \}\)/],
    ['a store that is none', { ...good, store: { store() {} } }, 'store', /functions `store` and `verify`/],
    ['a store that cannot begin', { ...good, store: { verify() {} } }, 'store', /functions `store` and `verify`/],
    ['null for a store', { ...good, store: null }, 'store', /functions `store` and `verify`/],
    ['a store by its name', { ...good, store: 'redis' }, 'store', /or true/],
    ['an unknown verifyStyle', { ...good, verifyStyle: 'arguments' }, 'verifyStyle', /'tokens'/],
    ['an owner that is no function', { ...good, owner: 'id' }, 'owner', /function/],
    ['passReqToCallback as text', { ...good, passReqToCallback: 'yes' }, 'passReqToCallback', /true or false/],
    ['proxy as a number', { ...good, proxy: 1 }, 'proxy', /true or false/],
    ['postCallback as text', { ...good, postCallback: 'yes' }, 'postCallback', /true or false/],
    ['an empty cookieSecret', { ...good, cookieSecret: '' }, 'cookieSecret', /environment variable/],
    ['a cookieSecret that is no text', { ...good, cookieSecret: 7 }, 'cookieSecret', /text/],
    ['a scope that is a number', { ...good, scope: 7 }, 'scope', /text or an array/],
    ['pkce: plain', { ...good, pkce: 'plain' }, 'pkce', /plain/],
    ['a timeout of zero', { ...good, timeout: 0 }, 'timeout', /milliseconds/],
    ['agent beside fetch', { ...good, agent: {}, fetch }, 'agent', /fetch/],
    ['Authorization', { ...good, customHeaders: { authorization: 'x' } }, 'customHeaders', /Authorization/],
    ['a secret among tokenParams', { ...good, tokenParams: { client_secret: 'x' } }, 'tokenParams', /client_secret/],
    ['an unknown tokenEncoding', { ...good, tokenEncoding: 'xml' }, 'tokenEncoding', /'multipart'/],
    [
      'an unknown client authentication',
      { ...good, clientAuthentication: 'mtls' },
      'clientAuthentication',
      /basic-raw/,
    ],
    ['legacy as text', { ...good, legacy: 'https://evil.example/' }, 'legacy', /true or false/],
    ['a host of their own', { ...good, legacy: true, tokenURL: 'https://a.example' }, 'legacy', /endpoints\.token/],
    ['a tokenURL without TLS', { ...good, tokenURL: 'http://evil.example/t' }, 'tokenURL', /https/],
    ['a tokenURL that is a path', { ...good, tokenURL: '/token' }, 'tokenURL', /absolute/],
    ['an authorizationURL without TLS', { ...good, authorizationURL: 'http://e.example' }, 'authorizationURL', /https/],
    ['a userProfileURL without TLS', { ...good, userProfileURL: 'http://e.example' }, 'userProfileURL', /https/],
    ['an endpoint without TLS', { ...good, endpoints: { token: 'http://e.example' } }, 'endpoints.token', /https/],
    [
      'an endpoint under both its names',
      { ...good, tokenURL: 'http://e.example', endpoints: { token: 'http://f.example' } },
      'endpoints.token',
      /https/,
    ],
    ['an endpoint on loopback', { ...good, tokenURL: 'http://127.0.0.1/t' }, 'tokenURL', /allowLoopbackHttp: true/],
    ['an api host that is no list', { ...good, api: 'https://api.example' }, 'api', /array of origins/],
    ['headers that are no object', { ...good, customHeaders: 'X-Key: 1' }, 'customHeaders', /an object/],
    ['an api host without TLS', { ...good, api: ['http://evil.example'] }, 'api', /https/],
  ])('%s', (_, options, option, remedy) => {
    const error = mistake(options)
    expect(error).toBeInstanceOf(TypeError)
    expect(error).toMatchObject({ code: 'invalid_option', option })
    expect(String(error)).toMatch(new RegExp(`^TypeError: InsureSign: option \`${option.replace('.', '\\.')}\` `))
    expect(String(error)).toMatch(remedy)
  })

  it.each([undefined, null, 'verify', {}])('a verify that is %s', (verify) => {
    const error = mistake(good, verify ?? null)
    expect(error).toMatchObject({ code: 'invalid_option', option: 'verify' })
    expect(String(error)).toMatch(/^TypeError: InsureSign: option `verify` .*function that finds your user/)
  })

  it('1.6 · a mistake never shows the secret', () => {
    const secret = 'hush-hush-hush\r\n'
    for (const options of [
      { ...good, clientSecret: secret },
      { ...good, clientSecret: secret, tokenURL: 'x' },
    ]) {
      expect(JSON.stringify([String(mistake(options)), mistake(options)])).not.toContain('hush')
    }
  })

  it('a public client without a secret to make cookies with', () => {
    const open = { ...good, clientSecret: undefined, clientAuthentication: 'public' }
    const error = mistake(open, verifyById, LuminSignStrategy)
    expect(error).toMatchObject({ code: 'invalid_option', option: 'cookieSecret' })
    expect(String(error)).toMatch(/^TypeError: Lumin Sign: .*public client/)
    expect(mistake({ ...open, cookieSecret: 'a secret of cookies' }, verifyById, LuminSignStrategy)).toBeUndefined()
  })

  it('1.1 · pkce where the vendor refuses it, or switched off where it wants it', () => {
    const Strategy = (pkce: 'refused' | 'required') =>
      strategyFor(defineVendor<InsureSignSettings>({ ...insureSign, id: 'private', name: 'Private', pkce }))
    for (const [error, remedy] of [
      [mistake({ ...good, pkce: true }, verifyById, Strategy('refused')), /refuses it/],
      [mistake({ ...good, pkce: false }, verifyById, Strategy('required')), /required/],
    ] as const) {
      expect(error).toMatchObject({ code: 'invalid_option', option: 'pkce' })
      expect(String(error)).toMatch(remedy)
      expect(String(error)).toMatch(/^TypeError: Private: /)
    }
  })
})

describe('options as passport-oauth2 takes them', () => {
  it.each([
    ['state: true', { state: true as const }],
    ['store: true', { store: true as const }],
    ['pkce: false', { pkce: false }],
    ['an owner that nobody asks', { owner: () => 'somebody' }],
    [
      'everything undefined',
      Object.fromEntries(
        [
          'scope',
          'scopeSeparator',
          'state',
          'store',
          'pkce',
          'sessionKey',
          'proxy',
          'customHeaders',
          'tokenURL',
          'endpoints',
        ].map((name) => [name, undefined]),
      ),
    ],
    ['endpoints that are undefined', { endpoints: { authorization: undefined, token: undefined } }],
  ])('%s changes nothing', async (_, strategy) => {
    const { browser, signIn } = await testApp({ strategy })
    expect((await signIn(browser())).status).toBe(200)
  })

  it.each([
    ['text', { scope: 'a b' }, 'a b'],
    ['an array', { scope: ['a', 'b'] }, 'a b'],
    ['an array and a separator', { scope: ['a', 'b'], scopeSeparator: ',' }, 'a,b'],
  ])('scope as %s', async (_, strategy, scope) => {
    const { browser } = await testApp({ strategy })
    expect(paramOf(await browser().login(), 'scope')).toBe(scope)
  })

  it.each([
    ['an array', ['c', 'd'], 'c;d'],
    ['text', 'c d', 'c d'],
  ])('scope per request goes before that of the constructor: %s', async (_, scope, sent) => {
    const { browser } = await testApp({ strategy: { scope: 'a', scopeSeparator: ';' }, authenticate: { scope } })
    expect(paramOf(await browser().login(), 'scope')).toBe(sent)
  })

  it.each([
    ...['http://app.example/callback', '/callback', 'callback', '/a.b/callback'].map((callbackURL) => ({
      callbackURL,
    })),
    { verifyStyle: 'tokens' },
    { store: { store() {}, verify() {} } },
  ])('are no mistake: %o', (options) => {
    expect(mistake({ ...good, ...options })).toBeUndefined()
  })

  it('1.7 · customHeaders go to the token endpoint, and to no other', async () => {
    const asked: [string, string | null][] = []
    const sandbox = createTestSandbox()
    const { browser, signIn } = await testApp({
      sandbox,
      strategy: {
        customHeaders: { 'X-Key': 'seven' },
        userProfileURL: 'https://api-v2.insuresign.io/userinfo',
        fetch: async (input, init) => {
          const request = new Request(input, init)
          asked.push([new URL(request.url).pathname, request.headers.get('x-key')])
          return request.url.endsWith('/userinfo')
            ? Response.json({ sub: 'one' })
            : sandbox.fetch(input as string, init)
        },
      },
    })
    expect((await signIn(browser())).status).toBe(200)
    expect(asked).toEqual([
      ['/oauth2/token', 'seven'],
      ['/userinfo', null],
    ])
  })

  it('1.7 · Basic means no client_secret in body or URL', async () => {
    const { browser, signIn, tokenRequests, sandbox } = await testApp()
    await signIn(browser())
    const { clientId, clientSecret } = sandbox.vendors.insuresign.client
    const [request] = tokenRequests()
    expect(request?.authorization?.header).toBe(`Basic ${btoa(`${clientId}:${clientSecret}`)}`)
    expect(request?.body).not.toHaveProperty('client_secret')
    expect(new URL(request?.url ?? '').search).toBe('')
  })

  it('the vendor lives where its settings say', async () => {
    const { browser } = await testApp({ strategy: { legacy: true } })
    expect(await browser().login()).toMatch(/^https:\/\/auth\.insuresign\.io\/oauth2\/authorize\?/)
  })

  it('the name is that of the vendor, and passport.use can give another', async () => {
    const sandbox = createTestSandbox()
    const strategy = newStrategy(sandbox)
    expect(strategy.name).toBe('insuresign')
    const { browser } = await appOf({ other: strategy })
    const visitor = browser()
    const callback = await sandbox.approve(await visitor.login('/other/login'))
    expect((await visitor.follow(at('/other/callback', callback))).status).toBe(200)
  })

  it('works against a sandbox that listens on loopback', async () => {
    const sandbox = createTestSandbox()
    const listening = await sandbox.listen()
    try {
      const { browser, signIn } = await testApp({
        sandbox,
        strategy: { ...listening.options('insuresign'), fetch: undefined },
      })
      expect((await signIn(browser())).status).toBe(200)
    } finally {
      await listening.close()
    }
  })
})
