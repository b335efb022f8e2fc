import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import { strategyFor } from 'esign-auth/passport'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { at, testApp } from '../passport/app.ts'
import { hosts, signIn } from './hosts.ts'
import { type Base, definePlain, libraries, ours } from './libraries.ts'
import { callbackURL, type PlainVendor, plainVendor } from './plain-vendor.ts'

// biome-ignore lint/suspicious/noExplicitAny: user code without types is what is tested
type Any = any
type Done = (error: unknown, ok?: unknown, state?: unknown) => void

const told: unknown[][] = []
const unhandled: unknown[] = []
const note = (reason: unknown) => void unhandled.push(reason)
beforeEach(() => {
  told.length = 0
  unhandled.length = 0
  process.on('unhandledRejection', note)
})
afterEach(async () => {
  await new Promise((resolve) => setTimeout(resolve, 5))
  process.off('unhandledRejection', note)
  expect(unhandled).toEqual([])
})

const tellStore = (...args: unknown[]) => {
  told.push(args.slice(1, -1))
  ;(args.at(-1) as Done)(null, 'handle-1')
}
const verifier = expect.stringMatching(/^[\w-]{43}$/)
const metaOf = ({ options: { authorizationURL, tokenURL, clientID } }: PlainVendor) => ({
  authorizationURL,
  tokenURL,
  clientID,
  callbackURL,
})

/** The strategy of a user with this store; the user is whoever the vendor's code leads to. */
function withStore(Base: Base, { options }: PlainVendor, store: unknown, more: object = {}) {
  return new Base({ ...options, store, skipUserProfile: true, ...more }, (at, _rt, _profile, done) =>
    done(null, { at }),
  )
}

