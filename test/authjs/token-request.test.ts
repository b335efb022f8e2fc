import { describe, expect, it } from 'vitest'
import { browser, testApp, vendorIds } from './express-app.ts'

/** What the pages of the vendors show: fields and encoding, with `redirect_uri` and credentials in their places. */
const dialects = {
  insuresign: {
    type: /^application\/x-www-form-urlencoded/,
    fields: ['client_id', 'code', 'grant_type', 'redirect_uri'],
  },
  'dropbox-sign': {
    type: /^application\/json/,
    fields: ['client_id', 'client_secret', 'code', 'grant_type', 'state'],
  },
  esignglobal: { type: /^multipart\/form-data/, fields: ['client_id', 'client_secret', 'code', 'grant_type'] },
}

describe.each(vendorIds)('the token request of %s', (id) => {
  it('1.7 · is in the dialect of the vendor', async () => {
    const app = await testApp()
    await app.signIn(browser(app.origin), id)
    const [request, ...more] = app.tokenRequests()
    expect(more).toEqual([])
    expect(request?.contentType).toMatch(dialects[id].type)
    expect(Object.keys(request?.body ?? {}).sort()).toEqual(dialects[id].fields)
    expect(request?.authorization?.scheme).toBe(id === 'insuresign' ? 'Basic' : undefined)
    expect(request?.refusal).toBeUndefined()
  })

  it('1.4 · is right for each of twenty sign-ins at once', async () => {
    const app = await testApp()
    const { users, faults } = app.sandbox.vendors[id]
    const people = Array.from({ length: 20 }, (_, n) => ({ id: `p${n}`, name: `P ${n}`, email: `p${n}@example.com` }))
    users.push(...people)
    // Out of step on purpose.
    faults.add('token', {
      times: 20,
      answer: async (own) => {
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 40))
        return own
      },
    })
    const ends = await Promise.all(
      people.map(async (person) => {
        const visitor = browser(app.origin)
        const location = await visitor.begin(id)
        const { url } = await app.sandbox.approve(location, person)
        await visitor.go(url)
        const { state } = Object.fromEntries(new URL(location).searchParams)
        const code = new URL(url).searchParams.get('code')
        const session = await visitor.session()
        return { code, state, grant: session?.esign?.grant, email: session?.user?.email }
      }),
    )
    expect(new Set(ends.map(({ grant }) => grant)).size).toBe(20)
    const sent = new Map(app.tokenRequests().map(({ body }) => [body['code'], body['state']]))
    expect(sent.size).toBe(20)
    if (id === 'dropbox-sign') {
      expect(ends.map(({ code }) => sent.get(code ?? ''))).toEqual(ends.map(({ state }) => state))
      expect(ends.map(({ email }) => email)).toEqual(people.map(({ email }) => email))
    }
  })
})
