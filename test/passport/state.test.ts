import { createHash } from 'node:crypto'
import { defineVendor, type InsureSignSettings, insureSign } from 'esign-auth'
import { strategyFor } from 'esign-auth/passport'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { pkceOf } from '../any-vendor.ts'
import { type AnyStrategy, paramOf, pathOf, testApp } from './app.ts'

const minutes = 60_000

afterEach(() => void vi.useRealTimers())

describe('1.1 · state, CSRF, replay, mix-up', () => {
  it('1.1 · a callback without state is refused before any token request, and the failure says so', async () => {
    const { browser, sandbox, tokenRequests, failures } = await testApp()
    const visitor = browser()
    const code = paramOf(await sandbox.approve(await visitor.login()), 'code')
    expect((await visitor.get(`/callback?code=${code}`)).status).toBe(403)
    expect(failures).toEqual([{ code: 'state_missing', message: expect.stringMatching(/^InsureSign: .*`state`/) }])
    expect(tokenRequests()).toEqual([])
  })

  it.each([
    ['of equal length', (state: string) => [...state].reverse().join('')],
    ['with one letter of other case', otherCase],
    ['with one letter less', (state: string) => state.slice(0, -1)],
    ['with a letter more', (state: string) => `${state}A`],
    ['with a space at its end', (state: string) => `${state}%20`],
    ['empty', () => ''],
    ['the word undefined', () => 'undefined'],
    ['the word null', () => 'null'],
    ['the name of a property of every object', () => '__proto__'],
  ])('1.1 · a state %s is refused without a token request, and the honest callback still works', async (_, wrong) => {
    const { browser, sandbox, tokenRequests } = await testApp()
    const visitor = browser()
    const callback = await sandbox.approve(await visitor.login())
    const [code, state] = [paramOf(callback, 'code'), paramOf(callback, 'state')]
    expect(wrong(state)).not.toBe(state)
    expect((await visitor.get(`/callback?code=${code}&state=${wrong(state)}`)).status).toBe(403)
    expect(tokenRequests()).toEqual([])
    expect((await visitor.follow(callback)).status).toBe(200)
  })

  it('1.1 · a state that the vendor altered is refused', async () => {
    const { browser, sandbox, signIn, tokenRequests, failures } = await testApp()
    sandbox.vendors.insuresign.switches.stateEcho = 'alter'
    expect((await signIn(browser())).status).toBe(403)
    expect(tokenRequests()).toEqual([])
    expect(failures).toMatchObject([{ code: 'state_unknown' }])
  })

  it("1.1 · login CSRF: an attacker's code and state opened in a victim's browser are refused", async () => {
    const { browser, sandbox, tokenRequests, failures } = await testApp()
    const [attacker, victim] = [browser(), browser()]
    const callback = await sandbox.approve(await attacker.login())
    expect((await victim.follow(callback)).status).toBe(403)
    expect((await victim.get('/me')).body.user).toBeNull()
    expect(tokenRequests()).toEqual([])
    expect(failures).toMatchObject([{ code: 'state_unknown' }])
  })

  it('1.1 · the same while the victim has a login of its own pending, which survives', async () => {
    const { browser, sandbox, tokenRequests, failures } = await testApp()
    const [attacker, victim] = [browser(), browser()]
    const stolen = await sandbox.approve(await attacker.login(), 'Jonas Lindqvist')
    const own = await sandbox.approve(await victim.login(), 'Grace Osei')
    expect((await victim.follow(stolen)).status).toBe(403)
    expect(tokenRequests()).toEqual([])
    const [grace] = sandbox.vendors.insuresign.users
    expect((await victim.follow(own)).body.user.id).toBe(grace?.id)
    expect(failures).toMatchObject([{ code: 'state_unknown' }])
  })

  it("1.1 · code injection: with PKCE an attacker's code under the victim's own state yields no login", async () => {
    const { browser, sandbox, errors } = await testApp({ strategy: { pkce: true } })
    sandbox.vendors.insuresign.switches.pkce = true
    const [attacker, victim] = [browser(), browser()]
    const stolen = paramOf(await sandbox.approve(await attacker.login()), 'code')
    const state = paramOf(await victim.login(), 'state')
    expect((await victim.get(`/callback?code=${stolen}&state=${state}`)).status).toBe(500)
    expect(errors).toEqual([expect.objectContaining({ code: 'invalid_grant' })])
  })

  it('1.1 · a replayed callback makes no second token request', async () => {
    const { browser, sandbox, tokenRequests, failures } = await testApp()
    const visitor = browser()
    const callback = await sandbox.approve(await visitor.login())
    expect((await visitor.follow(callback)).status).toBe(200)
    expect((await visitor.follow(callback)).status).toBe(403)
    expect(tokenRequests()).toHaveLength(1)
    expect(failures).toMatchObject([{ code: 'state_unknown' }])
  })

  it('1.1 · callback URL and cookies replayed together make no second token request', async () => {
    const { browser, sandbox, tokenRequests, failures } = await testApp()
    const [visitor, thief] = [browser(), browser()]
    const callback = await sandbox.approve(await visitor.login())
    for (const [name, value] of visitor.cookies) thief.cookies.set(name, value)
    expect((await visitor.follow(callback)).status).toBe(200)
    expect((await thief.follow(callback)).status).toBe(403)
    expect(tokenRequests()).toHaveLength(1)
    expect(failures).toMatchObject([{ code: 'state_used' }])
  })

  it('1.1 · a used state stays used with another code and in a strategy made anew', async () => {
    const first = await testApp()
    const visitor = first.browser()
    const callback = await first.sandbox.approve(await visitor.login())
    const cookies = [...visitor.cookies]
    expect((await visitor.follow(callback)).status).toBe(200)
    const second = await testApp({ sandbox: first.sandbox })
    const thief = second.browser()
    for (const [name, value] of cookies) thief.cookies.set(name, value)
    expect((await thief.get(`/callback?code=another&state=${paramOf(callback, 'state')}`)).status).toBe(403)
    expect(second.failures).toMatchObject([{ code: 'state_used' }])
    expect(first.tokenRequests()).toHaveLength(1)
  })

  it('1.1 · a state is refused after a failed exchange, even with the cookie restored', async () => {
    const { browser, sandbox, tokenRequests, failures } = await testApp()
    const visitor = browser()
    const callback = await sandbox.approve(await visitor.login())
    const cookies = [...visitor.cookies]
    sandbox.vendors.insuresign.faults.add('token', { answer: { status: 503 } })
    expect((await visitor.follow(callback)).status).toBe(500)
    for (const [name, value] of cookies) visitor.cookies.set(name, value)
    expect((await visitor.follow(callback)).status).toBe(403)
    expect(tokenRequests()).toHaveLength(1)
    expect(failures).toMatchObject([{ code: 'state_used' }])
  })

  it('1.1 · a state is refused after an error callback that was believed', async () => {
    const { browser, sandbox, tokenRequests, failures } = await testApp()
    const visitor = browser()
    const location = await visitor.login()
    const cookies = [...visitor.cookies]
    expect((await visitor.follow(await sandbox.deny(location))).status).toBe(403)
    for (const [name, value] of cookies) visitor.cookies.set(name, value)
    expect((await visitor.follow(await sandbox.approve(location))).status).toBe(403)
    expect(tokenRequests()).toEqual([])
    expect(failures).toMatchObject([{ code: 'access_denied' }, { code: 'state_used' }])
  })

  it('1.1 · `iss` of another issuer is refused before the state is looked at', async () => {
    const { browser, sandbox, tokenRequests, signIn, failures } = await withIssuer('https://sign.example')
    const visitor = browser()
    const callback = await sandbox.approve(await visitor.login())
    expect((await visitor.get(`${pathOf(callback)}&iss=https%3A%2F%2Fevil.example`)).status).toBe(403)
    expect(tokenRequests()).toEqual([])
    expect((await visitor.get(`${pathOf(callback)}&iss=https%3A%2F%2Fsign.example`)).status).toBe(200)
    expect((await signIn(browser())).status, 'a vendor known to send it, without it').toBe(403)
    expect(tokenRequests()).toHaveLength(1)
    expect(failures).toMatchObject([{ code: 'issuer_mismatch' }, { code: 'issuer_mismatch' }])
  })

  it('1.1 · code and error together: no login, no token request', async () => {
    const { browser, sandbox, tokenRequests, failures } = await testApp()
    const visitor = browser()
    const callback = await sandbox.approve(await visitor.login())
    expect((await visitor.get(`${pathOf(callback)}&error=access_denied`)).status).toBe(403)
    expect((await visitor.get('/me')).body.user).toBeNull()
    expect(tokenRequests()).toEqual([])
    expect(failures).toMatchObject([{ code: 'callback_invalid' }])
  })

  it('1.1 · a forged error callback leaves the pending login alive', async () => {
    const { browser, sandbox } = await testApp()
    const visitor = browser()
    const callback = await sandbox.approve(await visitor.login())
    for (const forged of ['error=access_denied', 'error=server_error&state=x', 'error=x&state=', 'error=']) {
      const answer = await visitor.get(`/callback?${forged}`)
      expect([forged, answer.status, answer.headers['set-cookie']]).toEqual([forged, 403, undefined])
    }
    expect((await visitor.follow(callback)).status).toBe(200)
  })

  it.each(['in order', 'in reverse order'])('1.1 · two tabs both complete, %s', async (order) => {
    const { browser, sandbox } = await testApp()
    const visitor = browser()
    const locations = [await visitor.login(), await visitor.login()]
    if (order === 'in reverse order') locations.reverse()
    for (const location of locations) {
      expect((await visitor.follow(await sandbox.approve(location))).status).toBe(200)
    }
  })

  it('1.1 · states and challenges of 15 logins are all distinct, of 256 bits', async () => {
    const { browser } = await testApp({ strategy: { pkce: true } })
    const visitor = browser()
    const locations = await Promise.all(Array.from({ length: 15 }, () => visitor.login()))
    for (const name of ['state', 'code_challenge']) {
      const values = locations.map((location) => paramOf(location, name))
      expect(new Set(values).size).toBe(15)
      for (const value of values) expect(Buffer.from(value, 'base64url')).toHaveLength(32)
    }
  })

  it('1.1 · with PKCE the challenge is S256 and the verifier fits it', async () => {
    const { browser, sandbox, tokenRequests } = await testApp({ strategy: { pkce: 'S256' } })
    sandbox.vendors.insuresign.switches.pkce = true
    const visitor = browser()
    const location = await visitor.login()
    expect((await visitor.follow(await sandbox.approve(location))).status).toBe(200)
    expect(paramOf(location, 'code_challenge_method')).toBe('S256')
    const verifier = tokenRequests()[0]?.body['code_verifier'] ?? ''
    expect(verifier).toMatch(/^[\w-]{43}$/)
    expect(createHash('sha256').update(verifier).digest('base64url')).toBe(paramOf(location, 'code_challenge'))
  })

  it.each(pkceOf)('1.1 · PKCE of a vendor where it is %s, with the option %s: %s', async (pkce, option, sent) => {
    const { browser } = await testApp({ Strategy: privateVendor({ pkce }), strategy: { pkce: option } })
    expect(paramOf(await browser().login(), 'code_challenge') !== '').toBe(sent)
  })

  it('1.1 · a login ends within ten minutes', async () => {
    const { browser, sandbox, tokenRequests, failures } = await testApp()
    const start = Date.now()
    vi.useFakeTimers({ toFake: ['Date'], now: start })
    const visitor = browser()
    const [inTime, late, forgotten] = [await visitor.login(), await visitor.login(), await visitor.login()]
    vi.setSystemTime(start + 10 * minutes)
    expect((await visitor.follow(await sandbox.approve(inTime))).status).toBe(200)
    vi.setSystemTime(start + 10 * minutes + 1)
    expect((await visitor.follow(await sandbox.approve(late))).status).toBe(403)
    vi.setSystemTime(start + 24 * 60 * minutes)
    expect((await visitor.follow(await sandbox.approve(forgotten))).status).toBe(403)
    expect(tokenRequests()).toHaveLength(1)
    const message = expect.stringContaining('more than 10 minutes ago')
    expect(failures).toEqual(Array(2).fill({ code: 'state_expired', message }))
  })

  it('1.1 · a login that ended late is no more to be had by setting the clock back', async () => {
    const { browser, sandbox, tokenRequests, failures } = await testApp()
    const start = Date.now()
    vi.useFakeTimers({ toFake: ['Date'], now: start })
    const visitor = browser()
    const callback = await sandbox.approve(await visitor.login())
    const cookies = [...visitor.cookies]
    vi.setSystemTime(start + 11 * minutes)
    expect((await visitor.follow(callback)).status).toBe(403)
    vi.setSystemTime(start + minutes)
    for (const [name, value] of cookies) visitor.cookies.set(name, value)
    expect((await visitor.follow(callback)).status).toBe(403)
    expect(tokenRequests()).toEqual([])
    expect(failures).toMatchObject([{ code: 'state_expired' }, { code: 'state_used' }])
  })

  it('1.1 · two callback URLs of one strategy: a login begun with one cannot end at the other', async () => {
    const { browser, sandbox, tokenRequests, failures } = await testApp({
      routes(app, passport) {
        const options = { callbackURL: 'https://app.example/other' }
        app.get('/other', passport.authenticate('insuresign', options as object), (_req, res) => void res.end())
      },
    })
    const visitor = browser()
    const callback = await sandbox.approve(await visitor.login())
    expect((await visitor.get(pathOf(callback).replace('/callback', '/other'))).status).toBe(403)
    expect(tokenRequests()).toEqual([])
    expect(failures).toMatchObject([{ code: 'redirect_uri_mismatch' }])
  })
})

describe('1.1 · a vendor that never echoes state', () => {
  it('1.1 · is refused by default, with a failure that names the option', async () => {
    const { sandbox, browser, signIn, failures } = await testApp()
    sandbox.vendors.insuresign.switches.stateEcho = 'drop'
    expect((await signIn(browser())).status).toBe(403)
    expect(failures).toEqual([
      { code: 'state_missing', message: expect.stringMatching(/^InsureSign: .*state: 'not-echoed'/) },
    ])
  })
})

function otherCase(state: string): string {
  const at = state.search(/[a-z]/i)
  const letter = state.charAt(at)
  const other = letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase()
  return state.slice(0, at) + other + state.slice(at + 1)
}

/** A private vendor that speaks InsureSign's dialect. */
function privateVendor(changes: object): AnyStrategy {
  return strategyFor(defineVendor<InsureSignSettings>({ ...insureSign, id: 'private', name: 'Private', ...changes }))
}

function withIssuer(issuer: string) {
  return testApp({ Strategy: privateVendor({ issuer }) })
}
