import { withEsign } from 'esign-auth/authjs'
import { createTokenKeeper, memoryStore } from 'esign-auth/keeper'
import { createSandbox } from 'esign-auth/sandbox'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createSealer } from '../../src/oauth/seal.ts'
import { raw } from '../passport/serve.ts'
import { browser, testApp, type Visitor } from './express-app.ts'
import { nextLike, type WebHost, webConfig, webVisitor } from './web-app.ts'

afterEach(() => void vi.unstubAllEnvs())

/** Our cookies among a browser's. */
const ours = ({ jar }: Visitor) => [...jar].filter(([name]) => name.includes('esign-login.'))

const code = (answer: Response) => new URL(answer.headers.get('location') ?? '').searchParams.get('code')

describe('1.3 · the cookie of a pending login in Auth.js', () => {
  it('1.3 · that does not open is left alone at a callback: not deleted, no login', async () => {
    const app = await testApp()
    const visitor = browser(app.origin)
    const { url } = await app.sandbox.approve(await visitor.begin('insuresign'))
    const [[name, value] = ['', '']] = ours(visitor)
    // The first letter of the authentication tag; of the last one some bits are read by nobody.
    const altered = value.replace(/\.(.)([^.]*)$/, (_, first, rest) => `.${first === 'A' ? 'B' : 'A'}${rest}`)
    visitor.jar.set(name, altered)
    expect(code(await visitor.go(url))).toBe('state_unknown')
    expect(visitor.jar.get(name)).toBe(altered)
    expect(app.tokenRequests()).toEqual([])
    visitor.jar.set(name, value)
    expect((await visitor.go(url)).headers.get('location')).toBe(app.origin)
  })

  it('1.3 · of another provider, or of another client, is left alone at a callback', async () => {
    const app = await testApp()
    const other = await testApp({ provider: { clientId: 'another' } })
    const [visitor, elsewhere] = [browser(app.origin), browser(other.origin)]
    await elsewhere.begin('insuresign')
    await visitor.begin('esignglobal')
    for (const [name, value] of ours(elsewhere)) visitor.jar.set(name, value)
    const before = ours(visitor)
    await app.signIn(visitor, 'insuresign')
    expect(ours(visitor)).toEqual(before)
    expect(before).toHaveLength(2)
  })

  it('1.3 · is sealed with Auth.js’s own secret, not with the client’s, which may be weak', async () => {
    const sandbox = createSandbox()
    const start = (provider: object = {}, config: object = {}) =>
      withEsign(nextLike, { ...webConfig(sandbox, provider), ...config })
    const me = webVisitor(start())
    const { url } = await sandbox.approve((await me.press('insuresign')).headers.get('location') ?? '')
    const again = async (host: WebHost) => code(await webVisitor(host, new Map(me.jar)).go(url))
    const another = { secret: 'another Auth.js secret, long enough for a test' }
    expect(await again(start({}, another))).toBe('state_unknown')
    // It opens: what is wrong is the exchange.
    expect(await again(start({ clientSecret: 'rotated' }))).toBe('oauth_error')
  })

  it('1.3 · and so is the copy of tokens in the session', async () => {
    const sandbox = createSandbox()
    const keeper = createTokenKeeper({ store: memoryStore() })
    const config = webConfig(sandbox)
    const me = webVisitor(withEsign(nextLike, config, { keeper }))
    await me.go((await sandbox.approve((await me.press('insuresign')).headers.get('location') ?? '')).url)
    const grant = (await me.session())?.esign?.grant ?? ''
    const copy = keeper.link(grant)?.copy ?? ''
    const purpose = 'a copy of tokens in a session'
    const { clientSecret } = sandbox.vendors.insuresign.client
    expect(await createSealer(clientSecret, purpose).open(copy, grant)).toBeUndefined()
    expect(await createSealer(String(config.secret), purpose).open(copy, grant)).toMatchObject({ tokens: {} })
    await keeper.close()
  })

  it.each([
    ['https', true],
    ['http', false],
  ])('1.3 · goes by the scheme of the callback’s address (%s), never by a request header', async (scheme, secure) => {
    vi.stubEnv('AUTH_URL', `${scheme}://app.example`)
    const app = await testApp()
    const visitor = browser(app.origin)
    const { csrfToken } = (await (await visitor.go('/auth/csrf')).json()) as { csrfToken: string }
    for (const proto of ['http', 'https', '', 'https, http']) {
      const { text } = await raw(app.origin, '/auth/signin/insuresign', {
        method: 'POST',
        headers: {
          'x-forwarded-proto': proto,
          forwarded: `proto=${proto}`,
          cookie: visitor.cookieHeader(),
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: String(new URLSearchParams({ csrfToken })),
      })
      const line = /^set-cookie: ((__Host-)?esign-login.*)\r$/im.exec(text)?.[1] ?? ''
      expect(line, proto).toMatch(/; HttpOnly/i)
      expect([line.startsWith('__Host-'), /; Secure/i.test(line)], proto).toEqual([secure, secure])
    }
  })
})
