import { InsureSign, withEsign } from 'esign-auth/authjs'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { nextLike, webVisitor } from '../authjs/web-app.ts'
import { type Heard, startEvilVendor } from '../evil-vendor.ts'
import { testApp } from '../passport/app.ts'

// How the client proves itself at the token endpoint, through each host: what the host was given must arrive to the letter.

const clientId = 'an id+of/us=%40&é'
const clientSecret = 'a +/=:%41&client_id=x"ö'
const config = {
  secret: 'an Auth.js secret, long enough for a test',
  trustHost: true,
  logger: { error: () => {}, warn: () => {} },
}

afterEach(() => void vi.unstubAllEnvs())

/** An exchange through Auth.js. */
async function authJs(
  host: (given: never) => { handlers: never },
  provider: object,
  own: object = {},
): Promise<string> {
  const me = webVisitor(host({ ...config, ...own, providers: [InsureSign(provider)] } as never))
  const location = (await me.press('insuresign')).headers.get('location') ?? ''
  const state = new URL(location).searchParams.get('state')
  await me.go(`/api/auth/callback/insuresign?code=a-code&state=${state}`)
  return location
}
const guarded = (given: never) => withEsign(nextLike, given) as never
const plain = (given: never) => nextLike(given) as never

const hosts = [
  [
    'Passport',
    async (options: object) => {
      const strategy = { ...options, clientID: clientId, clientSecret, fetch: undefined }
      const visitor = (await testApp({ strategy })).browser()
      const state = new URL(await visitor.login()).searchParams.get('state')
      await visitor.get(`/callback?code=a-code&state=${state}`)
    },
  ],
  ['Auth.js', (options: object) => authJs(guarded, { ...options, clientId, clientSecret })],
  [
    'Auth.js, by the environment',
    (options: object) => {
      vi.stubEnv('AUTH_INSURESIGN_ID', clientId)
      vi.stubEnv('AUTH_INSURESIGN_SECRET', clientSecret)
      return authJs(guarded, options)
    },
  ],
  ['Auth.js without withEsign', (options: object) => authJs(plain, { ...options, clientId, clientSecret })],
] as const

async function evilVendor() {
  const evil = await startEvilVendor()
  onTestFinished(() => evil.close())
  return evil
}

const formEncoded = (text: string) => new URLSearchParams([['', text]]).toString().slice(1)
const fields = ({ body }: Heard) => Object.fromEntries(new URLSearchParams(body))
const basic = ({ headers }: Heard) =>
  Buffer.from((headers['authorization'] ?? '').replace(/^Basic /, ''), 'base64').toString()

describe.each(hosts)('1.7 · credentials of special characters, through %s', (_, exchange) => {
  it.each([
    ['raw', 'basic-raw', `${clientId}:${clientSecret}`],
    ['form', 'basic-form', `${formEncoded(clientId)}:${formEncoded(clientSecret)}`],
  ])('1.7 · as %s Basic arrive in the header to the letter, and no secret in body or URL', async (_, way, expected) => {
    const evil = await evilVendor()
    await exchange({ ...evil.address, clientAuthentication: way })
    const [heard, ...more] = evil.heard.filter(({ path }) => path.startsWith('/token'))
    expect(more).toEqual([])
    expect(heard && basic(heard)).toBe(expected)
    expect(heard && fields(heard)).not.toHaveProperty('client_secret')
    expect(heard?.path).toBe('/token')
  })

  it('1.7 · in the body arrive to the letter, once, and without a header', async () => {
    const evil = await evilVendor()
    await exchange({ ...evil.address, clientAuthentication: 'body' })
    const [heard, ...more] = evil.heard.filter(({ path }) => path.startsWith('/token'))
    expect(more).toEqual([])
    expect(heard && fields(heard)).toMatchObject({ client_id: clientId, client_secret: clientSecret })
    expect(heard?.body.match(/client_secret=/g)).toHaveLength(1)
    expect(heard?.headers).not.toHaveProperty('authorization')
  })
})

describe.each(hosts)('1.7 · TLS, through %s', (_, exchange) => {
  it('1.7 · is verified: nothing is sent to a vendor whose certificate nobody vouches for', async () => {
    const evil = await startEvilVendor({ tls: true })
    onTestFinished(() => evil.close())
    await exchange(evil.address)
    expect(evil.heard).toEqual([])
  })
})

describe('1.7 · what Auth.js’s provider is not set up with', () => {
  it.each([
    ['a colon in the client id', { clientId: 'a:b' }],
    ['CR LF in the client id', { clientId: 'a\r\nb' }],
    ['CR LF in the client secret', { clientSecret: 'a secret\r\nx-evil: 1' }],
    ['`state` that is switched off', { state: false }],
    ['`state` that is anything else', { state: 'none' }],
    ['plain http to a token endpoint', { endpoints: { token: 'http://sign.example/token' } }],
    ['plain http to an authorization endpoint', { endpoints: { authorization: 'http://sign.example/authorize' } }],
    ['plain http to userinfo', { endpoints: { userinfo: 'http://sign.example/userinfo' } }],
    ['plain http to this machine, unasked', { endpoints: { token: 'http://127.0.0.1:1/token' } }],
    ['plain http to the API', { api: ['http://sign.example'] }],
  ])('1.7 · %s: nobody is sent anywhere, and the log says what is wrong', async (_, wrong) => {
    const fetch = vi.fn()
    const errors: Error[] = []
    const logger = { error: (error: Error) => void errors.push(error), warn: () => {} }
    const location = await authJs(guarded, { clientId: 'id', clientSecret: 'a secret', fetch, ...wrong }, { logger })
    expect(location).toBe('https://app.example/api/auth/signin?error=Configuration&code=invalid_option')
    expect(errors[0]).toMatchObject({
      code: 'invalid_option',
      option: expect.stringMatching(Object.keys(wrong)[0] ?? ''),
    })
    expect(fetch).not.toHaveBeenCalled()
  })
})
