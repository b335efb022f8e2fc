import { afterEach, describe, expect, it, vi } from 'vitest'
import { createTestSandbox, type Done, paramOf, type TestApp, testApp } from './app.ts'

afterEach(() => void vi.useRealTimers())

/** An app that accepts callbacks without state, at a vendor that does so with it. */
async function lenientApp(stateEcho: 'drop' | 'alter' | 'echo' = 'drop'): Promise<TestApp> {
  const sandbox = createTestSandbox()
  sandbox.vendors.insuresign.switches.stateEcho = stateEcho
  return testApp({ sandbox, strategy: { state: 'not-echoed' } })
}

describe("1.1 · state: 'not-echoed'", () => {
  it('1.1 · accepts a callback without state when exactly one login is pending in that browser', async () => {
    const { browser, signIn } = await lenientApp()
    expect((await signIn(browser())).status).toBe(200)
  })

  it('1.1 · refuses it when none is pending', async () => {
    const { browser, sandbox, tokenRequests, failures } = await lenientApp()
    const callback = await sandbox.approve(await browser().login())
    expect((await browser().follow(callback)).status).toBe(403)
    expect(failures).toEqual([{ code: 'state_missing', message: expect.stringContaining('not exactly one') }])
    expect(tokenRequests()).toEqual([])
  })

  it('1.1 · refuses it when two are pending', async () => {
    const { browser, sandbox, tokenRequests } = await lenientApp()
    const visitor = browser()
    // Both begun before either's cookie is there.
    const [, second] = await Promise.all([visitor.login(), visitor.login()])
    expect((await visitor.follow(await sandbox.approve(second))).status).toBe(403)
    expect(tokenRequests()).toEqual([])
  })

  it('lets a visitor who went back begin again: a new login ends the older ones', async () => {
    const { browser, sandbox } = await lenientApp()
    const visitor = browser()
    await Promise.all([visitor.login(), visitor.login()])
    expect((await visitor.follow(await sandbox.approve(await visitor.login()))).status).toBe(200)
  })

  it('1.1 · does not count what pends at another registration', async () => {
    const { browser, sandbox, signIn } = await lenientApp()
    const { client } = sandbox.vendors.insuresign
    const other = await testApp({ sandbox, strategy: { state: 'not-echoed', clientSecret: `${client.clientSecret}x` } })
    const [visitor, elsewhere] = [browser(), other.browser()]
    await elsewhere.login()
    for (const [name, value] of elsewhere.cookies) visitor.cookies.set(name, value)
    expect((await signIn(visitor)).status).toBe(200)
  })

  it('1.1 · takes the state nevertheless where one comes', async () => {
    const { browser, sandbox, signIn, tokenRequests } = await lenientApp('echo')
    const visitor = browser()
    await visitor.login()
    expect((await signIn(visitor)).status).toBe(200)
    sandbox.vendors.insuresign.switches.stateEcho = 'alter'
    expect((await signIn(browser())).status).toBe(403)
    expect(tokenRequests()).toHaveLength(1)
  })

  it('1.1 · uses the login up', async () => {
    const { browser, sandbox, tokenRequests } = await lenientApp()
    const visitor = browser()
    const callback = await sandbox.approve(await visitor.login())
    const cookies = [...visitor.cookies]
    expect((await visitor.follow(callback)).status).toBe(200)
    expect((await visitor.follow(callback)).status).toBe(403)
    for (const [name, value] of cookies) visitor.cookies.set(name, value)
    expect((await visitor.get(`/callback?code=${paramOf(callback, 'code')}`)).status).toBe(403)
    expect(tokenRequests()).toHaveLength(1)
  })

  it('1.1 · refuses it where a store of the application keeps the logins, which only a state can find', async () => {
    const verify = vi.fn((_req: unknown, state: string, done: Done) => done(null, state === 'a-handle'))
    const store = { store: (_req: unknown, done: Done) => done(null, 'a-handle'), verify }
    const sandbox = createTestSandbox()
    const app = await testApp({ sandbox, strategy: { state: 'not-echoed', store } as object })
    expect((await app.signIn(app.browser())).status).toBe(200)
    sandbox.vendors.insuresign.switches.stateEcho = 'drop'
    expect((await app.signIn(app.browser())).status).toBe(403)
    expect(app.failures).toMatchObject([{ code: 'state_missing' }])
    expect(verify).toHaveBeenCalledTimes(1)
  })

  it('1.1 · a login that has run out does not stand in the way of a new one', async () => {
    const { browser, signIn } = await lenientApp()
    const start = Date.now()
    vi.useFakeTimers({ toFake: ['Date'], now: start })
    const visitor = browser()
    await visitor.login()
    vi.setSystemTime(start + 11 * 60_000)
    expect((await signIn(visitor)).status).toBe(200)
  })
})
