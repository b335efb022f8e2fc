import { describe, expect, it } from 'vitest'
import type { Verify } from '../passport/app.ts'
import { onFastify, signIn } from './hosts.ts'
import { type Options, ours } from './libraries.ts'
import { plainVendor } from './plain-vendor.ts'

const verify: Verify = (accessToken, _rt, _profile, done) => done(null, { accessToken })

async function appWith(options: Partial<Options> = {}, host: Parameters<typeof onFastify.start>[1] = {}) {
  const vendor = await plainVendor()
  const strategy = new ours({ ...vendor.options, skipUserProfile: true, ...options }, verify)
  return { vendor, strategy, ...(await onFastify.start(strategy, host)) }
}

describe('@fastify/passport, where no response hangs on the request', () => {
  it('1.3 · the pending login lives in the session: no cookie of ours', async () => {
    const { vendor, browser, errors } = await appWith({ pkce: true })
    const visitor = browser()
    const location = await visitor.login()
    expect([...visitor.cookies.keys()]).toEqual(['sessionId'])
    expect((await visitor.follow(vendor.approve(location))).status).toBe(200)
    expect([...visitor.cookies.keys()]).toEqual(['sessionId'])
    expect(errors).toEqual([])
  })

  it('1.1 · it is bound to the session and used once', async () => {
    const { vendor, browser, failures } = await appWith({}, { authenticate: { keepSessionInfo: true } })
    const [visitor, other] = [browser(), browser()]
    const callback = vendor.approve(await visitor.login())
    await other.login()
    expect((await other.follow(callback)).status).toBe(403)
    expect((await visitor.follow(callback)).status).toBe(200)
    expect((await visitor.follow(callback)).status).toBe(403)
    expect(failures).toMatchObject([{ code: 'state_unknown' }, { code: 'state_unknown' }])
    expect(vendor.tokenRequests()).toHaveLength(1)
  })

  it('1.1 · two tabs both complete where the session is kept; a new session ends the other tab', async () => {
    const kept = await appWith({}, { authenticate: { keepSessionInfo: true } })
    const visitor = kept.browser()
    const tabs = [await visitor.login(), await visitor.login()]
    for (const tab of tabs) expect((await visitor.follow(kept.vendor.approve(tab))).status).toBe(200)

    const anew = await appWith()
    const other = anew.browser()
    const [first, second] = [await other.login(), await other.login()]
    expect((await other.follow(anew.vendor.approve(first))).status).toBe(200)
    expect((await other.follow(anew.vendor.approve(second))).status).toBe(403)
    expect(anew.failures).toMatchObject([{ code: 'state_unknown' }])
  })

  it('1.3 · a session planted before the login is not logged in afterwards', async () => {
    const { vendor, browser } = await appWith()
    const [attacker, victim] = [browser(), browser()]
    await attacker.login()
    const planted = attacker.cookies.get('sessionId') ?? ''
    victim.cookies.set('sessionId', planted)
    expect((await victim.follow(vendor.approve(await victim.login()))).status).toBe(200)
    expect(victim.cookies.get('sessionId')).not.toBe(planted)
    expect((await attacker.get('/me')).body.user).toBeNull()
    expect((await victim.get('/me')).body.user).not.toBeNull()
  })

  it('without a session it is an error that says what to add', async () => {
    const { browser, errors } = await appWith({}, { sessions: false })
    expect((await browser().get('/login')).status).toBe(500)
    expect(errors).toMatchObject([
      { code: 'pending_login_impossible', message: expect.stringMatching(/session middleware/) },
    ])
  })

  it('a relative callbackURL is resolved, other than with passport-oauth2', async () => {
    const { vendor, browser, errors } = await appWith({ callbackURL: '/callback' })
    const visitor = browser()
    const location = await visitor.login()
    expect(new URL(location).searchParams.get('redirect_uri')).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/)
    expect([(await visitor.follow(vendor.approve(location))).status, errors]).toEqual([200, []])
  })

  it('1.2 · HEAD, which Fastify offers beside every GET, spends neither code nor state', async () => {
    const { vendor, browser, errors } = await appWith()
    const visitor = browser()
    const callback = vendor.approve(await visitor.login())
    const { pathname, search } = new URL(callback.url)
    expect((await visitor.head(pathname + search)).status).toBe(405)
    expect(errors).toMatchObject([{ code: 'method_not_allowed' }])
    expect((await visitor.follow(callback)).status).toBe(200)
  })

  it('1.2 · a failure redirects with its message where that is asked for', async () => {
    const { browser } = await appWith({}, { callback: { failureRedirect: '/sorry', failureMessage: true } })
    const answer = await browser().get('/callback?code=x&state=y')
    expect([answer.status, answer.headers['location']]).toEqual([302, '/sorry'])
  })

  it('1.1 · a login that connects an account begins and ends as such', async () => {
    const { vendor, browser, failures } = await appWith({}, { callback: { assignProperty: 'account' } })
    // The login begins without it, so it is another purpose.
    const visitor = browser()
    expect((await visitor.follow(vendor.approve(await visitor.login()))).status).toBe(403)
    expect(failures).toMatchObject([{ code: 'owner_mismatch' }])
    const connecting = { authenticate: { assignProperty: 'account' } }
    const strategy = new ours({ ...vendor.options, skipUserProfile: true }, verify)
    const came = await signIn(onFastify, vendor, strategy, connecting)
    expect([came.status, came.user]).toEqual([200, null])
  })
})
