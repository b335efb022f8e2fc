import { type AddressInfo, createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Deed, type EvilVendor, reply, startEvilVendor } from '../evil-vendor.ts'
import { unusable, usable } from './answers.ts'
import { type AuthApp, browser, startApp, type VendorId, vendorIds } from './express-app.ts'

let evil: EvilVendor
let app: AuthApp
beforeAll(async () => {
  evil = await startEvilVendor()
  app = await startApp({
    provider: { ...evil.address, timeout: 400 },
  })
})
afterAll(async () => {
  await app.close()
  await evil.close()
})

const somebody = reply(JSON.stringify({ sub: 'somebody', account: { account_id: 'somebody' } }))

/** At the token endpoint; elsewhere it behaves. */
const atToken =
  (deed: Deed): Deed =>
  (socket, heard) =>
    (heard.path.startsWith('/token') ? deed : somebody)(socket, heard)

/** Begins a login and comes back with a code; nobody is asked for consent. */
async function comeBack(id: VendorId) {
  const visitor = browser(app.origin)
  const state = new URL(await visitor.begin(id)).searchParams.get('state') ?? ''
  const begun = performance.now()
  const answer = await visitor.go(`/auth/callback/${id}?${new URLSearchParams({ code: 'a-code', state })}`)
  return { visitor, location: answer.headers.get('location') ?? '', took: performance.now() - begun }
}

describe.each(vendorIds)('1.4 · a token answer of %s', (id) => {
  it.each(Object.entries(usable))('1.4 · signs in with %s', async (_, deed) => {
    evil.does = atToken(deed)
    const { visitor, location } = await comeBack(id)
    expect(location).toBe(app.origin)
    expect(await visitor.session()).toMatchObject({ esign: { vendor: id } })
  })

  it.each(Object.entries(unusable))('1.4 · leads to the sign-in page with %s', async (_, deed) => {
    evil.does = atToken(deed)
    const asked = evil.heard.length
    const { visitor, location, took } = await comeBack(id)
    const { origin, pathname, searchParams } = new URL(location)
    expect([origin + pathname, searchParams.get('error')]).toEqual([`${app.origin}/auth/signin`, 'OAuthCallbackError'])
    expect(searchParams.get('code')).toMatch(
      /^(http_error|oauth_error|invalid_answer|network_error|timeout|answer_too_large|redirect_refused)$/,
    )
    expect(await visitor.session()).toBeNull()
    expect(took).toBeLessThan(2_000)
    expect(evil.heard.length - asked).toBe(1)
    const page = await (await visitor.go(location)).text()
    expect(page).toMatch(/<div class="error"><p>(The signing service|This sign-in)[^<]+<\/p>/)
    expect(page).not.toContain('server configuration')
  })

  it('leads to the sign-in page when nobody listens', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    await new Promise((resolve) => server.close(resolve))
    const gone = await startApp({
      provider: { endpoints: { token: `http://127.0.0.1:${port}/token` }, allowLoopbackHttp: true },
    })
    const visitor = browser(gone.origin)
    const state = new URL(await visitor.begin(id)).searchParams.get('state') ?? ''
    const answer = await visitor.go(`/auth/callback/${id}?${new URLSearchParams({ code: 'a-code', state })}`)
    expect(answer.headers.get('location')).toContain('/auth/signin?error=OAuthCallbackError&code=network_error')
    await gone.close()
  })
})
