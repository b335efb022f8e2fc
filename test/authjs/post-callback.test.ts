import { ExpressAuth } from '@auth/express'
import { withEsign } from 'esign-auth/authjs'
import express from 'express'
import { describe, expect, it } from 'vitest'
import { serve } from '../passport/serve.ts'
import { type AuthApp, browser, testApp, type Visitor } from './express-app.ts'

/** Where people reach the app; a proxy hands on to the app on loopback. */
const redirectUri = 'https://app.example/auth/callback/insuresign'

async function postingApp(provider: object = {}) {
  const app = await testApp({ provider: { postCallback: true, redirectUri, ...provider } })
  const { client, switches } = app.sandbox.vendors.insuresign
  client.redirectUris.push(redirectUri)
  switches.callback = 'form_post'
  return app
}

async function returning(app: AuthApp, visitor: Visitor) {
  const { method, body } = await app.sandbox.approve(await visitor.begin('insuresign', { callbackUrl: '/there' }))
  expect(method).toBe('POST')
  return new URLSearchParams(body)
}

const post = (visitor: Visitor, body: URLSearchParams | string) =>
  visitor.go('/auth/callback/insuresign', { method: 'POST', body, from: 'elsewhere' })

describe('a posted callback', () => {
  it('1.3 · signs in, though it comes from another site', async () => {
    const app = await postingApp()
    const visitor = browser(app.origin)
    const form = await returning(app, visitor)
    const answer = await post(visitor, form)
    expect(answer.headers.get('location')).toBe(`${app.origin}/there`)
    expect(await visitor.session()).toMatchObject({ esign: { vendor: 'insuresign' } })
  })

  it('1.3 · signs in with PKCE, whose verifier travels along', async () => {
    const app = await postingApp({ pkce: true })
    app.sandbox.vendors.insuresign.switches.pkce = true
    const visitor = browser(app.origin)
    await post(visitor, await returning(app, visitor))
    expect(await visitor.session()).toMatchObject({ esign: { vendor: 'insuresign' } })
  })

  it('signs in where the authorization request asks for it by `response_mode`', async () => {
    const app = await postingApp({ authorization: { params: { response_mode: 'form_post' } } })
    app.sandbox.vendors.insuresign.switches.alsoAccepts.authorize.push('response_mode')
    const visitor = browser(app.origin)
    await post(visitor, await returning(app, visitor))
    expect(await visitor.session()).toMatchObject({ esign: { vendor: 'insuresign' } })
  })

  it('1.3 · needs SameSite=None; Secure cookies, and has no others', async () => {
    const app = await postingApp()
    const visitor = browser(app.origin)
    await visitor.begin('insuresign')
    const lines = visitor.setCookies.filter((line) => line.includes('esign-login.'))
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(/^__Host-esign-login\..*; HttpOnly; Secure; SameSite=None/i)
  })

  it('1.2 · is read from the form alone: a query, and repeats, are refused', async () => {
    const app = await postingApp()
    const visitor = browser(app.origin)
    const form = await returning(app, visitor)
    const asQuery = await visitor.go(`/auth/callback/insuresign?${form}`, { method: 'POST', from: 'elsewhere' })
    expect(asQuery.headers.get('location')).toContain('code=callback_incomplete')
    expect((await post(visitor, `${form}&code=other`)).headers.get('location')).toContain('code=callback_invalid')
    expect((await post(visitor, `${form}&state[]=x`)).headers.get('location')).toContain('code=callback_invalid')
    expect(app.tokenRequests()).toEqual([])
    expect((await post(visitor, form)).headers.get('location')).toBe(`${app.origin}/there`)
  })

  it('1.3 · forged, or in a browser that did not begin it, is refused', async () => {
    const app = await postingApp()
    const [visitor, stranger] = [browser(app.origin), browser(app.origin)]
    const form = await returning(app, visitor)
    expect((await post(stranger, form)).headers.get('location')).toContain('code=state_unknown')
    expect((await post(visitor, 'code=forged&state=forged')).headers.get('location')).toContain('code=state_unknown')
    expect(app.tokenRequests()).toEqual([])
  })

  it('1.2 · that is too large is answered with the sign-in page', async () => {
    const app = await postingApp()
    const visitor = browser(app.origin)
    const form = await returning(app, visitor)
    const answer = await post(visitor, `${form}&more=${'x'.repeat(400_000)}`)
    expect(answer.headers.get('location')).toContain('error=OAuthCallbackError&code=callback_incomplete')
    expect(app.tokenRequests()).toEqual([])
  })

  it('signs in behind a body parser of the application', async () => {
    const app = await postingApp()
    // The parser has read the stream before the wrapper sees it.
    const outer = express().use(express.urlencoded({ extended: true }))
    const url = await serve(outer.use('/auth', withEsign(ExpressAuth, app.config)))
    const visitor = browser(url)
    const form = await returning(app, visitor)
    await post(visitor, form)
    expect(await visitor.session()).toMatchObject({ esign: { vendor: 'insuresign' } })
  })
})
