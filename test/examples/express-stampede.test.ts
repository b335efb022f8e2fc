import { setTimeout } from 'node:timers/promises'
import type { SessionData } from 'express-session'
import { describe, expect, it } from 'vitest'
import { anHour, type Browser, type Page, type RotatingVendor, rotatingVendor } from './rotating-vendor.ts'

const call = '/call/insuresign'
const documents = /&#34;documents&#34;/

/** So many API calls at once through the app, each as a request of its own; `delay` in milliseconds. */
function stampede(browser: Browser, requests: number, delay: () => number = () => 0): Promise<Page[]> {
  const all = Array.from({ length: requests }, async () => {
    await setTimeout(delay())
    return browser.post(call)
  })
  return Promise.all(all)
}

const failures = (pages: readonly Page[]) => pages.filter(({ status, text }) => status !== 200 || !documents.test(text))

/** The grant lives if its next refresh succeeds: reuse of a spent refresh token would have ended it. */
async function expectAlive(vendor: RotatingVendor, browser: Browser): Promise<void> {
  const before = vendor.refreshes()
  vendor.pass(anHour)
  expect(failures([await browser.post(call)])).toEqual([])
  expect(vendor.refreshes()).toBe(before + 1)
}

describe('requests with one expired token, at a vendor that rotates and detects reuse', () => {
  it.each([
    { requests: 50, runs: 20 },
    { requests: 1000, runs: 3 },
  ])('$requests in parallel cost one token call and fail nowhere, $runs of $runs runs', async ({ requests, runs }) => {
    const vendor = await rotatingVendor()
    const browser = await (await vendor.start()).signIn()
    const came: { calls: number; failures: Page[] }[] = []
    for (let run = 0; run < runs; run += 1) {
      const before = vendor.refreshes()
      vendor.pass(anHour)
      const pages = await stampede(browser, requests)
      came.push({ calls: vendor.refreshes() - before, failures: failures(pages) })
    }
    expect(came).toEqual(Array(runs).fill({ calls: 1, failures: [] }))
    await expectAlive(vendor, browser)
  })

  it('fifty cost one token call when it is the vendor that ended the token', async () => {
    const vendor = await rotatingVendor()
    const browser = await (await vendor.start()).signIn()
    vendor.fake.expireAccessTokens()
    expect(failures(await stampede(browser, 50))).toEqual([])
    expect(vendor.refreshes()).toBe(1)
    await expectAlive(vendor, browser)
  })

  it.each([50, 1000])('%i cost one token call when they come over a second', async (requests) => {
    const vendor = await rotatingVendor()
    const browser = await (await vendor.start()).signIn()
    vendor.fake.faults.add('token', { latency: 300 })
    vendor.pass(anHour)
    expect(failures(await stampede(browser, requests, () => Math.random() * 1000))).toEqual([])
    expect(vendor.refreshes()).toBe(1)
    await expectAlive(vendor, browser)
  })

  it('thirteen each from four browsers of one person cost one token call', async () => {
    const vendor = await rotatingVendor()
    const app = await vendor.start()
    const browsers = [await app.signIn(), await app.signIn(), await app.signIn(), await app.signIn()]
    vendor.pass(anHour)
    const pages = await Promise.all(browsers.map((browser) => stampede(browser, 13)))
    expect(failures(pages.flat())).toEqual([])
    expect(vendor.refreshes()).toBe(1)
  })

  it('the button for fifty says so itself', async () => {
    const vendor = await rotatingVendor()
    const browser = await (await vendor.start()).signIn()
    vendor.pass(anHour)
    await browser.post('/calls/insuresign')
    expect((await browser.get('/')).text).toContain('50 API calls at once: 50 answers, 1 refresh.')
  })
})

