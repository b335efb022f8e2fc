import { afterEach, describe, expect, it, vi } from 'vitest'
import { createTestSandbox, paramOf } from '../passport/app.ts'
import { copyOf, ours, type WebApp, webApp } from './app.ts'

afterEach(() => void vi.useRealTimers())

/** An app that accepts callbacks without state, at a vendor that does so with it. */
function lenientApp(stateEcho: 'drop' | 'alter' | 'echo' = 'drop'): Promise<WebApp> {
  const sandbox = createTestSandbox()
  sandbox.vendors.insuresign.switches.stateEcho = stateEcho
  return webApp({ sandbox, options: { state: 'not-echoed' } })
}

describe("1.1 · state: 'not-echoed'", () => {
  it('1.1 · by default a callback without state is refused, with the name of the option', async () => {
    const { sandbox, browser, visit, failures } = await webApp()
    sandbox.vendors.insuresign.switches.stateEcho = 'drop'
    await visit(browser())
    const message = expect.stringContaining("state: 'not-echoed'")
    expect(failures).toMatchObject([{ code: 'state_missing', message }])
  })

  it('1.1 · accepts it when exactly one login is pending in that browser, which is used up', async () => {
    const { browser, sandbox, tokenRequests, failures } = await lenientApp()
    const visitor = browser()
    const callback = await sandbox.approve(await visitor.login())
    const copy = copyOf(visitor, { browser })
    expect((await visitor.follow(callback)).status).toBe(200)
    expect(ours(visitor)).toEqual([])
    await visitor.follow(callback)
    await copy.get(`/callback?code=${paramOf(callback, 'code')}`)
    expect(failures).toMatchObject([{ code: 'state_missing' }, { code: 'state_used' }])
    expect(tokenRequests()).toHaveLength(1)
  })

  it('1.1 · refuses it when none is pending, or two', async () => {
    const { browser, sandbox, tokenRequests, failures } = await lenientApp()
    const visitor = browser()
    // Both begun before either's cookie is there.
    const [, second] = await Promise.all([visitor.login(), visitor.login()])
    const callback = await sandbox.approve(second)
    expect((await browser().follow(callback)).status).toBe(403)
    expect((await visitor.follow(callback)).status).toBe(403)
    expect(failures).toMatchObject([{ code: 'state_missing' }, { code: 'state_missing' }])
    expect(tokenRequests()).toEqual([])
    expect((await visitor.follow(await sandbox.approve(await visitor.login()))).status, 'a new one ends both').toBe(200)
  })

  it('1.1 · takes the state nevertheless where one comes', async () => {
    const { browser, sandbox, visit, failures } = await lenientApp('echo')
    const visitor = browser()
    await visitor.login()
    expect((await visit(visitor)).status).toBe(200)
    sandbox.vendors.insuresign.switches.stateEcho = 'alter'
    await visit(browser())
    expect(failures).toMatchObject([{ code: 'state_unknown' }])
  })

  it('1.1 · a login that connects still ends only for its user', async () => {
    const { browser, sandbox, failures } = await lenientApp()
    const visitor = browser()
    visitor.cookies.set('user', 'alice')
    const callback = await sandbox.approve(await visitor.login('/connect'))
    visitor.cookies.set('user', 'bob')
    await visitor.follow(callback)
    expect(failures).toMatchObject([{ code: 'owner_mismatch' }])
  })

  it('1.1 · a login that has run out does not stand in the way of a new one', async () => {
    const { browser, visit } = await lenientApp()
    const start = Date.now()
    vi.useFakeTimers({ toFake: ['Date'], now: start })
    const visitor = browser()
    await visitor.login()
    vi.setSystemTime(start + 11 * 60_000)
    expect((await visit(visitor)).status).toBe(200)
  })
})
