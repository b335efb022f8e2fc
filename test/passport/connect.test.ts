import { createTokenKeeper, memoryStore, type TokenKeeper } from 'esign-auth/keeper'
import { describe, expect, it } from 'vitest'
import { at, type Done, type TestAppOptions, testApp, type Verify } from './app.ts'
import type { Browser } from './browser.ts'

/**
 * An app where a signed-in user connects an account: `/connect` begins, `/switch` begins to replace, `/connected` ends
 * both. `/as?user=` signs in somebody by other means.
 */
function connectingApp(options: TestAppOptions = {}) {
  return testApp({
    ...options,
    routes(app, passport) {
      app.get('/as', (req, res, next) => {
        req.logIn(JSON.parse(String(req.query['user'])), (error) => (error ? next(error) : res.end()))
      })
      app.all('/connect', passport.authorize('insuresign'))
      app.get('/switch', passport.authorize('insuresign', { replace: true } as object))
      app.get('/no-switch', passport.authorize('insuresign', { replace: 'false' } as object))
      app.get('/connected', passport.authorize('insuresign'), (req, res) => void res.json({ account: req.account }))
    },
  })
}

const alice = { id: 'alice' }
const as = (visitor: Browser, user: object) => visitor.get(`/as?user=${encodeURIComponent(JSON.stringify(user))}`)
const from = (site: string, dest = 'document') => ({ 'sec-fetch-site': site, 'sec-fetch-dest': dest })

describe('1.1 · connecting an account that is begun elsewhere', () => {
  it.each([
    ['a page of another site', 'cross-site'],
    ['a sibling domain', 'same-site'],
    ['a place that nobody knows', 'somewhere'],
  ])('1.1 · by %s is refused, and nothing is left behind', async (_, site) => {
    const { browser, failures } = await connectingApp()
    const visitor = browser()
    await as(visitor, alice)
    const before = visitor.setCookies.length
    for (const dest of ['document', 'iframe', 'image', 'empty']) {
      const answer = await visitor.get('/connect', from(site, dest))
      expect([answer.status, answer.headers['location']]).toEqual([403, undefined])
    }
    expect(visitor.setCookies).toHaveLength(before)
    const message = expect.stringMatching(/^InsureSign: .*`connectFrom: 'same-site'`/)
    expect(failures).toEqual(Array(4).fill({ code: 'begun_elsewhere', message }))
  })

  it.each([
    ['a page of this app', from('same-origin')],
    ['the address bar, a bookmark or a mail program', from('none')],
    ['a browser that does not say', {}],
  ])('1.1 · by %s it goes on', async (_, headers) => {
    const { browser, sandbox } = await connectingApp()
    const visitor = browser()
    await as(visitor, alice)
    const answer = await visitor.get('/connect', headers)
    expect(answer.status).toBe(302)
    const back = await sandbox.approve(String(answer.headers['location']))
    // The vendor is another site, and sends the browser back.
    const { pathname, search } = new URL(at('/connected', back).url)
    expect((await visitor.get(pathname + search, from('cross-site'))).status).toBe(200)
  })

  it("1.1 · by a sibling domain it goes on with connectFrom: 'same-site', and by another site it does not", async () => {
    const { browser } = await connectingApp({ strategy: { connectFrom: 'same-site' } })
    const visitor = browser()
    await as(visitor, alice)
    expect((await visitor.get('/connect', from('same-site'))).status).toBe(302)
    expect((await visitor.get('/connect', from('same-origin'))).status).toBe(302)
    expect((await visitor.get('/connect', from('cross-site'))).status).toBe(403)
  })

  it('1.1 · signing in may begin anywhere', async () => {
    const { browser } = await connectingApp()
    const visitor = browser()
    await as(visitor, alice)
    for (const site of ['cross-site', 'same-site']) {
      expect((await visitor.get('/login', from(site))).status).toBe(302)
    }
  })
})

