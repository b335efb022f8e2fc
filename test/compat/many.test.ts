import { describe, expect, it } from 'vitest'
import type { Verify } from '../passport/app.ts'
import { hosts } from './hosts.ts'
import { ours, profiling } from './libraries.ts'
import { plainVendor } from './plain-vendor.ts'

const people = Array.from({ length: 30 }, (_, number) => `person-${number}`)

/** Out of step, so that thirty sign-ins overtake each other everywhere. */
const verify: Verify = (accessToken, refreshToken, profile, done) =>
  setTimeout(() => done(null, { id: profile.id, accessToken, refreshToken }), Math.random() * 15)

describe.each(hosts)('$name', (host) => {
  it.each([
    ['by its name', false],
    ['passed directly', true],
  ])('1.4 · thirty logins at once through one strategy, %s: everybody gets what is theirs', async (_, direct) => {
    const vendor = await plainVendor()
    vendor.switches.latency = 20
    const Strategy = profiling(ours)
    const { browser, errors, failures } = await host.start(new Strategy(vendor.options, verify), { direct })
    const answers = await Promise.all(
      people.map(async (person) => {
        const visitor = browser()
        const answer = await visitor.follow(vendor.approve(await visitor.login(), person))
        const me = await visitor.get('/me')
        return [answer.body.user, me.body.user] as const
      }),
    )
    expect([errors, failures]).toEqual([[], []])
    expect(answers.map(([user]) => user.id)).toEqual(people)
    expect(answers.map(([, me]) => me)).toEqual(answers.map(([user]) => user))
    expect(new Set(answers.map(([user]) => user.refreshToken)).size).toBe(people.length)
    expect(vendor.tokenRequests()).toHaveLength(people.length)
  })

  it('1.1 · ten copies of one callback at once make one token request', async () => {
    const vendor = await plainVendor()
    // Long enough for all ten to be there.
    vendor.switches.latency = 400
    const Strategy = profiling(ours)
    const app = await host.start(new Strategy(vendor.options, verify))
    const visitor = app.browser()
    const callback = vendor.approve(await visitor.login())
    const copies = Array.from({ length: 10 }, () => {
      const copy = app.browser()
      for (const [name, value] of visitor.cookies) copy.cookies.set(name, value)
      return copy.follow(callback)
    })
    const statuses = (await Promise.all(copies)).map(({ status }) => status)
    expect(vendor.tokenRequests()).toHaveLength(1)
    expect(statuses).toEqual(Array(10).fill(200))
  })
})
