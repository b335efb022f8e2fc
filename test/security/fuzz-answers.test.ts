import { createClient, EsignAuthError, insureSign } from 'esign-auth'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type EvilVendor, startEvilVendor, tokenFields } from '../evil-vendor.ts'
import { leaks, shown } from '../oauth/failure.ts'
import { boundOf } from './bound.ts'

// More than 10 000 mutated answers, half of them over each sender. A failure prints its seed and path: `fc.assert(…, { seed, path })`
// plays it again.

const mark = 'Zq7Wx9Kk2Mn4'
const secret = `${mark}+/=&<>"'% é`
const batch = 100
const runs = 27

const name = fc.constantFrom(
  ...['access_token', 'token_type', 'refresh_token', 'expires_in', 'scope', 'id_token', 'error', 'error_description'],
  ...['error_uri', '__proto__', 'constructor', 'toString', 'code', 'message', 'data', '', ' error'],
)
const value = fc.oneof(
  fc.constantFrom<unknown>(
    '',
    'Bearer',
    'mac',
    'a-token',
    '3600',
    '1h',
    -1,
    0,
    1e30,
    null,
    true,
    [],
    {},
    'a\r\nb',
    'é',
  ),
  fc.constantFrom(secret, encodeURIComponent(secret), `x ${secret} y`, Buffer.from(secret).toString('base64')),
  fc.jsonValue({ maxDepth: 2 }),
)
const changed = fc
  .array(fc.tuple(name, value), { maxLength: 4 })
  .map((entries) => JSON.stringify({ ...tokenFields({ refresh_token: 'a-new-one' }), ...Object.fromEntries(entries) }))
/** Keys that come twice, and keys that `JSON.stringify` of an object would not write. */
const written = fc
  .array(fc.tuple(name, value), { maxLength: 5 })
  .map((entries) => `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${JSON.stringify(each)}`).join()}}`)
const spoiled = fc
  .tuple(changed, fc.nat(120), fc.nat(6), fc.string({ maxLength: 6, unit: 'binary' }))
  .map(([good, at, cut, put]) => good.slice(0, at) + put + good.slice(at + cut))
const body = fc.oneof(
  { weight: 4, arbitrary: changed },
  { weight: 2, arbitrary: written },
  { weight: 3, arbitrary: spoiled },
  { weight: 1, arbitrary: fc.constantFrom('null', '[]', '""', '', '<html>', '['.repeat(20_000), 'access_token=a') },
)
const status = fc.oneof(
  { weight: 6, arbitrary: fc.constant(200) },
  { weight: 1, arbitrary: fc.constantFrom(201, 202, 204, 206, 301, 302, 307, 400, 401, 403, 429, 500, 503) },
)
const label = fc.oneof(
  { weight: 6, arbitrary: fc.constant('application/json') },
  { weight: 1, arbitrary: fc.constantFrom('text/html', 'application/json; charset=x', '', mark, 'application/x+json') },
)
/** What is done to the bytes of an answer, rarely. */
const damage = fc.oneof(
  { weight: 9, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.tuple(fc.nat(160), fc.nat(6), fc.uint8Array({ maxLength: 6 })) },
)
const answer = fc.record({ body, status, label, damage })
type Answer = typeof answer extends fc.Arbitrary<infer T> ? T : never

function bytesOf({ body, status, label, damage }: Answer): { readonly bytes: Buffer; readonly end: boolean } {
  const text = Buffer.from(body)
  const head = `HTTP/1.1 ${status} X\r\ncontent-type: ${label}\r\ncontent-length: ${text.length}\r\nretry-after: 1\r\n\r\n`
  const whole = Buffer.concat([Buffer.from(head), status === 204 ? Buffer.alloc(0) : text])
  if (!damage) return { bytes: whole, end: false }
  const [at, cut, put] = damage
  return { bytes: Buffer.concat([whole.subarray(0, at), put, whole.subarray(at + cut)]), end: true }
}

const refusals = new Set([
  ...['http_error', 'oauth_error', 'invalid_answer', 'network_error', 'redirect_refused', 'timeout'],
])

function isUsable(tokens: unknown): boolean {
  return (
    typeof tokens === 'object' &&
    tokens !== null &&
    'access_token' in tokens &&
    /^[\x21-\x7e]+$/.test(String(tokens.access_token))
  )
}

let evil: EvilVendor
const escaped: unknown[] = []
const note = (error: unknown) => void escaped.push(error)
beforeAll(async () => {
  evil = await startEvilVendor()
})
afterAll(() => evil.close())
beforeEach(() => void process.on('uncaughtException', note).on('unhandledRejection', note))
afterEach(() => void process.off('uncaughtException', note).off('unhandledRejection', note))

describe.each([
  ['node:https', {}],
  ['fetch', { fetch: globalThis.fetch }],
])('1.4 · thousands of mutated answers over %s', (_, options) => {
  it.each(['the code exchange', 'the refresh'])(
    '1.4 · of %s: a usable token or one of our errors, in time, and nothing secret',
    { timeout: 90_000 },
    async (call) => {
      const client = createClient(insureSign, {
        ...{ clientId: 'a-client-id', clientSecret: secret, timeout: 15_000 },
        ...evil.address,
        ...options,
      })
      let answers: readonly Answer[] = []
      evil.does = (socket, { body }) => {
        const number = Number(new URLSearchParams(body).get('number'))
        const { bytes, end } = bytesOf(answers[number] as Answer)
        if (end) socket.end(bytes)
        else socket.write(bytes)
      }
      const ask = (number: string) => {
        const params = { number }
        return call === 'the refresh'
          ? client.refresh({ refresh_token: secret }, { params })
          : client.exchangeCode({ code: secret, redirectUri: 'https://app.example/callback', params })
      }
      let tried = 0
      await fc.assert(
        fc.asyncProperty(fc.array(answer, { minLength: batch, maxLength: batch }), async (given) => {
          answers = given
          const found = await Promise.all(given.map((_, i) => ask(String(i)).catch((error: unknown) => error)))
          const texts: string[] = []
          for (const [i, one] of found.entries()) {
            tried++
            const broken = given[i]?.damage !== undefined
            if (one instanceof EsignAuthError) {
              // Broken bytes may promise more than they bring.
              if (!refusals.has(one.code) || (one.code === 'timeout' && !broken) || one.message.length > 600) throw one
              texts.push(i % 5 === 0 ? shown(one) : one.message + JSON.stringify(one))
            } else if (!isUsable(one) || !(given[i]?.status === 200 || broken)) {
              throw new Error(`accepted ${JSON.stringify(given[i])}, of which came ${JSON.stringify(one)}`)
            }
          }
          expect(leaks(texts.join('\n'), [mark])).toEqual([])
        }),
        boundOf({ numRuns: runs }),
      )
      expect(tried).toBe(batch * runs * Number(process.env['ESIGN_AUTH_FUZZ_RUNS'] ?? 1))
      expect(escaped).toEqual([])
      expect(Object.keys(Object.prototype)).toEqual([])
    },
  )
})
