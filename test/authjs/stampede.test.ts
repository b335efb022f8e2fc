import { expect, it } from 'vitest'
import { browser, vendorIds } from './express-app.ts'
import { signedIn } from './later.ts'

const trials = Array.from({ length: 10 }, (_, n) => n + 1)
const slow = { latency: 50, where: ({ body }: { body: Readonly<Record<string, string>> }) => 'refresh_token' in body }

it.each(trials)(
  '1.8 · 50 requests with one expired token: 1 token call, 0 errors, a usable session (%i of 10)',
  async () => {
    const { app, visitor, later, refreshes } = await signedIn()
    later()
    app.sandbox.vendors.insuresign.faults.add('token', slow)
    // Half ask Auth.js's route, half a page of the app; all with the same old cookie, and the last answer stays.
    const paths = Array.from({ length: 50 }, (_, n) => (n % 2 ? '/auth/session' : '/me'))
    const sessions = await Promise.all(paths.map(async (path) => (await visitor.go(path)).json()))
    expect(refreshes()).toBe(1)
    expect(sessions.filter(({ esign }) => !esign || esign.error)).toEqual([])
    expect(app.errors).toEqual([])
    later()
    expect((await visitor.session())?.esign).toMatchObject({ vendor: 'insuresign' })
    expect((await visitor.session())?.esign?.error).toBeUndefined()
    expect(refreshes()).toBe(2)
    expect(app.tokenRequests().every(({ status }) => status === 200)).toBe(true)
  },
)

it.each(vendorIds)('50 requests spread over a second: 1 token call at %s', async (id) => {
  const { app, visitor, later, refreshes } = await signedIn(id)
  later()
  app.sandbox.vendors[id].faults.add('token', slow)
  const old = new Map(visitor.jar)
  const sessions = await Promise.all(
    Array.from({ length: 50 }, async (_, n) => {
      await new Promise((resolve) => setTimeout(resolve, n * 20))
      return browser(app.origin, new Map(old)).session()
    }),
  )
  expect(refreshes()).toBe(1)
  expect(sessions.filter((session) => !session?.esign || session.esign.error)).toEqual([])
})
