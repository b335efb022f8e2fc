import { createTokenKeeper } from 'esign-auth/keeper'
import { describe, expect, it } from 'vitest'
import { browser, testApp, vendorIds } from './express-app.ts'
import { forgetProcess, signedIn } from './later.ts'

const json = { 'content-type': 'application/json' }
const isRefresh = ({ body }: { body: Readonly<Record<string, string>> }) => body['grant_type'] === 'refresh_token'

describe.each(vendorIds)('a session of %s whose token has run out', (id) => {
  it('1.8 · is read with a fresh one, in the dialect of the vendor', async () => {
    const { app, visitor, later, refreshes } = await signedIn(id)
    const before = (await visitor.session())?.esign
    expect(refreshes()).toBe(0)
    later()
    const after = (await visitor.session())?.esign
    expect(refreshes()).toBe(1)
    expect(app.tokenRequests().every(({ status }) => status === 200)).toBe(true)
    expect(after).toEqual({ ...before, generation: (before?.generation ?? 0) + 1 })
    expect(app.errors).toEqual([])
  })

  it('asks once in ten calls of getSession(req, config), one after the other', async () => {
    const { visitor, later, refreshes } = await signedIn(id)
    later()
    for (let n = 0; n < 10; n++) {
      const session = await (await visitor.go('/me')).json()
      expect(session.esign).toMatchObject({ vendor: id })
      expect(session.esign.error).toBeUndefined()
    }
    expect(refreshes()).toBe(1)
  })

  it('1.8 · says why, once the vendor has ended the grant, until a new sign-in', async () => {
    const { app, visitor, later, refreshes } = await signedIn(id)
    const { users } = app.sandbox.vendors[id]
    app.sandbox.vendors[id].revokeUser(users[0]?.id ?? '')
    later()
    expect((await visitor.session())?.esign).toMatchObject({ vendor: id, error: 'revoked' })
    expect((await visitor.session())?.esign).toMatchObject({ vendor: id, error: 'revoked' })
    expect(refreshes()).toBe(1)
    expect(app.errors).toEqual([])
    await app.signIn(visitor, id)
    expect((await visitor.session())?.esign?.error).toBeUndefined()
  })

  it.each([
    ['a 500', { status: 500 }],
    ['a 503', { status: 503, headers: { 'retry-after': '1' } }],
    ['a page', 'html'],
    ['a reset', 'cut'],
    ['no answer', 'hang'],
    ['a 200 without a token', { headers: json, body: '{"token_type":"bearer"}' }],
    ['a 200 with null', { headers: json, body: 'null' }],
    ['a 200 with an error', { headers: json, body: '{"error":"try_later","access_token":"a","token_type":"bearer"}' }],
    ['a body cut in the middle', { headers: json, body: '{"access_token":"a' }],
  ] as const)('1.8 · is kept through %s, without an error, and works again afterwards', async (_, answer) => {
    const keeper = createTokenKeeper({ http: { timeout: 200 }, wait: 600 })
    const { app, visitor, later } = await signedIn(id, { options: { keeper } })
    later()
    app.sandbox.vendors[id].faults.add('token', { answer, times: Infinity, where: isRefresh })
    const begun = performance.now()
    const session = await visitor.session()
    expect(performance.now() - begun).toBeLessThan(3_000)
    expect(session).toMatchObject({ esign: { vendor: id } })
    expect(session?.esign?.error).toBeUndefined()
    // What was refused is not handed out, nor is the old one as new.
    await expect(keeper.access(session?.esign ?? '')).rejects.toMatchObject({ code: 'vendor_unavailable' })
    app.sandbox.vendors[id].faults.clear()
    later()
    const again = await visitor.session()
    expect(again?.esign?.error).toBeUndefined()
    await expect(keeper.access(again?.esign ?? '')).resolves.toHaveProperty('token')
  })
})

describe('a vendor without refresh tokens', () => {
  it('1.8 · leaves a session that says so', async () => {
    // Not even of an earlier sign-in.
    forgetProcess()
    const app = await testApp()
    app.sandbox.vendors.insuresign.faults.add('token', {
      answer: async (own) => {
        const { access_token, token_type } = (await own.json()) as Record<string, string>
        return Response.json({ access_token, token_type, expires_in: 0 })
      },
    })
    const visitor = browser(app.origin)
    await app.signIn(visitor)
    expect((await visitor.session())?.esign).toMatchObject({ error: 'no_refresh_token' })
  })
})

it('a store that is away at sign-in leads to the sign-in page', async () => {
  const away = () => Promise.reject(new Error('away'))
  const store = { reach: 'process' as const, read: away, write: away, create: away, delete: away, replace: away }
  const keeper = createTokenKeeper({ store: store as never })
  const app = await testApp({ options: { keeper } })
  const location = (await app.signIn(browser(app.origin))).headers.get('location')
  expect(location).toMatch(/\/auth\/signin\?error=\w+&code=store_unavailable$/)
})
