import { describe, expect, it } from 'vitest'
import { type Browser, hour, type KeeperWorld, keeperWorld } from './express-app.ts'

describe.each(['express-session', 'cookie-session'] as const)('tokens kept behind %s', (kind) => {
  it('1.3 · are adopted at sign-in, and the session gets no readable token', async () => {
    const world = keeperWorld(kind)
    const app = await world.start()
    const browser = app.browser()
    await browser.signIn()
    const { text: token } = await browser.get('/token')
    expect(token).toMatch(/^ey/)
    const held = JSON.stringify([...Object.values((world.sessions as never)['sessions']), ...browser.cookies.values()])
    expect(Buffer.from(held, 'base64').toString()).not.toContain(token)
    expect(held).not.toContain(token)
    expect((await browser.get('/documents')).status).toBe(200)
  })

  it.each([50, 1000])('cost one post for %i parallel requests with an expired token', async (requests) => {
    const world = keeperWorld(kind)
    const app = await world.start()
    const browser = app.browser()
    await browser.signIn()
    world.pass(hour + 1000)
    const answers = await Promise.all(Array.from({ length: requests }, () => browser.get('/token')))
    expect(answers.filter(({ status }) => status !== 200)).toEqual([])
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    expect(world.posts()).toBe(1)
    world.pass(hour + 1000)
    expect((await browser.get('/documents')).status).toBe(200)
    expect(world.posts()).toBe(2)
  })

  it('survive a restart of the app, also after a refresh', async () => {
    const world = keeperWorld(kind)
    const first = await world.start()
    const browser = first.browser()
    await browser.signIn()
    world.pass(hour + 1000)
    await browser.get('/token')
    const second = (await world.start()).browser(browser.cookies)
    expect((await second.get('/documents')).status).toBe(200)
    world.pass(hour + 1000)
    expect((await second.get('/documents')).status).toBe(200)
    expect(world.posts()).toBe(2)
  })

  it('1.8 · stay ended after a disconnect and a restart: a session that asked meanwhile has no copy any more', async () => {
    const world = keeperWorld(kind)
    const app = await world.start()
    const [browser, other] = [app.browser(), app.browser()]
    await browser.signIn()
    await other.signIn()
    const grant = JSON.parse((await browser.get('/link')).text)
    await app.keeper.revoke(grant)
    for (const each of [browser, other]) expect((await each.get('/token')).text).toMatch(/^reauth_required/)
    const next = await world.start()
    for (const each of [browser, other]) {
      const again = next.browser(each.cookies)
      expect((await again.get('/token')).text).toMatch(/^reauth_required/)
    }
    await browser.signIn()
    expect((await browser.get('/documents')).status).toBe(200)
  })

  it('52 · are not lost when a slow page saves its older copy of the session', async () => {
    const world = keeperWorld(kind)
    const app = await world.start()
    const browser = app.browser()
    await browser.signIn()
    world.pass(hour + 1000)
    const slow = browser.get('/slow')
    await browser.get('/token')
    await slow
    world.pass(hour + 1000)
    expect((await browser.get('/documents')).status).toBe(200)
    expect(world.posts()).toBe(2)
  })
})

describe('a sign-out during a refresh', () => {
  it('51 · stays a sign-out: the session is not made again', async () => {
    const world = keeperWorld('express-session')
    const app = await world.start()
    const browser = app.browser()
    await browser.signIn()
    world.pass(hour + 1000)
    world.sandbox.vendors.insuresign.faults.add('token', { latency: 150 })
    const refreshing = browser.get('/token', { ignore: true })
    await new Promise((resolve) => setTimeout(resolve, 50))
    await browser.get('/sign-out', { ignore: true })
    expect((await refreshing).status).toBe(200)
    expect(Object.keys((world.sessions as never)['sessions'])).toEqual([])
  })
})

