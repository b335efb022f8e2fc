import { inspect } from 'node:util'
import {
  adobeAcrobatSign,
  createClient,
  defineVendor,
  EsignAuthError,
  type InsureSignSettings,
  insureSign,
} from 'esign-auth'
import { createTokenKeeper, linkOf, memoryStore } from 'esign-auth/keeper'
import { createSandbox } from 'esign-auth/sandbox'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { type KeeperWorld, keeperWorld } from '../keeper/express-app.ts'
import { leaks, shown } from '../oauth/failure.ts'
import { spiesOnOutput } from '../output.ts'

// Rows of SECURITY.md where the keeper has code of its own, which neither the client nor a host's tests touch.

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

const credentials = { clientId: 'a-client-id', clientSecret: 'Zq7Wx9Kk2Mn4-secret' }
const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'nosuch']

describe('1.2 · names of vendors, to the keeper', () => {
  it.each(names)('1.2 · %s is a vendor that nobody gave it: a TypeError, and nothing is kept', async (vendor) => {
    const store = memoryStore()
    const keeper = createTokenKeeper({ store, clients: [createClient(insureSign, credentials)] })
    onTestFinished(() => keeper.close())
    const write = vi.spyOn(store, 'compareAndSwap')
    const target = { vendor, owner: 'ada' }
    for (const act of [
      () => keeper.access(target),
      () => keeper.fetch(target, '/documents'),
      () => keeper.find(target),
      () => keeper.revoke(target),
      () => keeper.adopt({ access_token: 'a-token' }, target),
    ]) {
      await expect(act()).rejects.toThrow(TypeError)
    }
    expect(write).not.toHaveBeenCalled()
  })

  it.each(names)('1.2 · %s is a vendor that no session has a link to', (vendor) => {
    for (const session of [undefined, {}, { 'esign-auth': {} }]) {
      expect(linkOf({ session } as never, vendor)).toBeUndefined()
    }
  })
})

describe('1.3 · sessions that carry links', () => {
  const sessionsOf = (world: KeeperWorld) =>
    (world.sessions as unknown as { sessions: Record<string, string> }).sessions

  it('1.3 · a session planted before the login gets no link to the grant', async () => {
    const world = keeperWorld('express-session')
    const app = await world.start()
    const thief = app.browser()
    // Any page that writes into the session makes one.
    await thief.get('/slow')
    const planted = new Map(thief.cookies)
    expect(planted.size).toBe(1)
    const victim = app.browser(new Map(planted))
    await victim.signIn()
    expect((await victim.get('/documents')).status).toBe(200)
    const again = await app.browser(planted).get('/documents')
    expect([again.status, again.text.split(':')[0]]).toEqual([500, 'reauth_required'])
    expect(Object.values(sessionsOf(world)).filter((each) => each.includes('esign-auth'))).toHaveLength(1)
  })

  it.each(['express-session', 'cookie-session'] as const)(
    '1.3 · 12 kB of tokens stay out of %s, and lock nobody out',
    async (kind) => {
      const world = keeperWorld(kind)
      const app = await world.start()
      world.sandbox.vendors.insuresign.faults.add('token', {
        answer: async (own) => Response.json({ ...((await own.json()) as object), refresh_token: 'r'.repeat(12_000) }),
      })
      const browser = app.browser()
      await browser.signIn()
      expect([...browser.cookies].join('; ').length).toBeLessThan(4_000)
      expect(JSON.stringify(sessionsOf(world)).length).toBeLessThan(4_000)
      expect((await browser.get('/documents')).status).toBe(200)
    },
  )
})

