import { InsureSignStrategy } from 'esign-auth/passport'
import { createSandbox, type InsureSignFake } from 'esign-auth/sandbox'
import { describe, expect, it } from 'vitest'
import { createTestSandbox, paramOf, testApp } from './app.ts'

/** Long enough for everything else in this test to have reached its wait. */
const slow = { latency: 150 }

describe('1.1 · copies of one callback', () => {
  it('1.1 · ten parallel copies make exactly one token request, and all that joined are signed in', async () => {
    const { browser, sandbox, tokenRequests } = await testApp()
    const visitor = browser()
    const callback = await sandbox.approve(await visitor.login())
    const cookie = cookieHeader(visitor.cookies)
    sandbox.vendors.insuresign.faults.add('token', slow)
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => browser().get(callback.url.slice('https://app.example'.length), { cookie })),
    )
    expect(tokenRequests()).toHaveLength(1)
    const [grace] = sandbox.vendors.insuresign.users
    expect(answers.map(({ status, body }) => [status, body.user?.id])).toEqual(Array(10).fill([200, grace?.id]))
  })

  it('1.1 · verify runs for each copy that joined, and the profile is asked for once', async () => {
    let [verified, asked] = [0, 0]
    const { browser, sandbox } = await testApp({
      strategy: {
        async profile() {
          asked += 1
          return { id: 'one' }
        },
      },
      verify: (_at, _rt, profile, done) => done(null, { id: `${profile.id}/${++verified}` }),
    })
    const visitor = browser()
    const callback = await sandbox.approve(await visitor.login())
    sandbox.vendors.insuresign.faults.add('token', slow)
    const cookie = cookieHeader(visitor.cookies)
    const path = callback.url.slice('https://app.example'.length)
    const answers = await Promise.all([1, 2, 3].map(() => browser().get(path, { cookie })))
    expect(answers.map(({ body }) => body.user.id).sort()).toEqual(['one/1', 'one/2', 'one/3'])
    expect(asked).toBe(1)
  })

  it('1.1 · copies share a failed exchange too: one token request, the same error for all', async () => {
    const { browser, sandbox, tokenRequests, errors } = await testApp()
    const visitor = browser()
    const callback = await sandbox.approve(await visitor.login())
    sandbox.vendors.insuresign.faults.add('token', { ...slow, answer: { status: 503 } })
    const answers = await Promise.all([1, 2, 3].map(() => visitor.follow(callback)))
    expect(answers.map(({ status }) => status)).toEqual([500, 500, 500])
    expect(errors).toHaveLength(3)
    expect(tokenRequests()).toHaveLength(1)
  })

  it('1.1 · a copy with another code does not join', async () => {
    const { browser, sandbox, tokenRequests, failures } = await testApp()
    const visitor = browser()
    const callback = await sandbox.approve(await visitor.login())
    const cookie = cookieHeader(visitor.cookies)
    sandbox.vendors.insuresign.faults.add('token', slow)
    const [honest, other] = await Promise.all([
      visitor.follow(callback),
      pause(50).then(() => browser().get(`/callback?code=other&state=${paramOf(callback, 'state')}`, { cookie })),
    ])
    expect([honest.status, other.status]).toEqual([200, 403])
    expect(failures).toMatchObject([{ code: 'state_used' }])
    expect(tokenRequests()).toHaveLength(1)
  })

  it("1.1 · a stolen code does not ride along: under another login it joins nobody's exchange", async () => {
    const { browser, sandbox, tokenRequests } = await testApp()
    const [victim, thief] = [browser(), browser()]
    const callback = await sandbox.approve(await victim.login(), 'Grace Osei')
    const state = paramOf(await thief.login(), 'state')
    sandbox.vendors.insuresign.faults.add('token', slow)
    const [honest, stolen] = await Promise.all([
      victim.follow(callback),
      pause(50).then(() => thief.get(`/callback?code=${paramOf(callback, 'code')}&state=${state}`)),
    ])
    expect([honest.status, stolen.status]).toEqual([200, 403])
    expect((await thief.get('/me')).body.user).toBeNull()
    expect(tokenRequests()).toHaveLength(1)
  })

  it('1.1 · nor does it under a login of the thief that was used up before', async () => {
    const { browser, sandbox, tokenRequests } = await testApp()
    const [victim, thief] = [browser(), browser()]
    const callback = await sandbox.approve(await victim.login(), 'Grace Osei')
    const state = paramOf(await thief.login(), 'state')
    const cookie = cookieHeader(thief.cookies)
    await thief.get(`/callback?error=access_denied&state=${state}`)
    sandbox.vendors.insuresign.faults.add('token', slow)
    const [honest, stolen] = await Promise.all([
      victim.follow(callback),
      pause(50).then(() => browser().get(`/callback?code=${paramOf(callback, 'code')}&state=${state}`, { cookie })),
    ])
    expect([honest.status, stolen.status]).toEqual([200, 403])
    expect(tokenRequests()).toHaveLength(1)
  })
})

