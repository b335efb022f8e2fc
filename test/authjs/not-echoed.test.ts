import { describe, expect, it } from 'vitest'
import { type AuthApp, browser, testApp, vendorIds } from './express-app.ts'

async function returning(app: AuthApp, id: (typeof vendorIds)[number]) {
  const visitor = browser(app.origin)
  const { url } = await app.sandbox.approve(await visitor.begin(id))
  return { visitor, url: url.replace(/&?state=[^&]+/, '') }
}

describe.each(vendorIds)("1.1 · state: 'not-echoed' (%s)", (id) => {
  it('1.1 · accepts a callback without state, with exactly one pending login in that browser', async () => {
    const app = await testApp({ provider: { state: 'not-echoed' } })
    const { visitor, url } = await returning(app, id)
    expect((await visitor.go(url)).headers.get('location')).toBe(app.origin)
    expect((await visitor.go(url)).headers.get('location')).toContain('code=state_missing')
    expect(app.tokenRequests()).toHaveLength(1)
  })

  it('1.1 · a new login ends the one before', async () => {
    const app = await testApp({ provider: { state: 'not-echoed' } })
    const visitor = browser(app.origin)
    await visitor.begin(id)
    const { url } = await app.sandbox.approve(await visitor.begin(id))
    expect([...visitor.jar.keys()].filter((name) => name.startsWith('esign-login.'))).toHaveLength(1)
    expect((await visitor.go(url.replace(/&?state=[^&]+/, ''))).headers.get('location')).toBe(app.origin)
  })

  it('1.1 · refuses it with two, with none, and with a wrong state', async () => {
    const app = await testApp({ provider: { state: 'not-echoed' } })
    const { visitor, url } = await returning(app, id)
    expect((await browser(app.origin).go(url)).headers.get('location')).toContain('code=state_missing')
    expect((await visitor.go(`${url}&state=wrong`)).headers.get('location')).toContain('code=state_unknown')
    // As a server action may leave two: it does not see what is there.
    const other = browser(app.origin)
    await other.begin(id)
    for (const [name, value] of other.jar) if (name.startsWith('esign-login.')) visitor.jar.set(name, value)
    expect((await visitor.go(url)).headers.get('location')).toContain('code=state_missing')
    expect(app.tokenRequests()).toEqual([])
  })
})
