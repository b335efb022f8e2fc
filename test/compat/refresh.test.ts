import http from 'node:http'
import { createRequire } from 'node:module'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createTestSandbox, newStrategy, testApp, type Verify } from '../passport/app.ts'
import { onExpress5, signIn } from './hosts.ts'
import { type Base, libraries, ours, passportOAuth2 } from './libraries.ts'
import { type PlainVendor, plainVendor } from './plain-vendor.ts'

/** The package as it is: what is tested is that it needs no change. */
const refreshPackage: Refresh & { readonly AuthTokenRefresh: new () => Refresh } = createRequire(import.meta.url)(
  'passport-oauth2-refresh',
)
interface Refresh {
  use(strategy: unknown, options?: object): void
  use(name: string, strategy: unknown, options?: object): void
  has(name: string): boolean
  requestNewAccessToken(name: string, refreshToken: string, ...rest: [done: Done] | [params: object, done: Done]): void
}
type Done = (error: Refreshed['error'], accessToken?: string, refreshToken?: string) => void
interface Refreshed {
  readonly error: { readonly statusCode?: number; readonly data?: string } | null
  readonly accessToken?: string
  readonly refreshToken?: string
}

/** Node style to promise. */
function ask(refresh: Refresh, name: string, refreshToken: string, params?: object): Promise<Refreshed> {
  return new Promise((resolve) => {
    const done: Done = (error, accessToken, refreshToken) => resolve({ error, accessToken, refreshToken } as Refreshed)
    refresh.requestNewAccessToken(name, refreshToken, ...(params ? ([params, done] as const) : ([done] as const)))
  })
}

const verify: Verify = (accessToken, refreshToken, _profile, done) => done(null, { accessToken, refreshToken })

/** Somebody who signed in at the plain vendor, and the strategy registered for refreshing. */
async function signedIn(Base: Base, options?: object) {
  const vendor = await plainVendor()
  const strategy = new Base({ ...vendor.options, state: true, skipUserProfile: true }, verify)
  const refresh = new refreshPackage.AuthTokenRefresh()
  refresh.use('plain', strategy, options)
  const { user } = await signIn(onExpress5, vendor, strategy)
  const { accessToken, refreshToken } = user as { accessToken: string; refreshToken: string }
  return { vendor, strategy, refresh, accessToken, refreshToken, refreshes: () => vendor.tokenRequests().slice(1) }
}

/** Whether the vendor takes this access token. */
async function works({ url }: PlainVendor, accessToken: string | undefined): Promise<boolean> {
  return (await fetch(`${url}/api/me`, { headers: { authorization: `Bearer ${accessToken}` } })).ok
}

afterEach(() => void vi.useRealTimers())

