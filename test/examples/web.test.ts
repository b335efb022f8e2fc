import type { ClientOptions } from 'esign-auth'
import { createTokenKeeper, memoryStore } from 'esign-auth/keeper'
import { createSandbox } from 'esign-auth/sandbox'
import { expect, it, onTestFinished, vi } from 'vitest'
import { createApp } from '../../examples/web/app.ts'
import { startWeb } from '../../examples/web/server.ts'
import { type Browser, createBrowser } from '../passport/browser.ts'
import { raw, serve } from '../passport/serve.ts'

const publicUrl = 'https://app.example'

/** The example with a sandbox behind it, in process. */
async function startApp(more: Partial<ClientOptions> = {}) {
  const sandbox = createSandbox()
  const fake = sandbox.vendors['dropbox-sign']
  const { clientId, clientSecret } = fake.register({ redirectUris: [`${publicUrl}/callback`] })
  const store = memoryStore()
  const keeper = createTokenKeeper({ store })
  onTestFinished(() => keeper.close())
  const options = { clientId, clientSecret, minRefreshAge: 0, fetch: sandbox.fetch as typeof fetch, ...more }
  const app = () => createApp({ publicUrl, sessionSecret: 'a secret of the tests', keeper, ...options })
  const url = await serve(app())
  const signIn = async (visitor: Browser, path = '/login') =>
    visitor.follow(await sandbox.approve(await visitor.login(path)))
  return { sandbox, fake, keeper, store, app, url, signIn, browser: () => createBrowser(url) }
}

const session = ({ cookies }: Browser) => cookies.get('__Host-session')

it('signs in, calls the API and signs out', async () => {
  const { browser, signIn } = await startApp()
  const visitor = browser()
  expect((await visitor.get('/')).text).toContain('Sign in with Dropbox Sign')
  const back = await signIn(visitor)
  expect([back.status, back.headers['location'], back.headers['cache-control']]).toEqual([303, '/', 'no-store'])
  expect((await visitor.get('/')).text).toContain('grace@example.com')
  expect((await visitor.get('/account')).text).toContain('documents_left')
  await visitor.post('/sign-out')
  expect([...visitor.cookies]).toEqual([])
  expect((await visitor.get('/')).text).toContain('Sign in with Dropbox Sign')
})

it('seals its session: no token and no id is readable in it, and nobody makes one', async () => {
  const { browser, signIn, fake, sandbox } = await startApp()
  const visitor = browser()
  await signIn(visitor)
  const cookie = visitor.setCookies.find((line) => line.startsWith('__Host-session=')) ?? ''
  expect(cookie).toMatch(/; Max-Age=86400; Path=\/; HttpOnly; SameSite=Lax; Secure$/)
  const readable = cookie.split('.').map((part) => Buffer.from(part, 'base64url').toString('latin1'))
  for (const secret of [fake.users[0]?.id, 'grace', sandbox.log[1]?.body['code']]) {
    expect([cookie, ...readable].join('\n')).not.toContain(secret)
  }
  for (const forged of ['x', `${session(visitor)}x`, session(visitor)?.slice(1) ?? '']) {
    visitor.cookies.set('__Host-session', forged)
    expect((await visitor.get('/')).text).toContain('Sign in with Dropbox Sign')
  }
})

it('keeps people signed in over a restart', async () => {
  const { browser, signIn, app } = await startApp()
  const visitor = browser()
  await signIn(visitor)
  const later = createBrowser(await serve(app()))
  for (const [name, value] of visitor.cookies) later.cookies.set(name, value)
  expect((await later.get('/account')).text).toContain('documents_left')
})

it('brings whoever is not signed in to the account after the sign-in', async () => {
  const { browser, signIn } = await startApp()
  const visitor = browser()
  const asked = await visitor.get('/account')
  expect([asked.status, asked.headers['location']]).toEqual([303, '/login?returnTo=/account'])
  expect((await signIn(visitor, '/login?returnTo=/account')).headers['location']).toBe('/account')
  expect((await signIn(visitor, '/login?returnTo=//evil.example')).headers['location']).toBe('/')
})

