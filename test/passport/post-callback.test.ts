import express from 'express'
import { describe, expect, it } from 'vitest'
import { createTestSandbox, paramOf, type TestAppOptions, testApp } from './app.ts'

/** An app at a vendor that posts the callback. */
function postApp(parser: 'simple' | 'extended' | 'none' = 'simple', options: TestAppOptions = {}) {
  const sandbox = createTestSandbox()
  sandbox.vendors.insuresign.switches.callback = 'form_post'
  return testApp({
    ...options,
    sandbox,
    strategy: { postCallback: true, ...options.strategy },
    before: (app) => {
      if (parser !== 'none') app.use(express.urlencoded({ extended: parser === 'extended' }))
    },
  })
}

describe('1.3 · a callback that the vendor posts', () => {
  it.each(['simple', 'extended'] as const)(
    '1.3 · completes with its SameSite=None cookies only (parser: %s)',
    async (parser) => {
      const { browser, sandbox, signIn } = await postApp(parser)
      const visitor = browser()
      const answer = await signIn(visitor, 'Mei Tanaka')
      expect(answer.status).toBe(200)
      expect((await visitor.get('/me')).body.user.id).toBe(sandbox.vendors.insuresign.users[2]?.id)
    },
  )

  it('1.3 · the cookie is SameSite=None; Secure; HttpOnly, with __Host-', async () => {
    const { browser } = await postApp()
    const visitor = browser()
    await visitor.login()
    expect(visitor.setCookies).toEqual([
      expect.stringMatching(/^__Host-.*; Max-Age=600; Path=\/; HttpOnly; SameSite=None; Secure$/),
    ])
  })

  it('1.3 · with PKCE the verifier comes along in the same cookie', async () => {
    const { browser, sandbox, signIn, tokenRequests } = await postApp('simple', { strategy: { pkce: true } })
    sandbox.vendors.insuresign.switches.pkce = true
    expect((await signIn(browser())).status).toBe(200)
    expect(tokenRequests()[0]?.body['code_verifier']).toMatch(/^[\w-]{43}$/)
  })

  it('1.3 · a forged cross-site POST is refused', async () => {
    const { browser, sandbox, tokenRequests, failures } = await postApp()
    const [attacker, victim] = [browser(), browser()]
    const forged = await sandbox.approve(await attacker.login())
    await victim.login()
    expect((await victim.follow(forged)).status).toBe(403)
    expect((await victim.post('/callback', 'code=x&state=', 'elsewhere')).status).toBe(403)
    expect(failures).toMatchObject([{ code: 'state_unknown' }, { code: 'state_missing' }])
    expect(tokenRequests()).toEqual([])
  })

  it('1.3 · without postCallback the POST fails, says so, and leaves the login alive', async () => {
    const { browser, sandbox, failures, tokenRequests } = await postApp('simple', { strategy: { postCallback: false } })
    const visitor = browser()
    const callback = await sandbox.approve(await visitor.login())
    expect((await visitor.follow(callback)).status).toBe(403)
    expect(failures).toMatchObject([{ code: 'callback_invalid', message: expect.stringContaining('postCallback') }])
    expect(tokenRequests()).toEqual([])
    expect((await visitor.get(`/callback?${callback.body}`)).status).toBe(200)
  })

  it('1.2 · a body that nobody parsed is refused with the remedy, also when the query holds a code', async () => {
    const { browser, sandbox, failures, tokenRequests } = await postApp('none')
    const visitor = browser()
    const callback = await sandbox.approve(await visitor.login())
    expect((await visitor.follow(callback)).status).toBe(403)
    expect((await visitor.post(`/callback?${callback.body}`, '', 'elsewhere')).status).toBe(403)
    const failure = { code: 'callback_invalid', message: expect.stringContaining('express.urlencoded()') }
    expect(failures).toEqual([failure, failure])
    expect(tokenRequests()).toEqual([])
  })

  it.each([
    ['null', null],
    ['text', 'code=a-code&state=a-state'],
    ['nothing', undefined],
  ])('1.2 · a body that a parser made %s of is refused with the remedy', async (_, body) => {
    const { browser, failures } = await testApp({
      strategy: { postCallback: true },
      before(app) {
        app.use((req, _res, next) => {
          req.body = body
          next()
        })
      },
    })
    expect((await browser().post('/callback', 'code=a-code&state=a-state')).status).toBe(403)
    const message = expect.stringContaining('express.urlencoded()')
    expect(failures).toEqual([{ code: 'callback_invalid', message }])
  })

  it('1.2 · a POST reads its body only, a GET its query only', async () => {
    const { browser, sandbox, tokenRequests, failures } = await postApp()
    const visitor = browser()
    const { body } = await sandbox.approve(await visitor.login())
    const code = body?.get('code')
    const state = body?.get('state')
    expect((await visitor.post(`/callback?code=${code}&state=${state}`, 'x=1')).status).toBe(403)
    expect((await visitor.post(`/callback?state=${state}`, `code=${code}`)).status).toBe(403)
    expect(failures).toMatchObject([{ code: 'callback_incomplete' }, { code: 'state_missing' }])
    expect(tokenRequests()).toEqual([])
    expect((await visitor.get(`/callback?${body}`)).status).toBe(200)
  })

  it('1.2 · a refusal of the user arrives, and does not lead to the vendor again', async () => {
    const { browser, sandbox, failures } = await postApp()
    const visitor = browser()
    const answer = await visitor.follow(await sandbox.deny(await visitor.login()))
    expect([answer.status, answer.headers['location']]).toEqual([403, undefined])
    expect(failures).toMatchObject([{ code: 'access_denied' }])
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
  ])('1.2 · %s in the body is refused, and the login survives', async (_, form) => {
    for (const parser of ['simple', 'extended'] as const) {
      const { browser, sandbox, tokenRequests } = await postApp(parser)
      const visitor = browser()
      const callback = await sandbox.approve(await visitor.login())
      const junk = form
        .replaceAll('CODE', callback.body?.get('code') ?? '')
        .replaceAll('STATE', callback.body?.get('state') ?? '')
      const answer = await visitor.post('/callback', junk, 'elsewhere')
      expect([parser, answer.status]).toEqual([parser, 403])
      expect(tokenRequests()).toEqual([])
      expect((await visitor.follow(callback)).status).toBe(200)
    }
  })

  it('1.2 · unknown fields are ignored, and pollute nothing', async () => {
    for (const parser of ['simple', 'extended'] as const) {
      const { browser, sandbox } = await postApp(parser)
      const visitor = browser()
      const { body } = await sandbox.approve(await visitor.login())
      const junk = '__proto__[polluted]=1&constructor[prototype][polluted]=1&a[b]=c&CODE=x'
      expect((await visitor.post('/callback', `${junk}&${body}`, 'elsewhere')).status).toBe(200)
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
    }
  })

  it('1.2 · a JSON body is held to the same rules', async () => {
    const { url, failures } = await testApp({
      strategy: { postCallback: true },
      before: (app) => app.use(express.json()),
    })
    const bodies = ['{"code":{"$ne":1},"state":"x"}', '{"code":["a"],"state":"x"}', '{"code":1}', '[]', '{}']
    for (const body of bodies) {
      const answer = await fetch(`${url}/callback`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      })
      expect([body, answer.status]).toEqual([body, 403])
    }
    expect(failures).toHaveLength(bodies.length)
  })

  it('1.1 · posted twice it makes one token request', async () => {
    const { browser, sandbox, tokenRequests } = await postApp()
    const visitor = browser()
    const callback = await sandbox.approve(await visitor.login())
    const cookies = [...visitor.cookies]
    expect((await visitor.follow(callback)).status).toBe(200)
    for (const [name, value] of cookies) visitor.cookies.set(name, value)
    expect((await visitor.post('/callback', String(callback.body), 'here')).status).toBe(403)
    expect(tokenRequests()).toHaveLength(1)
  })

  it("1.1 · state: 'not-echoed' works with it too", async () => {
    const { browser, sandbox, signIn } = await postApp('simple', { strategy: { state: 'not-echoed' } })
    sandbox.vendors.insuresign.switches.stateEcho = 'drop'
    expect((await signIn(browser())).status).toBe(200)
  })

  it.each(['image', 'iframe', 'empty'])(
    '1.3 · a login that a page of another site loads as %s leaves no cookie',
    async (dest) => {
      const { browser, failures } = await postApp()
      const visitor = browser()
      const from = (site: string, dest: string) => ({ 'sec-fetch-site': site, 'sec-fetch-dest': dest })
      const refused = await visitor.get('/login', from('cross-site', dest))
      expect([refused.status, visitor.setCookies]).toEqual([403, []])
      const message = expect.stringMatching(/^InsureSign: .*Open the login itself/)
      expect(failures).toEqual([{ code: 'pending_login_impossible', message }])
      for (const headers of [from('cross-site', 'document'), from('same-origin', dest), from('none', 'document'), {}]) {
        expect((await visitor.get('/login', headers)).status).toBe(302)
      }
      expect(visitor.setCookies).toHaveLength(4)
    },
  )

  it('1.2 · a POST to another path begins a login', async () => {
    const { browser } = await postApp()
    const answer = await browser().post('/login', 'remember=1')
    expect(answer.status).toBe(302)
    expect(paramOf(answer.headers['location'] ?? '', 'state')).not.toBe('')
  })
})
