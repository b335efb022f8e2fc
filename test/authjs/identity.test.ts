import { inspect } from 'node:util'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { type Deed, reply, startEvilVendor, tokens } from '../evil-vendor.ts'
import { browser, testApp } from './express-app.ts'

/** An app at a vendor that gives tokens, and says who it is in `userinfo`'s way. */
async function userinfoApp() {
  const evil = await startEvilVendor()
  onTestFinished(() => evil.close())
  const app = await testApp({ provider: evil.address })
  const signIn = async (userinfo: Deed) => {
    const good = tokens()
    evil.does = (socket, heard) => (heard.path.startsWith('/token') ? good : userinfo)(socket, heard)
    const visitor = browser(app.origin)
    const state = new URL(await visitor.begin('insuresign')).searchParams.get('state')
    const answer = await visitor.go(`/auth/callback/insuresign?code=a-code&state=${state}`)
    const { searchParams } = new URL(answer.headers.get('location') ?? '')
    return { code: searchParams.get('code'), session: await visitor.session() }
  }
  return { evil, signIn }
}

describe('who signed in', () => {
  it('1.5 · is not known: nobody is signed in, and the page says so', async () => {
    const nameless = await testApp()
    for (const id of ['insuresign', 'esignglobal'] as const) {
      nameless.sandbox.vendors[id].switches.accessToken = 'opaque'
      const visitor = browser(nameless.origin)
      const location = (await nameless.signIn(visitor, id)).headers.get('location') ?? ''
      expect(location).toContain('/auth/signin?error=OAuthCallbackError&code=identity_unknown')
      expect(await (await visitor.go(location)).text()).toContain('did not say who you are')
    }
  })

  it.each([['', '  ', undefined, null, {}, NaN]].flat())(
    '1.5 · `profile` names %j: nobody is signed in',
    async (id) => {
      const app = await testApp({ provider: { profile: () => ({ id }) } })
      const visitor = browser(app.origin)
      expect((await app.signIn(visitor)).headers.get('location')).toContain('code=identity_unknown')
      expect(await visitor.session()).toBeNull()
    },
  )

  it('1.5 · is not believed of a userinfo with another status, whatever its body', async () => {
    const { signIn, evil } = await userinfoApp()
    for (const status of [401, 500, 302, 206, 201]) {
      const { code, session } = await signIn(reply('{"sub":"one"}', { status, headers: { location: `${evil.url}/x` } }))
      expect([status, session]).toEqual([status, null])
      expect(code, String(status)).toMatch(/^(http_error|redirect_refused)$/)
    }
    expect(evil.heard.filter(({ path }) => path === '/x')).toEqual([])
  })

  it('1.5 · is not made up where userinfo has no id, an object for one, or is no object', async () => {
    const { signIn } = await userinfoApp()
    const nameless = [{}, { sub: { id: 1 } }, { sub: ['one'] }, { sub: '' }, { sub: ' ' }, { sub: null }, { sub: true }]
    for (const claims of nameless) {
      const text = JSON.stringify(claims)
      expect([text, await signIn(reply(text))]).toEqual([text, { code: 'identity_unknown', session: null }])
    }
    for (const text of ['null', '[{"sub":"one"}]', '"one"', '']) {
      expect([text, await signIn(reply(text))]).toEqual([text, { code: 'invalid_answer', session: null }])
    }
  })

  it('1.5 · is asked for with the bearer in the header, never in a URL', async () => {
    const { signIn, evil } = await userinfoApp()
    expect((await signIn(reply('{"sub":7}'))).session).toMatchObject({ esign: { vendor: 'insuresign' } })
    const asked = evil.heard.filter(({ path }) => !path.startsWith('/token'))
    expect(asked.map(({ method, path, headers }) => [method, path, headers['authorization']])).toEqual([
      ['GET', '/userinfo', 'Bearer evil-access-token'],
    ])
  })

  it('1.6 · the tokens that `profile` gets hide themselves in print, and are there for storing', async () => {
    const told: { access_token?: string; refresh_token?: string }[] = []
    const app = await testApp({
      provider: {
        profile: (_: object, tokens: object) => {
          told.push(tokens)
          return { id: 'mine' }
        },
      },
    })
    await app.signIn(browser(app.origin))
    const [tokens = {}] = told
    const { access_token = '', refresh_token = '' } = tokens
    expect(Math.min(access_token.length, refresh_token.length)).toBeGreaterThan(8)
    const printed = inspect({ tokens }, { depth: null, showHidden: true, getters: true })
    for (const token of [access_token, refresh_token]) expect(printed).not.toContain(token)
    expect(JSON.parse(JSON.stringify(tokens))).toMatchObject({ access_token, refresh_token, token_type: 'bearer' })
    expect({ ...tokens }).toMatchObject({ access_token, refresh_token })
  })

  it('is the application’s to say: `profile` gets what the vendor told, and the tokens', async () => {
    const profile = vi.fn(() => ({ id: 'mine', name: 'Mine', email: 'mine@example.com' }))
    const app = await testApp({ provider: { profile } })
    const visitor = browser(app.origin)
    await app.signIn(visitor, 'dropbox-sign')
    const { users } = app.sandbox.vendors['dropbox-sign']
    expect(profile).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ account: expect.objectContaining({ account_id: users[0]?.id }) }),
      expect.objectContaining({ access_token: expect.any(String), token_type: 'bearer' }),
    )
    expect(await visitor.session()).toMatchObject({ user: { name: 'Mine', email: 'mine@example.com' } })
  })

  it('a `profile` that throws leads to the sign-in page, and its message to the log', async () => {
    const app = await testApp({
      provider: {
        profile: () => {
          throw new Error('no such tenant')
        },
      },
    })
    const location = (await app.signIn(browser(app.origin))).headers.get('location')
    expect(location).toBe(`${app.origin}/auth/signin?error=OAuthCallbackError&code=server_error`)
    expect(app.errors.map(({ message }) => message)).toContain('no such tenant')
  })
})
