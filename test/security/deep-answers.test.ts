import { createClient, insureSign } from 'esign-auth'
import { describe, expect, it } from 'vitest'
import { testApp as authApp, browser } from '../authjs/express-app.ts'
import { failure } from '../oauth/failure.ts'
import { testApp } from '../passport/app.ts'
import { nothingEscapes } from './nothing-escapes.ts'

// Answers that are small, and that whatever recurses over them ends the process with.

nothingEscapes()

const jsonOf = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`
const nested = (levels: number): object => JSON.parse(jsonOf(levels))
const jwt = (claims: string) => `e30.${Buffer.from(claims).toString('base64url')}.sig`
const circle: Record<string, unknown> = {}
circle['self'] = circle
const endpoints = { userinfo: 'https://api-v2.insuresign.io/userinfo' }

/** A vendor's whole answer to the code, and to the question who it is. */
function vendorOf({ token = {}, userinfo }: { token?: object; userinfo?: string | undefined }): typeof fetch {
  const headers = { 'content-type': 'application/json' }
  const answer = { access_token: 'an-access-token', token_type: 'bearer', expires_in: 3600, ...token }
  return async (url) =>
    String(url).endsWith('/userinfo')
      ? new Response(userinfo ?? '{"sub":"ada"}', { headers })
      : new Response(JSON.stringify(answer).replace('"DEEP"', jsonOf(4250)), { headers })
}

const deep: [what: string, vendor: Parameters<typeof vendorOf>[0], options: object][] = [
  ['userinfo', { userinfo: `{"sub":"ada","a":${jsonOf(4250)}}` }, { endpoints }],
  ['userinfo, just above what is taken', { userinfo: `{"sub":"ada","a":${jsonOf(64)}}` }, { endpoints }],
  ['claims of an access token', { token: { access_token: jwt(`{"sub":"ada","a":${jsonOf(4000)}}`) } }, {}],
  ['claims of an id_token', { token: { id_token: jwt(`{"sub":"ada","a":${jsonOf(4000)}}`) } }, {}],
  ['token answer', { token: { more: 'DEEP' } }, {}],
]

const odd: [what: string, claims: object][] = [
  ['a BigInt', { sub: 'ada', n: 7n }],
  ['a circle', circle],
  ['two circles', { a: circle, b: circle }],
  ['4250 levels', nested(4250)],
  [
    'a getter that throws',
    Object.defineProperty({}, 'x', {
      enumerable: true,
      get() {
        throw new Error('out of the getter')
      },
    }),
  ],
]

describe.each<[string, Parameters<typeof vendorOf>[0], object]>([
  ...deep,
  ...odd.map(([what, claims]): [string, object, object] => [
    `profile that returns ${what}`,
    {},
    { profile: () => ({ id: 'ada', claims }) },
  ]),
])('1.4 · a %s that nests too deep, or is no JSON', (_, vendor, options) => {
  const fetch = vendorOf(vendor)

  it('1.4 · is `invalid_answer` for the client', async () => {
    const client = createClient(insureSign, { clientId: 'an-id', clientSecret: 'a-client-secret', fetch, ...options })
    const asked = client
      .exchangeCode({ code: 'a-code', redirectUri: 'https://app.example/callback' })
      .then((tokens) => client.identify(tokens))
    expect(await failure(asked)).toMatchObject({ code: 'invalid_answer' })
  })

  it('1.4 · ends a sign-in through Passport, and not the process', async () => {
    const app = await testApp({ strategy: { fetch, ...options } })
    const visitor = app.browser()
    const state = new URL(await visitor.login()).searchParams.get('state')
    expect((await visitor.get(`/callback?code=a-code&state=${state}`)).status).toBe(500)
    expect(app.errors).toMatchObject([{ code: 'invalid_answer' }])
    expect((await visitor.get('/me')).body.user).toBeNull()
  })
})

describe.each(deep)('1.4 · a %s that nests too deep, in Auth.js', (_, vendor, options) => {
  it('1.4 · ends a sign-in, and not the process', async () => {
    const app = await authApp({ provider: { fetch: vendorOf(vendor), ...options } })
    const visitor = browser(app.origin)
    const state = new URL(await visitor.begin('insuresign')).searchParams.get('state')
    const answer = await visitor.go(`/auth/callback/insuresign?code=a-code&state=${state}`)
    expect(answer.headers.get('location')).toContain('code=invalid_answer')
    expect(await visitor.session()).toBeNull()
  })
})

describe('1.4 · what nests as deep as allowed', () => {
  it('1.4 · signs in', async () => {
    const fetch = vendorOf({ userinfo: `{"sub":"ada","a":${jsonOf(62)}}` })
    const app = await testApp({ strategy: { fetch, endpoints } })
    const visitor = app.browser()
    const state = new URL(await visitor.login()).searchParams.get('state')
    expect((await visitor.get(`/callback?code=a-code&state=${state}`)).body.user).toEqual({ id: 'ada' })
  })
})

describe('the stand-in for node-oauth', () => {
  it('hands a too deep answer to its callback as an error', async () => {
    const fetch = vendorOf({ userinfo: jsonOf(4250) })
    const { strategy } = await testApp({ strategy: { fetch, endpoints } })
    const error = await new Promise((resolve) => strategy._oauth2.get(endpoints.userinfo, 'a-token', resolve))
    expect(error).toMatchObject({ code: 'invalid_answer' })
  })

  it.each(['get', 'getOAuthAccessToken', 'userProfile'] as const)(
    '`%s` calls back outside of its promise: what the callback throws is its own exception, once',
    async (method) => {
      const { strategy } = await testApp({ strategy: { fetch: vendorOf({}), endpoints } })
      const thrown = new Error('out of the callback')
      const caught = new Promise((resolve) => {
        const others = process.listeners('uncaughtException')
        process.removeAllListeners('uncaughtException').once('uncaughtException', (error) => {
          for (const other of others) process.on('uncaughtException', other)
          resolve(error)
        })
      })
      let calls = 0
      const done = () => {
        calls += 1
        throw thrown
      }
      if (method === 'get') strategy._oauth2.get(endpoints.userinfo, 'a-token', done)
      else if (method === 'userProfile') strategy.userProfile('a-token', done)
      else strategy._oauth2.getOAuthAccessToken('a-refresh-token', { grant_type: 'refresh_token' }, done)
      expect(await caught).toBe(thrown)
      await new Promise((resolve) => setTimeout(resolve, 20))
      expect(calls).toBe(1)
    },
  )

  it.each(['get', 'getOAuthAccessToken', 'userProfile'] as const)(
    '`%s` without a callback throws at once',
    async (m) => {
      const { strategy } = await testApp({ strategy: { fetch: vendorOf({}), endpoints } })
      const facade: Record<string, (...args: unknown[]) => void> = strategy._oauth2 as never
      const call = () => (m === 'userProfile' ? strategy.userProfile('t', undefined as never) : facade[m]?.('/x', {}))
      expect(call).toThrow(TypeError)
    },
  )
})

describe('1.4 · a token of more than 16 kB', () => {
  const long = 'x'.repeat(16_385)
  it.each(['access_token', 'refresh_token', 'id_token'])('1.4 · %s is refused', async (name) => {
    const fetch = vendorOf({ token: { [name]: long } })
    const client = createClient(insureSign, { clientId: 'an-id', clientSecret: 'a-client-secret', fetch })
    const asked = client.exchangeCode({ code: 'a-code', redirectUri: 'https://app.example/callback' })
    const error = await failure(asked)
    expect(error).toMatchObject({ code: 'invalid_answer', sent: 'answered' })
    expect(error.message).toContain(`more than 16 kB (${name})`)
  })

  it('1.4 · of 16 kB is taken', async () => {
    const fetch = vendorOf({ token: { access_token: long.slice(1), refresh_token: long.slice(1) } })
    const client = createClient(insureSign, { clientId: 'an-id', clientSecret: 'a-client-secret', fetch })
    const asked = client.exchangeCode({ code: 'a-code', redirectUri: 'https://app.example/callback' })
    expect((await asked).access_token).toHaveLength(16_384)
  })
})
