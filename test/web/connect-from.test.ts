import { insureSign } from 'esign-auth'
import { createTokenKeeper, memoryStore } from 'esign-auth/keeper'
import { createSandbox } from 'esign-auth/sandbox'
import { createSignIn, type SignInOptions } from 'esign-auth/web'
import { describe, expect, it } from 'vitest'
import { failure } from '../oauth/failure.ts'

const origin = 'https://app.example'

/** Alice's browser at an app with `esign-auth/web`. */
function world(options: Partial<SignInOptions> = {}) {
  const sandbox = createSandbox()
  const { client, switches, users } = sandbox.vendors.insuresign
  switches.accessToken = 'jwt'
  const callbackUrl = `${origin}/callback`
  client.redirectUris.push(callbackUrl)
  const { clientId, clientSecret } = client
  const keeper = createTokenKeeper({ store: memoryStore() })
  const given = { clientId, clientSecret, fetch: sandbox.fetch, callbackUrl, keeper, ...options }
  const signIn = createSignIn(insureSign, given)
  const request = (path: string, headers: Record<string, string> = {}) => new Request(origin + path, { headers })
  const connect = async (as?: string, more: { replace?: boolean } = {}) => {
    const begun = await signIn.connect(request('/connect'), { owner: 'alice', ...more })
    const cookie = begun.headers.getSetCookie().map((line) => line.split(';', 1)[0])
    const { url } = await sandbox.approve(begun.headers.get('location') ?? '', as)
    return signIn.finish(new Request(url, { headers: { cookie: cookie.join('; ') } }), { owner: 'alice' })
  }
  const kept = async () => (await keeper.access({ owner: 'alice', vendor: 'insuresign' })).token
  const [, ada, mei] = users.map(({ id }) => id)
  return { signIn, request, connect, kept, keeper, ada, mei }
}

describe('1.1 · connecting an account with esign-auth/web', () => {
  it('1.1 · that a page of another site begins is refused, and signing in is not', async () => {
    const { signIn, request } = world()
    for (const site of ['cross-site', 'same-site', 'somewhere']) {
      const foreign = request('/connect', { 'sec-fetch-site': site, 'sec-fetch-dest': 'document' })
      const refused = await failure(signIn.connect(foreign, { owner: 'alice' }))
      expect(refused).toMatchObject({ code: 'begun_elsewhere', message: expect.stringMatching(/^InsureSign: /) })
      expect((await failure(signIn.begin(foreign, { owner: 'alice' }))).code).toBe('begun_elsewhere')
      expect((await signIn.begin(foreign)).status).toBe(302)
    }
    for (const site of ['same-origin', 'none']) {
      const own = request('/connect', { 'sec-fetch-site': site })
      expect((await signIn.connect(own, { owner: 'alice' })).status).toBe(302)
    }
  })

  it("1.1 · that a sibling domain begins goes on with connectFrom: 'same-site'", async () => {
    const { signIn, request } = world({ connectFrom: 'same-site' })
    const at = (site: string) => request('/connect', { 'sec-fetch-site': site })
    expect((await signIn.connect(at('same-site'), { owner: 'alice' })).status).toBe(302)
    expect((await failure(signIn.connect(at('cross-site'), { owner: 'alice' }))).code).toBe('begun_elsewhere')
    expect(() => world({ connectFrom: 'anywhere' as never })).toThrow(/option `connectFrom` must be/)
  })

  it('1.1 · replaces no other account, unless it was begun so', async () => {
    const { connect, kept, ada, mei } = world()
    await connect(ada)
    const token = await kept()
    const refused = await failure(connect(mei))
    expect(refused).toMatchObject({ name: 'EsignAuthError', code: 'account_mismatch' })
    expect(await kept()).toBe(token)
    await connect(ada)
    expect(await connect(mei, { replace: true })).toMatchObject({ connected: true, owner: 'alice' })
    expect((await failure(connect(ada))).code).toBe('account_mismatch')
  })
})
