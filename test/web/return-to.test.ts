import { describe, expect, it } from 'vitest'
import { pathOf } from '../passport/app.ts'
import { honest, hostile } from '../return-paths.ts'
import { webApp } from './app.ts'

describe('1.3 · returnTo', () => {
  it.each(hostile)('1.3 · stays on the site: %s is dropped, and the login works', async (_, returnTo) => {
    const { browser, sandbox, finished } = await webApp()
    const visitor = browser()
    const callback = await sandbox.approve(await visitor.login(`/login?returnTo=${encodeURIComponent(returnTo)}`))
    expect((await visitor.follow(callback)).status).toBe(200)
    expect(finished).toMatchObject([{ returnTo: undefined }])
  })

  it.each([
    ['an object', { toString: () => '/x' }],
    ['an array', ['/x']],
    ['a number', 7],
    ['null', null],
    ['3 kB', `/${'a'.repeat(3_000)}`],
    ['3 kB once it is encoded', `/${'ü'.repeat(500)}`],
  ])('1.3 · that is no path which can be kept is dropped: %s', async (_, returnTo) => {
    const { browser, visit, finished } = await webApp({ begin: { returnTo } })
    expect((await visit(browser())).status).toBe(200)
    expect(finished).toMatchObject([{ returnTo: undefined }])
  })

  it.each(honest)('1.3 · honest, it comes back exactly: %s', async (returnTo) => {
    const { browser, sandbox, finished } = await webApp()
    const visitor = browser()
    const callback = await sandbox.approve(await visitor.login(`/login?returnTo=${encodeURIComponent(returnTo)}`))
    await visitor.follow(callback)
    expect(finished).toMatchObject([{ returnTo }])
  })

  it("1.3 · in the callback's own query it is ignored", async () => {
    const { browser, sandbox, finished } = await webApp()
    const visitor = browser()
    const callback = await sandbox.approve(await visitor.login('/login?returnTo=/mine'))
    await visitor.get(`${pathOf(callback)}&returnTo=//evil.example&next=/other`)
    expect(finished).toMatchObject([{ returnTo: '/mine' }])
  })

  it('1.3 · belongs to its own tab', async () => {
    const { browser, sandbox, finished } = await webApp()
    const visitor = browser()
    const first = await visitor.login('/login?returnTo=/first')
    const second = await visitor.login('/login?returnTo=/second')
    await visitor.follow(await sandbox.approve(second))
    await visitor.follow(await sandbox.approve(first))
    expect(finished).toMatchObject([{ returnTo: '/second' }, { returnTo: '/first' }])
  })
})
