import { Auth, type AuthConfig } from '@auth/core'
import { esignConfig, InsureSign, withEsign } from 'esign-auth/authjs'
import { createTokenKeeper } from 'esign-auth/keeper'
import { createSandbox } from 'esign-auth/sandbox'
import { describe, expect, it, vi } from 'vitest'
import { nextLike, site, webConfig, webVisitor } from './web-app.ts'

describe('a config', () => {
  it('that has been through esignConfig stays as it is', () => {
    const once = esignConfig(webConfig(createSandbox()))
    expect(esignConfig(once)).toBe(once)
    const seen: unknown[] = []
    withEsign((config: AuthConfig) => {
      seen.push(config)
      return nextLike(config)
    }, once)
    expect(seen).toEqual([once])
  })

  it('that has been through it with one keeper does not take another', () => {
    const keeper = createTokenKeeper()
    const once = esignConfig(webConfig(createSandbox()), { keeper })
    expect(withEsign(nextLike, once, { keeper })).toHaveProperty('handlers')
    expect(() => withEsign(nextLike, once, { keeper: createTokenKeeper() })).toThrow(/withEsign.*keeper.*esignConfig/)
  })

  it('is not written to', () => {
    const config = Object.freeze({ ...webConfig(createSandbox()), callbacks: Object.freeze({}) })
    const before = { ...config }
    withEsign(nextLike, config)
    expect({ ...config }).toEqual(before)
  })

  it('keeps providers that are not ours', async () => {
    const { default: GitHub } = await import('@auth/core/providers/github')
    const config = webConfig(createSandbox())
    const { handlers } = withEsign(nextLike, {
      ...config,
      providers: [...config.providers, GitHub({ clientId: 'g', clientSecret: 'h' })],
    })
    const me = webVisitor({ handlers })
    const location = (await me.press('github')).headers.get('location') ?? ''
    expect(location).toMatch(/^https:\/\/github\.com\/login\/oauth\/authorize\?/)
    const page = await (await me.go('/api/auth/signin')).text()
    for (const name of ['GitHub', 'InsureSign', 'Dropbox Sign', 'eSignGlobal']) expect(page).toContain(name)
  })

  it('with two providers of one id works with the first, as Auth.js does', async () => {
    const sandbox = createSandbox()
    const { fetch } = sandbox
    const config = {
      ...webConfig(sandbox),
      providers: ['first', 'second'].map((clientId) => InsureSign({ clientId, clientSecret: 'a secret', fetch })),
    }
    const location = (await webVisitor(withEsign(nextLike, config)).press('insuresign')).headers.get('location') ?? ''
    expect(new URL(location).searchParams.get('client_id')).toBe('first')
  })
})

describe('a function in place of a config', () => {
  it('is asked for each request, and signs in', async () => {
    const sandbox = createSandbox()
    const config = webConfig(sandbox)
    const made = vi.fn(async () => ({ ...config }))
    const host = withEsign(nextLike, made)
    const me = webVisitor(host)
    const action = await host.signIn('dropbox-sign', '/there')
    expect(made).toHaveBeenCalledWith(undefined)
    me.take(action)
    const back = await me.go((await sandbox.approve(action.redirect)).url)
    expect(back.headers.get('location')).toBe(`${site}/there`)
    expect(made).toHaveBeenCalledWith(expect.any(Request))
    expect(await me.session()).toMatchObject({ esign: { vendor: 'dropbox-sign' } })
  })

  it('1.1 · two registrations of one vendor under one id refuse each other’s callbacks', async () => {
    const sandbox = createSandbox()
    const config = webConfig(sandbox)
    const redirectUris = [`${site}/api/auth/callback/insuresign`]
    const clients = [sandbox.vendors.insuresign.client, sandbox.vendors.insuresign.register({ redirectUris })]
    let tenant = 0
    const host = withEsign(nextLike, () => {
      const { clientId = '', clientSecret = '' } = clients[tenant] ?? {}
      return { ...config, providers: [InsureSign({ clientId, clientSecret, fetch: sandbox.fetch })] }
    })
    const me = webVisitor(host)
    const { url } = await sandbox.approve((await me.press('insuresign')).headers.get('location') ?? '')
    tenant = 1
    // With a login of its own pending there too.
    await me.press('insuresign')
    expect((await me.go(url)).headers.get('location')).toContain('code=state_unknown')
    expect(sandbox.log.filter(({ place }) => place === 'token')).toEqual([])
    tenant = 0
    expect((await me.go(url)).headers.get('location')).toBe(site)
  })

  it('may know tenants: requests at once do not take each other’s providers', async () => {
    const sandbox = createSandbox()
    const tenants = ['a', 'b', 'c', 'd']
    const config = webConfig(sandbox)
    let gate = Promise.resolve()
    const host = withEsign(nextLike, async (request) => {
      const tenant = request?.headers.get('x-tenant') ?? 'none'
      // As a shared query that answers all at once.
      await gate
      const { fetch } = sandbox
      return { ...config, providers: [InsureSign({ clientId: tenant, clientSecret: `secret of ${tenant}`, fetch })] }
    })
    const me = webVisitor(host)
    const { csrfToken } = (await (await me.go('/api/auth/csrf')).json()) as { csrfToken: string }
    let open = () => {}
    gate = new Promise((resolve) => {
      open = resolve
    })
    const asked = tenants.map((tenant) =>
      me.go('/api/auth/signin/insuresign', {
        method: 'POST',
        headers: { 'x-tenant': tenant },
        body: new URLSearchParams({ csrfToken }),
      }),
    )
    open()
    const ids = (await Promise.all(asked)).map(({ headers }) =>
      new URL(headers.get('location') ?? '').searchParams.get('client_id'),
    )
    expect(ids).toEqual(tenants)
  })
})

it('a host that is Auth() itself signs in', async () => {
  const sandbox = createSandbox()
  const { GET, POST } = withEsign(
    (config: AuthConfig) => ({
      handlers: {
        GET: (request: Request) => Auth(request, config) as Promise<Response>,
        POST: (request: Request) => Auth(request, config) as Promise<Response>,
      },
    }),
    { ...webConfig(sandbox), basePath: '/api/auth' },
  ).handlers
  const me = webVisitor({ handlers: { GET, POST, HEAD: GET } })
  const { url } = await sandbox.approve((await me.press('esignglobal')).headers.get('location') ?? '')
  expect((await me.go(url, { method: 'HEAD' })).status).toBe(405)
  await me.go(url)
  expect(await me.session()).toMatchObject({ esign: { vendor: 'esignglobal' } })
})