describe.each(libraries)('passport-oauth2-refresh on top of $name', ({ Base }) => {
  it('refreshes', async () => {
    const { vendor, refresh, accessToken, refreshToken, refreshes } = await signedIn(Base)
    const { error, accessToken: fresh } = await ask(refresh, 'plain', refreshToken)
    expect(error).toBeNull()
    expect(fresh).not.toBe(accessToken)
    expect(await works(vendor, fresh)).toBe(true)
    expect(refreshes().map(({ params }) => params)).toEqual([
      {
        grant_type: 'refresh_token',
        refresh_token: refreshToken,
        client_id: vendor.options.clientID,
        client_secret: vendor.options.clientSecret,
      },
    ])
  })

  it('follows a vendor that gives a new refresh token each time', async () => {
    const { vendor, refresh, refreshToken } = await signedIn(Base)
    Object.assign(vendor.switches, { rotation: true, reuseDetection: true })
    const first = await ask(refresh, 'plain', refreshToken)
    const second = await ask(refresh, 'plain', first.refreshToken ?? '')
    expect([first.error, second.error]).toEqual([null, null])
    expect(new Set([refreshToken, first.refreshToken, second.refreshToken]).size).toBe(3)
    expect(await works(vendor, second.accessToken)).toBe(true)
  })

  it('sends more parameters, text or not', async () => {
    const { refresh, refreshToken, refreshes } = await signedIn(Base)
    expect((await ask(refresh, 'plain', refreshToken, { audience: 'api', lifetime: 60 })).error).toBeNull()
    expect(refreshes()[0]?.params).toMatchObject({ audience: 'api', lifetime: '60', grant_type: 'refresh_token' })
  })

  it('gives the error of the vendor with statusCode and data', async () => {
    const { refresh } = await signedIn(Base)
    const { error } = await ask(refresh, 'plain', 'never-given-out')
    expect(error?.statusCode).toBe(400)
    expect(JSON.parse(error?.data ?? '')).toEqual({ error: 'invalid_grant', error_description: 'no good' })
  })

  it('gives the status of an error without a reason', async () => {
    const { vendor, refresh, refreshToken } = await signedIn(Base)
    vendor.switches.tokenAnswer = { status: 503, body: 'later' }
    expect((await ask(refresh, 'plain', refreshToken)).error?.statusCode).toBe(503)
    vendor.switches.tokenAnswer = undefined
    expect((await ask(refresh, 'plain', refreshToken)).error, 'and is free to try again').toBeNull()
  })

  it('takes the strategy under its own name, on the shared instance', async () => {
    const { strategy, vendor } = await signedIn(Base)
    strategy.name = `refreshed-${vendor.url}`
    refreshPackage.use(strategy)
    expect(refreshPackage.has(strategy.name)).toBe(true)
  })

  it('setRefreshOAuth2 may change what is handed to it, such as the agent', async () => {
    const given: Record<string, unknown>[] = []
    const connected: unknown[] = []
    class Counting extends http.Agent {
      override createConnection(...args: Parameters<http.Agent['createConnection']>) {
        connected.push(args[0])
        return super.createConnection(...args)
      }
    }
    const { strategy, refresh, refreshToken } = await signedIn(Base, {
      setRefreshOAuth2(oauth2: { refreshOAuth2: { setAgent(agent: object): void } }) {
        given.push(oauth2)
        oauth2.refreshOAuth2.setAgent(new Counting())
        return oauth2.refreshOAuth2
      },
    })
    connected.length = 0
    expect((await ask(refresh, 'plain', refreshToken)).error).toBeNull()
    expect(connected).toHaveLength(1)
    expect(given[0]?.['strategyOAuth2']).toBe(strategy._oauth2)
  })

  it('setRefreshOAuth2 may give an OAuth2 of node-oauth instead', async () => {
    const vendor = await plainVendor()
    const { clientID, clientSecret, authorizationURL, tokenURL } = vendor.options
    const OAuth2 = new passportOAuth2(vendor.options, verify)._oauth2.constructor as new (...args: string[]) => object
    const refresh = new refreshPackage.AuthTokenRefresh()
    const strategy = new Base({ ...vendor.options, state: true, skipUserProfile: true }, verify)
    refresh.use('plain', strategy, {
      setRefreshOAuth2: () => new OAuth2(clientID, clientSecret, '', authorizationURL, tokenURL),
    })
    const { user } = await signIn(onExpress5, vendor, strategy)
    const { accessToken } = await ask(refresh, 'plain', (user as { refreshToken: string }).refreshToken)
    expect(await works(vendor, accessToken)).toBe(true)
  })
})

