import { describe, expect, it, vi } from 'vitest'
import { browser, testApp } from './express-app.ts'

describe('who signed in', () => {
  it('is not known: nobody is signed in, and the page says so', async () => {
    const nameless = await testApp()
    for (const id of ['insuresign', 'esignglobal'] as const) {
      nameless.sandbox.vendors[id].switches.accessToken = 'opaque'
      const visitor = browser(nameless.origin)
      const location = (await nameless.signIn(visitor, id)).headers.get('location') ?? ''
      expect(location).toContain('/auth/signin?error=OAuthCallbackError&code=identity_unknown')
      expect(await (await visitor.go(location)).text()).toContain('did not say who you are')
    }
  })

  it.each([['', '  ', undefined, null, {}, NaN]].flat())('`profile` names %j: nobody is signed in', async (id) => {
    const app = await testApp({ provider: { profile: () => ({ id }) } })
    const visitor = browser(app.origin)
    expect((await app.signIn(visitor)).headers.get('location')).toContain('code=identity_unknown')
    expect(await visitor.session()).toBeNull()
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
