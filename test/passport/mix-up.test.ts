import { defineVendor, type InsureSignSettings, insureSign } from 'esign-auth'
import { InsureSignStrategy, strategyFor } from 'esign-auth/passport'
import type { Sandbox, SandboxRequest } from 'esign-auth/sandbox'
import { describe, expect, it } from 'vitest'
import { appOf, at, createTestSandbox, newStrategy } from './app.ts'

/** Two private vendors that differ in nothing but their id, even in their client's credentials. */
function twins() {
  const [alpha, beta] = ['alpha', 'beta'].map((id) => {
    const sandbox = createTestSandbox()
    const vendor = defineVendor<InsureSignSettings>({ ...insureSign, id, name: id })
    return { sandbox, strategy: newStrategy(sandbox, {}, undefined, strategyFor(vendor)) }
  })
  if (!alpha || !beta) throw new Error('two names, two vendors')
  return { alpha, beta }
}

describe('1.1 · mix-up: state of one at the callback of another', () => {
  it("1.1 · a state of vendor A is refused at vendor B's callback, and A's code never reaches B", async () => {
    const { alpha, beta } = twins()
    const { browser } = await appOf({ alpha: alpha.strategy, beta: beta.strategy })
    const visitor = browser()
    const callback = await alpha.sandbox.approve(await visitor.login('/alpha/login'))
    expect((await visitor.follow(at('/beta/callback', callback))).status).toBe(403)
    expect([...tokenRequests(alpha.sandbox), ...tokenRequests(beta.sandbox)]).toEqual([])
    expect((await visitor.follow(at('/alpha/callback', callback))).status).toBe(200)
  })

  it('1.1 · the same with both logins pending, and both survive', async () => {
    const { alpha, beta } = twins()
    const { browser } = await appOf({ alpha: alpha.strategy, beta: beta.strategy })
    const visitor = browser()
    const fromAlpha = await alpha.sandbox.approve(await visitor.login('/alpha/login'))
    const fromBeta = await beta.sandbox.approve(await visitor.login('/beta/login'))
    expect((await visitor.follow(at('/beta/callback', fromAlpha))).status).toBe(403)
    expect((await visitor.follow(at('/alpha/callback', fromBeta))).status).toBe(403)
    expect([...tokenRequests(alpha.sandbox), ...tokenRequests(beta.sandbox)]).toEqual([])
    expect((await visitor.follow(at('/alpha/callback', fromAlpha))).status).toBe(200)
    expect((await visitor.follow(at('/beta/callback', fromBeta))).status).toBe(200)
  })

  it.each([
    ['client registrations', { clientID: 'another-registration' }],
    ['regions', { legacy: true }],
    ['authorization endpoints', { endpoints: { authorization: 'https://tenant.example/authorize' } }],
    ['token endpoints', { endpoints: { token: 'https://tenant.example/token' } }],
    ['cookie secrets', { cookieSecret: 'a cookie secret of its own' }],
  ])('1.1 · one vendor, two %s: refused across them', async (_, other) => {
    const sandbox = createTestSandbox()
    const { browser } = await appOf({
      one: newStrategy(sandbox),
      other: newStrategy(sandbox, other),
    })
    const visitor = browser()
    const callback = await sandbox.approve(await visitor.login('/one/login'))
    await visitor.login('/other/login')
    expect((await visitor.follow(at('/other/callback', callback))).status).toBe(403)
    expect(tokenRequests(sandbox)).toEqual([])
    expect((await visitor.follow(at('/one/callback', callback))).status).toBe(200)
  })

  it('1.1 · a cookie of one login under the name of another does not open', async () => {
    const sandbox = createTestSandbox()
    const { browser } = await appOf({ one: newStrategy(sandbox) })
    const [attacker, victim] = [browser(), browser()]
    await attacker.login('/one/login')
    const callback = await sandbox.approve(await victim.login('/one/login'))
    const [name = ''] = [...victim.cookies.keys()].filter((key) => key.includes('esign'))
    const [value = ''] = [...attacker.cookies].flatMap(([key, each]) => (key.includes('esign') ? [each] : []))
    victim.cookies.set(name, value)
    expect((await victim.follow(at('/one/callback', callback))).status).toBe(403)
    expect(tokenRequests(sandbox)).toEqual([])
  })

  it('1.3 · a second login at another vendor replaces the identity', async () => {
    const { alpha, beta } = twins()
    const { browser } = await appOf({ alpha: alpha.strategy, beta: beta.strategy })
    const visitor = browser()
    const [grace, jonas] = alpha.sandbox.vendors.insuresign.users
    const first = await alpha.sandbox.approve(await visitor.login('/alpha/login'), grace)
    await visitor.follow(at('/alpha/callback', first))
    const before = visitor.cookies.get('connect.sid')
    const second = await beta.sandbox.approve(await visitor.login('/beta/login'), jonas)
    await visitor.follow(at('/beta/callback', second))
    expect((await visitor.get('/me')).body.user.id).toBe(jonas?.id)
    expect(visitor.cookies.get('connect.sid')).not.toBe(before)
  })

  it('1.7 · hosts in the callback never decide where code and secret go', async () => {
    const sandbox = createTestSandbox()
    const { browser } = await appOf({ one: newStrategy(sandbox, {}, undefined, InsureSignStrategy) })
    const visitor = browser()
    const { url, ...rest } = await sandbox.approve(await visitor.login('/one/login'))
    const extra = ['api_access_point', 'base_uri', 'region', 'host', 'web_access_point', 'token_url']
      .map((name) => `&${name}=https%3A%2F%2Fevil.example`)
      .join('')
    expect((await visitor.follow(at('/one/callback', { ...rest, url: url + extra }))).status).toBe(200)
    expect(tokenRequests(sandbox).map(({ host }) => host)).toEqual(['sign-auth.insuresign.io'])
  })
})

function tokenRequests({ log }: Sandbox): SandboxRequest[] {
  return log.filter(({ place }) => place === 'token')
}
