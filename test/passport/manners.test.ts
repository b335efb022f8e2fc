import { once } from 'node:events'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createTestSandbox, newStrategy, testApp } from './app.ts'

describe('what a strategy leaves behind', () => {
  it('1.3 · no cache keeps a page that is answered with a code, a state or a fresh login in its address', async () => {
    const { browser, sandbox } = await testApp()
    const visitor = browser()
    const login = await visitor.get('/login')
    expect(login.headers['cache-control']).toBe('no-store')
    const callback = await sandbox.approve(String(login.headers['location']))
    expect((await visitor.follow(callback)).headers['cache-control']).toBe('no-store')
    expect((await visitor.get('/callback?code=a&state=b')).headers['cache-control']).toBe('no-store')
  })

  it.each(['PUT', 'DELETE', 'PATCH', 'OPTIONS'])(
    '1.2 · a callback by %s is refused and spends nothing',
    async (method) => {
      const { url, browser, sandbox, tokenRequests, failures } = await testApp()
      const visitor = browser()
      const callback = await sandbox.approve(await visitor.login())
      const { pathname, search } = new URL(callback.url)
      const cookie = [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const answer = await fetch(url + pathname + search, { method, headers: { cookie } })
      expect(answer.status).toBe(403)
      expect(failures).toMatchObject([{ code: 'callback_invalid' }])
      expect(tokenRequests()).toEqual([])
      expect((await visitor.follow(callback)).status).toBe(200)
    },
  )

  it('1.3 · a warning, once, where the callback URL is relative', async () => {
    const warned = once(process, 'warning')
    newStrategy(createTestSandbox(), { callbackURL: '/callback' })
    const [warning] = await warned
    expect(warning).toMatchObject({
      code: 'ESIGN_AUTH_RELATIVE_CALLBACK',
      message: expect.stringMatching(/InsureSign.*absolute/),
    })
  })

  it('no warning where the callback URL is absolute', () => {
    const warn = vi.spyOn(process, 'emitWarning')
    onTestFinished(() => warn.mockRestore())
    newStrategy(createTestSandbox())
    expect(warn).not.toHaveBeenCalled()
  })

  it('no visitor waiting for a verify that returns a user and asks for no done', async () => {
    const user = { id: 'one' }
    const { signIn, browser } = await testApp({ verify: (_at: string, _rt: string, _profile: unknown) => user })
    expect((await signIn(browser())).body.user).toEqual(user)
  })
})
