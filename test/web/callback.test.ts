import { SignInFailure } from 'esign-auth/web'
import { describe, expect, it } from 'vitest'
import { createTestSandbox, paramOf, pathOf, testApp } from '../passport/app.ts'
import type { Browser } from '../passport/browser.ts'
import { raw } from '../passport/serve.ts'
import { newSignIn, ours, site, webApp } from './app.ts'

/** A visitor with a login pending, the vendor's honest callback to it, and a way to ask with these very bytes. */
async function pending<App extends Awaited<ReturnType<typeof webApp | typeof testApp>>>(app: App) {
  const visitor: Browser = app.browser()
  const callback = await app.sandbox.approve(await visitor.login())
  const [code, state] = [paramOf(callback, 'code'), paramOf(callback, 'state')]
  const cookie = ours(visitor)
    .map(([name, value]) => `${name}=${value}`)
    .join('; ')
  const ask = (target: string, method = 'GET') => raw(app.url, target, { method, headers: { cookie } })
  return { ...app, visitor, callback, code, state, ask }
}

describe('1.2 · a callback that is none, or not of this vendor', () => {
  it.each([
    ['code twice', (c: string, s: string) => `code=${c}&code=${c}&state=${s}`],
    ['another code before', (c: string, s: string) => `code=other&state=${s}&code=${c}`],
    ['state twice', (c: string, s: string) => `code=${c}&state=${s}&state=x`],
    ['state[]', (c: string, s: string) => `code=${c}&state[]=${s}`],
    ['code[]', (c: string, s: string) => `code[]=${c}&state=${s}`],
    ['code[$ne]', (_: string, s: string) => `code[$ne]=&state=${s}`],
    ['code beside code[x]', (c: string, s: string) => `code=${c}&code[x]=b&state=${s}`],
    ['code with a dot', (c: string, s: string) => `code.x=${c}&state=${s}`],
    ['brackets in percent-encoding', (c: string, s: string) => `code%5B%5D=${c}&state=${s}`],
    ['a name in percent-encoding beside itself', (c: string, s: string) => `c%6fde=b&code=${c}&state=${s}`],
    ['code and error', (c: string, s: string) => `code=${c}&state=${s}&error=access_denied`],
    ['error[] beside code', (c: string, s: string) => `code=${c}&state=${s}&error[]=x`],
    ['iss twice', (c: string, s: string) => `code=${c}&state=${s}&iss=a&iss=b`],
    ['broken percent-encoding', (_: string, s: string) => `code=%E0%A4%A&state=${s}`],
    ['code that is no UTF-8', (_: string, s: string) => `code=%ff%fe&state=${s}`],
    ['code with NUL', (c: string, s: string) => `code=${c}%00&state=${s}`],
    ['code with CR LF', (c: string, s: string) => `code=${c}%0d%0aHost:%20evil&state=${s}`],
    ['code in letters outside ASCII', (_: string, s: string) => `code=%F0%9F%98%80&state=${s}`],
    ['code of 5000 letters', (_: string, s: string) => `code=${'a'.repeat(5000)}&state=${s}`],
    ['empty code', (_: string, s: string) => `code=&state=${s}`],
    ['code without a value', (_: string, s: string) => `code&state=${s}`],
    ['state missing', (c: string) => `code=${c}`],
    ['state empty', (c: string) => `code=${c}&state=`],
    ['state unknown', (c: string) => `code=${c}&state=unknown`],
    ['state with a letter more', (c: string, s: string) => `code=${c}&state=${s}A`],
    ['state with a letter less', (c: string, s: string) => `code=${c}&state=${s.slice(0, -1)}`],
    ['state of other case', (c: string, s: string) => `code=${c}&state=${s.toUpperCase()}`],
    ['state __proto__', (c: string) => `code=${c}&state=__proto__`],
    ['error without state', () => 'error=access_denied'],
    ['error with a state unknown', () => 'error=server_error&state=x'],
    ['state alone', (_: string, s: string) => `state=${s}`],
    ['iss alone', () => 'iss=https://evil.example'],
    ['names in the wrong case', (c: string, s: string) => `CODE=${c}&STATE=${s}`],
    ['access_token alone', () => 'access_token=evil'],
    ['separators only', () => '&&&===&=&;;;'],
    ['a thousand parameters', () => Array.from({ length: 1000 }, (_, n) => `code=${n}&p${n}=1`).join('&')],
  ])('1.2 · %s: the code of Passport, no request leaves, nothing is used up', async (_, query) => {
    const web = await pending(await webApp())
    const passport = await pending(await testApp())
    const answer = await web.ask(`/callback?${query(web.code, web.state)}`)
    await passport.ask(`/callback?${query(passport.code, passport.state)}`)
    const [failure] = web.failures
    expect(failure).toBeInstanceOf(SignInFailure)
    expect(passport.failures).toMatchObject([{ code: (failure as SignInFailure).code }])
    expect([answer.status, answer.header('set-cookie')]).toEqual([403, undefined])
    expect(web.tokenRequests()).toEqual([])
    expect((await web.visitor.follow(web.callback)).status).toBe(200)
  })

  it.each(['HEAD', 'PUT', 'DELETE', 'OPTIONS', 'POST'])(
    '1.2 · by %s: the code of Passport, no request leaves, nothing is used up',
    async (method) => {
      const web = await pending(await webApp())
      const passport = await pending(await testApp())
      const answer = await web.ask(pathOf(web.callback), method)
      await passport.ask(pathOf(passport.callback), method)
      const told = [...passport.failures, ...passport.errors]
      expect(web.failures).toMatchObject([{ code: (told[0] as SignInFailure).code }])
      expect([answer.status, answer.header('set-cookie')]).toEqual([403, undefined])
      expect(web.tokenRequests()).toEqual([])
      expect((await web.visitor.follow(web.callback)).status).toBe(200)
    },
  )

  it('1.2 · a POST without postCallback is told the option', async () => {
    const { browser, failures } = await webApp()
    await browser().post('/callback', 'code=x&state=y')
    expect(failures).toMatchObject([
      { code: 'callback_invalid', message: expect.stringContaining('postCallback: true') },
    ])
  })

  it('1.2 · an address without anything fails, since this is where logins end', async () => {
    const { browser, failures } = await webApp()
    expect((await browser().get('/callback')).status).toBe(403)
    expect(failures).toMatchObject([{ code: 'callback_incomplete' }])
  })

  it.each([
    '__proto__[polluted]=1',
    'constructor[prototype][polluted]=1',
    '__proto__=1&toString=2',
    'a[b][c]=1&a[b][c]=2',
    'x=%E0%A4%A',
    'CODE=other&State=x&ERROR=access_denied',
    'access_token=evil&token_type=Bearer&id_token=e30.e30.x',
    'from=https://elsewhere.example',
  ])('1.2 · unknown names are ignored, whatever they hold: %s', async (junk) => {
    const { ask, callback, tokenRequests } = await pending(await webApp())
    expect((await ask(`${pathOf(callback)}&${junk}`)).status).toBe(200)
    const fields = ['client_id', 'code', 'grant_type', 'redirect_uri']
    expect(Object.keys(tokenRequests()[0]?.body ?? {}).sort()).toEqual(fields)
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })

  it('1.2 · a code that would smuggle parameters arrives as one value', async () => {
    const { visitor, state, tokenRequests } = await pending(await webApp())
    const code = 'x&grant_type=password&redirect_uri=evil&client_id=y +/%='
    await visitor.get(`/callback?code=${encodeURIComponent(code)}&state=${state}`)
    expect(tokenRequests()[0]?.body).toMatchObject({ code, grant_type: 'authorization_code' })
  })

  it('1.7 · hosts in the callback never decide where code and secret go', async () => {
    const { visitor, callback, tokenRequests } = await pending(await webApp())
    const extra = ['api_access_point', 'base_uri', 'region', 'host', 'token_url', 'redirect_uri']
      .map((name) => `&${name}=https%3A%2F%2Fevil.example`)
      .join('')
    expect((await visitor.get(pathOf(callback) + extra)).status).toBe(200)
    expect(tokenRequests().map(({ host }) => host)).toEqual(['sign-auth.insuresign.io'])
  })
})

