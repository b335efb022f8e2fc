import { describe, expect, it } from 'vitest'
import { vendorIds } from './express-app.ts'
import { site, type WebApp, webApp } from './web-app.ts'

const state = expect.stringMatching(/^[\w-]{43}$/)
const callback = (id: string) => `${site}/api/auth/callback/${id}`

/** The parameters of the vendors' own pages, and nothing beyond but `state`. */
const pages = {
  insuresign: (clientId: string) => ({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: callback('insuresign'),
    state,
  }),
  'dropbox-sign': (clientId: string) => ({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: callback('dropbox-sign'),
    state,
  }),
  esignglobal: (clientId: string) => ({
    response_type: 'code',
    clientId,
    redirectUri: callback('esignglobal'),
    scope: 'signature',
    state,
  }),
}

describe.each(vendorIds)('the authorization request of %s', (id) => {
  const ways = {
    'a Location header': async ({ visitor }: WebApp) => (await visitor().press(id)).headers.get('location') ?? '',
    'JSON for client code': async ({ visitor }: WebApp) => {
      const answer = await visitor().press(id, {}, '', { 'X-Auth-Return-Redirect': '1' })
      return ((await answer.json()) as { url: string }).url
    },
    'the redirect of a server action': async ({ host }: WebApp) => (await host.signIn(id)).redirect,
  }

  it.each(Object.keys(ways) as (keyof typeof ways)[])(
    '1.6 · is the vendor’s to the letter as %s: no secret, no parameter twice',
    async (way) => {
      const app = webApp()
      const url = new URL(await ways[way](app))
      const expected = pages[id](app.sandbox.vendors[id].client.clientId)
      expect(Object.fromEntries(url.searchParams)).toEqual(expected)
      expect([...url.searchParams.keys()].sort()).toEqual(Object.keys(expected).sort())
      expect(url.search).not.toMatch(/\+|scope=(&|$)/)
      expect((await app.sandbox.approve(url)).url).toContain(`${callback(id)}?code=`)
    },
  )

  it('leads back to a session from a server action, by the cookies it set', async () => {
    const { host, sandbox, visitor } = webApp()
    const me = visitor()
    const action = await host.signIn(id, '/contracts')
    me.take(action)
    const back = await me.go((await sandbox.approve(action.redirect)).url)
    expect(back.headers.get('location')).toBe(`${site}/contracts`)
    expect(await me.session()).toMatchObject({ esign: { vendor: id } })
  })

  it('carries more parameters: from `authorization.params`, and from the query', async () => {
    const { visitor } = webApp({}, {}, { authorization: { params: { locale: 'de' } } })
    const url = new URL((await visitor().press(id, {}, '?prompt=login')).headers.get('location') ?? '')
    expect(Object.fromEntries(url.searchParams)).toMatchObject({ locale: 'de', prompt: 'login' })
  })

  it('does not let a visitor replace what the dialect writes', async () => {
    const { visitor, sandbox } = webApp()
    const evil = 'https://evil.example/'
    const names = ['client_id', 'redirect_uri', 'clientId', 'redirectUri', 'state', 'response_type', 'code_challenge']
    const query = `?${new URLSearchParams(names.map((name) => [name, evil]))}`
    const url = new URL((await visitor().press(id, {}, query)).headers.get('location') ?? '')
    const expected = pages[id](sandbox.vendors[id].client.clientId)
    expect(Object.fromEntries(url.searchParams)).toMatchObject(expected)
  })

  it('keeps what is meant for Auth.js from the vendor', async () => {
    const { visitor } = webApp()
    const url = new URL((await visitor().press(id, {}, '?callbackUrl=/contracts')).headers.get('location') ?? '')
    expect(url.searchParams.has('callbackUrl')).toBe(false)
  })

  it('asks for the scope of `authorization.params`, as with any other provider', async () => {
    const { visitor } = webApp({}, {}, { authorization: { params: { scope: 'signature stamp' } } })
    const location = (await visitor().press(id)).headers.get('location') ?? ''
    expect(new URL(location).searchParams.get('scope')).toBe('signature stamp')
    expect(location).toContain('scope=signature%20stamp')
  })

  it('1.1 · holds an S256 challenge with `pkce`, and the verifier goes with the code', async () => {
    const { visitor, sandbox } = webApp({}, {}, { pkce: true })
    sandbox.vendors[id].switches.pkce = true
    const me = visitor()
    const url = new URL((await me.press(id)).headers.get('location') ?? '')
    expect(Object.fromEntries(url.searchParams)).toMatchObject({ code_challenge_method: 'S256', code_challenge: state })
    await me.go((await sandbox.approve(url)).url)
    expect(await me.session()).toMatchObject({ esign: { vendor: id } })
    expect(sandbox.log.find(({ place }) => place === 'token')?.body).toMatchObject({ code_verifier: state })
  })
})
