import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { testApp as authApp, browser } from '../authjs/express-app.ts'
import { testApp } from '../passport/app.ts'
import { breakOff, raw } from '../passport/serve.ts'
import { webApp } from '../web/app.ts'
import { boundOf } from './bound.ts'
import { nothingEscapes } from './nothing-escapes.ts'

// Whatever a visitor sends to a callback: the process lives, the answer is no 5xx, nothing secret is in it, and the
// honest visitor signs in afterwards.

nothingEscapes()
afterEach(() => expect(Object.keys(Object.prototype)).toEqual([]))

/** What HTTP lets through in a request line. */
const piece = fc.oneof(
  fc.string({ maxLength: 12 }).map((text) => text.replace(/[^\x21-\x7e]|#/g, '')),
  fc.string({ unit: 'binary', maxLength: 6 }).map((text) => encodeURIComponent(text.replace(/\p{Surrogate}/gu, ''))),
  fc.constantFrom(
    '%',
    '%zz',
    '%00',
    '%0d%0aset-cookie:x=1',
    '%ff',
    '[]',
    '[__proto__]',
    '__proto__',
    '.',
    '//evil.example',
  ),
)
const known = fc.constantFrom(
  ...[
    'code',
    'state',
    'error',
    'iss',
    'error_description',
    'error_uri',
    'code[]',
    'code[$ne]',
    'state[toString]',
    'CODE',
  ],
  ...['access_token', 'callbackUrl', 'returnTo', '__proto__[x]', 'constructor[prototype][x]', 'co%64e'],
)
/** `STATE` stands for that of a login which pends in this browser. */
const value = fc.oneof(
  piece,
  fc.constantFrom('STATE', '', 'null', 'undefined', 'a-code', 'access_denied', 'server_error'),
)
const query = fc
  .array(fc.tuple(fc.oneof(known, piece), value), { maxLength: 5 })
  .map((pairs) => pairs.map(([name, each]) => `${name}=${each}`).join('&'))
const cookie = fc.oneof(
  { weight: 3, arbitrary: fc.constant('JAR') },
  { weight: 1, arbitrary: fc.string({ maxLength: 40 }).map((text) => text.replace(/[^\x20-\x7e]/g, '')) },
  // Browsers send bytes above 0x7F as they are.
  {
    weight: 1,
    arbitrary: fc.string({ unit: 'binary', maxLength: 40 }).map((text) => text.replace(/[^\t\x20-\x7e\x80-\xff]/g, '')),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ...['esign-login.x=1.a', '__Host-esign-login.AAAA=zz.eyJ.x', 'esign-login.=', ';;;='],
      ...['\xA0JAR', 'JAR\xA0', '\t JAR ;\tJAR', 'x=\xA0;\x85JAR'],
    ),
  },
)
const visit = fc.record({
  query,
  cookie,
  method: fc.oneof(
    { weight: 6, arbitrary: fc.constant('GET') },
    { weight: 1, arbitrary: fc.constantFrom('POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH') },
  ),
  body: query,
})

describe('1.2 · fuzzed callbacks', () => {
  it('1.2 · of Passport: never a 5xx, nothing secret, and the honest visitor signs in', {
    timeout: 90_000,
  }, async () => {
    const { url, browser, sandbox, signIn } = await testApp({
      routes: (app) => void app.get('/alive', (_, res) => void res.end('yes')),
    })
    const { clientSecret } = sandbox.vendors.insuresign.client
    await fc.assert(
      fc.asyncProperty(fc.array(visit, { minLength: 20, maxLength: 20 }), async (visits) => {
        const visitor = browser()
        const state = new URL(await visitor.login()).searchParams.get('state') ?? ''
        const jar = [...visitor.cookies].map((pair) => pair.join('=')).join('; ')
        const answers = await Promise.all(
          visits.map(({ query, cookie, method, body }) =>
            raw(url, `/callback?${query.replaceAll('STATE', state)}`, {
              method,
              headers: { cookie: cookie.replace('JAR', jar), 'content-type': 'application/x-www-form-urlencoded' },
              body: method === 'GET' ? '' : body,
            }),
          ),
        )
        for (const [i, answer] of answers.entries()) {
          // An error that the vendor sent is the application's 502; 500 is that of no vendor.
          const vendorsOwn = /^(502|503)$/.test(String(answer.status)) && visits[i]?.query.includes('STATE')
          const refused = answer.status === 500 && /invalid_grant/.test(answer.text)
          if (!(answer.status < 500 || vendorsOwn || refused)) {
            throw new Error(`${answer.status} for ${JSON.stringify(visits[i])}: ${answer.text}`)
          }
          if (answer.text.includes(clientSecret)) throw new Error(`the secret, for ${JSON.stringify(visits[i])}`)
          expect(answer.header('set-cookie') ?? '').not.toMatch(/x=1/)
        }
      }),
      boundOf({ numRuns: 60 }),
    )
    expect((await signIn(browser())).status).toBe(200)
  })

  it('1.2 · of Auth.js: never a 5xx, nothing secret, and the honest visitor signs in', {
    timeout: 90_000,
  }, async () => {
    const app = await authApp({ provider: { postCallback: true } })
    const { clientSecret } = app.sandbox.vendors.insuresign.client
    const visits = fc.array(visit, { minLength: 10, maxLength: 10 })
    await fc.assert(
      fc.asyncProperty(visits, fc.array(visit, { maxLength: 2 }), async (visits, brokenOff) => {
        const visitor = browser(app.origin)
        const state = new URL(await visitor.begin('insuresign')).searchParams.get('state') ?? ''
        const jar = visitor.cookieHeader()
        for (const { query, cookie } of brokenOff) {
          await breakOff(
            app.origin,
            '/auth/callback/insuresign',
            query.replaceAll('STATE', state),
            cookie.replace('JAR', jar),
          )
        }
        const answers = await Promise.all(
          visits.map(({ query, cookie, method, body }) =>
            raw(app.origin, `/auth/callback/insuresign?${query.replaceAll('STATE', state)}`, {
              method,
              headers: { cookie: cookie.replace('JAR', jar), 'content-type': 'application/x-www-form-urlencoded' },
              body: method === 'GET' ? '' : body,
            }),
          ),
        )
        for (const [i, answer] of answers.entries()) {
          if (!(answer.status < 500))
            throw new Error(`${answer.status} for ${JSON.stringify(visits[i])}: ${answer.text}`)
          if (answer.text.includes(clientSecret)) throw new Error(`the secret, for ${JSON.stringify(visits[i])}`)
          const location = answer.header('location')
          if (location) expect(new URL(location, app.origin).origin).toBe(app.origin)
          expect(answer.header('set-cookie') ?? '').not.toMatch(/x=1/)
        }
      }),
      boundOf({ numRuns: 30 }),
    )
    const honest = browser(app.origin)
    await app.signIn(honest)
    expect(await honest.session()).toHaveProperty('esign')
  })

  it('1.2 · of esign-auth/web: never a 5xx, nothing secret, and the honest visitor signs in', {
    timeout: 90_000,
  }, async () => {
    for (const postCallback of [false, true]) {
      const { url, browser, sandbox, visit: signIn } = await webApp({ options: { postCallback } })
      const { clientSecret } = sandbox.vendors.insuresign.client
      await fc.assert(
        fc.asyncProperty(fc.array(visit, { minLength: 20, maxLength: 20 }), async (visits) => {
          const visitor = browser()
          const state = new URL(await visitor.login()).searchParams.get('state') ?? ''
          const jar = [...visitor.cookies].map((pair) => pair.join('=')).join('; ')
          const answers = await Promise.all(
            visits.map(({ query, cookie, method, body }) =>
              raw(url, `/callback?${query.replaceAll('STATE', state)}`, {
                method,
                headers: { cookie: cookie.replace('JAR', jar), 'content-type': 'application/x-www-form-urlencoded' },
                body: method === 'GET' ? '' : body.replaceAll('STATE', state),
              }),
            ),
          )
          for (const [i, answer] of answers.entries()) {
            if (!(answer.status < 500))
              throw new Error(`${answer.status} for ${JSON.stringify(visits[i])}: ${answer.text}`)
            if (answer.text.includes(clientSecret)) throw new Error(`the secret, for ${JSON.stringify(visits[i])}`)
            expect(answer.header('set-cookie') ?? '').not.toMatch(/x=1/)
          }
        }),
        boundOf({ numRuns: 30 }),
      )
      expect((await signIn(browser())).status).toBe(200)
    }
  })
})
