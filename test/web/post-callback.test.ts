import { once } from 'node:events'
import { connect } from 'node:net'
import { requestFrom, sendResponse } from 'esign-auth/web'
import express, { type RequestHandler } from 'express'
import { describe, expect, it } from 'vitest'
import { createTestSandbox, paramOf } from '../passport/app.ts'
import { createBrowser } from '../passport/browser.ts'
import { serve } from '../passport/serve.ts'
import { nothingEscapes } from '../security/nothing-escapes.ts'
import { copyOf, newSignIn, ours, site, type WebAppOptions, webApp } from './app.ts'

nothingEscapes()

/** An app at a vendor that posts the callback. */
function postApp({ options, ...more }: WebAppOptions = {}) {
  const sandbox = createTestSandbox()
  sandbox.vendors.insuresign.switches.callback = 'form_post'
  return webApp({ ...more, sandbox, options: { postCallback: true, ...options } })
}

describe('1.3 · a callback that the vendor posts', () => {
  it('1.3 · completes with its SameSite=None cookies only', async () => {
    const { browser, sandbox, visit, finished } = await postApp()
    const visitor = browser()
    await visit(visitor, 'Mei Tanaka')
    expect(finished).toMatchObject([{ identity: { id: sandbox.vendors.insuresign.users[2]?.id } }])
    expect(visitor.setCookies).toEqual([
      expect.stringMatching(/^__Host-.*; Max-Age=600; Path=\/; HttpOnly; SameSite=None; Secure$/),
      expect.stringMatching(/^__Host-.*=; Max-Age=0; Path=\/; HttpOnly; SameSite=None; Secure$/),
    ])
  })

  it('1.3 · a forged cross-site POST is refused', async () => {
    const { browser, sandbox, tokenRequests, failures } = await postApp()
    const [attacker, victim] = [browser(), browser()]
    const forged = await sandbox.approve(await attacker.login())
    await victim.login()
    await victim.follow(forged)
    await victim.post('/callback', 'code=x&state=', 'elsewhere')
    expect(failures).toMatchObject([{ code: 'state_unknown' }, { code: 'state_missing' }])
    expect(tokenRequests()).toEqual([])
  })

  it('1.2 · a POST reads its body only, a GET its query only', async () => {
    const { browser, sandbox, tokenRequests, failures } = await postApp()
    const visitor = browser()
    const { body } = await sandbox.approve(await visitor.login())
    const [code, state] = [body?.get('code'), body?.get('state')]
    await visitor.post(`/callback?code=${code}&state=${state}`, 'x=1')
    await visitor.post(`/callback?state=${state}`, `code=${code}`)
    expect(failures).toMatchObject([{ code: 'callback_incomplete' }, { code: 'state_missing' }])
    expect(tokenRequests()).toEqual([])
    expect((await visitor.get(`/callback?${body}`)).status).toBe(200)
  })

  it.each([
    ['code twice', 'code=CODE&code=CODE&state=STATE'],
    ['state twice', 'code=CODE&state=STATE&state=x'],
    ['code[]', 'code[]=CODE&state=STATE'],
    ['state[$ne]', 'code=CODE&state[$ne]=x'],
    ['code beside code[x]', 'code=CODE&code[x]=b&state=STATE'],
    ['code and error', 'code=CODE&state=STATE&error=access_denied'],
    ['empty code', 'code=&state=STATE'],
    ['state alone', 'state=STATE'],
    ['nothing', ''],
    ['JSON', '{"code":"CODE","state":"STATE"}'],
    ['more than 64 kB', `code=CODE&state=STATE&x=${'x'.repeat(70_000)}`],
  ])('1.2 · %s in the body is refused, however it is parsed, and the login survives', async (_, form) => {
    for (const host of hosts) {
      const { visitor, callback, failures, tokenRequests } = await pendingOn(host)
      const junk = form
        .replaceAll('CODE', callback.body?.get('code') ?? '')
        .replaceAll('STATE', callback.body?.get('state') ?? '')
      const answer = await visitor.post('/callback', junk, 'elsewhere')
      // Express itself refuses what is too large for its parser.
      expect([host, answer.status]).toEqual([host, junk.length > 65_536 ? expect.toBeOneOf([403, 413]) : 403])
      for (const code of failures) expect(code).toMatch(/^(callback_(incomplete|invalid)|state_unknown|state_missing)$/)
      expect(tokenRequests()).toEqual([])
      expect((await visitor.follow(callback)).status).toBe(200)
    }
  })

  it('1.2 · unknown fields are ignored, and pollute nothing', async () => {
    for (const host of hosts) {
      const { visitor, callback } = await pendingOn(host)
      const junk = '__proto__[polluted]=1&constructor[prototype][polluted]=1&a[b]=c&CODE=x'
      expect((await visitor.post('/callback', `${junk}&${callback.body}`, 'elsewhere')).status).toBe(200)
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
    }
  })

  it('1.1 · posted twice it makes one token request', async () => {
    const { browser, sandbox, tokenRequests, failures } = await postApp()
    const visitor = browser()
    const callback = await sandbox.approve(await visitor.login())
    const copy = copyOf(visitor, { browser })
    await visitor.follow(callback)
    await copy.post('/callback', String(callback.body), 'here')
    expect(failures).toMatchObject([{ code: 'state_used' }])
    expect(ours(copy)).toEqual([])
    expect(tokenRequests()).toHaveLength(1)
  })

  it('1.2 · a body that was read before is refused, with the remedy', async () => {
    const signIn = newSignIn(createTestSandbox(), { postCallback: true })
    const request = new Request(`${site}/callback`, { method: 'POST', body: new URLSearchParams({ code: 'x' }) })
    await request.text()
    await expect(signIn.finish(request)).rejects.toMatchObject({
      code: 'callback_incomplete',
      message: expect.stringMatching(/^InsureSign: .*something else has read it/),
    })
  })

  it('1.2 · a POST without a body is incomplete', async () => {
    const signIn = newSignIn(createTestSandbox(), { postCallback: true })
    const request = new Request(`${site}/callback?code=x&state=y`, { method: 'POST' })
    await expect(signIn.finish(request)).rejects.toMatchObject({ code: 'callback_incomplete' })
  })

  it('1.2 · a body that breaks off harms nobody', async () => {
    const { url, failures, browser, visit } = await postApp()
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    const type = 'content-type: application/x-www-form-urlencoded'
    socket.write(`POST /callback HTTP/1.1\r\nhost: x\r\n${type}\r\ncontent-length: 500\r\n\r\ncode=x&sta`)
    await new Promise((resolve) => setTimeout(resolve, 100))
    const closed = once(socket, 'close')
    socket.destroy()
    await closed
    await expect.poll(() => failures.length).toBe(1)
    expect((await visit(browser())).status).toBe(200)
  })

  it.each(['image', 'iframe', 'empty'])(
    '1.3 · a login that a page of another site loads as %s leaves no cookie',
    async (dest) => {
      const { browser, failures } = await postApp()
      const visitor = browser()
      const from = (from: string, dest: string) => ({ 'sec-fetch-site': from, 'sec-fetch-dest': dest })
      await visitor.get('/login', from('cross-site', dest))
      expect(visitor.setCookies).toEqual([])
      const message = expect.stringMatching(/^InsureSign: .*Open the login itself/)
      expect(failures).toMatchObject([{ code: 'pending_login_impossible', message }])
      for (const headers of [from('cross-site', 'document'), from('same-origin', dest), {}]) {
        expect((await visitor.get('/login', headers)).status).toBe(302)
      }
    },
  )
})

