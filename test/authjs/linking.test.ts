import { describe, expect, it } from 'vitest'
import { type AppOptions, type AuthApp, browser, testApp, type Visitor } from './express-app.ts'
import { type MemoryDatabase, memoryDatabase } from './memory-adapter.ts'
import { webApp } from './web-app.ts'

/** Signs in at Dropbox Sign and begins another sign-in, at InsureSign, which comes back later. */
async function world(config: AppOptions['config'] = {}) {
  const database = memoryDatabase()
  const app = await testApp({ config: { adapter: database.adapter, ...config } })
  return { app, database }
}

async function comeBack(app: AuthApp, visitor: Visitor, begun: string, as?: string) {
  const answer = await visitor.go((await app.sandbox.approve(begun, as)).url)
  return new URL(answer.headers.get('location') ?? '', app.origin)
}

/** Another user's session in the cookies of this browser. */
async function becomeSomebodyElse(app: AuthApp, visitor: Visitor) {
  for (const name of [...visitor.jar.keys()]) if (/session-token/.test(name)) visitor.jar.delete(name)
  const [, other] = app.sandbox.vendors['dropbox-sign'].users
  await app.signIn(visitor, 'dropbox-sign', other?.id)
}

const linksOf = ({ accounts }: MemoryDatabase) => accounts.map(({ provider, userId }) => `${provider} ${userId}`)

describe.each([
  ['a database', {}],
  ['a JWT', { session: { strategy: 'jwt' as const } }],
  [
    'a JWT under a name of the application',
    {
      session: { strategy: 'jwt' as const },
      cookies: { sessionToken: { name: 'my-session-token' } },
    },
  ],
])('1.1 · account linking in Auth.js, with sessions in %s', (_, config) => {
  it('1.1 · connects an account to the user who began it', async () => {
    const { app, database } = await world(config)
    const visitor = browser(app.origin)
    await app.signIn(visitor, 'dropbox-sign')
    await app.signIn(visitor, 'insuresign')
    expect([database.users.size, database.accounts.length]).toEqual([1, 2])
  })

  it('1.1 · begun by X it does not end in the session of Y: nothing is linked, and the page says so', async () => {
    const { app, database } = await world(config)
    const visitor = browser(app.origin)
    await app.signIn(visitor, 'dropbox-sign')
    const begun = await visitor.begin('insuresign')
    await becomeSomebodyElse(app, visitor)
    const before = linksOf(database)
    const { pathname, searchParams } = await comeBack(app, visitor, begun)
    expect([pathname, searchParams.get('code')]).toEqual(['/auth/signin', 'owner_mismatch'])
    expect(linksOf(database)).toEqual(before)
    expect((await visitor.session())?.esign?.vendor).not.toBe('insuresign')
    expect(app.errors.at(-1)).toMatchObject({ code: 'owner_mismatch', vendor: 'insuresign' })
  })

  it('1.1 · begun where nobody was signed in it does not end in the session of X', async () => {
    const { app, database } = await world(config)
    const visitor = browser(app.origin)
    const begun = await visitor.begin('insuresign')
    await app.signIn(visitor, 'dropbox-sign')
    const before = linksOf(database)
    expect((await comeBack(app, visitor, begun)).searchParams.get('code')).toBe('owner_mismatch')
    expect(linksOf(database)).toEqual(before)
  })

  it('1.1 · begun by X it ends as a sign-in of its own where nobody is signed in any more', async () => {
    const { app, database } = await world(config)
    const visitor = browser(app.origin)
    await app.signIn(visitor, 'dropbox-sign')
    const begun = await visitor.begin('insuresign')
    for (const name of [...visitor.jar.keys()]) if (/session-token/.test(name)) visitor.jar.delete(name)
    expect((await comeBack(app, visitor, begun)).searchParams.get('code')).toBeNull()
    const [first, second] = database.accounts
    expect(second?.userId).not.toBe(first?.userId)
  })

  it('1.1 · two tabs of one new user both end', async () => {
    const { app, database } = await world(config)
    const visitor = browser(app.origin)
    const tabs = [await visitor.begin('insuresign'), await visitor.begin('insuresign')]
    for (const begun of tabs) expect((await comeBack(app, visitor, begun)).searchParams.get('code')).toBeNull()
    expect([database.users.size, database.accounts.length]).toEqual([1, 1])
  })
})

