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
