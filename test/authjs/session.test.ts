import type { AuthConfig } from '@auth/core'
import { esignConfig } from 'esign-auth/authjs'
import { describe, expect, it } from 'vitest'
import { browser, testApp, vendorIds } from './express-app.ts'
import { signedIn } from './later.ts'
import { webApp } from './web-app.ts'

describe.each(vendorIds)('the session of somebody who signed in at %s', (id) => {
  it('1.3 · says where the tokens are, and holds none', async () => {
    const app = await testApp()
    const issued: string[] = []
    app.sandbox.vendors[id].faults.add('token', {
      answer: async (own) => {
        const { access_token, refresh_token } = (await own.clone().json()) as Record<string, string>
        issued.push(access_token ?? '', refresh_token ?? '')
        return own
      },
    })
    const visitor = browser(app.origin)
    await app.signIn(visitor, id)
    const seen = [await (await visitor.go('/auth/session')).text(), await (await visitor.go('/me')).text()]
    for (const text of seen) {
      expect(Object.keys(JSON.parse(text)).sort()).toEqual(['esign', 'expires', 'user'])
      expect(JSON.parse(text).esign).toEqual({
        vendor: id,
        grant: expect.stringMatching(/^[0-9a-f]{64}$/),
        generation: 1,
      })
      for (const token of issued) expect(text).not.toContain(token)
    }
    expect(issued.filter((token) => token.length > 8)).toHaveLength(2)
    const cookies = visitor.cookieHeader()
    for (const token of issued) expect(cookies + Buffer.from(cookies, 'base64url')).not.toContain(token)
  })

  it('1.5 · is a target for keeper.fetch', async () => {
    const { app, visitor, later } = await signedIn(id, {
      routes: (express, config, keeper) =>
        express.get('/account', async (req, res) => {
          const { getSession } = await import('@auth/express')
          const session = (await getSession(req, config)) as unknown as { esign: { grant: string; generation: number } }
          const answer = await keeper.fetch(session.esign, '/v3/account')
          res.status(answer.status).end()
        }),
    })
    const path = '/v3/account'
    const calls = () => app.sandbox.log.filter((each) => each.path === path)
    await visitor.go('/account')
    later()
    await visitor.go('/account')
    const bearers = calls()
      .slice(-2)
      .map(({ authorization }) => authorization?.header)
    expect(new Set(bearers).size).toBe(2)
    expect(bearers.every((bearer) => bearer?.startsWith('Bearer '))).toBe(true)
  })
})

describe('sessions of two people', () => {
  it('1.4 · name two grants, and neither is told of the other’s', async () => {
    const app = await testApp()
    const [one, other, stranger] = [browser(app.origin), browser(app.origin), browser(app.origin)]
    await app.signIn(one, 'insuresign', 'Grace Osei')
    await app.signIn(other, 'insuresign', 'Jonas Lindqvist')
    const grants = [await one.session(), await other.session()].map((session) => session?.esign?.grant)
    expect(new Set(grants).size).toBe(2)
    expect(await stranger.session()).toBeNull()
    expect(await (await stranger.go('/me')).json()).toBeNull()
  })

  it('of one person in two browsers share the grant', async () => {
    const app = await testApp()
    const [one, other] = [browser(app.origin), browser(app.origin)]
    await app.signIn(one)
    await app.signIn(other)
    expect((await one.session())?.esign?.grant).toBe((await other.session())?.esign?.grant)
  })
})

describe('signing out', () => {
  it('1.8 · ends the session here, and nothing at the vendor', async () => {
    const app = await testApp()
    const [here, there] = [browser(app.origin), browser(app.origin)]
    await app.signIn(here)
    await app.signIn(there)
    const { csrfToken } = (await (await here.go('/auth/csrf')).json()) as { csrfToken: string }
    await here.go('/auth/signout', { method: 'POST', body: new URLSearchParams({ csrfToken }) })
    expect(await here.session()).toBeNull()
    const session = await there.session()
    expect(session).toMatchObject({ esign: { vendor: 'insuresign' } })
    await expect(app.keeper.access(session?.esign ?? '')).resolves.toHaveProperty('token')
  })

  it('1.8 · and keeper.revoke ends it for all sessions', async () => {
    const app = await testApp()
    const visitor = browser(app.origin)
    await app.signIn(visitor)
    const esign = (await visitor.session())?.esign
    await app.keeper.revoke(esign ?? '')
    expect(await visitor.session()).toMatchObject({ esign: { error: 'revoked' } })
    await app.signIn(visitor)
    expect((await visitor.session())?.esign?.error).toBeUndefined()
  })
})

