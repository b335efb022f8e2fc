import { createTokenKeeper } from 'esign-auth/keeper'
import { describe, expect, it, vi } from 'vitest'
import { browser, vendorIds } from './express-app.ts'
import { forgetProcess, signedIn } from './later.ts'
import { memoryDatabase } from './memory-adapter.ts'
import { webApp } from './web-app.ts'

describe.each(vendorIds)('sessions in a database, after a sign-in at %s', (id) => {
  it('find the tokens under the id of the user, and keep them fresh', async () => {
    const { adapter, users } = memoryDatabase()
    const { app, visitor, later, refreshes } = await signedIn(id, { config: { adapter } })
    const esign = (await visitor.session())?.esign
    expect(esign).toMatchObject({ vendor: id, grant: expect.any(String) })
    const [owner = ''] = users.keys()
    await expect(app.keeper.find({ vendor: id, owner })).resolves.toMatchObject({ grant: esign?.grant })
    later()
    for (const path of ['/auth/session', '/me', '/me']) {
      const session = await (await visitor.go(path)).json()
      expect(session.esign).toMatchObject({ vendor: id, grant: esign?.grant })
      expect(session.esign.error).toBeUndefined()
    }
    expect(refreshes()).toBe(1)
  })

  it('leave no token in the accounts table', async () => {
    const { adapter, accounts } = memoryDatabase()
    const { visitor } = await signedIn(id, { config: { adapter } })
    expect(await visitor.session()).toHaveProperty('esign')
    expect(accounts).toHaveLength(1)
    const { scope: _, ...row } = accounts[0] ?? {}
    expect(row).toEqual({
      provider: id,
      type: 'oauth',
      providerAccountId: expect.any(String),
      userId: expect.any(String),
      token_type: 'bearer',
    })
  })

  it('belong to one user at the next sign-in too', async () => {
    const { adapter, users, accounts } = memoryDatabase()
    const { app, visitor } = await signedIn(id, { config: { adapter } })
    const again = browser(app.origin)
    await app.signIn(again, id)
    expect([users.size, accounts.length]).toEqual([1, 1])
    expect((await again.session())?.esign?.grant).toBe((await visitor.session())?.esign?.grant)
  })
})

describe('sessions in a database', () => {
  it('store what the option `account` picks', async () => {
    const { adapter, accounts } = memoryDatabase()
    const account = ({ expires_at }: { expires_at?: number | undefined }) => ({ expires_at })
    await signedIn('insuresign', { config: { adapter }, provider: { account } })
    expect(accounts[0]).toMatchObject({ expires_at: expect.any(Number) })
    expect(accounts[0]).not.toHaveProperty('token_type')
  })

  it('show the browser no more of the user than Auth.js would', async () => {
    const { adapter } = memoryDatabase()
    const { visitor } = await signedIn('dropbox-sign', { config: { adapter } })
    for (const path of ['/auth/session', '/me']) {
      const text = await (await visitor.go(path)).text()
      expect(Object.keys(JSON.parse(text).user).sort(), path).toEqual(['email', 'image', 'name'])
      expect(text, path).not.toContain('a column of the application')
      expect(text, path).not.toMatch(/sessionToken/)
    }
  })

  it('give the server of a host like next-auth all of the user, as that host does', async () => {
    const { adapter } = memoryDatabase()
    const { sandbox, visitor, host } = webApp({ adapter })
    const me = visitor()
    await me.go((await sandbox.approve((await me.press('dropbox-sign')).headers.get('location') ?? '')).url)
    const cookie = [...me.jar].map((pair) => pair.join('=')).join('; ')
    expect(await host.auth(cookie)).toMatchObject({
      user: { id: expect.any(String) },
      esign: { vendor: 'dropbox-sign' },
    })
    expect(await host.auth(cookie)).not.toHaveProperty('sessionToken')
    expect(Object.keys((await me.session()) as object).sort()).toEqual(['esign', 'expires', 'user'])
  })

  it('say why, once the vendor has ended the grant, until a new sign-in', async () => {
    const { adapter } = memoryDatabase()
    const { app, visitor, later } = await signedIn('insuresign', { config: { adapter } })
    app.sandbox.vendors.insuresign.revokeUser(app.sandbox.vendors.insuresign.users[0]?.id ?? '')
    later()
    expect((await visitor.session())?.esign).toMatchObject({ error: 'revoked' })
    await app.signIn(visitor)
    expect((await visitor.session())?.esign?.error).toBeUndefined()
  })

  it('go on without a link when the tokens are gone, or the store is away', async () => {
    const { adapter } = memoryDatabase()
    const { visitor } = await signedIn('insuresign', { config: { adapter } })
    forgetProcess()
    const session = await visitor.session()
    expect(session).toMatchObject({ user: {} })
  })

  it('let one user have accounts at two vendors, and name the first', async () => {
    const { adapter, users, accounts } = memoryDatabase()
    const { app, visitor } = await signedIn('dropbox-sign', { config: { adapter } })
    await app.signIn(visitor, 'insuresign')
    expect([users.size, accounts.length]).toEqual([1, 2])
    expect((await visitor.session())?.esign?.vendor).toBe('insuresign')
    const [owner = ''] = users.keys()
    for (const vendor of ['insuresign', 'dropbox-sign']) {
      await expect(app.keeper.find({ vendor, owner })).resolves.toHaveProperty('grant')
    }
  })

  it('call the application’s own signIn event also when the tokens could not be kept', async () => {
    const away = () => Promise.reject(new Error('away'))
    const store = { reach: 'process', read: away, write: away, create: away, delete: away, replace: away }
    const told = vi.fn()
    const { adapter } = memoryDatabase()
    await signedIn('insuresign', {
      config: { adapter, events: { signIn: told } },
      options: { keeper: createTokenKeeper({ store: store as never }) },
    })
    expect(told).toHaveBeenCalledOnce()
  })
})

describe('an adapter with sessions in a JWT', () => {
  it('adopts once, under the id of the user', async () => {
    const { adapter, users } = memoryDatabase()
    forgetProcess()
    const { app, visitor, later, refreshes } = await signedIn('insuresign', {
      config: { adapter, session: { strategy: 'jwt' } },
    })
    const [owner = ''] = users.keys()
    const link = await app.keeper.find({ vendor: 'insuresign', owner })
    expect((await visitor.session())?.esign).toMatchObject({ grant: link?.grant, generation: 1 })
    later()
    expect((await visitor.session())?.esign?.error).toBeUndefined()
    expect(refreshes()).toBe(1)
  })
})
