import { describe, expect, test } from 'vitest'
import { createApp, HOST, LEGACY_HOST } from './app.ts'

describe('the authorize endpoint of the fake InsureSign', () => {
  test('sends the person who approves back with a code and the state', async () => {
    const app = createApp()
    const { method, url } = await app.sandbox.approve(app.authorizationUrl({ state: 'a b&c=ü' }))
    expect(method).toBe('GET')
    expect(url).toMatch(/^https:\/\/app\.example\/callback\?code=[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}&state=/)
    expect(new URL(url).searchParams.get('state')).toBe('a b&c=ü')
  })

  test('sends the person who denies back with an error and the state', async () => {
    const app = createApp()
    const { url } = await app.sandbox.deny(app.authorizationUrl())
    expect(url).toBe('https://app.example/callback?error=access_denied&state=s1')
  })

  test('adds no state where none was sent', async () => {
    const app = createApp()
    const { url } = await app.sandbox.deny(app.authorizationUrl({ state: undefined }))
    expect(url).toBe('https://app.example/callback?error=access_denied')
  })

  test('accepts a state that is empty', async () => {
    const app = createApp()
    const { url } = await app.sandbox.deny(app.authorizationUrl({ state: '' }))
    expect(url).toBe('https://app.example/callback?error=access_denied&state=')
  })

  test('keeps the query of a redirect URI to the letter', async () => {
    const app = createApp()
    const redirectUri = 'https://app.example/callback?tenant=a%20b+c'
    app.client.redirectUris.push(redirectUri)
    const { url } = await app.sandbox.deny(app.authorizationUrl({ redirect_uri: redirectUri }))
    expect(url).toBe(`${redirectUri}&error=access_denied&state=s1`)
  })

  test('reads its query as a form', async () => {
    const app = createApp()
    const { url } = await app.sandbox.deny(`${app.authorizationUrl({ state: undefined })}&state=a+b%2Bc`)
    expect(new URL(url).searchParams.get('state')).toBe('a b+c')
  })

  test('takes a redirect URI that is written without percent-encoding, as on the page', async () => {
    const app = createApp()
    const query = `response_type=code&client_id=${app.client.clientId}&redirect_uri=${app.redirectUri}`
    await expect(app.sandbox.approve(`${HOST}/oauth2/authorize?${query}`)).resolves.toHaveProperty('method', 'GET')
  })

  test.each(['response_type', 'client_id', 'redirect_uri'])('refuses a request without %s', async (name) => {
    const app = createApp()
    for (const value of [undefined, '']) {
      await expect(app.sandbox.approve(app.authorizationUrl({ [name]: value }))).rejects.toThrow(
        `the parameter "${name}" is missing`,
      )
    }
  })

  test.each(['token', 'code id_token', 'Code'])('refuses the response type %s', async (type) => {
    const app = createApp()
    await expect(app.sandbox.approve(app.authorizationUrl({ response_type: type }))).rejects.toThrow(
      'response_type must be "code"',
    )
  })

  test.each(['scope', 'nonce', 'prompt', 'response_mode', 'clientId', 'code_challenge', 'code_challenge_method'])(
    'refuses the parameter %s, which no page names',
    async (name) => {
      const app = createApp()
      await expect(app.sandbox.approve(app.authorizationUrl({ [name]: 'S256' }))).rejects.toThrow(
        `"${name}" is not a documented parameter`,
      )
    },
  )

  test.each([
    ['a repeated parameter', '&state=s1', 'the query holds "state" more than once'],
    ['a parameter without value', '&state2', 'the query holds "state2", which is not name=value'],
    ['an empty parameter', '&', 'the query holds "", which is not name=value'],
    ['an encoding that cannot be decoded', '&x=%E0%A4', 'cannot be decoded'],
  ])('refuses %s', async (_, more, reason) => {
    const app = createApp()
    await expect(app.sandbox.approve(app.authorizationUrl() + more)).rejects.toThrow(reason)
  })

  test('refuses a client that is not registered', async () => {
    const app = createApp()
    await expect(app.sandbox.approve(app.authorizationUrl({ client_id: 'nobody' }))).rejects.toThrow(
      'no client "nobody" is registered',
    )
  })

  test.each([
    'https://app.example/callback/',
    'https://app.example/callback?x=1',
    'https://app.example/Callback',
    'https://evil.example/callback',
  ])('shows a page for the unregistered redirect URI %s, and never goes there', async (redirectUri) => {
    const app = createApp()
    const response = await app.sandbox.fetch(app.authorizationUrl({ redirect_uri: redirectUri }), {
      redirect: 'manual',
    })
    expect(response.status).toBe(400)
    expect(response.headers.get('location')).toBeNull()
    expect(await response.text()).toContain('redirect_mismatch')
    expect(app.refusal()).toContain(redirectUri)
  })

  test('registers no redirect URI by itself', async () => {
    const app = createApp()
    app.client.redirectUris.length = 0
    await expect(app.sandbox.approve(app.authorizationUrl())).rejects.toThrow('redirect_mismatch')
  })

  test.each(['/callback', 'https://app.example/callback#part'])('refuses %s even when registered', async (uri) => {
    const app = createApp()
    app.client.redirectUris.push(uri)
    await expect(app.sandbox.approve(app.authorizationUrl({ redirect_uri: uri }))).rejects.toThrow('absolute URL')
  })

  test.each(['POST', 'PUT', 'OPTIONS'])('refuses the method %s', async (method) => {
    const app = createApp()
    const response = await app.sandbox.fetch(app.authorizationUrl(), { method })
    expect(response.status).toBe(405)
    expect(app.refusal()).toBe(`${method} is not documented here, only GET`)
  })

  test('refuses a legacy client on the current host, and names the other', async () => {
    const app = createApp()
    const { clientId } = app.fake.register({ legacy: true, redirectUris: [app.redirectUri] })
    await expect(app.sandbox.approve(app.authorizationUrl({ client_id: clientId }))).rejects.toThrow(
      'belong to https://auth.insuresign.io',
    )
  })

  test('refuses a current client on the legacy host, and names the other', async () => {
    const app = createApp()
    await expect(app.sandbox.approve(app.authorizationUrl().replace(HOST, LEGACY_HOST))).rejects.toThrow(
      "this client's belong to https://sign-auth.insuresign.io",
    )
  })

  test('serves a legacy client on the legacy host', async () => {
    const app = createApp()
    const { clientId } = app.fake.register({ legacy: true, redirectUris: [app.redirectUri] })
    const url = app.authorizationUrl({ client_id: clientId }).replace(HOST, LEGACY_HOST)
    await expect(app.sandbox.approve(url)).resolves.toHaveProperty('method', 'GET')
  })

  test('lives at one path only', async () => {
    const app = createApp()
    for (const path of ['/oauth2/authorize/', '/authorize', '/oauth2/userInfo', '/oauth2/revoke', '/login']) {
      expect((await app.sandbox.fetch(HOST + path)).status).toBe(404)
      expect(app.refusal()).toBe(`sign-auth.insuresign.io${path} is not a documented address`)
    }
  })
})