describe('passport-oauth2-refresh, 50 callers in one process who hold the same refresh token', () => {
  /** Each refreshes and calls the API with what it got, as a request of a web application does. */
  async function fiftyCallers(Base: Base, switches: Partial<PlainVendor['switches']>) {
    const { vendor, refresh, refreshToken, refreshes } = await signedIn(Base)
    Object.assign(vendor.switches, { latency: 30, ...switches })
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(refresh, 'plain', refreshToken)))
    const worked = await Promise.all(
      answers.map(({ error, accessToken }) => error === null && works(vendor, accessToken)),
    )
    const last = answers.findLast(({ error }) => error === null)?.refreshToken ?? refreshToken
    return {
      tokenCalls: refreshes().length,
      failures: worked.filter((one) => !one).length,
      alive: vendor.isAlive(last),
    }
  }
  const rotation = { rotation: true }
  const reuse = { rotation: true, reuseDetection: true }

  it('1.8 · with ours: one token call, no failure, whatever the vendor does', async () => {
    const good = { tokenCalls: 1, failures: 0, alive: true }
    expect(await fiftyCallers(ours, {})).toEqual(good)
    expect(await fiftyCallers(ours, rotation)).toEqual(good)
    expect(await fiftyCallers(ours, reuse)).toEqual(good)
  })

  it('1.8 · with passport-oauth2: 50 token calls, and a vendor that detects reuse ends the login', async () => {
    expect(await fiftyCallers(passportOAuth2, {})).toEqual({ tokenCalls: 50, failures: 0, alive: true })
    expect(await fiftyCallers(passportOAuth2, rotation)).toEqual({ tokenCalls: 50, failures: 49, alive: true })
    expect(await fiftyCallers(passportOAuth2, reuse)).toEqual({ tokenCalls: 50, failures: 50, alive: false })
  })

  it("1.8 · the same in InsureSign's dialect, with a rotating sandbox that detects reuse", async () => {
    const sandbox = createTestSandbox()
    const app = await testApp({ sandbox, verify })
    const { refreshToken } = (await app.signIn(app.browser())).body.user
    Object.assign(sandbox.vendors.insuresign.switches, { rotation: 'always', reuseDetection: true })
    const refresh = new refreshPackage.AuthTokenRefresh()
    refresh.use(app.strategy)
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(refresh, 'insuresign', refreshToken)))
    expect(answers.filter(({ error }) => error)).toEqual([])
    expect(new Set(answers.map(({ accessToken }) => accessToken)).size).toBe(1)
    expect(app.tokenRequests()).toHaveLength(2)
    const next = await ask(refresh, 'insuresign', answers[0]?.refreshToken ?? '')
    expect(next.error, 'and the login is alive').toBeNull()
    expect(app.tokenRequests().at(-1)).toMatchObject({ authorization: { scheme: 'Basic' }, refusal: undefined })
  })
})

describe('passport-oauth2-refresh on top of ours', () => {
  it('1.8 · gives who comes within ten seconds the same answer, and refreshes again after them', async () => {
    const { refresh, refreshToken, refreshes } = await signedIn(ours)
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    const first = await ask(refresh, 'plain', refreshToken)
    vi.advanceTimersByTime(9_900)
    expect((await ask(refresh, 'plain', refreshToken)).accessToken).toBe(first.accessToken)
    expect(refreshes()).toHaveLength(1)
    vi.advanceTimersByTime(200)
    const later = await ask(refresh, 'plain', refreshToken)
    expect(later.error).toBeNull()
    expect(later.accessToken).not.toBe(first.accessToken)
    expect(refreshes()).toHaveLength(2)
  })

  it('1.8 · does not give an answer to who asked for something else', async () => {
    const { refresh, refreshToken, refreshes } = await signedIn(ours)
    const [one, other] = [
      await ask(refresh, 'plain', refreshToken, { audience: 'one' }),
      await ask(refresh, 'plain', refreshToken, { audience: 'other' }),
    ]
    expect([one.error, other.error]).toEqual([null, null])
    expect(one.accessToken).not.toBe(other.accessToken)
    expect(refreshes().map(({ params }) => params['audience'])).toEqual(['one', 'other'])
  })

  it('keeps the refresh token where the vendor sends none', async () => {
    const { refresh, refreshToken } = await signedIn(ours)
    expect((await ask(refresh, 'plain', refreshToken)).refreshToken).toBe(refreshToken)
  })

  it('ignores `_refreshURL`: where to refresh is a fact of the vendor, or `endpoints.refresh`', async () => {
    const vendor = await plainVendor()
    class Mine extends ours {
      readonly _refreshURL = 'https://nowhere.invalid/refresh'
    }
    const strategy = new Mine({ ...vendor.options, skipUserProfile: true }, verify)
    const refresh = new refreshPackage.AuthTokenRefresh()
    refresh.use(strategy)
    const { user } = await signIn(onExpress5, vendor, strategy)
    expect((await ask(refresh, 'plain', (user as { refreshToken: string }).refreshToken)).error).toBeNull()
  })

  it('shows no secret on what it makes itself', () => {
    const sandbox = createTestSandbox()
    const strategy = newStrategy(sandbox)
    const made: object[] = []
    new refreshPackage.AuthTokenRefresh().use(strategy, {
      setRefreshOAuth2: ({ refreshOAuth2 }: { refreshOAuth2: object }) => {
        made.push(refreshOAuth2)
        return refreshOAuth2
      },
    })
    expect(made[0]).not.toHaveProperty('_clientSecret')
    expect(made[0]).toHaveProperty('_clientId', sandbox.vendors.insuresign.client.clientId)
  })
})
