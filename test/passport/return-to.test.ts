import { describe, expect, it } from 'vitest'
import { honest, hostile } from '../return-paths.ts'
import { testApp } from './app.ts'

describe('1.3 · returnTo', () => {
  it.each(hostile)('1.3 · stays on the site: %s is dropped, and the login works', async (_, returnTo) => {
    const { browser, sandbox } = await testApp()
    const visitor = browser()
    const callback = await sandbox.approve(await visitor.login(`/login?returnTo=${encodeURIComponent(returnTo)}`))
    const answer = await visitor.follow(callback)
    expect(answer.status).toBe(200)
    expect(answer.body.info).toEqual({})
  })

  it.each([
    ['broken percent-encoding', 'returnTo=%E0%A4%A'],
    ['given twice', 'returnTo=/a&returnTo=/b'],
    ['an object', 'returnTo[x]=/a'],
    ['an array', 'returnTo[]=/a'],
    ['a host that is none', 'returnTo=//['],
    ['of 3 kB', `returnTo=/${'a'.repeat(3_000)}`],
    ['of 3 kB once it is encoded', `returnTo=/${encodeURIComponent('ü'.repeat(500))}`],
  ])('1.3 · malformed, it is answered and the login still works: %s', async (_, query) => {
    const { browser, sandbox, errors } = await testApp({ before: (app) => app.set('query parser', 'extended') })
    const visitor = browser()
    const answer = await visitor.follow(await sandbox.approve(await visitor.login(`/login?${query}`)))
    expect(answer.status).toBe(200)
    expect(errors).toEqual([])
  })

  it.each(honest)('1.3 · honest, it comes back exactly: %s', async (returnTo) => {
    const { browser, sandbox } = await testApp()
    const visitor = browser()
    const callback = await sandbox.approve(await visitor.login(`/login?returnTo=${encodeURIComponent(returnTo)}`))
    expect((await visitor.follow(callback)).body.info).toEqual({ returnTo })
  })

  it("1.3 · in the callback's own query it is ignored", async () => {
    const { browser, sandbox } = await testApp()
    const visitor = browser()
    const { url, ...rest } = await sandbox.approve(await visitor.login('/login?returnTo=/mine'))
    const extra = '&returnTo=//evil.example&redirect_uri=https://evil.example&next=/other'
    expect((await visitor.follow({ ...rest, url: url + extra })).body.info).toEqual({ returnTo: '/mine' })
  })

  it('1.3 · belongs to its own tab', async () => {
    const { browser, sandbox } = await testApp()
    const visitor = browser()
    const [first, second] = [
      await visitor.login('/login?returnTo=/first'),
      await visitor.login('/login?returnTo=/second'),
    ]
    expect((await visitor.follow(await sandbox.approve(second))).body.info).toEqual({ returnTo: '/second' })
    expect((await visitor.follow(await sandbox.approve(first))).body.info).toEqual({ returnTo: '/first' })
  })
})
