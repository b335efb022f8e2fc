import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AuthApp, browser, startApp } from './express-app.ts'

let app: AuthApp
beforeAll(async () => {
  app = await startApp()
})
afterAll(() => app.close())

describe.each(['insuresign', 'dropbox-sign', 'esignglobal'] as const)('withEsign(ExpressAuth) and %s', (id) => {
  it('signs in', async () => {
    const visitor = browser(app.origin)
    const location = await visitor.begin(id)
    const { url } = await app.sandbox.approve(location)
    const back = await visitor.go(url)
    expect(back.headers.get('location')).toBe(app.origin)
    const session = await (await visitor.go('/auth/session')).json()
    expect(session).toMatchObject({ esign: { vendor: id } })
    expect(await (await visitor.go('/me')).json()).toMatchObject({ esign: { vendor: id } })
  })

  it('lands on the sign-in page when the user declines', async () => {
    const visitor = browser(app.origin)
    const { url } = await app.sandbox.deny(await visitor.begin(id))
    const back = await visitor.go(url)
    expect(back.headers.get('location')).toBe(`${app.origin}/auth/signin?error=OAuthCallbackError&code=access_denied`)
  })
})
