import { inspect } from 'node:util'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { paramOf, type TestApp, testApp } from './app.ts'

afterEach(() => void vi.useRealTimers())

interface TokenAnswer {
  readonly error: (Error & { statusCode?: number; data?: string; code?: string }) | null
  readonly accessToken?: string
  readonly refreshToken?: string
  readonly results?: { expires_in?: number; expires_at?: number }
}
type GetToken = TestApp['strategy']['_oauth2']['getOAuthAccessToken']

/** Calls `getOAuthAccessToken` as node-oauth's users do. */
function ask(getToken: GetToken, code: string, params: Record<string, string>): Promise<TokenAnswer> {
  return new Promise((resolve) =>
    getToken(code, params, (error, accessToken, refreshToken, results) =>
      resolve({ error, accessToken, refreshToken, results } as TokenAnswer),
    ),
  )
}

/** What passport-oauth2-refresh 2.2 makes of a strategy: an object of its own with the method copied over. */
function refresherOf({ strategy }: TestApp): GetToken {
  const theirs = strategy._oauth2
  const OAuth2 = theirs.constructor as new (...args: unknown[]) => typeof theirs & { getOAuthAccessToken: GetToken }
  const { _clientId, _baseSite, _authorizeUrl, _accessTokenUrl, _customHeaders } = theirs
  const own = new OAuth2(_clientId, undefined, _baseSite, _authorizeUrl, _accessTokenUrl, _customHeaders)
  expect([own._clientId, own._authorizeUrl, own._accessTokenUrl]).toEqual([_clientId, _authorizeUrl, _accessTokenUrl])
  own.getOAuthAccessToken = theirs.getOAuthAccessToken
  return (...args) => own.getOAuthAccessToken(...args)
}

/** An app with somebody signed in, and that somebody's tokens. */
async function signedIn() {
  const app = await testApp({ verify: (at, rt, profile, done) => done(null, { id: profile.id, at, rt }) })
  const { at: accessToken, rt: refreshToken } = (await app.signIn(app.browser())).body.user
  return { ...app, accessToken, refreshToken }
}

const refresh = { grant_type: 'refresh_token' }

