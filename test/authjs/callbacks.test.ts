import { describe, expect, it, vi } from 'vitest'
import { type WebApp, webApp } from './web-app.ts'

async function signIn({ sandbox, visitor }: WebApp, id = 'insuresign', callbackUrl = '/there') {
  const me = visitor()
  const location = (await me.press(id, { callbackUrl })).headers.get('location') ?? ''
  const answer = await me.go((await sandbox.approve(location)).url)
  return { me, location: answer.headers.get('location') }
}

describe('callbacks of the application', () => {
  it('are called with what they expect, and with our link where it matters', async () => {
    const jwt = vi.fn(({ token }) => token)
    const session = vi.fn(({ session }) => session)
    const signedIn = vi.fn(() => true)
    const redirect = vi.fn(({ url }: { url: string }) => url)
    const { me } = await signIn(webApp({ callbacks: { jwt, session, signIn: signedIn, redirect } }))
    const esign = { vendor: 'insuresign', grant: expect.any(String), generation: expect.any(Number) }
    expect(signedIn).toHaveBeenCalledExactlyOnceWith({
      user: expect.objectContaining({ id: expect.any(String) }),
      account: expect.objectContaining({ provider: 'insuresign', access_token: expect.any(String) }),
      profile: expect.objectContaining({ sub: expect.any(String) }),
    })
    expect(jwt).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({
        token: expect.objectContaining({ sub: expect.any(String), esign: expect.objectContaining(esign) }),
        account: expect.objectContaining({ provider: 'insuresign' }),
        trigger: 'signIn',
      }),
    )
    expect(redirect).toHaveBeenCalledWith({ url: '/there', baseUrl: 'https://app.example' })
    await me.session()
    expect(jwt).toHaveBeenLastCalledWith({
      token: expect.objectContaining({ esign: expect.objectContaining(esign) }),
      session: undefined,
    })
    expect(session).toHaveBeenLastCalledWith({
      session: expect.objectContaining({ user: expect.anything() }),
      token: expect.objectContaining({ esign: expect.objectContaining(esign) }),
    })
  })

  it('cannot lose our link by returning a new object', async () => {
    const { me } = await signIn(
      webApp({
        callbacks: {
          jwt: ({ token }) => ({ sub: token.sub ?? '', role: 'admin' }),
          session: ({ token }) => ({ user: { role: token['role'] }, expires: 'never' }) as never,
        },
      }),
    )
    expect(await me.session()).toEqual({
      user: { role: 'admin' },
      expires: 'never',
      esign: { vendor: 'insuresign', grant: expect.any(String), generation: expect.any(Number) },
    })
    expect(await me.session()).toHaveProperty('esign')
  })

  it('end the session with a `jwt` that returns null', async () => {
    let ended = false
    const { me } = await signIn(webApp({ callbacks: { jwt: ({ token }) => (ended ? null : token) } }))
    expect(await me.session()).toHaveProperty('esign')
    ended = true
    expect(await me.session()).toBeNull()
    expect([...me.jar.keys()].filter((name) => name.includes('session-token'))).toEqual([])
  })

  it('keep somebody out with a `signIn` that returns false, and no tokens are kept', async () => {
    const adopted = vi.fn()
    const { keeper } = spiedKeeper(adopted)
    const { me, location } = await signIn(webApp({ callbacks: { signIn: () => false } }, { keeper }))
    expect(location).toBe('https://app.example/api/auth/signin?error=AccessDenied')
    expect(await me.session()).toBeNull()
    expect(adopted).not.toHaveBeenCalled()
  })

  it('send somebody elsewhere with a `signIn` that returns an address', async () => {
    const { me, location } = await signIn(webApp({ callbacks: { signIn: () => '/not-yet' } }))
    expect(location).toBe('https://app.example/not-yet')
    expect(await me.session()).toBeNull()
  })

  it.each(['signIn', 'jwt'] as const)('that throw in %s lead to the sign-in page, with a reason', async (name) => {
    const error = vi.fn()
    const thrown = () => {
      throw new Error('my own mistake')
    }
    const app = webApp({ callbacks: { [name]: thrown }, logger: { error } })
    const { me, location } = await signIn(app)
    const { pathname, searchParams } = new URL(location ?? '')
    expect(pathname).toBe('/api/auth/signin')
    expect(searchParams.get('error')).toMatch(/^(Configuration|AccessDenied)$/)
    if (name === 'jwt') expect(searchParams.get('code')).toBe('server_error')
    expect(await (await me.go(location ?? '')).text()).not.toContain('server configuration')
    expect(await me.session()).toBeNull()
    expect(error.mock.calls[0]?.[0].cause.err.message).toBe('my own mistake')
  })

  it('that throw when a session is read are Auth.js’s affair', async () => {
    const { me } = await signIn(
      webApp({
        callbacks: {
          session: () => {
            throw new Error('my own mistake')
          },
        },
      }),
    )
    expect(await me.session()).toBeNull()
  })
})

describe('events of the application', () => {
  it('are told of the sign-in, the session and the sign-out', async () => {
    const [told, seen, out] = [vi.fn(), vi.fn(), vi.fn()]
    const { me } = await signIn(webApp({ events: { signIn: told, session: seen, signOut: out } }))
    expect(told).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({
        account: expect.objectContaining({ provider: 'insuresign' }),
        user: expect.objectContaining({ id: expect.any(String) }),
      }),
    )
    await me.session()
    expect(seen).toHaveBeenCalledWith({
      session: expect.objectContaining({ esign: expect.anything() }),
      token: expect.objectContaining({ esign: expect.anything() }),
    })
    const { csrfToken } = (await (await me.go('/api/auth/csrf')).json()) as { csrfToken: string }
    await me.go('/api/auth/signout', { method: 'POST', body: new URLSearchParams({ csrfToken }) })
    expect(out).toHaveBeenCalledOnce()
  })

  it('that throw keep nobody from signing in', async () => {
    const { me } = await signIn(webApp({ events: { signIn: () => Promise.reject(new Error('my own mistake')) } }))
    expect(await me.session()).toHaveProperty('esign')
  })
})

describe('pages of the application', () => {
  it('take the reason along', async () => {
    const { sandbox, visitor } = webApp({ pages: { signIn: '/welcome', error: '/trouble' } })
    const me = visitor()
    const location = (await me.press('insuresign')).headers.get('location') ?? ''
    const back = await me.go((await sandbox.deny(location)).url)
    expect(back.headers.get('location')).toBe('https://app.example/welcome?error=OAuthCallbackError&code=access_denied')
  })

  it('of another kind than ours stay as they are', async () => {
    const { host } = webApp({ pages: { signOut: '/bye' } })
    const answer = await host.handlers.GET(new Request('https://app.example/api/auth/signout'))
    expect(answer.headers.get('location')).toContain('/bye')
  })
})

/** A keeper that says when tokens are handed to it. */
function spiedKeeper(adopted: () => void) {
  const keeper = {
    addClient: () => {},
    adopt: async () => {
      adopted()
      return { grant: 'a-grant', generation: 1 }
    },
    link: () => undefined,
  }
  return { keeper: keeper as never }
}
