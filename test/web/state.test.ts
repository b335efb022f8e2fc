import { afterEach, describe, expect, it, vi } from 'vitest'
import { createTestSandbox, paramOf, testApp } from '../passport/app.ts'
import { callbackUrl, copyOf, newSignIn, ours, site, webApp } from './app.ts'

const minutes = 60_000
/** Long enough for everything else in this test to have reached its wait. */
const slow = { latency: 150 }

afterEach(() => void vi.useRealTimers())

describe('1.1 · a login belongs to one browser and is good once', () => {
  it('1.1 · login CSRF: an attacker’s callback in a victim’s browser is refused, also with a login pending there', async () => {
    const { browser, sandbox, tokenRequests, failures } = await webApp()
    const [attacker, victim] = [browser(), browser()]
    const stolen = await sandbox.approve(await attacker.login(), 'Jonas Lindqvist')
    expect((await victim.follow(stolen)).status).toBe(403)
    const own = await sandbox.approve(await victim.login(), 'Grace Osei')
    expect((await victim.follow(stolen)).status).toBe(403)
    expect(failures).toMatchObject([{ code: 'state_unknown' }, { code: 'state_unknown' }])
    expect(tokenRequests()).toEqual([])
    expect((await victim.follow(own)).body.id).toBe(sandbox.vendors.insuresign.users[0]?.id)
  })

  it('1.1 · with PKCE an attacker’s code under the victim’s own state yields no login', async () => {
    const { browser, sandbox, failures } = await webApp({ options: { pkce: true } })
    sandbox.vendors.insuresign.switches.pkce = true
    const [attacker, victim] = [browser(), browser()]
    const stolen = paramOf(await sandbox.approve(await attacker.login()), 'code')
    const state = paramOf(await victim.login(), 'state')
    expect((await victim.get(`/callback?code=${stolen}&state=${state}`)).status).toBe(403)
    expect(failures).toMatchObject([{ code: 'oauth_error', oauth: { error: 'invalid_grant' } }])
  })

  it('1.1 · replayed, with and without its cookies, it makes no second token request', async () => {
    const { browser, sandbox, tokenRequests, failures, ...app } = await webApp()
    const visitor = browser()
    const callback = await sandbox.approve(await visitor.login())
    const thief = copyOf(visitor, { browser })
    expect((await visitor.follow(callback)).status).toBe(200)
    expect((await visitor.follow(callback)).status).toBe(403)
    expect((await thief.follow(callback)).status).toBe(403)
    expect(failures).toMatchObject([{ code: 'state_unknown' }, { code: 'state_used' }])
    expect(tokenRequests()).toHaveLength(1)
    expect(app.finished).toHaveLength(1)
  })

  it('1.1 · a used state stays used with another code and in a sign-in made anew, and its cookie ends', async () => {
    const first = await webApp()
    const visitor = first.browser()
    const callback = await first.sandbox.approve(await visitor.login())
    const second = await webApp({ sandbox: first.sandbox })
    const thief = copyOf(visitor, second)
    expect((await visitor.follow(callback)).status).toBe(200)
    expect((await thief.get(`/callback?code=another&state=${paramOf(callback, 'state')}`)).status).toBe(403)
    expect(second.failures).toMatchObject([{ code: 'state_used' }])
    expect(ours(thief)).toEqual([])
    expect(first.tokenRequests()).toHaveLength(1)
  })

  it('1.1 · a state is used up by a failed exchange', async () => {
    const { browser, sandbox, tokenRequests, failures } = await webApp()
    const visitor = browser()
    const callback = await sandbox.approve(await visitor.login())
    const copy = copyOf(visitor, { browser })
    sandbox.vendors.insuresign.faults.add('token', { answer: { status: 503 } })
    await visitor.follow(callback)
    await copy.follow(callback)
    expect(failures).toMatchObject([{ code: 'http_error' }, { code: 'state_used' }])
    expect([ours(visitor), ours(copy)]).toEqual([[], []])
    expect(tokenRequests()).toHaveLength(1)
  })

  it('1.1 · a state is used up by the vendor’s refusal', async () => {
    const { browser, sandbox, tokenRequests, failures } = await webApp()
    const visitor = browser()
    const location = await visitor.login()
    const copy = copyOf(visitor, { browser })
    await visitor.follow(await sandbox.deny(location))
    await copy.follow(await sandbox.approve(location))
    expect(failures).toMatchObject([{ code: 'access_denied' }, { code: 'state_used' }])
    expect([ours(visitor), ours(copy)]).toEqual([[], []])
    expect(tokenRequests()).toEqual([])
  })

  it('1.1 · a forged error leaves the pending login alive', async () => {
    const { browser, sandbox } = await webApp()
    const visitor = browser()
    const callback = await sandbox.approve(await visitor.login())
    for (const forged of ['error=access_denied', 'error=server_error&state=x', 'error=x&state=', 'error=']) {
      const answer = await visitor.get(`/callback?${forged}`)
      expect([forged, answer.status, answer.headers['set-cookie']]).toEqual([forged, 403, undefined])
    }
    expect((await visitor.follow(callback)).status).toBe(200)
  })

  it('1.1 · a login ends within ten minutes, and its cookie with it', async () => {
    const { browser, sandbox, tokenRequests, failures } = await webApp()
    const start = Date.now()
    vi.useFakeTimers({ toFake: ['Date'], now: start })
    const visitor = browser()
    const [inTime, late] = [await visitor.login(), await visitor.login()]
    vi.setSystemTime(start + 10 * minutes)
    expect((await visitor.follow(await sandbox.approve(inTime))).status).toBe(200)
    vi.setSystemTime(start + 10 * minutes + 1)
    expect((await visitor.follow(await sandbox.approve(late))).status).toBe(403)
    expect(failures).toMatchObject([{ code: 'state_expired', message: expect.stringContaining('10 minutes') }])
    expect(ours(visitor)).toEqual([])
    expect(tokenRequests()).toHaveLength(1)
  })

  it('1.1 · a login that ended late is no more to be had by setting the clock back', async () => {
    const { browser, sandbox, tokenRequests, failures } = await webApp()
    const start = Date.now()
    vi.useFakeTimers({ toFake: ['Date'], now: start })
    const visitor = browser()
    const callback = await sandbox.approve(await visitor.login())
    const copy = copyOf(visitor, { browser })
    vi.setSystemTime(start + 11 * minutes)
    await visitor.follow(callback)
    vi.setSystemTime(start + minutes)
    await copy.follow(callback)
    expect(failures).toMatchObject([{ code: 'state_expired' }, { code: 'state_used' }])
    expect(tokenRequests()).toEqual([])
  })

  it('1.1 · begun for one callback URL it cannot end at another, and is used up', async () => {
    const sandbox = createTestSandbox()
    const one = newSignIn(sandbox)
    const other = newSignIn(sandbox, { callbackUrl: `${site}/other` })
    const begun = await one.begin(new Request(`${site}/login`))
    const { url } = await sandbox.approve(begun.headers.get('location') ?? '')
    const cookie = begun.headers.getSetCookie()[0]?.split(';', 1)[0] ?? ''
    const request = () => new Request(url.replace(callbackUrl, `${site}/other`), { headers: { cookie } })
    await expect(other.finish(request())).rejects.toMatchObject({ code: 'redirect_uri_mismatch' })
    await expect(one.finish(request())).rejects.toMatchObject({ code: 'state_used' })
    expect(sandbox.log.filter(({ place }) => place === 'token')).toEqual([])
  })

  it.each([
    ['client registrations', { clientId: 'another-registration' }],
    ['regions', { legacy: true }],
    ['authorization endpoints', { endpoints: { authorization: 'https://tenant.example/authorize' } }],
    ['token endpoints', { endpoints: { token: 'https://tenant.example/token' } }],
    ['cookie secrets', { cookieSecret: 'a cookie secret of its own' }],
    ['client secrets', { clientSecret: 'a secret of its own' }],
  ])('1.1 · one vendor, two %s: refused across them, and nothing is used up', async (_, options) => {
    const one = await webApp()
    const other = await webApp({ sandbox: one.sandbox, options })
    const visitor = one.browser()
    const callback = await one.sandbox.approve(await visitor.login())
    const there = copyOf(visitor, other)
    expect((await there.follow(callback)).status).toBe(403)
    expect(other.failures).toMatchObject([{ code: 'state_unknown' }])
    expect(ours(there)).toEqual(ours(visitor))
    expect((await visitor.follow(callback)).status).toBe(200)
  })

  it('1.1 · a cookie that Passport made for the same client does not open here', async () => {
    const passport = await testApp()
    const web = await webApp({ sandbox: passport.sandbox })
    const visitor = passport.browser()
    const callback = await passport.sandbox.approve(await visitor.login())
    expect((await copyOf(visitor, web).follow(callback)).status).toBe(403)
    expect(web.failures).toMatchObject([{ code: 'state_unknown' }])
    expect((await visitor.follow(callback)).status).toBe(200)
  })

  it('1.1 · a cookie of one login under the name of another, or planted without __Host-, does not open', async () => {
    const { browser, sandbox, tokenRequests } = await webApp()
    const [attacker, victim] = [browser(), browser()]
    await attacker.login()
    const callback = await sandbox.approve(await victim.login())
    const [[, foreign] = ['', '']] = ours(attacker)
    const [[name, value] = ['', '']] = ours(victim)
    victim.cookies.set(name, foreign)
    expect((await victim.follow(callback)).status).toBe(403)
    victim.cookies.delete(name)
    victim.cookies.set(name.replace('__Host-', ''), value)
    expect((await victim.follow(callback)).status).toBe(403)
    expect(tokenRequests()).toEqual([])
  })
})