it('says why nobody was signed in, and lets them try again', async () => {
  const { browser, signIn, sandbox } = await startApp()
  const visitor = browser()
  const denied = await visitor.follow(await sandbox.deny(await visitor.login()))
  expect(denied.status).toBe(403)
  expect(denied.text).toContain('Dropbox Sign: access was denied.')
  expect([...visitor.cookies]).toEqual([])
  expect((await signIn(visitor)).status).toBe(303)
})

it('writes what the vendor says into its page as text', async () => {
  const { browser } = await startApp()
  const visitor = browser()
  const state = new URL(await visitor.login()).searchParams.get('state') ?? ''
  const error_description = '<img src=x onerror=alert(1)>'
  const query = new URLSearchParams({ error: 'server_error', error_description, state })
  const { text } = await visitor.get(`/callback?${query}`)
  expect(text).toContain('&#60;img')
  expect(text).not.toContain('<img')
})

it('asks whoever’s access was withdrawn to sign in again, and signs nobody else out', async () => {
  const { browser, signIn, fake } = await startApp()
  const [visitor, other] = [browser(), browser()]
  await signIn(visitor)
  fake.revokeUser(fake.users[0]?.id ?? '')
  const answer = await visitor.get('/account')
  expect(answer.status).toBe(401)
  expect(answer.text).toContain('the user has to sign in again')
  expect(session(visitor)).toBeUndefined()
  expect((await signIn(other)).status).toBe(303)
})

it('keeps signed in whom the vendor or the store cannot serve at the moment', async () => {
  const { browser, signIn, fake, store } = await startApp()
  const visitor = browser()
  await signIn(visitor)
  fake.expireAccessTokens()
  fake.faults.add('token', { answer: { status: 503 }, times: Number.POSITIVE_INFINITY })
  const unavailable = await visitor.get('/account')
  expect([unavailable.status, unavailable.headers['retry-after']]).toEqual([503, expect.stringMatching(/^\d+$/)])
  expect(unavailable.text).toContain('Try again')

  fake.faults.clear()
  store.compareAndSwap = () => Promise.reject(new Error('down'))
  const begun = browser()
  const failed = await signIn(begun)
  expect([failed.status, failed.headers['retry-after']]).toEqual([503, '1'])
  expect([...begun.cookies], 'the sign-in is used up').toEqual([])
  expect(session(visitor)).toBeDefined()
})

it('answers anything else with 500 and no details', async () => {
  const logged = vi.spyOn(console, 'error').mockImplementation(() => {})
  onTestFinished(() => logged.mockRestore())
  const { browser, signIn, fake } = await startApp()
  const visitor = browser()
  await signIn(visitor)
  fake.faults.add('api', { answer: { body: 'no JSON' } })
  const answer = await visitor.get('/account')
  expect(answer.status).toBe(500)
  expect(answer.text).not.toMatch(/JSON|stack|Error/)
  expect(logged).toHaveBeenCalledTimes(1)
})

it('has no other page, and answers odd requests', async () => {
  const { browser, url } = await startApp()
  expect((await browser().get('/nothing')).status).toBe(404)
  expect((await browser().head('/')).status).toBe(200)
  expect((await browser().head('/callback?code=x&state=y')).status).toBe(403)
  expect((await raw(url, '/', { method: 'TRACE' })).status).toBe(200)
  expect((await raw(url, '//evil.example/..//x', { headers: { host: 'evil.example' } })).status).toBe(404)
})

it('lets no page of another site sign anybody out', async () => {
  const { browser, signIn } = await startApp()
  const visitor = browser()
  await signIn(visitor)
  await visitor.post('/sign-out', '', 'elsewhere')
  await visitor.get('/sign-out')
  expect((await visitor.get('/')).text).toContain('grace@example.com')
})

it('runs with the credentials of the environment, at the real vendor', async () => {
  const env = { AUTH_DROPBOX_SIGN_ID: 'an-id', AUTH_DROPBOX_SIGN_SECRET: 'a-secret', PUBLIC_URL: 'https://app.example' }
  const running = await startWeb(env)
  onTestFinished(() => running.close())
  expect([running.url, running.sandbox]).toEqual(['https://app.example', undefined])
})
