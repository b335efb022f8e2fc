import { describe, expect, it } from 'vitest'
import { startDemo } from '../../examples/express/server.ts'
import { testApp as authApp, browser } from '../authjs/express-app.ts'
import { createTestSandbox, hostApp, newStrategy } from '../passport/app.ts'

const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'nosuch']

describe('1.2 · names of vendors in the path', () => {
  it.each(names)('1.2 · of Auth.js are answered without a 5xx, and begin nothing: %s', async (name) => {
    const app = await authApp()
    const visitor = browser(app.origin)
    const begun = await visitor.press(name)
    const ended = await visitor.go(`/auth/callback/${name}?code=a&state=b`)
    // Auth.js answers a provider that it does not know with its own page, or 400.
    for (const { status } of [begun, ended]) expect(status).toBeLessThan(500)
    expect(app.tokenRequests()).toEqual([])
    expect([...visitor.jar.keys()].filter((each) => each.includes('esign-login'))).toEqual([])
  })

  it.each(names)('1.2 · of the Express example are not found: %s', async (name) => {
    const demo = await startDemo({})
    for (const path of [`/login/${name}`, `/callback/${name}?code=a&state=b`]) {
      expect((await fetch(demo.url + path, { redirect: 'manual' })).status).toBe(404)
    }
    await demo.close()
  })

  it.each(names)('1.2 · of an app that looks its names up in a Map are not found: %s', async (name) => {
    const strategy = newStrategy(createTestSandbox())
    const { browser } = await hostApp({
      routes(app, passport) {
        passport.use(strategy as never)
        const known = new Map([[strategy.name, passport.authenticate(strategy.name)]])
        app.get('/login/:vendor', (req, res, next) => {
          const begin = known.get(req.params.vendor)
          if (begin) begin(req, res, next)
          else res.sendStatus(404)
        })
      },
    })
    expect((await browser().get(`/login/${name}`)).status).toBe(404)
    expect((await browser().get(`/login/${strategy.name}`)).status).toBe(302)
  })
})
