import { dropboxSign, eSignGlobal, luminSign, type Vendor } from 'esign-auth'
import { createSignIn } from 'esign-auth/web'
import { describe, expect, it } from 'vitest'
import { callbackUrl } from './app.ts'

const good = { clientId: 'an-id', clientSecret: 'a secret of the tests', callbackUrl }

/** What construction throws. */
function mistake(options: unknown, vendor: Vendor = dropboxSign): unknown {
  try {
    createSignIn(vendor, options as never)
    return undefined
  } catch (error) {
    return error
  }
}

describe('a mistake in the options is a TypeError that names option and remedy', () => {
  it.each([
    ['no callbackUrl', 'callbackUrl', { callbackUrl: undefined }, /is missing.*absolute URL of your callback route/],
    ['an empty one', 'callbackUrl', { callbackUrl: '' }, /is missing/],
    ['a path', 'callbackUrl', { callbackUrl: '/callback' }, /absolute http or https URL/],
    ['a host', 'callbackUrl', { callbackUrl: 'app.example/callback' }, /absolute/],
    ['no host', 'callbackUrl', { callbackUrl: 'https:///callback' }, /absolute/],
    ['another scheme', 'callbackUrl', { callbackUrl: 'ftp://app.example/callback' }, /https/],
    ['a script', 'callbackUrl', { callbackUrl: 'javascript:alert(1)' }, /https/],
    ['a line break at its end', 'callbackUrl', { callbackUrl: `${callbackUrl}\n` }, /absolute/],
    ['a blank before it', 'callbackUrl', { callbackUrl: ` ${callbackUrl}` }, /absolute/],
    ['a fragment', 'callbackUrl', { callbackUrl: `${callbackUrl}#top` }, /fragment/],
    ['a URL object', 'callbackUrl', { callbackUrl: new URL(callbackUrl) }, /is missing/],
    ['Passport’s spelling', 'callbackURL', { callbackURL: callbackUrl }, /is unknown\. There are callbackUrl,/],
    ['Passport’s spelling', 'clientID', { clientID: 'x' }, /is unknown/],
    ['another vendor’s setting', 'region', { region: 'eu1' }, /this vendor's own: apiKey\./],
    ['a name of every object', 'constructor', { constructor: 1 }, /is unknown/],
    ['no client id', 'clientId', { clientId: undefined }, /missing/],
    ['no client secret', 'clientSecret', { clientSecret: undefined }, /missing/],
    ['an empty cookieSecret', 'cookieSecret', { cookieSecret: '' }, /environment variable/],
    ['a cookieSecret that is no text', 'cookieSecret', { cookieSecret: 7 }, /text/],
    ['postCallback as text', 'postCallback', { postCallback: 'true' }, /true or false/],
    ['state off', 'state', { state: false }, /cannot be off/],
    ['a state of the application', 'state', { state: { cart: 7 } }, /given where a login begins/],
    ['a keeper that is none', 'keeper', { keeper: {} }, /createTokenKeeper/],
    ['a keeper of null', 'keeper', { keeper: null }, /createTokenKeeper/],
    ['an owner that is none', 'owner', { owner: 'alice' }, /function/],
    ['an endpoint without TLS', 'endpoints', { endpoints: { token: 'http://vendor.example/token' } }, /https/],
    ['an agent beside fetch', 'agent', { agent: {}, fetch }, /beside `fetch`/],
    ['a timeout of none', 'timeout', { timeout: -1 }, /milliseconds/],
  ])('%s: %s', (_, option, options, remedy) => {
    const error = mistake({ ...good, ...options })
    expect(error).toBeInstanceOf(TypeError)
    expect(error).toMatchObject({ code: 'invalid_option', option: expect.stringMatching(`^${option}`) })
    expect(String(error)).toMatch(/^TypeError: Dropbox Sign: option `/)
    expect(String(error)).toMatch(remedy)
  })

  it.each([undefined, null, 7, 'text'])('no options but %j', (options) => {
    expect(mistake(options)).toMatchObject({ code: 'invalid_option' })
  })

  it('a public client without a secret to make cookies with', () => {
    const open = { clientId: 'an-id', callbackUrl, clientAuthentication: 'public' }
    const error = mistake(open, luminSign)
    expect(error).toMatchObject({ code: 'invalid_option', option: 'cookieSecret' })
    expect(String(error)).toMatch(/^TypeError: Lumin Sign: .*public client/)
    expect(mistake({ ...open, cookieSecret: 'a secret of cookies' }, luminSign)).toBeUndefined()
  })

  it('a setting that the vendor needs', () => {
    expect(mistake(good, eSignGlobal as Vendor)).toMatchObject({ code: 'invalid_option', option: 'region' })
    expect(mistake({ ...good, region: 'eu1' }, eSignGlobal as Vendor)).toBeUndefined()
  })

  it('1.6 · never shows the secret', () => {
    const secret = 'hush-hush-hush\r\n'
    for (const options of [
      { ...good, clientSecret: secret },
      { ...good, clientSecret: secret, callbackUrl: 'x' },
    ]) {
      expect(JSON.stringify([String(mistake(options)), mistake(options)])).not.toContain('hush')
    }
  })
})

it.each([
  [{ callbackUrl: 'http://localhost:3000/callback' }],
  [{ callbackUrl: 'HTTPS://app.example/callback?tenant=7' }],
  [{ state: true }],
  [{ apiKey: 'of the vendor’s own settings' }],
  [
    Object.fromEntries(
      ['scope', 'state', 'keeper', 'owner', 'postCallback', 'cookieSecret', 'agent'].map((name) => [name, undefined]),
    ),
  ],
])('no mistake: %o', (options) => {
  expect(mistake({ ...good, ...options })).toBeUndefined()
})
