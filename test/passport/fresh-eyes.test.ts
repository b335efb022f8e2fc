import { inspect } from 'node:util'
import { createClient, defineVendor, insureSign, type VendorDefinition } from 'esign-auth'
import { InsureSignStrategy } from 'esign-auth/passport'
import { describe, expect, it } from 'vitest'
import { testApp } from './app.ts'

// Mistakes that people really make, found by somebody who saw the package for the first time.

const good = { clientID: 'an-id', clientSecret: 'a-secret-of-a-client', callbackURL: 'https://app.example/callback' }

describe('an async function of the application', () => {
  it('that takes `done` for the profile makes no user of its undefined id', async () => {
    const verify = async (_at: string, _rt: string, _params: unknown, profile: { id: string }) => ({
      id: `${profile.id}`,
    })
    const { signIn, browser, errors } = await testApp({ verify })
    expect((await signIn(browser())).status).toBe(500)
    expect(errors).toMatchObject([
      { message: expect.stringMatching(/accessToken, refreshToken, profile, done.*verifyStyle/) },
    ])
  })

  it('may answer by what it resolves to, in userProfile', async () => {
    class Mine extends InsureSignStrategy {
      override async userProfile(): Promise<never> {
        return { id: 'of my own' } as never
      }
    }
    const { signIn, browser } = await testApp({ Strategy: Mine as never })
    expect((await signIn(browser())).body.user.id).toBe('of my own')
  })

  it('may answer by what it resolves to, in skipUserProfile', async () => {
    const skipUserProfile = (async (_token: string, _done: unknown) => true) as never
    const verify = (_at: string, _rt: string, profile: unknown, done: (e: null, u: object) => void) =>
      done(null, { id: String(profile) })
    const { signIn, browser } = await testApp({ strategy: { skipUserProfile }, verify })
    expect((await signIn(browser())).body.user.id).toBe('undefined')
  })
})

describe('a strategy', () => {
  it('1.6 · holds no secret even where inspect looks at what is hidden', () => {
    const secrets = {
      clientSecret: 'a-secret-of-a-client',
      cookieSecret: 'a-secret-of-cookies',
      tokenParams: { pin: 'a-secret-pin-code' },
    }
    const strategy = new InsureSignStrategy({ ...good, ...secrets }, () => {})
    const shown = inspect(strategy, { showHidden: true, depth: 12, getters: false })
    for (const secret of ['a-secret-of-a-client', 'a-secret-of-cookies', 'a-secret-pin-code']) {
      expect(shown).not.toContain(secret)
    }
  })

  it('1.7 · is not moved by backslashes before the path', async () => {
    const { url } = await testApp({ strategy: { callbackURL: '/callback' } })
    const { createConnection } = await import('node:net')
    const { port } = new URL(url)
    const socket = createConnection(Number(port), '127.0.0.1')
    socket.write('GET /\\evil.example/../login HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n\r\n')
    let answer = ''
    for await (const chunk of socket) answer += chunk
    expect(answer).not.toContain('evil.example%2Fcallback')
  })

  it.each([
    [{ callbackURL: 'app.example/callback' }, 'callbackURL', /https:\/\//],
    [{ callbackURL: 'https://app.example/callback#top' }, 'callbackURL', /fragment/],
    [{ api: 'https://api.example' }, 'api', /array/],
    [{ customHeaders: null }, 'customHeaders', /object/],
    [{ customHeaders: { 'x-odd': 'a\r\nb' } }, 'customHeaders', /header/],
    [{ fetch: 'node-fetch' }, 'fetch', /function/],
    [{ profile: 'id' }, 'profile', /function/],
    [{ endpoints: { tokn: 'https://a.example' } }, 'endpoints.tokn', /authorization, token/],
  ])('says at construction what is wrong with %j', (options, option, remedy) => {
    const make = () => new InsureSignStrategy({ ...good, ...options } as never, () => {})
    expect(make).toThrow(TypeError)
    expect(make).toThrow(remedy)
    expect(make).toThrow(expect.objectContaining({ code: 'invalid_option', option }))
  })
})

describe('a vendor', () => {
  it('cannot be changed under its clients', () => {
    expect(() => Object.assign(insureSign.token, { credentials: 'body' })).toThrow(TypeError)
    expect(() => (insureSign.token.fields.refresh_token as string[]).push('scope')).toThrow(TypeError)
  })

  it.each([
    ['pkce', { pkce: 'yes' }],
    ['rotation', { rotation: undefined }],
    ['identity', { identity: undefined }],
    ['token.fields', { token: undefined }],
    ['token.credentials', { token: { ...insureSign.token, credentials: 'basic' } }],
    ['token.encoding', { token: { ...insureSign.token, encoding: 'xml' } }],
    [
      'token.fields.refresh_token',
      { token: { ...insureSign.token, fields: { refresh_token: ['grant_type', 'pin'] } } },
    ],
    ['endpoints', { endpoints: { token: 'https://a.example' } }],
    ['api', { api: ['https://a.example'] }],
    ['id', { id: undefined }],
  ])('is refused for its %s', (what, changes) => {
    const define = () => defineVendor({ ...insureSign, ...changes } as unknown as VendorDefinition)
    expect(define).toThrow(TypeError)
    expect(define).toThrow(`\`${what}\``)
  })
})

describe('a client', () => {
  it('reads a callback out of its whole URL too', () => {
    const client = createClient(insureSign, { clientId: 'an-id', clientSecret: 'a-secret' })
    expect(client.readCallback('https://app.example/callback?code=a&state=b')).toMatchObject({ code: 'a', state: 'b' })
  })

  it('asks for nothing without a path', async () => {
    const client = createClient(insureSign, { clientId: 'an-id', clientSecret: 'a-secret' })
    await expect(client.get({ access_token: 'a' }, undefined as never)).rejects.toMatchObject({
      code: 'invalid_argument',
    })
  })
})
