import { type AuthorizationParams, createClient, defineVendor, insureSign, type Vendor, vendors } from 'esign-auth'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { authorizationUrl } from '../../src/oauth/authorization-url.ts'
import { register } from '../../src/oauth/registration.ts'
import { settingsOf } from '../any-vendor.ts'

// Seeds are random, and a failure prints its own: `fc.assert(…, { seed, path })` plays it again.

const urlSafe = fc.stringMatching(/^[\w.*-]{1,43}$/)
const text = fc.oneof(
  urlSafe,
  fc.constantFrom('mark-of-state', 'mark-of-challenge', 'a+b c', '$&', 'ü', 'a\n', '~', '&scope=x', ''),
  fc.string({ unit: 'grapheme', maxLength: 20 }).filter((each) => !/\p{Cs}/u.test(each)),
)
const name = fc.constantFrom('state', 'scope', 'mark-of-state', 'prompt', 'code_challenge', 'client_id', '__proto__')

const ours = vendors.flatMap((vendor) => settingsOf(vendor).map((settings) => ({ vendor, settings })))
const odd = fc
  .record({
    names: fc.record({ client_id: fc.constantFrom('client_id', 'clientId', 'state', 'scope', 'code_challenge') }),
    scopeSeparator: fc.constantFrom(' ', ',', '+'),
    scopeAt: fc.constantFrom('authorization', 'token'),
    params: fc.dictionary(name, text, { maxKeys: 2 }).map((params) => () => params),
  })
  .map((authorize) => ({ vendor: defineVendor({ ...insureSign, authorize }) as Vendor, settings: {} }))

const clients = fc
  .record({
    of: fc.oneof(fc.constantFrom(...ours), odd),
    clientId: fc.oneof(urlSafe, fc.constantFrom('mark-of-state', 'mark-of-challenge', 'an id&more=é')),
    scope: fc.option(text, { nil: undefined }),
    pkce: fc.boolean(),
    query: fc.constantFrom('', '?a=b', '?code_challenge=x&state=y', '?scope=z', '?mark-of-state=1'),
    moved: fc.boolean(),
  })
  .map(({ of: { vendor, settings }, query, moved, pkce, ...given }) => {
    const ownHosts = Object.values(vendor.settings ?? {}).some(({ choosesEndpoints }) => choosesEndpoints)
    const endpoints = { authorization: `https://vendor.example/authorize${query}`, token: 'https://vendor.example/t' }
    const options = {
      ...given,
      ...settings,
      clientSecret: 'a-client-secret',
      ...(moved && !ownHosts ? { endpoints } : {}),
      ...(vendor.pkce === 'unknown' ? { pkce } : {}),
    }
    return { vendor, options }
  })

const asked = fc.record(
  {
    redirectUri: fc.constantFrom(
      'https://app.example/callback',
      'https://app.example/ä b?x=mark-of-state',
      'https://app.example/mark-of-challenge',
      '/relative',
      7,
      undefined,
    ),
    state: fc.oneof({ weight: 9, arbitrary: text }, fc.constantFrom(undefined, null, 7, ['a'])),
    codeChallenge: fc.oneof({ weight: 9, arbitrary: text }, fc.constantFrom(undefined, null, 7, ['a'])),
    scope: fc.oneof(text, fc.array(text, { maxLength: 2 })),
    params: fc.dictionary(name, text, { maxKeys: 2 }),
  },
  { requiredKeys: ['redirectUri', 'state', 'codeChallenge'] },
)

function outcome(make: () => string): string {
  try {
    return make()
  } catch (error) {
    return String(error)
  }
}

describe('an authorization URL of a client, which prepares what stays the same', () => {
  it('is that of the general way, or its error, whatever is asked of whichever vendor', () => {
    let urls = 0
    fc.assert(
      fc.property(clients, fc.array(asked, { minLength: 1, maxLength: 5 }), ({ vendor, options }, questions) => {
        const client = createClient(vendor, options)
        const registration = register(vendor, options)
        // Each twice: unprepared, and prepared.
        for (const each of [...questions, ...questions] as AuthorizationParams[]) {
          const url = outcome(() => client.authorizationUrl(each))
          expect(url).toBe(outcome(() => authorizationUrl(registration, each)))
          if (url.startsWith('https:')) urls++
        }
      }),
      { numRuns: 3000 },
    )
    expect(urls).toBeGreaterThan(3000)
  })

  it('stays so when callback addresses are made up without end', () => {
    const options = { clientId: 'an-id', clientSecret: 'a-client-secret', pkce: true }
    const client = createClient(insureSign, options)
    const registration = register(insureSign, options)
    for (let i = 0; i < 100; i++) {
      const each = { redirectUri: `https://app.example/${i % 60}`, state: `s${i}`, codeChallenge: `c${i}` }
      expect(client.authorizationUrl(each)).toBe(authorizationUrl(registration, each))
    }
  })
})
