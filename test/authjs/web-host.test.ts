import { describe, expect, it } from 'vitest'
import { vendorIds } from './express-app.ts'
import { site, type WebApp, webApp, webVisitor } from './web-app.ts'

const page = (code: string) => `${site}/api/auth/signin?error=OAuthCallbackError&code=${code}`

async function returning({ sandbox, visitor }: WebApp, id: string) {
  const me = visitor()
  const location = (await me.press(id, { callbackUrl: '/there' })).headers.get('location') ?? ''
  return { me, callback: await sandbox.approve(location) }
}

describe.each(vendorIds)('a host of web requests, and %s', (id) => {
  it('signs in, once for each callback', async () => {
    const app = webApp()
    const { me, callback } = await returning(app, id)
    const before = new Map(me.jar)
    const back = await me.go(callback.url)
    expect([back.headers.get('location'), back.headers.get('cache-control')]).toEqual([`${site}/there`, 'no-store'])
    expect([...me.jar.keys()].filter((name) => name.includes('esign-login'))).toEqual([])
    const again = await webVisitor(app.host, before).go(callback.url)
    expect(again.headers.get('location')).toBe(page('state_used'))
  })

  it('refuses HEAD, POST, repeats and strangers, and uses nothing up', async () => {
    const app = webApp()
    const { me, callback } = await returning(app, id)
    expect((await me.go(callback.url, { method: 'HEAD' })).status).toBe(405)
    for (const [answer, code] of [
      [await me.go(callback.url, { method: 'POST', body: new URLSearchParams() }), 'callback_invalid'],
      [await me.go(`${callback.url}&code=other`), 'callback_invalid'],
      [await webVisitor(app.host).go(callback.url), 'state_unknown'],
      [await me.go(callback.url.replace(/state=[^&]+&?/, '')), 'state_missing'],
    ] as const) {
      expect(answer.headers.get('location')).toBe(page(code))
    }
    expect((await me.go(callback.url)).headers.get('location')).toBe(`${site}/there`)
  })

  it('shows the reason on the sign-in page', async () => {
    const { sandbox, visitor } = webApp()
    const me = visitor()
    const location = (await me.press(id)).headers.get('location') ?? ''
    const back = await me.go((await sandbox.deny(location)).url)
    expect(back.headers.get('location')).toBe(page('access_denied'))
    const shown = await (await me.go(back.headers.get('location') ?? '')).text()
    expect(shown).toContain('Access was not allowed at the signing service.')
    expect(shown).toContain('</html>')
  })
})

describe('a posted callback on a host of web requests', () => {
  const postingApp = () => {
    const app = webApp({}, {}, { postCallback: true })
    app.sandbox.vendors.insuresign.switches.callback = 'form_post'
    return app
  }

  it('signs in', async () => {
    const app = postingApp()
    const { me, callback } = await returning(app, 'insuresign')
    const back = await me.go(callback.url, { method: 'POST', body: new URLSearchParams(callback.body) })
    expect(back.headers.get('location')).toBe(`${site}/there`)
    expect(await me.session()).toMatchObject({ esign: { vendor: 'insuresign' } })
  })

  it('1.2 · that is too large, or repeats a field, is refused', async () => {
    const app = postingApp()
    const { me, callback } = await returning(app, 'insuresign')
    for (const [more, code] of [
      [`&more=${'x'.repeat(400_000)}`, 'callback_incomplete'],
      ['&code=other', 'callback_invalid'],
    ] as const) {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      const back = await me.go(callback.url, { method: 'POST', headers, body: `${callback.body}${more}` })
      expect(back.headers.get('location')).toBe(page(code))
    }
  })
})

describe('1.3 · over https', () => {
  it('1.3 · the cookie of a pending login is Secure and bound to the host', async () => {
    const { visitor } = webApp()
    const line = (await visitor().press('insuresign')).headers
      .getSetCookie()
      .find((each) => each.includes('esign-login'))
    expect(line).toMatch(/^__Host-esign-login\.[\w-]{24}=/)
    for (const part of [/; Secure/i, /; HttpOnly/i, /; SameSite=Lax/i, /; Path=\//i]) expect(line).toMatch(part)
    expect(line).not.toMatch(/domain=/i)
  })

  it('1.3 · a cookie that a sibling domain planted, without its prefix, does not open', async () => {
    const app = webApp()
    const { me, callback } = await returning(app, 'insuresign')
    for (const [name, value] of [...me.jar]) {
      if (!name.startsWith('__Host-esign-login.')) continue
      me.jar.delete(name)
      me.jar.set(name.slice('__Host-'.length), value)
    }
    expect((await me.go(callback.url)).headers.get('location')).toBe(page('state_unknown'))
  })

  it('1.3 · a cookie planted under its name with a character that `trim` takes away does not open', async () => {
    const app = webApp()
    const { me, callback } = await returning(app, 'insuresign')
    const [name = '', value = ''] = [...me.jar].find(([each]) => each.includes('esign-login')) ?? []
    me.jar.delete(name)
    for (const odd of ['\xa0', '\x85', '\xc2\xa0', '\xff']) {
      const headers = { cookie: `a=1; ${odd}${name}=${value}; ${name}${odd}=${value}` }
      const request = new Request(callback.url, { headers })
      const back = await app.host.handlers.GET(request)
      expect(back.headers.get('location'), JSON.stringify(odd)).toBe(page('state_unknown'))
    }
  })

  it('1.1 · a cookie of one login under the name of another does not open', async () => {
    const app = webApp()
    const [{ me: attacker }, { me: victim, callback }] = [
      await returning(app, 'insuresign'),
      await returning(app, 'insuresign'),
    ]
    const login = ([name]: [string, string]) => name.includes('esign-login')
    const [, value = ''] = [...attacker.jar].find(login) ?? []
    const [name = ''] = [...victim.jar].find(login) ?? []
    victim.jar.set(name, value)
    expect((await victim.go(callback.url)).headers.get('location')).toBe(page('state_unknown'))
  })
})