describe('1.1 · copies of one callback', () => {
  it('1.1 · ten at once make one token request, ask once who it is, and all are signed in', async () => {
    let asked = 0
    const profile = async () => ({ id: `${++asked}` })
    const { browser, sandbox, tokenRequests } = await webApp({ options: { profile } })
    const visitor = browser()
    const callback = await sandbox.approve(await visitor.login())
    sandbox.vendors.insuresign.faults.add('token', slow)
    const copies = Array.from({ length: 10 }, () => copyOf(visitor, { browser }))
    const answers = await Promise.all(copies.map((copy) => copy.follow(callback)))
    expect(answers.map(({ status, body }) => [status, body.id])).toEqual(Array(10).fill([200, '1']))
    expect(tokenRequests()).toHaveLength(1)
  })

  it('1.1 · share a failed exchange', async () => {
    const { browser, sandbox, tokenRequests, failures } = await webApp()
    const visitor = browser()
    const callback = await sandbox.approve(await visitor.login())
    sandbox.vendors.insuresign.faults.add('token', { ...slow, answer: { status: 503 } })
    await Promise.all([1, 2, 3].map(() => copyOf(visitor, { browser }).follow(callback)))
    expect(failures).toMatchObject(Array(3).fill({ code: 'http_error' }))
    expect(tokenRequests()).toHaveLength(1)
  })

  it('1.1 · with another code do not join', async () => {
    const { browser, sandbox, tokenRequests, failures } = await webApp()
    const visitor = browser()
    const callback = await sandbox.approve(await visitor.login())
    const copy = copyOf(visitor, { browser })
    sandbox.vendors.insuresign.faults.add('token', slow)
    await Promise.all([
      visitor.follow(callback),
      pause(50).then(() => copy.get(`/callback?code=other&state=${paramOf(callback, 'state')}`)),
    ])
    expect(failures).toMatchObject([{ code: 'state_used' }])
    expect(tokenRequests()).toHaveLength(1)
  })

  it.each([
    ['', false],
    [' that was used up before', true],
  ])('1.1 · a stolen code under a login of the thief%s joins nobody’s exchange', async (_, usedUp) => {
    const { browser, sandbox, tokenRequests, finished, failures } = await webApp()
    const [victim, thief] = [browser(), browser()]
    const callback = await sandbox.approve(await victim.login(), 'Grace Osei')
    const state = paramOf(await thief.login(), 'state')
    const again = copyOf(thief, { browser })
    if (usedUp) await thief.get(`/callback?error=access_denied&state=${state}`)
    failures.length = 0
    sandbox.vendors.insuresign.faults.add('token', slow)
    const [honest, stolen] = await Promise.all([
      victim.follow(callback),
      pause(50).then(() => again.get(`/callback?code=${paramOf(callback, 'code')}&state=${state}`)),
    ])
    expect([honest.status, stolen.status]).toEqual([200, 403])
    expect(failures).toMatchObject([{ code: 'callback_invalid', message: expect.stringContaining('another sign-in') }])
    expect(finished).toHaveLength(1)
    expect(tokenRequests()).toHaveLength(1)
  })
})

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