describe('a session that the application makes another user’s', () => {
  /** Changes the user of its JWT in an update, as for support staff who look at an account. */
  async function switching(jwt: (token: object) => object) {
    const app = webApp({
      callbacks: { jwt: ({ token, trigger }) => (trigger === 'update' ? jwt(token) : token) as never },
    })
    const me = app.visitor()
    await me.go((await app.sandbox.approve((await me.press('insuresign')).headers.get('location') ?? '')).url)
    expect(await me.session()).toHaveProperty('esign')
    const { csrfToken } = (await (await me.go('/api/auth/csrf')).json()) as { csrfToken: string }
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ csrfToken, data: {} })
    return { me, updated: await (await me.go('/api/auth/session', { method: 'POST', headers, body })).json() }
  }

  it('1.1 · gives up the link of the one before', async () => {
    for (const sub of ['somebody else', undefined]) {
      const { me, updated } = await switching((token) => ({ ...token, sub }))
      expect(updated).not.toHaveProperty('esign')
      expect(await me.session()).not.toHaveProperty('esign')
    }
  })

  it('1.1 · keeps it while it is the same user’s', async () => {
    const { me, updated } = await switching((token) => ({ ...token, role: 'admin' }))
    expect(updated).toHaveProperty('esign')
    expect(await me.session()).toHaveProperty('esign')
  })

  it('1.1 · gives it up when the JWT was made another user’s elsewhere; one of an earlier version counts', async () => {
    const { callbacks } = esignConfig<AuthConfig>({ secret: 'a secret', providers: [] })
    const read = async (sub: string | undefined, more: object) => {
      const esign = { vendor: 'insuresign', grant: 'a-grant', generation: 1, ...more }
      return callbacks?.jwt?.({ token: { ...(sub && { sub }), esign } } as never)
    }
    expect(await read('ada', { user: 'ada' })).toHaveProperty('esign.user', 'ada')
    expect(await read(undefined, { user: null })).toHaveProperty('esign.user', null)
    expect(await read('ada', {})).toHaveProperty('esign.user', 'ada')
    for (const user of ['bob', null]) expect(await read('ada', { user })).not.toHaveProperty('esign')
  })

  it('1.1 · keeps it where the application names the user at sign-in', async () => {
    const app = webApp({
      callbacks: { jwt: ({ token, account }) => (account ? { ...token, sub: 'of our own' } : token) },
    })
    const me = app.visitor()
    await me.go((await app.sandbox.approve((await me.press('insuresign')).headers.get('location') ?? '')).url)
    for (let times = 0; times < 2; times++) expect(await me.session()).toHaveProperty('esign')
  })
})

describe('a session that is planted', () => {
  it('1.3 · in an update from the browser changes nothing', async () => {
    const { visitor, sandbox } = webApp({
      callbacks: {
        // As many guides have it, though it believes the browser.
        jwt: ({ token, trigger, session }) => (trigger === 'update' ? { ...token, ...session } : token),
      },
    })
    const me = visitor()
    await me.go((await sandbox.approve((await me.press('insuresign')).headers.get('location') ?? '')).url)
    const mine = await me.session()
    const { csrfToken } = (await (await me.go('/api/auth/csrf')).json()) as { csrfToken: string }
    const data = { esign: { vendor: 'insuresign', grant: 'of somebody else', generation: 1 }, name: 'New' }
    const answer = await me.go('/api/auth/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ csrfToken, data }),
    })
    expect(await answer.json()).toMatchObject({ user: { name: 'New' }, esign: mine?.esign })
    expect((await me.session())?.esign).toEqual(mine?.esign)
  })

  it('by somebody who signed in elsewhere gives no link either', async () => {
    const { default: Credentials } = await import('@auth/core/providers/credentials')
    const { visitor } = webApp({
      providers: [Credentials({ authorize: () => ({ id: 'mallory', name: 'Mallory' }) })],
      callbacks: {
        jwt: ({ token, trigger, session }) => (trigger === 'update' ? { ...token, ...session } : token),
      },
    })
    const me = visitor()
    const csrf = async () => ((await (await me.go('/api/auth/csrf')).json()) as { csrfToken: string }).csrfToken
    await me.go('/api/auth/callback/credentials', {
      method: 'POST',
      body: new URLSearchParams({ csrfToken: await csrf() }),
    })
    expect(await me.session()).toMatchObject({ user: { name: 'Mallory' } })
    const data = { esign: { vendor: 'insuresign', grant: 'of somebody else', generation: 1 } }
    const answer = await me.go('/api/auth/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ csrfToken: await csrf(), data }),
    })
    expect(await answer.json()).not.toHaveProperty('esign')
    expect(await me.session()).not.toHaveProperty('esign')
  })
})
