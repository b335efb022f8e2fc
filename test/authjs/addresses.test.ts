import { afterEach, describe, expect, it, vi } from 'vitest'
import { raw } from '../passport/serve.ts'
import { browser, testApp, vendorIds } from './express-app.ts'
import { site, webApp } from './web-app.ts'

afterEach(() => void vi.unstubAllEnvs())

/** The address that the vendor is told, by whichever name. */
const toldIn = (location: string) => {
  const { searchParams } = new URL(location)
  return searchParams.get('redirect_uri') ?? searchParams.get('redirectUri')
}

describe('1.3 · the address of the callback', () => {
  it.each(vendorIds)('1.3 · is that of AUTH_URL, whatever Host says (%s)', async (id) => {
    vi.stubEnv('AUTH_URL', 'https://app.example')
    const app = await testApp()
    const visitor = browser(app.origin)
    const { csrfToken } = (await (await visitor.go('/auth/csrf')).json()) as { csrfToken: string }
    const answer = await raw(app.origin, `/auth/signin/${id}`, {
      method: 'POST',
      headers: {
        host: 'evil.example',
        'x-forwarded-host': 'evil.example',
        'x-forwarded-proto': 'https',
        forwarded: 'host=evil.example',
        cookie: visitor.cookieHeader(),
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: String(new URLSearchParams({ csrfToken })),
    })
    expect(toldIn(answer.header('location') ?? '')).toBe(`https://app.example/auth/callback/${id}`)
    expect(answer.header('location')).not.toContain('evil')
  })

  it.each(vendorIds)('1.3 · is that of AUTH_URL behind a proxy, to the end of the sign-in (%s)', async (id) => {
    vi.stubEnv('AUTH_URL', 'https://app.example')
    const app = await testApp()
    app.sandbox.vendors[id].client.redirectUris.push(`https://app.example/auth/callback/${id}`)
    const visitor = browser(app.origin)
    const { url } = await app.sandbox.approve(await visitor.begin(id, { callbackUrl: '/there' }))
    const back = await visitor.go(url.replace('https://app.example', app.origin))
    expect(back.headers.get('location')).toBe('https://app.example/there')
    expect(await visitor.session()).toMatchObject({ esign: { vendor: id } })
    expect(app.tokenRequests().map(({ status }) => status)).toEqual([200])
  })

  it('1.3 · of a server action is that of AUTH_URL', async () => {
    vi.stubEnv('AUTH_URL', 'https://public.example')
    const { host } = webApp()
    expect(toldIn((await host.signIn('insuresign')).redirect)).toBe(
      'https://public.example/api/auth/callback/insuresign',
    )
  })

  it('may be given by the option `redirectUri`', async () => {
    const { visitor } = webApp({}, {}, { redirectUri: 'https://proxy.example/back' })
    const location = (await visitor().press('insuresign')).headers.get('location') ?? ''
    expect(toldIn(location)).toBe('https://proxy.example/back')
  })

  it('follows the base path', async () => {
    const { host } = webApp({ basePath: '/deep/auth' })
    expect(toldIn((await host.signIn('insuresign')).redirect)).toBe(`${site}/deep/auth/callback/insuresign`)
  })

  it('is the app’s own also with a redirect proxy, which reads a `state` that is not ours', async () => {
    const { visitor, sandbox } = webApp({ redirectProxyUrl: 'https://proxy.example/api/auth' })
    const me = visitor()
    const location = (await me.press('insuresign')).headers.get('location') ?? ''
    expect(toldIn(location)).toBe(`${site}/api/auth/callback/insuresign`)
    const back = await me.go((await sandbox.approve(location)).url)
    expect(back.headers.get('location')).toBe(site)
    expect(await me.session()).toMatchObject({ esign: { vendor: 'insuresign' } })
  })
})