describe('1.1 · what is not known of who began a login', () => {
  it('1.1 · a session that is forged counts as nobody', async () => {
    for (const config of [{}, { session: { strategy: 'jwt' as const } }]) {
      const { app, database } = await world(config)
      const visitor = browser(app.origin)
      visitor.jar.set('authjs.session-token', 'forged')
      await app.signIn(visitor, 'insuresign')
      expect(database.accounts).toHaveLength(1)
    }
  })

  it('1.1 · a host of web requests is bound too; a server action, which shows no cookies, is not', async () => {
    const { adapter, accounts } = memoryDatabase()
    const { sandbox, visitor, host } = webApp({ adapter })
    const me = visitor()
    const begun = (await me.press('insuresign')).headers.get('location') ?? ''
    const action = await host.signIn('esignglobal')
    me.take(action)
    await me.go((await sandbox.approve((await me.press('dropbox-sign')).headers.get('location') ?? '')).url)
    const refused = await me.go((await sandbox.approve(begun)).url)
    expect(refused.headers.get('location')).toContain('code=owner_mismatch')
    expect(accounts).toHaveLength(1)
    await me.go((await sandbox.approve(action.redirect)).url)
    expect(accounts).toHaveLength(2)
  })
})

describe.each([
  ['a database', {}],
  ['a JWT', { session: { strategy: 'jwt' as const } }],
])('1.1 · a second account of one vendor in Auth.js, with sessions in %s', (_, config) => {
  /** Somebody who is signed in at Dropbox Sign, and has connected InsureSign. */
  async function connected() {
    const { app, database } = await world(config)
    const visitor = browser(app.origin)
    await app.signIn(visitor, 'dropbox-sign')
    const [, ada, mei] = app.sandbox.vendors.insuresign.users.map(({ id }) => id)
    await app.signIn(visitor, 'insuresign', ada)
    const [user] = [...database.users.keys()]
    const owned = { owner: user ?? '', vendor: 'insuresign' }
    const kept = async () => (await app.keeper.access(owned)).token
    return { app, database, visitor, owned, kept, ada, mei }
  }

  it('1.1 · is not linked: the one that is kept stays, and the page says so', async () => {
    const { app, database, visitor, kept, mei } = await connected()
    const [token, links] = [await kept(), linksOf(database)]
    expect(links).toHaveLength(2)
    const { pathname, searchParams } = await comeBack(app, visitor, await visitor.begin('insuresign'), mei)
    expect([pathname, searchParams.get('code')]).toEqual(['/auth/signin', 'account_mismatch'])
    const page = await (await visitor.go(`${pathname}?${searchParams}`)).text()
    expect(page).toContain('Another account of this signing service is connected already.')
    expect([await kept(), linksOf(database)]).toEqual([token, links])
    expect(app.errors.at(-1)).toMatchObject({ code: 'account_mismatch', vendor: 'insuresign' })
  })

  it('1.1 · is linked after a disconnect, and signing in with either replaces the other', async () => {
    const { app, database, visitor, owned, kept, ada, mei } = await connected()
    await app.keeper.revoke(owned)
    expect((await comeBack(app, visitor, await visitor.begin('insuresign'), mei)).searchParams.get('code')).toBeNull()
    expect(linksOf(database)).toHaveLength(3)
    for (const who of [ada, mei]) {
      const before = await kept()
      await app.signIn(browser(app.origin), 'insuresign', who)
      expect(await kept()).not.toBe(before)
    }
  })
})

describe('1.1 · connecting an account in Auth.js that a page of another site begins', () => {
  it('1.1 · is stopped by Auth.js’s own CSRF token: nothing begins', async () => {
    const { app } = await world()
    const visitor = browser(app.origin)
    await app.signIn(visitor, 'dropbox-sign')
    const { csrfToken } = (await (await browser(app.origin).go('/auth/csrf')).json()) as { csrfToken: string }
    const before = visitor.setCookies.length
    for (const body of ['', 'csrfToken=', 'csrfToken=forged', `csrfToken=${csrfToken}`]) {
      for (const origin of ['https://evil.example', 'null']) {
        const headers = { 'content-type': 'application/x-www-form-urlencoded', origin, 'sec-fetch-site': 'cross-site' }
        const answer = await visitor.go('/auth/signin/insuresign', { method: 'POST', headers, body })
        expect(new URL(answer.headers.get('location') ?? '', app.origin).origin).toBe(app.origin)
      }
    }
    await visitor.go('/auth/signin/insuresign')
    const set = visitor.setCookies.slice(before)
    expect(set.filter((line) => line.includes('esign-login'))).toEqual([])
    expect(await visitor.begin('insuresign'), 'and a page of the app begins it').not.toContain(app.origin)
  })
})
