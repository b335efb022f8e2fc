import { DropboxSign, ESignGlobal, InsureSign } from 'esign-auth/authjs'
import { describe, expect, it } from 'vitest'
import { site, type WebApp, webApp } from './web-app.ts'

describe('two regions of one vendor', () => {
  const regions = () => {
    const app = webApp()
    const { fetch, vendors } = app.sandbox
    const each = (id: string, region: 'as1' | 'eu1') => {
      const client = vendors.esignglobal.register({ region, redirectUris: [`${site}/api/auth/callback/${id}`] })
      return ESignGlobal({ id, region, fetch, clientId: client.clientId, clientSecret: client.clientSecret })
    }
    return { app, providers: [each('sign-asia', 'as1'), each('sign-europe', 'eu1'), InsureSign({}), DropboxSign] }
  }

  it('each have an id of their own, and their own hosts', async () => {
    const { app, providers } = regions()
    const { visitor, sandbox } = { ...app, ...again(app, providers) }
    const grants = new Set<unknown>()
    for (const [id, host] of [
      ['sign-asia', 'openapi-as1.esignglobal.com'],
      ['sign-europe', 'openapi-eu1.esignglobal.com'],
    ] as const) {
      const me = visitor()
      await me.go((await sandbox.approve((await me.press(id)).headers.get('location') ?? '')).url)
      const session = await me.session()
      expect(session).toMatchObject({ esign: { vendor: 'esignglobal' } })
      grants.add(session?.esign?.grant)
      expect(sandbox.log.at(-1)?.host).toBe(host)
    }
    expect(grants.size).toBe(2)
  })

  it('1.1 · refuse each other’s callbacks', async () => {
    const { app, providers } = regions()
    const { visitor, sandbox } = { ...app, ...again(app, providers) }
    const me = visitor()
    const { url } = await sandbox.approve((await me.press('sign-asia')).headers.get('location') ?? '')
    await me.press('sign-europe')
    const back = await me.go(url.replace('sign-asia', 'sign-europe'))
    expect(back.headers.get('location')).toContain('code=state_unknown')
    expect(sandbox.log.filter(({ place }) => place === 'token')).toEqual([])
  })

  /** The same sandbox, with other providers. */
  function again({ sandbox }: WebApp, providers: ReturnType<typeof regions>['providers']) {
    const { visitor } = webApp({ providers })
    return { visitor, sandbox }
  }
})