describe('1.4 · tokens of many at once, in one keeper', () => {
  it('1.4 · twenty users at two vendors, with one text as refresh token: each is given their own', async () => {
    const clients = ['one', 'two'].map((name) => {
      const vendor = defineVendor<InsureSignSettings>({ ...insureSign, id: name, name, rotation: 'never' })
      const fetch = async (_: unknown, init?: RequestInit) => {
        const old = new URLSearchParams(String(init?.body)).get('refresh_token') ?? ''
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 20))
        return Response.json({ access_token: `${name}-${old}`, token_type: 'bearer', expires_in: 3600 })
      }
      return createClient(vendor, { ...credentials, fetch: fetch as typeof globalThis.fetch })
    })
    const keeper = createTokenKeeper({ store: memoryStore(), clients })
    onTestFinished(() => keeper.close())
    const users = clients.flatMap((client) => Array.from({ length: 20 }, (_, n) => ({ client, owner: `user ${n}` })))
    for (const { client, owner } of users) {
      const tokens = { access_token: 'old', refresh_token: owner.replace(' ', '-'), expires_at: 1 }
      await keeper.adopt(tokens, { vendor: client, owner })
    }
    const got = await Promise.all(users.map(({ client, owner }) => keeper.access({ vendor: client, owner })))
    expect(got.map(({ token }) => token)).toEqual(
      users.map(({ client, owner }) => `${client.vendor.id}-${owner.replace(' ', '-')}`),
    )
  })
})

describe('1.7 · hosts that came with tokens', () => {
  it.each(['https://evil.example', 'http://api.eu1.adobesign.com', 'https://api.eu1.adobesign.com.evil.example'])(
    '1.7 · %s is not the vendor’s: neither bearer nor refresh token goes there',
    async (host) => {
      const fetch = vi.fn()
      const client = createClient(adobeAcrobatSign, { ...credentials, fetch })
      const keeper = createTokenKeeper({ store: memoryStore(), clients: [client], wait: 15_000 })
      onTestFinished(() => keeper.close())
      for (const expires_at of [1, Math.floor(Date.now() / 1000) + 3_600]) {
        const vendor_state = { api_access_point: host }
        const tokens = { access_token: 'an-access-token', refresh_token: 'a-refresh-token', expires_at, vendor_state }
        const link = await keeper.adopt(tokens, { vendor: client, owner: 'ada' })
        await expect(keeper.fetch(link, '/api/rest/v6/users/me')).rejects.toBeInstanceOf(EsignAuthError)
        await keeper.revoke(link)
      }
      // The vendor is asked to revoke behind the caller.
      await new Promise((resolve) => setTimeout(resolve, 50))
      expect(fetch).not.toHaveBeenCalled()
    },
  )
})

describe('1.6 · what a keeper says', () => {
  it('1.6 · an honest life is logged nowhere, with DEBUG=* either, and printing the keeper shows no secret', async () => {
    vi.stubEnv('DEBUG', '*')
    const spies = spiesOnOutput()
    const { vendors, fetch, approve } = createSandbox()
    const { client: registered } = vendors.insuresign
    const { clientId, clientSecret, redirectUris } = registered
    const redirectUri = 'https://app.example/callback'
    redirectUris.push(redirectUri)
    const client = createClient(insureSign, { clientId, clientSecret, fetch })
    const url = client.authorizationUrl({ redirectUri, state: 'a-state-of-this-test' })
    const code = new URL((await approve(url)).url).searchParams.get('code') ?? ''
    const tokens = await client.exchangeCode({ code, redirectUri })
    const keeper = createTokenKeeper({ store: memoryStore(), clients: [client] })
    const link = await keeper.adopt(tokens, { vendor: client, owner: 'ada' })
    const { generation } = await keeper.access(link)
    const { token } = await keeper.access(link, { notGeneration: generation })
    expect(token).not.toBe(tokens.access_token)
    expect((await keeper.fetch(link, '/my/documents')).status).toBe(200)
    const printed = [shown(keeper), inspect(keeper, { depth: null, getters: true, showHidden: true }), shown(link)]
    await keeper.revoke(link).catch(() => {})
    await keeper.close()
    for (const spy of spies) expect(spy).not.toHaveBeenCalled()
    const { access_token, refresh_token = '' } = tokens
    expect(leaks(printed.join('\n'), [clientSecret, access_token, refresh_token, token])).toEqual([])
  })
})
