import { describe, expect, it } from 'vitest'
import { testApp as authApp, browser as authBrowser } from '../authjs/express-app.ts'
import { memoryDatabase } from '../authjs/memory-adapter.ts'
import { webApp, webVisitor } from '../authjs/web-app.ts'
import { testApp as passportApp, pathOf } from '../passport/app.ts'
import { raw } from '../passport/serve.ts'
import { loginAmong, placesOf, throughAuthJs, throughPassport } from './planted.ts'
import { strangeBytes } from './strange-characters.ts'

describe.each([
  ['Passport', throughPassport],
  ['Auth.js', throughAuthJs],
])('1.3 · %s, and a cookie that a sibling domain planted', (_, begin) => {
  it('1.3 · with any byte above 0x7F in or around its name is not taken: no login CSRF', {
    timeout: 60_000,
  }, async () => {
    const { url, target, cookie, tokenRequests, signsIn } = await begin()
    for (const { name, text } of strangeBytes) {
      const answers = placesOf(text, cookie).map((header) => raw(url, target, { headers: { cookie: header } }))
      for (const answer of await Promise.all(answers)) expect([name, signsIn(answer)]).toEqual([name, false])
      expect(tokenRequests(), name).toEqual([])
    }
    const own = await raw(url, target, { headers: { cookie: `x=1;\t ${cookie.name}=${cookie.value} ` } })
    expect(signsIn(own), 'and the browser that began it').toBe(true)
  })

  it('1.3 · under another spelling of its name, or quoted, is not taken', async () => {
    const { url, target, cookie, tokenRequests, signsIn } = await begin()
    const { name, value } = cookie
    const spelt = [
      name.toLowerCase(),
      name.toUpperCase(),
      name.replace('__Host-', ''),
      encodeURIComponent(`\xA0${name}`),
    ]
    const planted = [
      ...spelt.map((each) => `${each}=${value}`),
      `${name.replace('__Host-', '%5F%5FHost-')}=${value}`,
      `${name}="${value}"`,
      `"${name}"=${value}`,
      `x="1; y=2, ${name}=${value}"`,
      `x=1, ${name}=${value}`,
    ]
    for (const header of planted) {
      expect([header, signsIn(await raw(url, target, { headers: { cookie: header } }))]).toEqual([header, false])
    }
    expect(tokenRequests()).toEqual([])
  })

  it('1.3 · beside one of the same name keeps nobody from signing in', async () => {
    const { url, target, cookie, signsIn } = await begin()
    const { name, value } = cookie
    const planted = value.replace(/\.(.)([^.]*)$/, (_, first, rest) => `.${first === 'A' ? 'B' : 'A'}${rest}`)
    const header = `${name}=${planted}; ${name}=${value}; ${name}=x`
    expect(signsIn(await raw(url, target, { headers: { cookie: header } }))).toBe(true)
  })
})

describe('1.3 · a vendor that does not echo `state`, and a cookie that a sibling domain planted', () => {
  it('1.3 · does not count among the pending logins', async () => {
    const app = await passportApp({ strategy: { state: 'not-echoed' } })
    app.sandbox.vendors.insuresign.switches.stateEcho = 'drop'
    const attacker = app.browser()
    const target = pathOf(await app.sandbox.approve(await attacker.login()))
    const { name, value } = loginAmong(attacker.cookies)
    const answer = await raw(app.url, target, { headers: { cookie: `\xA0${name}=${value}` } })
    expect([answer.status, app.tokenRequests()]).toEqual([403, []])
  })
})

describe('1.3 · a host of web requests, and a cookie that a sibling domain planted', () => {
  it('1.3 · with a byte above 0x7F before its name is not taken', async () => {
    const app = webApp()
    const attacker = app.visitor()
    const location = (await attacker.press('insuresign')).headers.get('location') ?? ''
    const { url } = await app.sandbox.approve(location)
    const { name, value } = loginAmong(attacker.jar)
    for (const { text } of strangeBytes) {
      const victim = webVisitor(app.host, new Map([[`${text}${name}`, value]]))
      expect((await victim.go(url)).headers.get('location')).toContain('code=state_unknown')
    }
    expect((await attacker.go(url)).headers.get('location')).not.toContain('code=')
  })
})

describe('1.1 · Auth.js with an adapter, and session cookies that a sibling domain planted', () => {
  /** Somebody's session, and a login at another vendor that is begun with the cookies given and ends in that session. */
  async function connecting() {
    const { adapter, accounts } = memoryDatabase()
    const app = await authApp({ config: { adapter } })
    const known = authBrowser(app.origin)
    await app.signIn(known, 'dropbox-sign')
    const session = known.jar.get('authjs.session-token') ?? ''
    const visitor = authBrowser(app.origin)
    await visitor.go('/auth/csrf')
    const csrfToken = decodeURIComponent(visitor.jar.get('authjs.csrf-token') ?? '').split('|', 1)[0] ?? ''
    const connect = async (sessions: string) => {
      const begun = await raw(app.origin, '/auth/signin/insuresign', {
        method: 'POST',
        headers: {
          cookie: `${visitor.cookieHeader()}; ${sessions}`,
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: String(new URLSearchParams({ csrfToken })),
      })
      const [, login = ''] = /^set-cookie: (esign-login[^;]*)/im.exec(begun.text) ?? []
      const target = pathOf(await app.sandbox.approve(begun.header('location') ?? ''))
      const ended = await raw(app.origin, target, { headers: { cookie: `${login}; authjs.session-token=${session}` } })
      return ended.header('location')
    }
    return { session, accounts, connect }
  }

  it('1.1 · name nobody whom Auth.js itself does not know by them', { timeout: 60_000 }, async () => {
    const { session, accounts, connect } = await connecting()
    for (const { name, text } of strangeBytes.filter(({ text }) => text === '\xA0' || text.length > 1)) {
      // Begun by nobody, so it links nothing to whoever is signed in where it ends.
      const refused = expect.stringContaining('code=owner_mismatch')
      expect([name, await connect(`${text}authjs.session-token=${session}`)]).toEqual([name, refused])
    }
    expect(accounts).toHaveLength(1)
  })

  it('1.1 · count as Auth.js counts them: the first of one name', async () => {
    const { session, accounts, connect } = await connecting()
    const [own, planted] = [`authjs.session-token=${session}`, 'authjs.session-token=planted']
    expect(await connect(`${planted}; ${own}`)).toContain('code=owner_mismatch')
    expect(accounts).toHaveLength(1)
    expect(await connect(`${own}; ${planted}`)).not.toContain('code=')
    expect(accounts).toHaveLength(2)
  })
})
