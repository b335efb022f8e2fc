import { createClient, defineVendor, EsignAuthError, insureSign, type VendorDefinition, vendors } from 'esign-auth'
import { InsureSign, withEsign } from 'esign-auth/authjs'
import { createTokenKeeper } from 'esign-auth/keeper'
import { strategyFor } from 'esign-auth/passport'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { settingsOf } from '../any-vendor.ts'
import { forgetProcess } from '../authjs/later.ts'
import { nextLike, webVisitor } from '../authjs/web-app.ts'
import { leaks, shown } from '../oauth/failure.ts'
import { boundOf } from './bound.ts'

const mark = 'Zq7Wx9Kk2Mn4'
const anything = fc.oneof(
  fc.constantFrom<unknown>(undefined, null, '', 'a', true, false, 0, -1, Number.NaN, [], {}, [null], () => 'x'),
  fc.constantFrom(
    'evil.example/',
    '@evil',
    'x#',
    '../',
    'EU1',
    'eu 1',
    'a\r\nb',
    'na1.evil',
    '//',
    '__proto__',
    'constructor',
  ),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.anything({ maxDepth: 2 }),
)
const credentials = { clientId: 'a-client-id', clientSecret: `${mark}-secret` }
const optionNames = [
  ...['clientId', 'clientSecret', 'scope', 'endpoints', 'api', 'origins', 'pkce', 'tokenEncoding', 'profile'],
  ...['clientAuthentication', 'tokenParams', 'tokenHeaders', 'timeout', 'fetch', 'agent', 'allowLoopbackHttp'],
]

/** What `act` gives, or a TypeError of ours that shows no secret. */
function checked<T>(act: () => T): T | undefined {
  try {
    return act()
  } catch (error) {
    if (!(error instanceof TypeError) || (error as { code?: unknown }).code !== 'invalid_option') throw error
    expect(leaks(shown(error), [mark])).toEqual([])
    return undefined
  }
}

const siteOf = (url: string) => new URL(url).hostname.split('.').slice(-2).join('.')

describe('1.7 · fuzzed settings', () => {
  it.each(vendors.map((vendor) => [vendor.id, vendor] as const))(
    '1.7 · of %s choose hosts of the vendor, or are a TypeError of ours',
    (_, vendor) => {
      const fitting = settingsOf(vendor)
      const sites = new Set<string>()
      for (const settings of fitting) {
        const client = checked(() => createClient(vendor, { ...credentials, ...settings }))
        for (const url of [...Object.values(client?.endpoints ?? {}), ...(client?.api ?? [])])
          if (url) sites.add(siteOf(url))
      }
      const names = Object.keys(vendor.settings ?? {})
      const changes = fc.dictionary(fc.constantFrom(...names, 'region', '__proto__'), anything, { maxKeys: 3 })
      fc.assert(
        fc.property(fc.constantFrom(...fitting), changes, (settings, change) => {
          const client = checked(() => createClient(vendor, { ...credentials, ...settings, ...change }))
          for (const url of [...Object.values(client?.endpoints ?? {}), ...(client?.api ?? [])]) {
            if (!url) continue
            expect(new URL(url).protocol).toBe('https:')
            expect([...sites], url).toContain(siteOf(url))
          }
        }),
        boundOf({ numRuns: 300 }),
      )
    },
  )

  it('1.6 · options of a client and of a strategy: a TypeError of ours, and no secret in it', () => {
    const Strategy = strategyFor(insureSign)
    const changes = fc.dictionary(fc.constantFrom(...optionNames), anything, { minKeys: 1, maxKeys: 3 })
    fc.assert(
      fc.property(changes, (change) => {
        checked(() => createClient(insureSign, { ...credentials, ...change } as never))
        const { clientId: clientID, clientSecret } = credentials
        const own = { clientID, clientSecret, callbackURL: 'https://app.example/callback' }
        checked(() => new Strategy({ ...own, ...change } as never, () => undefined))
      }),
      boundOf({ numRuns: 2_000 }),
    )
  })

  it('1.6 · options of an Auth.js provider: a trip to the vendor or the sign-in page, and no secret told', {
    timeout: 60_000,
  }, async () => {
    const own = ['id', 'name', 'style', 'account', 'authorization', 'postCallback', 'redirectUri', 'state']
    const changes = fc.dictionary(fc.constantFrom(...optionNames, ...own), anything, { minKeys: 1, maxKeys: 3 })
    await fc.assert(
      fc.asyncProperty(changes, async (change) => {
        const errors: unknown[] = []
        const host = withEsign(nextLike, {
          secret: 'an Auth.js secret, long enough for a test',
          trustHost: true,
          providers: [InsureSign({ ...credentials, ...change, id: 'insuresign' } as never)],
          logger: { error: (error) => void errors.push(error), warn: () => {} },
        })
        const answer = await webVisitor(host).press('insuresign')
        const location = answer.headers.get('location') ?? ''
        const begun = location.includes('response_type=code')
        if (!begun) expect(location).toMatch(/^https:\/\/app\.example\/api\/auth\/(signin|error)\?error=Configuration/)
        expect(leaks([location, await answer.text(), ...errors.map(shown)].join('\n'), [mark])).toEqual([])
      }),
      boundOf({ numRuns: 300 }),
    )
  })

  it('1.7 · a definition of a vendor is taken or a TypeError', () => {
    const plain: VendorDefinition = {
      id: 'a-vendor',
      name: 'A Vendor',
      endpoints: () => ({ authorization: 'https://a.example/auth', token: 'https://a.example/token' }),
      api: () => [],
      identity: 'none',
      pkce: 'unknown',
      rotation: 'never',
      token: { credentials: 'body', encoding: 'form', fields: { authorization_code: ['grant_type', 'code'] } },
    }
    const names = [...Object.keys(plain), 'settings', 'authorize', 'captured', 'callbackNames', 'tokenOf', 'revocation']
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), anything, { minKeys: 1, maxKeys: 2 }), (change) => {
        try {
          const made = defineVendor({ ...plain, ...change } as VendorDefinition)
          expect(Object.isFrozen(made)).toBe(true)
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError)
        }
      }),
      boundOf({ numRuns: 2_000 }),
    )
  })
})