describe('a refresh for fifty requests', () => {
  it('is lost neither to pages that save the session meanwhile, nor to a restart after them', async () => {
    const vendor = await rotatingVendor()
    const browser = await (await vendor.start()).signIn()
    // Something to say, which the page removes from the session that it read before the refresh.
    await browser.get('/callback/insuresign?error=access_denied&state=unknown')
    vendor.fake.faults.add('token', { latency: 200 })
    vendor.pass(anHour)
    const [pages, ...shown] = await Promise.all([stampede(browser, 50), browser.get('/'), browser.get('/')])
    expect(failures(pages)).toEqual([])
    for (const { text } of shown) expect(text).toContain('role="alert"')
    expect(vendor.refreshes()).toBe(1)
    await expectAlive(vendor, (await vendor.start()).browser(browser.cookies))
  })

  it('does not bring back who signs out meanwhile, and leaves the grant to their other browser', async () => {
    const vendor = await rotatingVendor()
    const app = await vendor.start()
    const [leaving, staying] = [await app.signIn(), await app.signIn()]
    vendor.fake.faults.add('token', { latency: 200 })
    vendor.pass(anHour)
    const old = app.browser(new Map(leaving.cookies))
    const calls = stampede(app.browser(new Map(leaving.cookies)), 50)
    await setTimeout(100)
    await leaving.post('/sign-out')
    expect(failures(await calls)).toEqual([])
    for (const browser of [leaving, old]) expect((await browser.get('/')).text).toContain('Choose where')
    const signedIn = (await allSessions(vendor)).filter((session) => JSON.stringify(session).includes('insuresign:'))
    expect(signedIn).toHaveLength(1)
    expect(vendor.refreshes()).toBe(1)
    await expectAlive(vendor, staying)
  })

  it('is one also when they are the first thing after a restart', async () => {
    const vendor = await rotatingVendor()
    const { cookies } = await (await vendor.start()).signIn()
    vendor.pass(anHour)
    const browser = (await vendor.start()).browser(cookies)
    expect(failures(await stampede(browser, 50))).toEqual([])
    expect(vendor.refreshes()).toBe(1)
    await expectAlive(vendor, browser)
  })
})

describe('what an error means', () => {
  const refuse = (status: number, error: string) => ({
    answer: { status, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ error }) },
  })

  it('a vendor that is down signs nobody out: 503, and when to try again', async () => {
    const vendor = await rotatingVendor()
    const browser = await (await vendor.start()).signIn()
    vendor.fake.faults.add('token', { times: Number.POSITIVE_INFINITY, answer: { status: 503 } })
    vendor.pass(anHour)
    for (const page of [await browser.post(call), await browser.get('/'), await browser.post('/refresh/insuresign')]) {
      expect(page.status).toBe(503)
      expect(Number(page.headers.get('retry-after'))).toBeGreaterThan(0)
      expect(page.text).toContain('InsureSign: no fresh token could be had')
      expect(page.text).toContain('Signed in with InsureSign')
    }
    vendor.fake.faults.clear()
    await expectAlive(vendor, browser)
  })

  it('a client that the vendor does not know signs nobody out', async () => {
    const vendor = await rotatingVendor()
    const browser = await (await vendor.start()).signIn()
    vendor.fake.faults.add('token', { times: Number.POSITIVE_INFINITY, ...refuse(401, 'invalid_client') })
    vendor.pass(anHour)
    const page = await browser.post(call)
    expect(page.status).toBe(502)
    expect(page.text).toContain('Signed in with InsureSign')
    vendor.fake.faults.clear()
    await expectAlive(vendor, browser)
  })

  it.each([{ requests: 1 }, { requests: 50 }])(
    'access that was withdrawn signs out with a message, at $requests requests',
    async ({ requests }) => {
      const vendor = await rotatingVendor()
      const browser = await (await vendor.start()).signIn()
      vendor.fake.revokeUser(vendor.fake.users[0]?.id ?? '')
      vendor.pass(anHour)
      const pages = await stampede(browser, requests)
      expect(new Set(pages.map(({ status, headers }) => `${status} ${headers.get('location')}`))).toEqual(
        new Set(['303 /']),
      )
      const { text } = await browser.get('/')
      expect(text).toContain('Your access to InsureSign has ended (revoked). Please sign in again.')
      expect(text).toContain('Choose where')
    },
  )
})

describe('signing out and disconnecting', () => {
  it('disconnecting ends the access of all browsers, and asks no vendor that has no way to', async () => {
    const vendor = await rotatingVendor()
    const app = await vendor.start()
    const [here, there] = [await app.signIn(), await app.signIn()]
    await here.post('/disconnect/insuresign')
    expect((await here.get('/')).text).toContain('InsureSign publishes no way to revoke them')
    expect((await there.post(call)).status).toBe(303)
    expect((await there.get('/')).text).toContain('Please sign in again.')
    expect(vendor.refreshes()).toBe(0)
  })

  it('whoever disconnected signs in again as if for the first time', async () => {
    const vendor = await rotatingVendor()
    const app = await vendor.start()
    await (await app.signIn()).post('/disconnect/insuresign')
    await expectAlive(vendor, await app.signIn())
  })

  it('two presses of "Refresh the token" at once are one refresh', async () => {
    const vendor = await rotatingVendor()
    const browser = await (await vendor.start()).signIn()
    await Promise.all([browser.post('/refresh/insuresign'), browser.post('/refresh/insuresign')])
    expect(vendor.refreshes()).toBe(1)
    expect((await browser.get('/')).text).toContain('Generation 2, 1 refresh so far')
  })
})

function allSessions({ sessions }: RotatingVendor): Promise<SessionData[]> {
  return new Promise((resolve, reject) =>
    sessions.all((error, all) => (error ? reject(error) : resolve(Object.values(all ?? {})))),
  )
}