describe('copies of one callback', () => {
  it('hand the tokens over once, or the second would undo a refresh between them', async () => {
    const world = keeperWorld('express-session')
    const app = await world.start()
    const browser = app.browser()
    world.sandbox.vendors.insuresign.faults.add('token', { latency: 100 })
    const { location } = await browser.get('/login')
    const callback = await world.sandbox.approve(location ?? '')
    const copies = await Promise.all(Array.from({ length: 5 }, () => browser.get(callback.url)))
    expect(copies.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    expect(copies.map(({ text }) => JSON.parse(text).link.generation)).toEqual([1, 1, 1, 1, 1])
  })
})

describe('an application without sessions', () => {
  it('asks by its own key of the user', async () => {
    const world = keeperWorld('none')
    const app = await world.start()
    const browser = app.browser()
    await browser.signIn()
    const owner = world.sandbox.vendors.insuresign.users[0]?.id
    world.pass(hour + 1000)
    expect((await browser.get(`/documents?owner=${owner}`)).status).toBe(200)
    expect(world.posts()).toBe(1)
  })
})

describe.each(['express-session', 'cookie-session'] as const)('tokens in a shared store, pointers in %s', (kind) => {
  /** What the browser's session carries of its grant. */
  const linkIn = (world: KeeperWorld, browser: Browser) => {
    const inStore = Object.values((world.sessions as never)['sessions'] as Record<string, string>)
    const inCookie = Buffer.from(browser.cookies.get('session') ?? '', 'base64').toString()
    const session = JSON.parse(kind === 'express-session' ? (inStore.at(-1) ?? '{}') : inCookie || '{}')
    return session['esign-auth']?.insuresign
  }

  it('60 · the session carries a pointer and nothing of the tokens; a refresh does not rewrite it', async () => {
    const world = keeperWorld(kind, { shared: true })
    const [first, second] = [await world.start(), await world.start()]
    const browser = first.browser()
    await browser.signIn()
    const link = linkIn(world, browser)
    expect(link).toEqual({
      grant: expect.stringMatching(/^[0-9a-f]{64}$/),
      generation: 1,
      owner: expect.stringMatching(/^[\w-]{22}$/),
    })
    expect([...browser.cookies.values()].join().length).toBeLessThan(1_000)
    const cookies = [...browser.cookies]
    for (const app of [second, first]) {
      world.pass(hour + 1000)
      const other = app.browser(browser.cookies)
      expect((await other.get('/documents')).status).toBe(200)
      expect((await browser.get('/token')).status).toBe(200)
    }
    expect(world.posts()).toBe(2)
    expect(linkIn(world, browser)).toEqual(link)
    expect([...browser.cookies]).toEqual(cookies)
  })

  it('a restart of all processes keeps everybody signed in', async () => {
    const world = keeperWorld(kind, { shared: true })
    const first = await world.start()
    const browser = first.browser()
    await browser.signIn()
    await first.keeper.close()
    world.pass(hour + 1000)
    const again = (await world.start()).browser(browser.cookies)
    expect((await again.get('/documents')).status).toBe(200)
    expect(world.posts()).toBe(1)
  })

  it('1.8 · a disconnect, in whichever process, ends every session of the grant; a new sign-in revives none of the old', async () => {
    const world = keeperWorld(kind, { shared: true })
    const [app, other] = [await world.start(), await world.start()]
    const [left, right] = [app.browser(), app.browser()]
    await left.signIn()
    await right.signIn()
    await other.keeper.revoke({ ...linkIn(world, right) })
    for (const browser of [left, right]) {
      const { status, text } = await browser.get('/token')
      expect([status, text.split(':')[0]]).toEqual([500, 'reauth_required'])
    }
    await left.signIn()
    expect((await left.get('/documents')).status).toBe(200)
    expect((await right.get('/token')).text).toMatch(/^reauth_required/)
  })

  it('1.8 · a sign-out of one session ends that session only', async () => {
    const world = keeperWorld(kind, { shared: true })
    const app = await world.start()
    const [left, right] = [app.browser(), app.browser()]
    await left.signIn()
    await right.signIn()
    await left.get('/sign-out')
    expect((await left.get('/token')).status).toBe(500)
    world.pass(hour + 1000)
    expect((await right.get('/documents')).status).toBe(200)
  })
})