/** `node:http`, and Express with every parser it has. */
const hosts = ['node:http', 'none', 'simple', 'extended', 'text', 'raw'] as const
const parsers: Readonly<Record<Exclude<(typeof hosts)[number], 'node:http'>, RequestHandler>> = {
  none: (_req, _res, next) => next(),
  simple: express.urlencoded({ extended: false }),
  extended: express.urlencoded({ extended: true }),
  text: express.text({ type: '*/*' }),
  raw: express.raw({ type: '*/*' }),
}

/** A login pending in an app of this kind, at a vendor that posts. */
async function pendingOn(host: (typeof hosts)[number]) {
  const sandbox = createTestSandbox()
  sandbox.vendors.insuresign.switches.callback = 'form_post'
  const tokenRequests = () => sandbox.log.filter(({ place }) => place === 'token')
  const failures: unknown[] = []
  const signIn = newSignIn(sandbox, { postCallback: true })
  const app = express()
  if (host !== 'node:http') app.use(parsers[host])
  app.get('/login', async (req, res) => sendResponse(res, await signIn.begin(requestFrom(req, site))))
  app.all('/callback', async (req, res) => {
    try {
      const { headers } = await signIn.finish(requestFrom(req, site))
      await sendResponse(res, Response.json({}, { headers }))
    } catch (error) {
      const { code, headers } = error as { code: string; headers: Headers }
      failures.push(code)
      await sendResponse(res, Response.json({ code }, { status: 403, headers }))
    }
  })
  const url = host === 'node:http' ? (await webApp({ sandbox, options: { postCallback: true } })).url : await serve(app)
  const visitor = createBrowser(url)
  const callback = await sandbox.approve(await visitor.login())
  expect(paramOf(callback, 'code')).toBe('')
  return { visitor, callback, failures, tokenRequests }
}