describe('strategy._oauth2, the stand-in for node-oauth', () => {
  it('1.8 · refreshes for passport-oauth2-refresh, in the dialect of the vendor, and keeps the refresh token', async () => {
    const app = await signedIn()
    const answer = await ask(refresherOf(app), app.refreshToken, refresh)
    expect(answer).toEqual({
      error: null,
      accessToken: expect.stringMatching(/^[\w.-]{20,}$/),
      refreshToken: app.refreshToken,
      results: expect.objectContaining({ token_type: 'Bearer', expires_in: expect.any(Number) }),
    })
    expect(app.tokenRequests().at(-1)?.authorization?.scheme).toBe('Basic')
  })

  it('1.8 · fifty refreshes at once with one token make one request, under rotation with reuse detection', async () => {
    const app = await signedIn()
    Object.assign(app.sandbox.vendors.insuresign.switches, { rotation: 'always', reuseDetection: true })
    const getToken = refresherOf(app)
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(getToken, app.refreshToken, refresh)))
    expect(answers.filter(({ error }) => error)).toEqual([])
    expect(new Set(answers.map(({ accessToken }) => accessToken)).size).toBe(1)
    expect(app.tokenRequests()).toHaveLength(2)
  })

  it('1.8 · whoever comes within ten seconds with the old token gets the same answer, its lifetime recomputed', async () => {
    const app = await signedIn()
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout'], now: Date.now() })
    const getToken = refresherOf(app)
    const first = await ask(getToken, app.refreshToken, refresh)
    vi.setSystemTime(Date.now() + 9_000)
    const second = await ask(getToken, app.refreshToken, refresh)
    expect(second.accessToken).toBe(first.accessToken)
    expect((first.results?.expires_in ?? 0) - (second.results?.expires_in ?? 0)).toBe(9)
    expect(second.results?.expires_at).toBe(first.results?.expires_at)
    vi.advanceTimersByTime(10_000)
    const third = await ask(getToken, app.refreshToken, refresh)
    expect(third.accessToken).not.toBe(first.accessToken)
    expect(app.tokenRequests()).toHaveLength(3)
  })

  it('1.8 · a failed refresh is not kept', async () => {
    const app = await signedIn()
    app.sandbox.vendors.insuresign.faults.add('token', { answer: { status: 503 } })
    const getToken = refresherOf(app)
    expect((await ask(getToken, app.refreshToken, refresh)).error).toMatchObject({ code: 'http_error' })
    expect((await ask(getToken, app.refreshToken, refresh)).error).toBeNull()
  })

  it('1.8 · without a refresh token nothing is sent', async () => {
    const app = await signedIn()
    const { error } = await ask(refresherOf(app), '', refresh)
    expect(error).toMatchObject({ code: 'invalid_argument' })
    expect(app.tokenRequests()).toHaveLength(1)
  })

  it('exchanges a code', async () => {
    const app = await testApp()
    const code = paramOf(await app.sandbox.approve(await app.browser().login()), 'code')
    const params = { grant_type: 'authorization_code', redirect_uri: 'https://app.example/callback' }
    const answer = await ask(app.strategy._oauth2.getOAuthAccessToken, code, params)
    expect(answer).toMatchObject({ error: null, accessToken: expect.any(String), refreshToken: expect.any(String) })
  })

  it('1.6 · gives an OAuth error with statusCode and data, redacted and not printed', async () => {
    const app = await signedIn()
    app.sandbox.vendors.insuresign.faults.add('token', {
      answer: {
        status: 400,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ error: 'invalid_grant', error_description: `no: ${app.refreshToken}`, more: 'x' }),
      },
    })
    const { error } = await ask(refresherOf(app), app.refreshToken, refresh)
    expect(error?.statusCode).toBe(400)
    expect(JSON.parse(error?.data ?? '')).toEqual({ error: 'invalid_grant', error_description: 'no: [redacted]' })
    expect(Object.keys(error ?? {})).not.toContain('data')
    expect(inspect(error, { depth: null })).not.toContain(app.refreshToken)
  })

  it('takes no agent beside a fetch, which would leave it unused', async () => {
    const { strategy } = await testApp()
    expect(() => strategy._oauth2.setAgent({})).toThrow(
      expect.objectContaining({ name: 'TypeError', code: 'invalid_option', option: 'agent' }),
    )
  })

  it('shows the headers of the token endpoint, as passport-oauth2-refresh copies them', async () => {
    const customHeaders = { 'X-Key': 'seven' }
    expect((await testApp({ strategy: { customHeaders } })).strategy._oauth2._customHeaders).toEqual(customHeaders)
    expect((await testApp()).strategy._oauth2._customHeaders).toEqual({})
  })

  it('can be replaced on a strategy, and neither it nor the client is printed with one', async () => {
    const { strategy } = await testApp()
    expect(Object.keys(strategy).filter((name) => ['client', '_oauth2', '_context'].includes(name))).toEqual([])
    const own = { ...strategy._oauth2, _baseSite: 'https://own.example' }
    expect(Object.assign(strategy, { _oauth2: own })._oauth2).toBe(own)
  })

  it('1.5 · get sends the bearer in the header, and only to the vendor', async () => {
    const { strategy, accessToken, sandbox } = await signedIn()
    strategy._oauth2.useAuthorizationHeaderforGET(false)
    const get = (url: string) =>
      new Promise<unknown[]>((resolve) => strategy._oauth2.get(url, accessToken, (...args) => resolve(args)))
    const [error, body] = await get('https://api-v2.insuresign.io/my/documents')
    expect(error).toBeNull()
    expect(JSON.parse(String(body))).toHaveProperty('documents')
    const request = sandbox.log.at(-1)
    expect(request?.authorization?.header).toBe(`Bearer ${accessToken}`)
    expect(request?.url).not.toContain(accessToken)
    const before = sandbox.log.length
    expect(await get('https://evil.example/me')).toEqual([expect.objectContaining({ code: 'insecure_url' })])
    expect(sandbox.log).toHaveLength(before)
  })
})