describe('1.3 · fuzzed links and copies of a session', () => {
  const client = createClient(insureSign, {
    ...credentials,
    fetch: async () => Response.json({ error: 'invalid_grant' }, { status: 400 }),
  })
  const tokens = { access_token: `${mark}-access`, refresh_token: `${mark}-refresh`, expires_at: 4_000_000_000 }
  const allowed = (error: unknown) => error instanceof EsignAuthError || error instanceof TypeError

  it('1.3 · a target of any kind: nobody else’s token, and only errors of ours', async () => {
    const keeper = createTokenKeeper({ clients: [client] })
    const link = await keeper.adopt(tokens, { vendor: client, owner: 'ada' })
    const target = fc.oneof(
      anything,
      fc.record(
        { grant: anything, vendor: anything, generation: anything, owner: anything, account: anything },
        { requiredKeys: [] },
      ),
      anything.map((generation) => ({ ...link, generation })),
      fc.tuple(fc.nat(link.grant.length - 1), fc.string({ maxLength: 2 })).map(([at, put]) => ({
        ...link,
        grant: link.grant.slice(0, at) + put + link.grant.slice(at + 1),
      })),
    )
    await fc.assert(
      fc.asyncProperty(target, async (each) => {
        const found = await keeper.access(each as never).catch((error: unknown) => error)
        const own =
          typeof each === 'object' && each !== null && 'grant' in each ? each.grant === link.grant : each === link.grant
        if (found instanceof Error) {
          if (!allowed(found)) throw found
          expect(leaks(shown(found), [mark])).toEqual([])
        } else {
          expect(own || (each as { owner?: unknown }).owner === 'ada', JSON.stringify(each)).toBe(true)
        }
      }),
      boundOf({ numRuns: 1_500 }),
    )
    await keeper.close()
  })

  it('1.3 · a copy that was changed opens nothing, and nothing throws', async () => {
    const keeper = createTokenKeeper({ clients: [client] })
    const link = await keeper.adopt(tokens, { vendor: client, owner: 'berta' })
    const { copy = '' } = keeper.link(link.grant) ?? {}
    expect(copy.length).toBeGreaterThan(50)
    await keeper.close()
    const spoiled = fc.oneof(
      fc
        .tuple(fc.nat(copy.length - 1), fc.string({ maxLength: 3 }))
        .map(([at, put]) => copy.slice(0, at) + put + copy.slice(at + 1)),
      fc.string({ maxLength: 300 }),
      fc.constantFrom('', 'a.b.c.d.e', '....', copy.slice(1), copy + copy),
    )
    await fc.assert(
      fc.asyncProperty(spoiled, async (each) => {
        if (each === copy) return
        forgetProcess()
        const later = createTokenKeeper({ clients: [client] })
        await later.restore({ ...link, copy: each })
        const found = await later.access(link).catch((error: unknown) => error)
        expect(found).toMatchObject({ code: 'reauth_required', reason: 'unknown' })
        await later.close()
      }),
      boundOf({ numRuns: 300 }),
    )
    forgetProcess()
    const later = createTokenKeeper({ clients: [client] })
    await later.restore({ ...link, copy })
    expect((await later.access(link)).token).toBe(tokens.access_token)
    await later.close()
  })
})
