import { createTokenKeeper, memoryStore, type VersionedStore } from 'esign-auth/keeper'
import { expect, it } from 'vitest'
import { browser, testApp } from './express-app.ts'
import { signedIn } from './later.ts'

/** A store that all instances see, which is where tokens then live. */
function sharedStore(): VersionedStore {
  return { ...memoryStore(), reach: 'shared' }
}

const keys = [{ kid: '1', secret: 'a secret of the fleet, long enough for a test' }]

it('with a store that instances share, the JWT carries a pointer, which a refresh leaves as it is', async () => {
  const store = sharedStore()
  const carried: unknown[] = []
  const callbacks = {
    jwt<Token extends object>({ token }: { token: Token }) {
      carried.push('esign' in token && token.esign)
      return token
    },
  }
  const options = { options: { keeper: createTokenKeeper({ store, keys }) }, config: { callbacks } }
  const { visitor, later, refreshes } = await signedIn('insuresign', options)
  const before = await visitor.session()
  later()
  const after = await visitor.session()
  expect(refreshes()).toBe(1)
  expect(after?.esign).toEqual(before?.esign)
  expect(carried.length).toBeGreaterThan(2)
  // Once the application has made the JWT it is bound to its user besides, for whom alone it counts.
  const users = carried.map((each) => (each as { user?: string }).user)
  expect(users.at(-1)).toMatch(/^[0-9a-f-]{36}$/)
  expect(new Set(users.filter((user) => user !== undefined)).size).toBe(1)
  for (const each of carried)
    expect({ ...(each as object), user: undefined }).toEqual({ ...before?.esign, user: undefined })
})

it('1.8 · another instance goes on with it: one refresh for both, and nothing in the cookie to be lost', async () => {
  const store = sharedStore()
  const { app, visitor, later, refreshes } = await signedIn('insuresign', {
    options: { keeper: createTokenKeeper({ store, keys }) },
  })
  const session = await visitor.session()
  const other = await testApp({ sandbox: app.sandbox, options: { keeper: createTokenKeeper({ store, keys }) } })
  later()
  const jar = new Map(visitor.jar)
  const both = [visitor.session(), ...Array.from({ length: 10 }, () => browser(other.origin, jar).session())]
  for (const each of await Promise.all(both)) {
    expect(each?.esign).toEqual(session?.esign)
  }
  expect(refreshes()).toBe(1)
})

it('a store that does not answer brings no disconnected session back to life', async () => {
  const inner = sharedStore()
  let away = false
  const store: VersionedStore = {
    ...inner,
    get: (key) => (away ? Promise.reject(new Error('away')) : inner.get(key)),
  }
  const keeper = createTokenKeeper({ store, keys, cache: 0 })
  const { app, visitor } = await signedIn('insuresign', { options: { keeper } })
  const { esign } = (await visitor.session()) ?? {}
  await keeper.revoke(esign ?? '')
  // The same person signs in again, in another browser.
  await app.signIn(browser(app.origin))
  away = true
  expect((await visitor.session())?.esign?.generation).toBe(esign?.generation)
  away = false
  expect((await visitor.session())?.esign?.error).toBe('revoked')
})

it('a session of before a disconnect says so, in every instance', async () => {
  const store = sharedStore()
  const keeper = createTokenKeeper({ store, keys, cache: 0 })
  const { visitor } = await signedIn('insuresign', { options: { keeper } })
  const { esign } = (await visitor.session()) ?? {}
  await keeper.revoke(esign ?? '')
  expect((await visitor.session())?.esign?.error).toBe('revoked')
})
