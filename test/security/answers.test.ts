import { createClient, defineVendor, type InsureSignSettings, insureSign, type TokenSet } from 'esign-auth'
import { createTokenKeeper, memoryStore } from 'esign-auth/keeper'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { unusable, usable } from '../authjs/answers.ts'
import { testApp as authApp, browser } from '../authjs/express-app.ts'
import { type Deed, type EvilVendor, reply, resetOnReuse, startEvilVendor, tokens } from '../evil-vendor.ts'
import { testApp } from '../passport/app.ts'
import { nothingEscapes } from './nothing-escapes.ts'

// What a token endpoint may answer, through each host that stands between it and an application. One test for each row of
// section 1.4 in SECURITY.md; the client's own tests are in test/oauth.

/** An application that has just been answered. */
interface Outcome {
  /** The access token that it works with now, or that somebody is signed in; `undefined` when it took none. */
  readonly took: unknown
  /** What it told. */
  readonly said: string
}

/** A way from a token endpoint into an application. */
interface Host {
  readonly name: string
  /** Sets the application up; every call of what it gives is one more exchange or refresh. */
  start(evil: EvilVendor): Promise<() => Promise<Outcome>>
}

const timeout = 400
const credentials = { clientId: 'a-client-id', clientSecret: 'a secret of these tests' }
/** Out of the vendor's answers to anything but a token request. */
const somebody = reply(JSON.stringify({ sub: 'somebody' }))
const expired: TokenSet = {
  access_token: 'the-old-access-token',
  refresh_token: 'the-old-refresh-token',
  expires_at: 1,
}

const hosts: readonly Host[] = [
  {
    name: 'Passport',
    async start({ address }) {
      const app = await testApp({ strategy: { ...address, fetch: undefined, timeout } })
      return async () => {
        const visitor = app.browser()
        const state = new URL(await visitor.login()).searchParams.get('state')
        const { status, text } = await visitor.get(`/callback?code=a-code&state=${state}`)
        expect([200, 500]).toContain(status)
        return { took: (await visitor.get('/me')).body.user ?? undefined, said: text }
      }
    },
  },
  {
    name: 'the stand-in for node-oauth',
    async start({ address }) {
      const { strategy } = await testApp({ strategy: { ...address, fetch: undefined, timeout } })
      let nth = 0
      return () =>
        new Promise((resolve) => {
          const params = { grant_type: 'refresh_token' }
          // Another each time: whoever comes with the same one within ten seconds is given the same answer.
          strategy._oauth2.getOAuthAccessToken(`the-old-refresh-token-${++nth}`, params, (error, took) =>
            resolve({ took: error ? undefined : took, said: String((error as Error | null)?.message) }),
          )
        })
    },
  },
  {
    name: 'Auth.js',
    async start({ address }) {
      const app = await authApp({ provider: { ...address, timeout } })
      return async () => {
        const visitor = browser(app.origin)
        const state = new URL(await visitor.begin('insuresign')).searchParams.get('state')
        const answer = await visitor.go(`/auth/callback/insuresign?code=a-code&state=${state}`)
        expect(answer.status).toBe(302)
        return { took: (await visitor.session())?.esign, said: answer.headers.get('location') ?? '' }
      }
    },
  },
  {
    name: 'the keeper',
    async start({ address }) {
      // One that rotates: what its answer may have cost is asked for once.
      const vendor = defineVendor<InsureSignSettings>({ ...insureSign, rotation: 'always' })
      const client = createClient(vendor, { ...credentials, ...address })
      return async () => {
        const keeper = createTokenKeeper({ store: memoryStore(), clients: [client], http: { timeout }, wait: 16_000 })
        onTestFinished(() => keeper.close())
        await keeper.adopt(expired, { vendor: client, owner: 'ada' })
        try {
          return { took: (await keeper.access({ vendor: client, owner: 'ada' })).token, said: '' }
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/^(vendor_unavailable|reauth_required)$/) })
          return { took: undefined, said: (error as Error).message }
        }
      }
    },
  },
]

