import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { launchChromium } from '../examples/chromium.ts'
import { answers, freePort, pause, startNode } from './program.ts'
import { describeSignIn } from './sign-in.ts'
import { note, refreshes, type Stage, secretsShown, type VendorId } from './stage.ts'
import { type NextStage, startNext } from './stages.ts'
import { approve, begin, signIn, type Visitor, visitor } from './visitor.ts'

describe('the Next.js example', () => {
  let stage: NextStage
  beforeAll(async () => {
    stage = await startNext()
  })
  afterAll(() => stage?.close())

  describeSignIn(() => stage, {
    'a server action': (page, vendor) => page.getByRole('button', { name: `Sign in with ${vendor}` }).click(),
    'code in the browser': (page, vendor) => page.getByRole('button', { name: vendor, exact: true }).click(),
    'the form on Auth.js’s own page': async (page, vendor) => {
      await page.getByRole('link', { name: 'own sign-in page' }).click()
      await page.getByRole('button', { name: `Sign in with ${vendor}` }).click()
    },
  })

  it('works on the edge', async () => {
    const offered = await (await visitor(stage.origin).get('/api/edge')).json()
    expect(offered).toMatchObject({
      insuresign: { name: 'InsureSign', type: 'oauth' },
      'dropbox-sign': { name: 'Dropbox Sign', type: 'oauth' },
      esignglobal: { name: 'eSignGlobal', type: 'oauth' },
    })
  })

  it('lands on the sign-in page with a reason when the vendor fails', async () => {
    await stage.fault('insuresign', 'token', { answer: 'html', times: 1 })
    const who = visitor(stage.origin)
    const back = await who.get(await approve(await begin(stage, who, 'insuresign')))
    expect(back.headers.get('location')).toMatch(/\/api\/auth\/signin\?error=OAuthCallbackError&code=invalid_answer$/)
  })

  it('exchanges each of twenty Dropbox Sign codes with the state of its own sign-in', async () => {
    const before = (await stage.log()).length
    await Promise.all(Array.from({ length: 20 }, () => signIn(stage, 'dropbox-sign')))
    const log = (await stage.log()).slice(before)
    const asked = log.filter(({ place }) => place === 'authorize').map(({ query }) => query['state'])
    const exchanged = log
      .filter(({ place, status }) => place === 'token' && status === 200)
      .map(({ body }) => body['state'])
    expect(new Set(exchanged).size).toBe(20)
    expect(exchanged.toSorted()).toEqual(asked.toSorted())
    await note('nextjs, 20 concurrent Dropbox Sign sign-ins: 20 token requests, each with its own state')
  })

  describe('with a vendor that rotates and detects reuse', () => {
    const vendor: VendorId = 'dropbox-sign'
    const rotating = { rotation: 'always', refreshToken: 'new', reuseDetection: true }

    /** Visitors who signed in, one account each, and whose access tokens have run out. */
    async function withExpiredTokens(count: number): Promise<Visitor[]> {
      await stage.switches(vendor, { ...rotating, accessLifetime: 3 })
      const people = Array.from({ length: count }, (_, index) => `person-${index}-${crypto.randomUUID()}`)
      for (const id of people) await stage.addUser(vendor, { id, name: id, email: `${id}@example.com` })
      const all = await Promise.all(people.map((id) => signIn(stage, vendor, id)))
      await stage.switches(vendor, { accessLifetime: 3600 })
      await pause(4_100) // vendors count whole seconds
      return all
    }
    const refreshesNow = async () => refreshes(await stage.log()).length
    const again = ({ cookies }: Visitor) => visitor(stage.origin, new Map(cookies))

    it('refreshes once for a page whose proxy, layout and page all ask who it is', async () => {
      const [who] = await withExpiredTokens(1)
      const before = await refreshesNow()
      const browser = await launchChromium()
      try {
        const context = await browser.newContext()
        await context.addCookies([...(who?.cookies ?? [])].map(([name, value]) => ({ name, value, url: stage.origin })))
        const page = await context.newPage()
        await page.goto(stage.origin)
        await page.getByRole('heading', { name: 'Signed in with Dropbox Sign' }).waitFor()
        await page.waitForLoadState('networkidle')
        expect(await page.getByRole('alert').filter({ hasText: 'ended' }).count()).toBe(0)
      } finally {
        await browser.close()
      }
      const calls = (await refreshesNow()) - before
      await note(`nextjs, one page load (proxy, layout, page) with an expired token: ${calls} token call`)
      expect(calls).toBe(1)
    })

    it('refreshes once for 50 parallel requests, and the session lives on, in 10 of 10 trials', async () => {
      const trials = []
      for (const who of await withExpiredTokens(10)) {
        const before = await refreshesNow()
        const requests = Array.from({ length: 50 }, async (_, index) => {
          const own = again(who)
          const answer = await own.get(index % 2 ? '/' : '/api/account')
          const text = await answer.text()
          return { own, fine: answer.ok && text.includes(index % 2 ? 'Signed in with' : 'email_address') }
        })
        const answered = await Promise.all(requests)
        const calls = (await refreshesNow()) - before
        const errors = answered.filter(({ fine }) => !fine).length
        // A browser keeps any one of these cookies, or still has the old one: the next refresh must work with each.
        await stage.expire(vendor)
        const kept = [who, ...answered.filter((_, index) => index % 10 === 0).map(({ own }) => own)]
        const afterwards = await Promise.all(kept.map((each) => each.get('/api/account')))
        trials.push({ calls, errors, usable: afterwards.every(({ status }) => status === 200) })
      }
      const sum = (values: number[]) => values.reduce((left, right) => left + right, 0)
      const usable = trials.filter((trial) => trial.usable).length
      await note(
        `nextjs, 50 parallel requests (25 pages, 25 handlers), 10 trials: ${sum(trials.map(({ calls }) => calls)) / 10} token calls each, ${sum(trials.map(({ errors }) => errors))} errors, usable afterwards ${usable} of 10`,
      )
      expect(trials).toEqual(Array.from({ length: 10 }, () => ({ calls: 1, errors: 0, usable: true })))
    })

    it('goes on after a restart from the copy in the cookie', async () => {
      await stage.switches(vendor, { ...rotating, accessLifetime: 3600 })
      const who = await signIn(stage, vendor)
      const before = (await stage.log()).length
      await stage.restart()
      expect((await who.get('/api/account')).status).toBe(200)
      expect((await stage.log()).slice(before).map(({ place }) => place)).toEqual(['api'])
      await stage.restart()
      await stage.expire(vendor)
      expect((await who.get('/api/account')).status).toBe(200)
      expect(await (await who.get('/')).text()).toContain('Signed in with')
      expect(refreshes((await stage.log()).slice(before))).toHaveLength(1)
      await note('nextjs, killed and started again: signed in, 0 token calls; with an expired token 1')
    })
  })

  it('has still written no secret into its log', async () => {
    expect(stage.output()).toContain('InsureSign: ') // of the failure above
    expect(secretsShown(stage.output(), await stage.log())).toEqual([])
  })
})

it('the Next.js example starts the sandbox by itself', async () => {
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const example = startNode(['start.mjs'], {
    cwd: join(inject('examples'), 'nextjs'),
    env: { PATH: process.env['PATH'], PORT: `${port}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  try {
    await answers(origin, example)
    const own: Pick<Stage, 'origin' | 'basePath'> = { origin, basePath: '/api/auth' }
    const who = await signIn(own as Stage, 'esignglobal')
    expect(await (await who.get('/')).text()).toContain('documents no API call')
  } finally {
    await example.stop()
  }
})
