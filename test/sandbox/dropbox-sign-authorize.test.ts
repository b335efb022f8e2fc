import { describe, expect, test } from 'vitest'
import { createDropboxSignApp } from './dropbox-sign-app.ts'

describe('the authorize endpoint of the fake Dropbox Sign', () => {
  test('sends the person who approves back with code and state in the query', async () => {
    const app = createDropboxSignApp()
    const { method, url } = await app.sandbox.approve(app.authorizationUrl({ state: 'a b&c' }))
    expect(method).toBe('GET')
    expect(url).toMatch(/^https:\/\/app\.example\/callback\?code=[\da-f-]{36}&state=a%20b%26c$/)
  })

  test('sends the person who denies back with an error and the state', async () => {
    const app = createDropboxSignApp()
    const { url } = await app.sandbox.deny(app.authorizationUrl())
    expect(url).toBe('https://app.example/callback?error=access_denied&state=s1')
  })

  test('takes the callback of the app’s settings where the request names none', async () => {
    const app = createDropboxSignApp()
    const { url } = await app.sandbox.deny(app.authorizationUrl({ redirect_uri: undefined }))
    expect(url).toBe('https://app.example/callback?error=access_denied&state=s1')
    app.client.redirectUris.length = 0
    await expect(app.sandbox.deny(app.authorizationUrl({ redirect_uri: undefined }))).rejects.toThrow(
      'redirect_mismatch',
    )
  })

  test.each(['response_type', 'client_id', 'state'])('refuses a request without %s', async (name) => {
    const app = createDropboxSignApp()
    for (const value of [undefined, '']) {
      await expect(app.sandbox.approve(app.authorizationUrl({ [name]: value }))).rejects.toThrow(
        `the parameter "${name}" is missing`,
      )
    }
  })

  test('refuses another response type', async () => {
    const app = createDropboxSignApp()
    await expect(app.sandbox.approve(app.authorizationUrl({ response_type: 'token' }))).rejects.toThrow(
      'response_type must be "code"',
    )
  })

  test('refuses an unknown client', async () => {
    const app = createDropboxSignApp()
    await expect(app.sandbox.approve(app.authorizationUrl({ client_id: 'nobody' }))).rejects.toThrow(
      'no client "nobody" is registered',
    )
  })

  test('refuses a redirect URI that is not registered, on a page', async () => {
    const app = createDropboxSignApp()
    const wrong = app.authorizationUrl({ redirect_uri: 'https://evil.example/callback' })
    const response = await app.sandbox.fetch(wrong, { redirect: 'manual' })
    expect([response.status, response.headers.get('location')]).toEqual([400, null])
    expect(app.refusal()).toContain('redirect_mismatch')
  })

  test.each(['http://localhost:3000/callback', 'https://LOCALHOST/callback'])(
    'refuses the callback %s even when registered',
    async (uri) => {
      const app = createDropboxSignApp()
      app.client.redirectUris.unshift(uri)
      const refusal = 'is on localhost, which Dropbox Sign does not allow; use 127.0.0.1'
      for (const redirect_uri of [uri, undefined]) {
        await expect(app.sandbox.approve(app.authorizationUrl({ redirect_uri }))).rejects.toThrow(refusal)
      }
    },
  )

  test('takes a callback on 127.0.0.1', async () => {
    const app = createDropboxSignApp()
    const uri = 'http://127.0.0.1:3000/callback'
    app.client.redirectUris.push(uri)
    expect((await app.sandbox.deny(app.authorizationUrl({ redirect_uri: uri }))).url).toContain(uri)
  })

  test.each(['scope', 'code_challenge', 'code_challenge_method', 'clientId', 'response_mode', 'prompt'])(
    'refuses the parameter %s, which no page names',
    async (name) => {
      const app = createDropboxSignApp()
      await expect(app.sandbox.approve(app.authorizationUrl({ [name]: 'S256' }))).rejects.toThrow(
        `"${name}" is not a documented parameter`,
      )
    },
  )

  test('lives at one address only', async () => {
    const { sandbox } = createDropboxSignApp()
    for (const address of ['https://app.hellosign.com/oauth/authorize/', 'https://api.hellosign.com/oauth/authorize']) {
      expect((await sandbox.fetch(address)).status).toBe(404)
    }
    await expect(sandbox.fetch('https://www.hellosign.com/oauth/authorize')).rejects.toThrow('fetch failed')
    await expect(sandbox.fetch('https://api.sign.dropbox.com/')).rejects.toThrow('fetch failed')
  })
})
