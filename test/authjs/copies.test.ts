import { expect, it } from 'vitest'
import { browser, testApp, vendorIds } from './express-app.ts'
import { forgetProcess } from './later.ts'

/** Long enough for everything else in this test to have reached its wait. */
const slow = { latency: 200 }

it.each(vendorIds)('1.1 · ten parallel copies of one callback of %s: one token request, all signed in', async (id) => {
  forgetProcess()
  const app = await testApp()
  const visitor = browser(app.origin)
  const { url } = await app.sandbox.approve(await visitor.begin(id, { callbackUrl: '/there' }))
  app.sandbox.vendors[id].faults.add('token', slow)
  const copies = Array.from({ length: 10 }, () => browser(app.origin, new Map(visitor.jar)))
  const ends = await Promise.all(copies.map((copy) => copy.go(url)))
  expect(ends.map(({ headers }) => headers.get('location'))).toEqual(Array(10).fill(`${app.origin}/there`))
  const sessions = await Promise.all(copies.map((copy) => copy.session()))
  expect(new Set(sessions.map((session) => session?.esign?.grant)).size).toBe(1)
  // Handed to the keeper once: a later copy would undo a refresh.
  expect(sessions[0]?.esign).toMatchObject({ vendor: id, generation: 1 })
  expect(app.tokenRequests()).toHaveLength(1)
})

it('1.1 · copies share a failure too', async () => {
  const app = await testApp()
  const visitor = browser(app.origin)
  const { url } = await app.sandbox.approve(await visitor.begin('insuresign'))
  app.sandbox.vendors.insuresign.faults.add('token', { ...slow, answer: { status: 503 } })
  const copies = Array.from({ length: 3 }, () => browser(app.origin, new Map(visitor.jar)))
  const ends = await Promise.all(copies.map((copy) => copy.go(url)))
  const page = `${app.origin}/auth/signin?error=OAuthCallbackError&code=http_error`
  expect(ends.map(({ headers }) => headers.get('location'))).toEqual(Array(3).fill(page))
  expect(app.tokenRequests()).toHaveLength(1)
})

it('1.1 · a copy with another code does not join', async () => {
  const app = await testApp()
  const visitor = browser(app.origin)
  const { url } = await app.sandbox.approve(await visitor.begin('insuresign'))
  app.sandbox.vendors.insuresign.faults.add('token', slow)
  const copy = browser(app.origin, new Map(visitor.jar))
  const honest = visitor.go(url)
  await new Promise((resolve) => setTimeout(resolve, 60))
  const other = await copy.go(url.replace(/code=[^&]+/, 'code=other'))
  expect(other.headers.get('location')).toContain('code=state_used')
  expect((await honest).headers.get('location')).toBe(app.origin)
  expect(app.tokenRequests()).toHaveLength(1)
})

it('1.1 · a stolen code does not ride along under a login of the thief', async () => {
  const app = await testApp()
  const [victim, thief] = [browser(app.origin), browser(app.origin)]
  const { url } = await app.sandbox.approve(await victim.begin('insuresign'))
  const state = new URL(await thief.begin('insuresign')).searchParams.get('state') ?? ''
  app.sandbox.vendors.insuresign.faults.add('token', slow)
  const honest = victim.go(url)
  await new Promise((resolve) => setTimeout(resolve, 60))
  const stolen = await thief.go(url.replace(/state=[^&]+/, `state=${state}`))
  expect(stolen.headers.get('location')).toContain('code=callback_invalid')
  expect(await thief.session()).toBeNull()
  expect((await honest).headers.get('location')).toBe(app.origin)
  expect(app.tokenRequests()).toHaveLength(1)
})
