import { describe, expect, it } from 'vitest'
import { browser, testApp } from '../authjs/express-app.ts'
import { memoryDatabase } from '../authjs/memory-adapter.ts'

describe('1.2 · Auth.js, and visitors who forge', () => {
  it('1.2 · after 200 forged callbacks the server is alive and the honest login works', {
    timeout: 60_000,
  }, async () => {
    const app = await testApp()
    const thief = browser(app.origin)
    const honest = browser(app.origin)
    const begun = await honest.begin('insuresign')
    for (let i = 0; i < 20; i++) {
      const forged = Array.from({ length: 10 }, (_, j) =>
        thief.go(`/auth/callback/insuresign?code=c${i}&state=s${i}${j}`),
      )
      for (const answer of await Promise.all(forged)) expect(answer.status).toBe(302)
    }
    expect(app.tokenRequests()).toEqual([])
    await honest.go((await app.sandbox.approve(begun)).url)
    expect(await honest.session()).toHaveProperty('esign')
  })
})

describe('1.3 · Auth.js, its sessions and pages', () => {
  it('1.3 · a session cookie that was planted before the login is not the one afterwards', async () => {
    const { adapter, sessions } = memoryDatabase()
    for (const config of [{}, { adapter }]) {
      const app = await testApp({ config })
      const visitor = browser(app.origin)
      visitor.jar.set('authjs.session-token', 'planted')
      await app.signIn(visitor)
      expect(visitor.jar.get('authjs.session-token')).toBeTruthy()
      expect(visitor.jar.get('authjs.session-token')).not.toBe('planted')
      const thief = browser(app.origin, new Map([['authjs.session-token', 'planted']]))
      expect(await thief.session()).toBeNull()
    }
    expect([...sessions.keys()]).not.toContain('planted')
  })

  it('1.3 · neither code nor state in the answer to a callback, which no cache keeps', async () => {
    const app = await testApp()
    for (const refused of [false, true]) {
      const visitor = browser(app.origin)
      const { url } = await app.sandbox.approve(await visitor.begin('insuresign'))
      const { searchParams } = new URL(url)
      const answer = await (refused ? browser(app.origin) : visitor).go(url)
      const shown = (answer.headers.get('location') ?? '') + (await answer.text())
      for (const name of ['code', 'state']) expect(shown).not.toContain(String(searchParams.get(name)))
      expect(answer.headers.get('cache-control')).toBe('no-store')
    }
  })
})

describe('1.5 · Auth.js, and people of one e-mail address', () => {
  it('1.5 · an e-mail address links nothing: somebody else’s account at another vendor is refused', async () => {
    const { adapter, accounts } = memoryDatabase()
    const profile = (sub: string) => () => ({ id: sub, email: 'one@example.com' })
    const first = await testApp({ config: { adapter }, provider: { profile: profile('first') } })
    await first.signIn(browser(first.origin), 'insuresign')
    const second = await testApp({ config: { adapter }, provider: { profile: profile('second') } })
    const visitor = browser(second.origin)
    const answer = await second.signIn(visitor, 'esignglobal')
    expect(answer.headers.get('location')).toContain('error=OAuthAccountNotLinked')
    expect(await visitor.session()).toBeNull()
    expect(accounts).toHaveLength(1)
  })
})
