import { inspect } from 'node:util'
import { createClient, dropboxSign, insureSign } from 'esign-auth'
import { createSignIn, SignInFailure } from 'esign-auth/web'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createSealer } from '../../src/oauth/seal.ts'
import { leaks } from '../oauth/failure.ts'
import { spiesOnOutput } from '../output.ts'
import { createTestSandbox, paramOf, pathOf } from '../passport/app.ts'
import { raw } from '../passport/serve.ts'
import { callbackUrl, copyOf, newKeeper, newSignIn, ours, webApp } from '../web/app.ts'
import { nothingEscapes } from './nothing-escapes.ts'
import { loginAmong, placesOf } from './planted.ts'
import { strangeBytes } from './strange-characters.ts'

// What SECURITY.md asks of esign-auth/web beyond the tests of test/web.

nothingEscapes()
afterEach(() => void vi.restoreAllMocks())

const code = (failure: unknown) => (failure as SignInFailure).code

describe('1.1 · a login belongs to one client', () => {
  const others: Record<string, object> = {
    'another client id': { clientId: 'another-id' },
    'another client secret': { clientSecret: 'another client secret' },
    'another cookie secret': { cookieSecret: 'a text that nobody can guess' },
    'another host': { legacy: true },
    'other endpoints': { endpoints: { token: 'https://other.example/token' } },
  }

  it.each(Object.entries(others))('1.1 · with %s its cookie does not open, and is left alone', async (_, options) => {
    const app = await webApp()
    const visitor = app.browser()
    const { url } = await app.sandbox.approve(await visitor.login())
    const [cookie] = ours(visitor).map(([name, value]) => `${name}=${value}`)
    const failure = await newSignIn(app.sandbox, options)
      .finish(new Request(url, { headers: { cookie: cookie ?? '' } }))
      .catch((error) => error)
    expect(code(failure)).toBe('state_unknown')
    expect(failure.headers.getSetCookie()).toEqual([])
    expect(app.tokenRequests()).toEqual([])
    expect((await visitor.get(pathOf({ url }))).status).toBe(200)
  })

  it('1.1 · with a cookie secret it survives a change of the client secret', async () => {
    const sandbox = createTestSandbox()
    const cookieSecret = 'a text that nobody can guess'
    const [before, after] = [{ cookieSecret }, { cookieSecret, clientSecret: 'rotated' }].map((options) =>
      newSignIn(sandbox, options),
    )
    const begun = await before?.begin(new Request('https://app.example/login'))
    const { url } = await sandbox.approve(begun?.headers.get('location') ?? '')
    const cookie = begun?.headers.getSetCookie()[0]?.split(';', 1)[0] ?? ''
    const failure = await after?.finish(new Request(url, { headers: { cookie } })).catch((error: unknown) => error)
    // It opens: what is wrong is the exchange.
    expect(code(failure)).toBe('oauth_error')
  })

  it('1.1 · the state of one vendor is unknown at the callback of another, both pending', async () => {
    const sandbox = createTestSandbox()
    const { clientId, clientSecret, redirectUris } = sandbox.vendors['dropbox-sign'].client
    redirectUris.push('https://app.example/callback/other')
    const other = createSignIn(dropboxSign, {
      ...{ clientId, clientSecret, callbackUrl: 'https://app.example/callback/other' },
      fetch: sandbox.fetch as typeof fetch,
    })
    const app = await webApp({ sandbox })
    const visitor = app.browser()
    const { url } = await sandbox.approve(await visitor.login())
    const begun = await other.begin(new Request('https://app.example/login'))
    const cookies = [...ours(visitor).map((each) => each.join('=')), begun.headers.getSetCookie()[0]?.split(';', 1)[0]]
    const swapped = new Request(url.replace('/callback', '/callback/other'), {
      headers: { cookie: cookies.join('; ') },
    })
    expect(code(await other.finish(swapped).catch((error) => error))).toBe('state_unknown')
    expect(app.tokenRequests()).toEqual([])
  })

  it('1.1 · a callback of another issuer is refused before anything is sent', async () => {
    const sandbox = createTestSandbox()
    const { clientId, clientSecret } = sandbox.vendors.insuresign.client
    const vendor = { ...insureSign, issuer: 'https://issuer.example' }
    const signIn = createSignIn(vendor, { clientId, clientSecret, callbackUrl, fetch: sandbox.fetch as typeof fetch })
    const begun = await signIn.begin(new Request('https://app.example/login'))
    const { url } = await sandbox.approve(begun.headers.get('location') ?? '')
    const cookie = begun.headers.getSetCookie()[0]?.split(';', 1)[0] ?? ''
    for (const iss of ['', '&iss=https://evil.example']) {
      const failure = await signIn.finish(new Request(url + iss, { headers: { cookie } })).catch((error) => error)
      expect(code(failure)).toBe('issuer_mismatch')
    }
    expect(sandbox.log.filter(({ place }) => place === 'token')).toEqual([])
  })

  it('1.1 · with PKCE each login has its own S256 challenge, and a stolen code under another login signs nobody in', async () => {
    const app = await webApp({ options: { pkce: true } })
    app.sandbox.vendors.insuresign.switches.pkce = true
    const [victim, thief] = [app.browser(), app.browser()]
    const [first, second] = [await victim.login(), await thief.login()]
    expect(paramOf(first, 'code_challenge_method')).toBe('S256')
    expect(paramOf(first, 'code_challenge')).not.toBe(paramOf(second, 'code_challenge'))
    const stolen = await app.sandbox.approve(first)
    const crafted = stolen.url.replace(/state=[^&]+/, `state=${paramOf(second, 'state')}`)
    expect((await thief.get(pathOf({ url: crafted }))).status).toBe(403)
    expect(app.finished).toEqual([])
  })
})