describe.each(hosts)('$name', (host) => {
  describe.each(libraries)('a state store of the user with $name', ({ Base }) => {
    it.each<[number, Any, (vendor: PlainVendor) => unknown[]]>([
      [2, (a: unknown, b: unknown) => tellStore(a, b), () => []],
      [3, (a: unknown, b: unknown, c: unknown) => tellStore(a, b, c), (vendor) => [metaOf(vendor)]],
      [
        4,
        (a: unknown, b: unknown, c: unknown, d: unknown) => tellStore(a, b, c, d),
        (vendor) => [{ cart: 7 }, metaOf(vendor)],
      ],
      [
        5,
        (a: unknown, b: unknown, c: unknown, d: unknown, e: unknown) => tellStore(a, b, c, d, e),
        (vendor) => [undefined, { cart: 7 }, metaOf(vendor)],
      ],
    ])('store with %i arguments, verify with 3 and 4', async (length, store, expected) => {
      expect(store.length).toBe(length)
      const verifies = [
        (_req: unknown, state: string, done: Done) => {
          told.push([state])
          done(null, state === 'handle-1', { from: 'three' })
        },
        (_req: unknown, state: string, meta: unknown, done: Done) => {
          told.push([state, meta])
          done(null, state === 'handle-1', { from: 'four' })
        },
      ]
      for (const verify of verifies) {
        told.length = 0
        const vendor = await plainVendor()
        const strategy = withStore(Base, vendor, { store, verify })
        const came = await signIn(host, vendor, strategy, { login: { state: { cart: 7 } } })
        expect([came.errors, came.failures, came.status]).toEqual([[], [], 200])
        expect(came.asked.get('state')).toBe('handle-1')
        expect(told).toEqual([expected(vendor), verify.length === 4 ? ['handle-1', metaOf(vendor)] : ['handle-1']])
        expect(came.info).toEqual({ state: { from: verify.length === 4 ? 'four' : 'three' } })
      }
    })

    it('keeps the PKCE verifier, and gives it back as `ok`', async () => {
      const vendor = await plainVendor()
      let kept: string | undefined
      const store = {
        store(_req: unknown, verifier: string, _state: unknown, _meta: unknown, done: Done) {
          kept = verifier
          done(null, 'handle-1')
        },
        verify: (_req: unknown, _state: string, done: Done) => done(null, kept, 'mine'),
      }
      const came = await signIn(host, vendor, withStore(Base, vendor, store, { pkce: 'S256', state: true }))
      expect([came.errors, came.failures, came.status]).toEqual([[], [], 200])
      expect(kept).toEqual(verifier)
      expect(came.asked.get('code_challenge')).toBe(createHash('sha256').update(String(kept)).digest('base64url'))
      expect(vendor.tokenRequests()[0]?.params['code_verifier']).toBe(kept)
      expect(came.info).toEqual({ state: 'mine' })
    })

    it('is called on itself, so that it may be an object of a class', async () => {
      const vendor = await plainVendor()
      class Handles {
        readonly given = new Set<string>()
        store(_req: unknown, done: Done) {
          const handle = `h-${this.given.size}`
          this.given.add(handle)
          done(null, handle)
        }
        verify(_req: unknown, state: string, done: Done) {
          done(null, this.given.delete(state))
        }
      }
      const store = new Handles()
      expect((await signIn(host, vendor, withStore(Base, vendor, store))).status).toBe(200)
      expect(store.given.size).toBe(0)
    })

    it.each([
      ['session', 'state/session', {}],
      ['store', 'state/store', {}],
      ['PKCE', 'state/pkcesession', { pkce: true, state: true }],
    ])("may be passport-oauth2's own %s store", async (_, path, more) => {
      const vendor = await plainVendor()
      const Store = createRequire(import.meta.url)(`passport-oauth2/lib/${path}`)
      const strategy = withStore(Base, vendor, new Store({ key: 'mine' }), more)
      const app = await host.start(strategy)
      const visitor = app.browser()
      const callback = vendor.approve(await visitor.login())
      expect((await app.browser().follow(callback)).status, 'in another browser').toBe(403)
      expect((await visitor.follow(callback)).status).toBe(200)
      expect((await visitor.follow(callback)).status, 'a second time').toBe(403)
      expect(vendor.tokenRequests()).toHaveLength(1)
    })

    it('that refuses is a failure with its info', async () => {
      const vendor = await plainVendor()
      const info = { message: 'never heard of it' }
      const store = {
        store: tellHandle,
        verify: (_req: unknown, _state: string, done: Done) => done(null, false, info),
      }
      const came = await signIn(host, vendor, withStore(Base, vendor, store))
      expect([came.status, came.failures, came.errors]).toEqual([403, [info], []])
      expect(vendor.tokenRequests()).toEqual([])
    })

    const broken = new Error('the store is down')
    const throws = () => {
      throw broken
    }
    it.each<[string, Any]>([
      ['store that throws', { store: throws, verify: sayYes }],
      ['store that gives an error', { store: (_req: unknown, done: Done) => done(broken), verify: sayYes }],
      ['verify that throws', { store: tellHandle, verify: throws }],
      [
        'verify that gives an error',
        { store: tellHandle, verify: (_req: unknown, _state: string, done: Done) => done(broken) },
      ],
    ])('%s ends in its error', async (_, store) => {
      const vendor = await plainVendor()
      const { browser, errors, failures } = await host.start(withStore(Base, vendor, store))
      const visitor = browser()
      const begun = await visitor.get('/login')
      const last = begun.status === 302 ? await visitor.follow(vendor.approve(begun.headers['location'] ?? '')) : begun
      expect([last.status, errors, failures]).toEqual([500, [broken], []])
      expect(vendor.tokenRequests()).toEqual([])
    })

    it('may give one handle to everybody: each sign-in is one of its own', async () => {
      const vendor = await plainVendor()
      const { browser, errors, failures } = await host.start(
        withStore(Base, vendor, { store: tellHandle, verify: sayYes }),
      )
      const users = []
      for (const visitor of [browser(), browser(), browser()]) {
        users.push((await visitor.follow(vendor.approve(await visitor.login()))).body.user.at)
      }
      expect([errors, failures]).toEqual([[], []])
      expect(new Set(users).size).toBe(3)
    })
  })

  describe('a state store of the user, where passport-oauth2 has no answer', () => {
    const broken = new Error('the store is down')

    it.each<[string, Any]>([
      ['store', { store: async (_req: unknown, _done: Done) => Promise.reject(broken), verify: sayYes }],
      [
        'verify',
        { store: tellHandle, verify: async (_req: unknown, _state: string, _done: Done) => Promise.reject(broken) },
      ],
    ])('an async %s that rejects ends in its error', async (_, store) => {
      const vendor = await plainVendor()
      const { browser, errors } = await host.start(withStore(ours, vendor, store))
      const visitor = browser()
      const begun = await visitor.get('/login')
      const last = begun.status === 302 ? await visitor.follow(vendor.approve(begun.headers['location'] ?? '')) : begun
      expect([last.status, errors]).toEqual([500, [broken]])
    })

    it.each([undefined, '', 7, null])(
      'a store that gives %s for a handle is an error: no login goes without state',
      async (handle) => {
        const vendor = await plainVendor()
        const store = { store: (_req: unknown, done: Done) => done(null, handle), verify: sayYes }
        const { browser, errors } = await host.start(withStore(ours, vendor, store))
        expect((await browser().get('/login')).status).toBe(500)
        expect(errors).toMatchObject([
          { code: 'pending_login_impossible', message: expect.stringContaining('`store`') },
        ])
      },
    )

    it.each([
      ['required', {}],
      ['supported', {}],
      ['unknown', { pkce: true }],
    ] as const)('the PKCE verifier of a store that takes none is kept beside it (PKCE %s)', async (pkce, more) => {
      const vendor = await plainVendor()
      const Strategy = strategyFor(definePlain({ pkce })) as unknown as Base
      const store = { store: tellHandle, verify: sayYes }
      const app = await host.start(withStore(Strategy, vendor, store, more))
      const visitor = app.browser()
      const callback = vendor.approve(await visitor.login())
      // Without the verifier the vendor refuses.
      expect((await app.browser().follow(callback)).status, 'in another browser').toBe(500)
      const again = vendor.approve(await visitor.login())
      expect((await visitor.follow(again)).status).toBe(200)
      expect(vendor.tokenRequests().at(-1)?.params['code_verifier']).toEqual(verifier)
      expect([...visitor.cookies.keys()].filter((name) => name.includes('esign-login'))).toEqual([])
    })

    it('returnTo comes back beside what the store says', async () => {
      const vendor = await plainVendor()
      const store = { store: tellHandle, verify: (_req: unknown, _s: string, done: Done) => done(null, true, 'mine') }
      const came = await signIn(host, vendor, withStore(ours, vendor, store), { login: { returnTo: '/orders' } })
      expect(came.info).toEqual({ state: 'mine', returnTo: '/orders' })
    })

    it('it needs neither session nor cookie of ours', async () => {
      const vendor = await plainVendor()
      const store = { store: tellHandle, verify: sayYes }
      const came = await signIn(host, vendor, withStore(ours, vendor, store), { sessions: false })
      expect([came.errors, came.status]).toEqual([[], 200])
      expect(came.visitor.setCookies).toEqual([])
    })
  })
})

it('passport.authorize stays bound to who is signed in, with a store of the user too', async () => {
  const { browser, sandbox, failures, tokenRequests } = await testApp({
    strategy: { store: { store: tellHandle, verify: sayYes } as never },
    routes(app, passport) {
      app.get('/as/:id', (req, res, next) => {
        req.logIn({ id: req.params.id }, (error) => (error ? next(error) : res.end()))
      })
      app.get('/connect', passport.authorize('insuresign'))
      app.get('/connected', passport.authorize('insuresign'), (req, res) => void res.json(req.account))
    },
  })
  const visitor = browser()
  await visitor.get('/as/alice')
  const callback = at('/connected', await sandbox.approve(await visitor.login('/connect')))
  await visitor.get('/as/bob')
  expect((await visitor.follow(callback)).status).toBe(403)
  expect([failures, tokenRequests()]).toEqual([[expect.objectContaining({ code: 'owner_mismatch' })], []])
  const own = at('/connected', await sandbox.approve(await visitor.login('/connect')))
  expect((await visitor.follow(own)).status).toBe(200)
})

function tellHandle(_req: unknown, done: Done): void {
  done(null, 'handle-1')
}

function sayYes(_req: unknown, _state: string, done: Done): void {
  done(null, true)
}
