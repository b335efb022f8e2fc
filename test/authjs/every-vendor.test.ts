import { type Vendor, vendors } from 'esign-auth'
import * as authjs from 'esign-auth/authjs'
import { createTokenKeeper } from 'esign-auth/keeper'
import { createSandbox, type Sandbox } from 'esign-auth/sandbox'
import { describe, expect, it, onTestFinished } from 'vitest'
import { fakeOf, type Settings, settingsOf } from '../any-vendor.ts'
import { nextLike, site, type WebVisitor, webVisitor } from './web-app.ts'

type AnyFactory = (options: object) => authjs.EsignProvider

const factories = Object.values(authjs) as readonly unknown[]

describe.each(vendors.map((vendor) => [vendor.id, vendor] as const))('Auth.js and %s', (id, vendor) => {
  it('has a provider of its name, with a mark', () => {
    const { name, style } = factoryOf(vendor)({})
    expect(name).toBe(vendor.name)
    expect(style?.logo).toMatch(/^data:image\/svg\+xml,/)
  })

  describe.each(settingsOf(vendor))('with the settings %j', (settings) => {
    it('signs in, knows who it is, and calls the vendor with a token that it refreshes', async () => {
      const { sandbox, visitor, keeper } = start(vendor, settings)
      await signIn(sandbox, visitor, id)
      const session = await visitor.session()
      expect(session?.esign).toMatchObject({ vendor: id })
      const [user] = fakeOf(sandbox, id).users
      if (vendor.confidence !== 'token-only')
        expect(session?.user?.email?.toLowerCase()).toBe(user?.email.toLowerCase())
      expect(sandbox.log.flatMap(({ refusal }) => refusal ?? [])).toEqual([])
      if (!vendor.token.fields.refresh_token || !session?.esign) return
      const { generation, token } = await keeper.access(session.esign)
      const fresh = await keeper.access(session.esign, { notGeneration: generation })
      expect(fresh.token).not.toBe(token)
      expect(sandbox.log.flatMap(({ refusal }) => refusal ?? [])).toEqual([])
    })

    it('says on the sign-in page that access was denied', async () => {
      const { sandbox, visitor } = start(vendor, settings)
      const begun = await visitor.press(id)
      const { url } = await sandbox.deny(begun.headers.get('location') ?? '')
      const back = await visitor.go(url)
      const landed = new URL(back.headers.get('location') ?? '', site)
      expect(landed.pathname).toBe('/api/auth/signin')
      expect(landed.searchParams.get('error')).toBe('OAuthCallbackError')
      expect(await visitor.session()).toBeNull()
    })
  })
})

describe.each([
  ['adobe-acrobat-sign', 'api_access_point', 'api.eu1.adobesign.com'],
  ['zoho-sign', 'accounts-server', 'accounts.zoho.eu'],
] as const)('1.7 · a crafted callback of %s in Auth.js', (id, name, host) => {
  it('1.7 · that names a host which is not the vendor’s, or names it twice, sends nothing anywhere', async () => {
    const vendor = vendors.find((each) => each.id === id) as Vendor
    const { sandbox, visitor } = start(vendor, {})
    const evil = [
      ...['https://evil.example', `http://${host}`, `https://${host}:8443`, `https://user@${host}`, `//${host}`],
      ...[`https://${host}.evil.example`, `https://${host}@evil.example`, `https://evil.example#${host}`],
      ...[`https://${host.toUpperCase()}`, `https://${host}/oauth`, host, '', 'http://127.0.0.1:1'],
    ].map((value) => [[name, value]])
    const twice = ['', '[]', '.x'].map((end) => [
      [name, `https://${host}`],
      [name + end, 'https://evil.example'],
    ])
    for (const pairs of [...evil, ...twice]) {
      const { url } = await sandbox.approve((await visitor.press(id)).headers.get('location') ?? '')
      const crafted = new URL(url)
      crafted.searchParams.delete(name)
      for (const [key = '', value = ''] of pairs) crafted.searchParams.append(key, value)
      const location = (await visitor.go(crafted.href)).headers.get('location') ?? ''
      expect([pairs, new URL(location).searchParams.get('code')]).toEqual([pairs, 'callback_invalid'])
    }
    expect(sandbox.log.filter(({ place }) => place !== 'authorize')).toEqual([])
    expect(await visitor.session()).toBeNull()
  })
})

function factoryOf(vendor: Vendor): AnyFactory {
  const found = factories.filter((each): each is AnyFactory => {
    // The wrapper and its parts need other arguments.
    try {
      return typeof each === 'function' && (each as AnyFactory)({}).id === vendor.id
    } catch {
      return false
    }
  })
  expect(found, `src/authjs/index.ts: one provider for ${vendor.id}`).toHaveLength(1)
  return found[0] as AnyFactory
}

function start(vendor: Vendor, settings: Settings) {
  const sandbox = createSandbox()
  const { clientId, clientSecret } = fakeOf(sandbox, vendor.id).register({
    ...settings,
    redirectUris: [`${site}/api/auth/callback/${vendor.id}`],
  })
  // Where nothing tells who the user is, the application has to.
  const profile = vendor.confidence === 'token-only' ? { profile: () => ({ id: 'a user of this test' }) } : {}
  const keeper = createTokenKeeper()
  onTestFinished(() => keeper.close())
  const host = authjs.withEsign(
    nextLike,
    {
      secret: 'an Auth.js secret, long enough for a test',
      trustHost: true,
      providers: [factoryOf(vendor)({ ...settings, clientId, clientSecret, fetch: sandbox.fetch, ...profile })],
      logger: { error: () => {}, warn: () => {} },
    },
    { keeper },
  )
  return { sandbox, keeper, visitor: webVisitor(host) }
}

async function signIn(sandbox: Sandbox, visitor: WebVisitor, id: string): Promise<void> {
  const begun = await visitor.press(id)
  const { url } = await sandbox.approve(begun.headers.get('location') ?? '')
  const back = await visitor.go(url)
  expect(back.headers.get('location')).toBe(site)
}
