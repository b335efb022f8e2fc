import { expect, it } from 'vitest'
import { browser, testApp, vendorIds } from './express-app.ts'
import { forgetProcess, signedIn } from './later.ts'

/** What a browser holds of its session, in bytes: all chunks. */
const sessionCookies = (jar: ReadonlyMap<string, string>) =>
  [...jar].filter(([name]) => name.includes('session-token')).map(([name, value]) => name.length + value.length)

it.each(vendorIds)('a session of %s survives a restart, by the copy in its cookie', async (id) => {
  const { app, visitor, later, refreshes } = await signedIn(id)
  await visitor.session()
  later()
  await visitor.session()
  expect(refreshes()).toBe(1)
  forgetProcess()
  const next = await testApp({ sandbox: app.sandbox })
  const again = browser(next.origin, visitor.jar)
  const session = await again.session()
  expect(session?.esign).toMatchObject({ vendor: id })
  expect(session?.esign?.error).toBeUndefined()
  await expect(next.keeper.access(session?.esign ?? '')).resolves.toHaveProperty('token')
  expect(refreshes()).toBe(1)
  later()
  expect((await again.session())?.esign?.error).toBeUndefined()
  expect(refreshes()).toBe(2)
  expect(app.tokenRequests().every(({ status }) => status === 200)).toBe(true)
})

it('1.8 · a cookie of before a refresh, offered after a restart, does not undo it', async () => {
  const { app, visitor, later, refreshes } = await signedIn()
  await visitor.session()
  const old = new Map(visitor.jar)
  later()
  await visitor.session()
  forgetProcess()
  const next = await testApp({ sandbox: app.sandbox })
  await browser(next.origin, visitor.jar).session()
  const session = await browser(next.origin, old).session()
  expect(session?.esign?.error).toBeUndefined()
  expect(refreshes()).toBe(1)
})

it('1.8 · a session that saw a disconnect has no copy any more: a restart does not bring the grant back', async () => {
  const { app, visitor } = await signedIn()
  const session = await visitor.session()
  await app.keeper.revoke(session?.esign ?? '')
  expect((await visitor.session())?.esign).toMatchObject({ error: 'revoked' })
  forgetProcess()
  const next = await testApp({ sandbox: app.sandbox })
  const again = browser(next.origin, visitor.jar)
  const { esign } = (await again.session()) ?? {}
  expect(esign?.error).toBe('unknown')
  await expect(next.keeper.access(esign ?? '')).rejects.toMatchObject({ code: 'reauth_required' })
})

it('without a copy the session says that a new sign-in is needed, and is not lost', async () => {
  const { app, visitor } = await signedIn()
  app.sandbox.vendors.insuresign.faults.add('token', {
    answer: async (own) => Response.json({ ...((await own.json()) as object), refresh_token: 'r'.repeat(6_000) }),
  })
  await app.signIn(visitor)
  const sizes = sessionCookies(visitor.jar)
  expect(Math.max(...sizes)).toBeLessThan(4_096)
  expect(sizes).toHaveLength(1)
  expect((await visitor.session())?.esign?.error).toBeUndefined()
  forgetProcess()
  const next = await testApp({ sandbox: app.sandbox })
  const session = await browser(next.origin, visitor.jar).session()
  expect(session).toMatchObject({ user: {}, esign: { vendor: 'insuresign', error: 'unknown' } })
  // Another browser of the same person mends it.
  await next.signIn(browser(next.origin))
  const again = await browser(next.origin, visitor.jar).session()
  expect(again?.esign).toMatchObject({ vendor: 'insuresign', grant: session?.esign?.grant })
  expect(again?.esign?.error).toBeUndefined()
})

it.each([1, 1_000, 1_500, 12_000])('1.3 · 12 kB of tokens lock nobody out: %i characters each', async (length) => {
  const { app, visitor } = await signedIn()
  app.sandbox.vendors.insuresign.faults.add('token', {
    answer: async (own) => {
      const { access_token, ...more } = (await own.json()) as Record<string, string>
      return Response.json({ ...more, access_token, refresh_token: 'r'.repeat(length) })
    },
  })
  await app.signIn(visitor)
  for (const size of sessionCookies(visitor.jar)) expect(size).toBeLessThan(4_096)
  expect(visitor.cookieHeader().length).toBeLessThan(8_000)
  expect(await visitor.session()).toMatchObject({ esign: { vendor: 'insuresign' } })
})