describe('an error that the vendor sends', () => {
  it.each([
    ['access_denied', 'access_denied', 'Not today', 'InsureSign: Not today'],
    ['access_denied', 'access_denied', undefined, 'InsureSign: access was denied.'],
    ['server_error', 'authorization_failed', undefined, 'InsureSign: sign-in ended with server_error.'],
  ])('%s: %s, %s', async (error, code, description, message) => {
    const { visitor, state, failures } = await pending(await webApp())
    const words = description === undefined ? {} : { error_description: description }
    await visitor.get(`/callback?${new URLSearchParams({ error, state, ...words })}`)
    expect(failures).toMatchObject([{ code, message, oauth: { error } }])
    expect(ours(visitor)).toEqual([])
  })

  it('1.2 · brings no control characters and no endless text into a message', async () => {
    const { visitor, state, failures } = await pending(await webApp())
    const text = `line\r\nSet-Cookie: a=b\u0000\u001b[31m${'x'.repeat(5000)}`
    await visitor.get(`/callback?${new URLSearchParams({ error: 'access_denied', error_description: text, state })}`)
    const { message } = failures[0] as Error
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
    expect(message).not.toMatch(/[\u0000-\u001f]/)
    expect(message.length).toBeLessThan(350)
  })
})

describe('1.3 · hosts that a visitor names', () => {
  it.each([
    ['host', 'evil.example'],
    ['host', 'app.example@evil.example'],
    ['x-forwarded-host', 'evil.example'],
    ['x-forwarded-proto', 'http'],
    ['forwarded', 'host=evil.example;proto=http'],
    ['x-original-url', 'https://evil.example/callback'],
    ['origin', 'https://evil.example'],
    ['referer', 'https://evil.example'],
  ])('1.3 · change nothing: %s: %s', async (name, value) => {
    const app = await webApp({ begin: { returnTo: '/mine' } })
    const begun = await raw(app.url, '/login', { headers: { [name]: value } })
    const location = begun.header('location') ?? ''
    expect(paramOf(location, 'redirect_uri')).toBe(`${site}/callback`)
    expect(begun.header('set-cookie')).toMatch(/^__Host-.*; Secure$/)
    const cookie = begun.header('set-cookie')?.split(';', 1)[0] ?? ''
    const callback = await app.sandbox.approve(location)
    const answer = await raw(app.url, pathOf(callback), { headers: { cookie, [name]: value } })
    expect(answer.status).toBe(200)
    expect(app.finished).toMatchObject([{ returnTo: '/mine' }])
    expect(app.tokenRequests()[0]?.body['redirect_uri']).toBe(`${site}/callback`)
    expect(answer.text).not.toContain('evil')
  })

  it('1.3 · in the request’s own address change nothing either', async () => {
    const sandbox = createTestSandbox()
    const signIn = newSignIn(sandbox)
    const begun = await signIn.begin(new Request('http://evil.example/login'))
    const location = begun.headers.get('location') ?? ''
    expect(paramOf(location, 'redirect_uri')).toBe(`${site}/callback`)
    const { search } = new URL((await sandbox.approve(location)).url)
    const cookie = begun.headers.getSetCookie()[0]?.split(';', 1)[0] ?? ''
    const request = new Request(`http://evil.example/elsewhere${search}`, { headers: { cookie } })
    expect((await signIn.finish(request)).identity).toBeDefined()
  })
})
