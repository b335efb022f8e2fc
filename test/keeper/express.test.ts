import { describe, expect, it } from 'vitest'
import { hour, keeperWorld } from './express-app.ts'

describe.each(['express-session', 'cookie-session'] as const)('tokens kept behind %s', (kind) => {
  it('are adopted at sign-in, and the session gets no readable token', async () => {
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