describe('1.4 · many at once', () => {
  it.each([
    ['by its name', false],
    ['passed to passport directly', true],
  ])('1.4 · thirty logins through one strategy, %s: everybody gets what is theirs', async (_, direct) => {
    const sandbox = createTestSandbox()
    const people = inhabit(sandbox.vendors.insuresign, 30)
    const { browser, signIn, tokenRequests } = await testApp({
      sandbox,
      direct,
      verify: (accessToken, refreshToken, profile, done) =>
        // Out of step on purpose.
        setTimeout(() => done(null, { id: profile.id, accessToken, refreshToken }), Math.random() * 20),
    })
    sandbox.vendors.insuresign.faults.add('token', {
      times: 30,
      answer: async (own) => {
        await pause(Math.random() * 30)
        return own
      },
    })
    const answers = await Promise.all(
      people.map(async (person) => {
        const visitor = browser()
        const answer = await signIn(visitor, person.id)
        const me = await visitor.get('/me')
        return { answer: answer.body.user, me: me.body.user }
      }),
    )
    expect(answers.map(({ answer }) => answer.id)).toEqual(people.map(({ id }) => id))
    expect(answers.map(({ answer }) => subjectOf(answer.accessToken))).toEqual(people.map(({ id }) => id))
    expect(answers.map(({ me }) => me.id)).toEqual(people.map(({ id }) => id))
    expect(new Set(answers.map(({ answer }) => answer.refreshToken)).size).toBe(30)
    expect(tokenRequests()).toHaveLength(30)
  })

  it('1.4 · a userProfile of their own that takes its time gets the identity of its own token', async () => {
    class Slow extends InsureSignStrategy {
      override userProfile(accessToken: string, done: (error?: unknown, profile?: unknown) => void) {
        setTimeout(() => super.userProfile(accessToken, done), Math.random() * 20)
      }
    }
    const sandbox = createTestSandbox()
    const people = inhabit(sandbox.vendors.insuresign, 10)
    const { browser, signIn } = await testApp({ sandbox, Strategy: Slow })
    const answers = await Promise.all(people.map(({ id }) => signIn(browser(), id)))
    expect(answers.map(({ body }) => body.user.id)).toEqual(people.map(({ id }) => id))
  })

  it('1.4 · the same access token text for two users at once: each keeps the identity of its own answer', async () => {
    const sandbox = createSandbox()
    sandbox.vendors.insuresign.client.redirectUris.push('https://app.example/callback')
    sandbox.vendors.insuresign.switches.idToken = true
    const { browser, signIn } = await testApp({ sandbox })
    sandbox.vendors.insuresign.faults.add('token', {
      times: 2,
      answer: async (own) =>
        new Response(JSON.stringify({ ...((await own.json()) as object), access_token: 'the-same' }), {
          headers: { 'content-type': 'application/json' },
        }),
    })
    const names = ['Grace Osei', 'Jonas Lindqvist']
    const answers = await Promise.all(names.map((name) => signIn(browser(), name)))
    const [grace, jonas] = sandbox.vendors.insuresign.users
    expect(answers.map(({ body }) => body.user.id)).toEqual([grace?.id, jonas?.id])
  })
})

function inhabit({ users }: InsureSignFake, count: number) {
  const people = Array.from({ length: count }, (_, n) => ({
    id: `person-${n}`,
    name: `Person ${n}`,
    email: `${n}@example.com`,
  }))
  users.push(...people)
  return people
}

function subjectOf(jwt: string): unknown {
  return JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()).sub
}

function cookieHeader(cookies: ReadonlyMap<string, string>): string {
  return [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