describe('1.2 · 200 forged callbacks', () => {
  it('1.2 · send nothing, keep nothing, and leave the honest login alone', async () => {
    const app = await webApp()
    const visitor = app.browser()
    const callback = await app.sandbox.approve(await visitor.login())
    const forger = copyOf(visitor, app)
    for (let n = 0; n < 200; n++) expect((await forger.get(`/callback?code=c${n}&state=forged-${n}`)).status).toBe(403)
    expect([forger.setCookies, app.tokenRequests()]).toEqual([[], []])
    expect((await visitor.follow(callback)).status).toBe(200)
  })
})

describe('1.3 · a cookie that a sibling domain planted', () => {
  it('1.3 · is not taken for ours, whatever stands in front of its name, behind or in it', async () => {
    const app = await webApp()
    const attacker = app.browser()
    const target = pathOf(await app.sandbox.approve(await attacker.login()))
    const login = loginAmong(attacker.cookies)
    for (const { name, text } of strangeBytes.filter((_, at) => at % 8 === 0)) {
      for (const cookie of placesOf(text, login)) {
        const { status } = await raw(app.url, target, { headers: { cookie } })
        expect([name, cookie, status]).toEqual([name, cookie, 403])
      }
    }
    expect(app.tokenRequests()).toEqual([])
  })

  it('1.3 · nor is it sealed with the client secret where there is a cookie secret', async () => {
    const app = await webApp({ options: { cookieSecret: 'a text that nobody can guess' } })
    const visitor = app.browser()
    const state = paramOf(await visitor.login(), 'state')
    const [[name, value] = ['', '']] = ours(visitor)
    const { clientId, clientSecret } = app.sandbox.vendors.insuresign.client
    const { endpoints } = createClient(insureSign, { clientId, clientSecret })
    const binding = JSON.stringify(['insuresign', clientId, endpoints.authorization, endpoints.token])
    const open = (secret: string) =>
      createSealer(secret, `pending web login ${binding}`).open(
        value.slice(value.indexOf('.') + 1),
        name.replace(/^.*esign-login\./, ''),
      )
    expect(await open(clientSecret)).toBeUndefined()
    expect(await open('a text that nobody can guess')).toMatchObject({ state })
  })
})

describe('1.6 · what a failure and a login show', () => {
  it('1.6 · a failure shows no code, state, secret, token or cookie, in print, as JSON or in its headers', async () => {
    const app = await webApp()
    const visitor = app.browser()
    const location = await visitor.login()
    const callback = await app.sandbox.approve(location)
    const [[, cookie] = ['', '']] = ours(visitor)
    const { clientSecret } = app.sandbox.vendors.insuresign.client
    const secrets = [paramOf(callback, 'code'), paramOf(location, 'state'), clientSecret, cookie]
    const said = `the code ${secrets.join(' ')} is wrong`
    app.sandbox.vendors.insuresign.faults.add('token', {
      answer: { status: 400, json: { error: 'invalid_grant', error_description: said } },
    } as never)
    await visitor.follow(callback)
    const [failure] = app.failures
    expect(failure).toBeInstanceOf(SignInFailure)
    const error = failure as SignInFailure
    const shown = [
      inspect(error, { depth: 9, showHidden: true }),
      JSON.stringify(error),
      error.stack,
      String(error.cause),
    ]
    expect(leaks([...shown, ...error.headers.getSetCookie()].join('\n'), secrets)).toEqual([])
  })

  it('1.6 · an honest login says nothing, and its page, headers and cookies hold no code, secret or token', async () => {
    const keeper = newKeeper()
    const app = await webApp({ options: { keeper } })
    const spies = spiesOnOutput()
    const visitor = app.browser()
    const location = await visitor.login()
    const callback = await app.sandbox.approve(location)
    const { text, headers } = await visitor.follow(callback)
    for (const spy of spies) expect(spy).not.toHaveBeenCalled()
    const { tokens } = app.finished[0] ?? {}
    const { clientSecret } = app.sandbox.vendors.insuresign.client
    const secrets = [clientSecret, paramOf(callback, 'code'), tokens?.access_token, tokens?.refresh_token].map(String)
    expect(leaks([text, JSON.stringify(headers), location.replace(/state=[^&]+/, '')].join('\n'), secrets)).toEqual([])
    expect(inspect(app.signIn, { depth: 9, showHidden: true })).not.toContain(clientSecret)
  })
})

describe('2 · odd requests', () => {
  it('2 · reject, and nothing is thrown outside of a promise', async () => {
    const app = await webApp()
    for (const target of [
      '//evil.example/callback',
      '/callback?%',
      '/%ff',
      '*',
      'http://[/callback',
      '/callback?code=x&state=%00',
    ]) {
      const { status } = await raw(app.url, target)
      expect([400, 403, 302, 200]).toContain(status)
    }
    const signIn = newSignIn(app.sandbox, { profile: () => Promise.reject(new Error('out of the profile')) })
    const begun = await signIn.begin(new Request('https://app.example/login'))
    const { url } = await app.sandbox.approve(begun.headers.get('location') ?? '')
    const cookie = begun.headers.getSetCookie()[0]?.split(';', 1)[0] ?? ''
    await expect(signIn.finish(new Request(url, { headers: { cookie } }))).rejects.toThrow('out of the profile')
  })
})
