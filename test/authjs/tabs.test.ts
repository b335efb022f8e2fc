import { afterEach, describe, expect, it, vi } from 'vitest'
import { browser, testApp, vendorIds } from './express-app.ts'

afterEach(() => void vi.useRealTimers())

describe('two tabs of one browser', () => {
  it.each(vendorIds)('1.1 · both sign in at %s, each to its own destination, in either order', async (id) => {
    const app = await testApp()
    const visitor = browser(app.origin)
    const one = await visitor.begin(id, { callbackUrl: '/one' })
    const two = await visitor.begin(id, { callbackUrl: '/two' })
    const [first, second] = [await app.sandbox.approve(one), await app.sandbox.approve(two)]
    expect((await visitor.go(first.url)).headers.get('location')).toBe(`${app.origin}/one`)
    expect((await visitor.go(second.url)).headers.get('location')).toBe(`${app.origin}/two`)
  })

  it('1.3 · sign in at two vendors: the later identity replaces the earlier', async () => {
    const app = await testApp()
    const visitor = browser(app.origin)
    const one = await visitor.begin('insuresign', { callbackUrl: '/one' })
    const two = await visitor.begin('esignglobal', { callbackUrl: '/two' })
    expect((await visitor.go((await app.sandbox.approve(two)).url)).headers.get('location')).toBe(`${app.origin}/two`)
    expect(await visitor.session()).toMatchObject({ esign: { vendor: 'esignglobal' } })
    expect((await visitor.go((await app.sandbox.approve(one)).url)).headers.get('location')).toBe(`${app.origin}/one`)
    expect(await visitor.session()).toMatchObject({ esign: { vendor: 'insuresign' } })
  })

  it('one without a destination does not take the other’s', async () => {
    const app = await testApp()
    const visitor = browser(app.origin)
    const one = await visitor.begin('insuresign')
    const two = await visitor.begin('insuresign', { callbackUrl: '/two' })
    expect((await visitor.go((await app.sandbox.approve(one)).url)).headers.get('location')).toBe(app.origin)
    expect((await visitor.go((await app.sandbox.approve(two)).url)).headers.get('location')).toBe(`${app.origin}/two`)
  })
})

describe('many pending logins', () => {
  it('1.3 · are eight at most; a new one ends the oldest', async () => {
    const app = await testApp()
    const visitor = browser(app.origin)
    const locations: string[] = []
    for (let n = 0; n < 10; n++) locations.push(await visitor.begin('insuresign'))
    expect([...visitor.jar.keys()].filter((name) => name.startsWith('esign-login.'))).toHaveLength(8)
    const ends: string[] = []
    for (const location of locations) {
      const { url } = await app.sandbox.approve(location)
      ends.push((await visitor.go(url)).headers.get('location') ?? '')
    }
    expect(ends.slice(2)).toEqual(Array(8).fill(app.origin))
    expect(ends.slice(0, 2).map((end) => new URL(end).searchParams.get('code'))).toEqual(Array(2).fill('state_unknown'))
  })

  it('1.3 · keep the cookies below 8 kB, whatever was asked for', async () => {
    const app = await testApp()
    const visitor = browser(app.origin)
    for (let n = 0; n < 40; n++) await visitor.begin('insuresign', { callbackUrl: `/${'x'.repeat(1000)}` })
    const logins = visitor
      .cookieHeader()
      .split('; ')
      .filter((pair) => pair.startsWith('esign-login.'))
    expect(logins.join('; ').length).toBeLessThan(8_300)
  })

  it('1.1 · have states and challenges of 256 bits that all differ', async () => {
    const app = await testApp({ provider: { pkce: true } })
    const visitor = browser(app.origin)
    const begun: URL[] = []
    for (let n = 0; n < 15; n++) begun.push(new URL(await visitor.begin('insuresign')))
    for (const name of ['state', 'code_challenge']) {
      const values = begun.map(({ searchParams }) => searchParams.get(name) ?? '')
      expect(new Set(values).size).toBe(15)
      for (const value of values) expect(Buffer.from(value, 'base64url')).toHaveLength(32)
    }
  })
})

describe('a pending login', () => {
  it('1.1 · is good for ten minutes, and not for longer', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const app = await testApp()
    const visitor = browser(app.origin)
    const [soon, late] = [await visitor.begin('insuresign'), await visitor.begin('insuresign')]
    vi.setSystemTime(Date.now() + 599_000)
    expect((await visitor.go((await app.sandbox.approve(soon)).url)).headers.get('location')).toBe(app.origin)
    const callback = await app.sandbox.approve(late)
    vi.setSystemTime(Date.now() + 2_000)
    const end = (await visitor.go(callback.url)).headers.get('location')
    expect(end).toBe(`${app.origin}/auth/signin?error=OAuthCallbackError&code=state_expired`)
    expect(app.tokenRequests()).toHaveLength(1)
  })

  it('1.3 · is a sealed HttpOnly cookie, Lax, that tells neither state nor verifier nor destination', async () => {
    const app = await testApp({ provider: { pkce: true } })
    app.sandbox.vendors.insuresign.switches.pkce = true
    const visitor = browser(app.origin)
    const url = new URL(await visitor.begin('insuresign', { callbackUrl: '/contracts' }))
    const [line = '', ...more] = visitor.setCookies.filter((each) => each.startsWith('esign-login.'))
    expect(more).toEqual([])
    expect(line).toMatch(/; Max-Age=600; Path=\/; (Expires=[^;]+; )?HttpOnly; SameSite=Lax$/i)
    const plain = Buffer.from(line, 'base64url').toString('latin1')
    await visitor.go((await app.sandbox.approve(url)).url)
    const verifier = app.tokenRequests()[0]?.body['code_verifier'] ?? ''
    expect(verifier).toHaveLength(43)
    for (const each of [url.searchParams.get('state') ?? '', verifier, 'contracts']) {
      expect(line).not.toContain(each)
      expect(plain).not.toContain(each)
    }
  })

  it('ends when its callback has come, however it went', async () => {
    const app = await testApp()
    const visitor = browser(app.origin)
    await visitor.go((await app.sandbox.deny(await visitor.begin('insuresign'))).url)
    await app.signIn(visitor)
    expect([...visitor.jar.keys()].filter((name) => name.startsWith('esign-login.'))).toEqual([])
  })

  it('1.3 · offered as a session is none', async () => {
    const app = await testApp()
    const visitor = browser(app.origin)
    await visitor.begin('insuresign')
    const [value = ''] = [...visitor.jar].flatMap(([name, each]) => (name.startsWith('esign-login.') ? [each] : []))
    visitor.jar.set('authjs.session-token', value)
    expect(await visitor.session()).toBeNull()
  })
})
