import { describe, expect, it } from 'vitest'
import { browser, testApp, vendorIds } from './express-app.ts'
import { site, webApp } from './web-app.ts'

describe('1.3 · where a visitor goes after signing in', () => {
  it.each([
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '\t//evil.example',
    'javascript:alert(1)',
    'https://app.example.evil.example',
    'https://app.example@evil.example',
    '/ok\r\nlocation: https://evil.example',
    'not a url',
    'data:text/html,x',
  ])('1.3 · stays on the site with callbackUrl %j', async (callbackUrl) => {
    const { visitor, sandbox } = webApp()
    const me = visitor()
    const location = (await me.press('insuresign', { callbackUrl })).headers.get('location') ?? ''
    const back = await me.go((await sandbox.approve(location)).url)
    expect(new URL(back.headers.get('location') ?? '').origin).toBe(site)
    expect(await me.session()).toMatchObject({ esign: { vendor: 'insuresign' } })
  })

  it('1.3 · an honest one with a query is honoured exactly', async () => {
    const { visitor, sandbox } = webApp()
    const me = visitor()
    const callbackUrl = '/contracts?of=a%26b&page=2#top'
    const location = (await me.press('insuresign', { callbackUrl })).headers.get('location') ?? ''
    const back = await me.go((await sandbox.approve(location)).url)
    expect(back.headers.get('location')).toBe(site + callbackUrl)
  })

  it('is decided by the redirect callback of the application', async () => {
    const partner = 'https://partner.example/'
    const { visitor, sandbox } = webApp({
      callbacks: { redirect: ({ url, baseUrl }) => (['/far', partner].includes(url) ? partner : baseUrl) },
    })
    const me = visitor()
    const location = (await me.press('insuresign', { callbackUrl: '/far' })).headers.get('location') ?? ''
    const back = await me.go((await sandbox.approve(location)).url)
    expect(back.headers.get('location')).toBe(partner)
  })

  it.each(vendorIds)('one that no cookie can hold does not keep anybody from signing in at %s', async (id) => {
    const app = await testApp()
    const visitor = browser(app.origin)
    const callbackUrl = `/${'x'.repeat(5_000)}`
    const { url } = await app.sandbox.approve(await visitor.begin(id, { callbackUrl }))
    expect((await visitor.go(url)).headers.get('location')).toBe(app.origin)
    const { host, visitor: another, sandbox } = webApp()
    const me = another()
    const action = await host.signIn(id, callbackUrl)
    me.take(action)
    await me.go((await sandbox.approve(action.redirect)).url)
    expect(await me.session()).toMatchObject({ esign: { vendor: id } })
    expect(app.errors).toEqual([])
  })
})