/** Rows of SECURITY.md, and the answers that belong to each. */
const refusals: readonly (readonly [row: string, answers: readonly string[]])[] = [
  ['1.4 · HTML, forms, other labels', ['a page', 'a page that reads as a form', 'a form', 'JSON called text/html']],
  [
    '1.4 · truncated, cut, silent, dripping',
    [
      'JSON cut short',
      'a body that breaks off',
      'a body that ends early',
      'silence for ever',
      'a drip',
      'a drip of headers',
    ],
  ],
  ['1.4 · 32 MB, gzip bomb', ['32 MB', 'a gzip bomb']],
  ['1.4 · 200 with an error', ['200 with an error', '200 with an error and a token']],
  ['1.4 · a token in any status but 200', ['HTTP 201', 'HTTP 206', 'HTTP 302 with tokens', 'HTTP 500 with tokens']],
  [
    '1.4 · an access_token that is missing, or no text fit for a header',
    Object.keys(unusable)
      .filter((name) => name.startsWith('access_token'))
      .concat('invalid UTF-8'),
  ],
  ['1.4 · a token_type that is missing, or another', ['token_type missing', 'token_type mac', 'token_type an object']],
  [
    '1.4 · null, arrays, 200 000 brackets, empty',
    ['JSON null', 'a JSON array', 'a JSON string', '200 000 brackets', 'nothing at all'],
  ],
  ['1.4 · a prototype in place of the token', ['a prototype in place of the token']],
  ['1.4 · reset, garbage, a header of 64 kB', ['a reset', 'no HTTP', 'a header of 64 kB']],
  ['1.4 · an error, a redirect or 503 in place of tokens', Object.keys(unusable).filter((name) => /^HTTP/.test(name))],
]

const acceptances: readonly (readonly [row: string, answers: readonly string[]])[] = [
  ['1.4 · token_type in any case', ['token_type bearer', 'token_type BEARER']],
  [
    '1.4 · odd refresh_token, odd expires_in',
    Object.keys(usable).filter((name) => /^(refresh_token|expires_in)/.test(name)),
  ],
  ['1.4 · duplicate keys, prototype keys', ['access_token twice', 'prototype keys']],
  ['1.4 · null and unknown members', ['state null beside them', 'unknown members', 'scope null', 'scope as an array']],
]

nothingEscapes()
afterEach(() => expect(({} as { x?: unknown }).x).toBeUndefined())

/** At the token endpoint; elsewhere the vendor behaves. */
const atToken =
  (deed: Deed): Deed =>
  (socket, heard) =>
    (heard.path.startsWith('/token') ? deed : somebody)(socket, heard)

async function evilVendor(): Promise<EvilVendor> {
  const evil = await startEvilVendor()
  onTestFinished(() => evil.close())
  return evil
}

it('1.4 · every answer that is refused belongs to a row', () => {
  expect(new Set(refusals.flatMap(([, answers]) => answers))).toEqual(new Set(Object.keys(unusable)))
})

describe.each(hosts)('1.4 · answers of a token endpoint, at $name', ({ start }) => {
  it.each(refusals)('%s: refused in time, asked once, nothing thrown', { timeout: 60_000 }, async (_, answers) => {
    const evil = await evilVendor()
    const ask = await start(evil)
    for (const name of answers) {
      evil.does = atToken(unusable[name] as Deed)
      const asked = evil.heard.length
      const begun = performance.now()
      const { took, said } = await ask()
      expect(took, name).toBeUndefined()
      expect(performance.now() - begun, name).toBeLessThan(5_000)
      expect(evil.heard.length - asked, name).toBe(1)
      expect(said, name).not.toMatch(/secret of these|the-old-|<html>/)
    }
  })

  it.each(acceptances)('%s: taken', async (_, answers) => {
    const evil = await evilVendor()
    const ask = await start(evil)
    for (const name of answers) {
      evil.does = atToken(usable[name] as Deed)
      const { took, said } = await ask()
      expect(took, `${name}: ${said}`).toBeDefined()
      if (typeof took === 'string') expect(took, name).toBe('evil-access-token')
    }
  })

  it('1.4 · redirects to another host: not followed, whatever their status', async () => {
    const [evil, elsewhere] = [await evilVendor(), await evilVendor()]
    const ask = await start(evil)
    for (const status of [301, 302, 303, 307, 308]) {
      evil.does = atToken(reply('', { status, headers: { location: `${elsewhere.url}/token` } }))
      expect((await ask()).took, String(status)).toBeUndefined()
    }
    expect(elsewhere.connections).toBe(0)
    expect(evil.heard).toHaveLength(5)
  })

  it('1.4 · 503 with Retry-After, and a reset on a connection that was kept alive: not sent again', async () => {
    const evil = await evilVendor()
    const ask = await start(evil)
    evil.does = atToken(reply('', { status: 503, headers: { 'retry-after': '0' } }))
    expect((await ask()).took).toBeUndefined()
    evil.does = atToken(tokens())
    expect((await ask()).took).toBeDefined()
    const before = evil.heard.length
    evil.does = resetOnReuse
    expect((await ask()).took).toBeUndefined()
    expect(evil.heard.length - before).toBe(1)
    expect(evil.heard.at(-1)?.nth).toBeGreaterThan(1)
  })
})