describe('1.1 · connecting another account than the one that is connected', () => {
  const owned = { owner: 'alice', vendor: 'insuresign' }

  /** Alice, and a keeper. `connect` goes all the way with one of the vendor's users. */
  async function connected(
    options: TestAppOptions = {},
    keeper: TokenKeeper = createTokenKeeper({ store: memoryStore() }),
  ) {
    const heard: unknown[] = []
    const verify: Verify = (_at: string, _rt: string, profile: { id: string }, done: Done) => {
      heard.push(profile?.id)
      done(null, { id: profile?.id ?? 'unknown' })
    }
    const app = await connectingApp({ verify, ...options, strategy: { keeper, ...options.strategy } })
    const visitor = app.browser()
    await as(visitor, alice)
    const connect = async (who: string, path = '/connect') =>
      visitor.follow(at('/connected', await app.sandbox.approve(await visitor.login(path), who)))
    const [, ada = '', mei = ''] = app.sandbox.vendors.insuresign.users.map(({ id }) => id)
    const kept = async () => (await keeper.access(owned)).token
    return { ...app, keeper, visitor, heard, connect, kept, ada, mei }
  }

  it('1.1 · is refused before verify hears of it, and the account that is kept stays', async () => {
    const { connect, kept, ada, mei, heard, failures } = await connected()
    expect((await connect(ada)).status).toBe(200)
    const token = await kept()
    expect((await connect(mei)).status).toBe(403)
    expect(failures).toEqual([
      { code: 'account_mismatch', message: expect.stringMatching(/^InsureSign: .*`replace: true`/) },
    ])
    expect(heard).toHaveLength(1)
    expect(await kept()).toBe(token)
  })

  it('1.1 · is done when the app asks for it where the login begins, with nothing but true', async () => {
    const { connect, kept, ada, mei, failures } = await connected()
    await connect(ada)
    const token = await kept()
    expect((await connect(mei, '/no-switch')).status).toBe(403)
    expect(await kept()).toBe(token)
    expect((await connect(mei, '/switch')).status).toBe(200)
    expect(await kept()).not.toBe(token)
    expect((await connect(ada)).status, 'from then on it is the one that is kept').toBe(403)
    expect((await connect(mei)).status).toBe(200)
    expect(failures.map(({ code }) => code)).toEqual(['account_mismatch', 'account_mismatch'])
  })

  it('1.1 · is done after a disconnect, and the same account connects again at any time', async () => {
    const { connect, keeper, ada, mei } = await connected()
    expect([(await connect(ada)).status, (await connect(ada)).status]).toEqual([200, 200])
    await keeper.revoke(owned)
    expect((await connect(mei)).status).toBe(200)
  })

  it('1.1 · with a store of the app’s own is asked for in the same way', async () => {
    const handles = new Map<string, unknown>()
    const store = {
      store(
        _req: object,
        verifier: unknown,
        state: unknown,
        _meta: object,
        done: (error: null, handle: string) => void,
      ) {
        const handle = `handle-${handles.size}`
        handles.set(handle, { verifier, state })
        done(null, handle)
      },
      verify(_req: object, handle: string, done: (error: null, ok: boolean) => void) {
        done(null, handles.delete(handle))
      },
    }
    const { connect, ada, mei } = await connected({ strategy: { store: store as never } })
    expect((await connect(ada)).status).toBe(200)
    expect((await connect(mei)).status).toBe(403)
    expect((await connect(mei, '/switch')).status).toBe(200)
  })

  it('1.1 · is refused where nobody can tell that it is the same', async () => {
    const keeper = createTokenKeeper({ store: memoryStore() })
    const { connect, ada } = await connected({}, keeper)
    await connect(ada)
    const blind = await connected({ strategy: { skipUserProfile: true } }, keeper)
    expect((await blind.connect(ada)).status).toBe(403)
    expect((await blind.connect(ada, '/switch')).status).toBe(200)
    expect((await blind.connect(ada)).status, 'of an unknown one nobody can tell either').toBe(200)
  })

  it('1.5 · signing in replaces what the owner’s last sign-in left', async () => {
    const keeper = createTokenKeeper({ store: memoryStore() })
    const oneUser: Verify = (_at: string, _rt: string, _profile: object, done: Done) => done(null, alice)
    const { signIn, browser, ada, mei, kept } = await connected({ verify: oneUser }, keeper)
    await signIn(browser(), ada)
    const token = await kept()
    expect((await signIn(browser(), mei)).status).toBe(200)
    expect(await kept()).not.toBe(token)
  })
})
