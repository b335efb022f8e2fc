import { describe, expect, test } from 'vitest'
import { createEsignGlobalApp } from './esignglobal-app.ts'

describe('the authorize endpoint of the fake eSignGlobal', () => {
  test('sends the person who approves back with code and state in the query', async () => {
    const app = createEsignGlobalApp()
    const { method, url } = await app.sandbox.approve(app.authorizationUrl({ state: 'a b&c' }))
    expect(method).toBe('GET')
    expect(url).toMatch(/^https:\/\/app\.example\/callback\?code=[\da-f-]{36}&state=a%20b%26c$/)
  })

  test('sends the person who denies back with an error, and adds no state where none was sent', async () => {
    const app = createEsignGlobalApp()
    const { url } = await app.sandbox.deny(app.authorizationUrl({ state: undefined }))
    expect(url).toBe('https://app.example/callback?error=access_denied')
  })

  test.each(['response_type', 'clientId', 'redirectUri', 'scope'])('refuses a request without %s', async (name) => {
    const app = createEsignGlobalApp()
    for (const value of [undefined, '']) {
      await expect(app.sandbox.approve(app.authorizationUrl({ [name]: value }))).rejects.toThrow(
        `the parameter "${name}" is missing`,
      )
    }
  })

  test.each(['client_id', 'redirect_uri'])('refuses %s, in place of its own spelling and beside it', async (name) => {
    const app = createEsignGlobalApp()
    const own = name === 'client_id' ? 'clientId' : 'redirectUri'
    for (const changes of [{ [name]: 'x' }, { [name]: 'x', [own]: undefined }]) {
      await expect(app.sandbox.approve(app.authorizationUrl(changes))).rejects.toThrow(
        `"${name}" is not a documented parameter`,
      )
    }
  })

  test('takes both spellings once their switch is on, but not the other alone', async () => {
    const app = createEsignGlobalApp()
    app.fake.switches.bothSpellings = true
    const both = { client_id: app.client.clientId, redirect_uri: app.redirectUri }
    expect((await app.sandbox.approve(app.authorizationUrl(both))).url).toContain('code=')
    const other = { ...both, clientId: undefined, redirectUri: undefined }
    await expect(app.sandbox.approve(app.authorizationUrl(other))).rejects.toThrow('"clientId" is missing')
  })

  test.each(['signature', 'stamp', 'comparisons', 'signature stamp comparisons'])(
    'grants the scope %s',
    async (scope) => {
      const app = createEsignGlobalApp()
      expect((await app.signIn(undefined, { scope })).scope).toBe(scope)
    },
  )

  test.each(['openid', 'signature profile', 'Signature', 'signature,stamp', 'signature  stamp', 'toString'])(
    'refuses the scope %j',
    async (scope) => {
      const app = createEsignGlobalApp()
      await expect(app.sandbox.approve(app.authorizationUrl({ scope }))).rejects.toThrow(
        'is none of the scopes signature, stamp, comparisons',
      )
    },
  )

  test('tells the person what the scope allows', async () => {
    const app = createEsignGlobalApp()
    const html = await (await app.sandbox.fetch(app.authorizationUrl({ scope: 'stamp comparisons' }))).text()
    expect(html).toContain('Use your stamps')
    expect(html).toContain('Compare your documents')
    expect(html).not.toContain('envelopes')
  })

  test('refuses another response type', async () => {
    const app = createEsignGlobalApp()
    await expect(app.sandbox.approve(app.authorizationUrl({ response_type: 'token' }))).rejects.toThrow(
      'response_type must be "code"',
    )
  })

  test('refuses an unknown app', async () => {
    const app = createEsignGlobalApp()
    await expect(app.sandbox.approve(app.authorizationUrl({ clientId: 'nobody' }))).rejects.toThrow(
      'no client "nobody" is registered',
    )
  })

  test('refuses a redirect URI that is not registered, on a page', async () => {
    const app = createEsignGlobalApp()
    const wrong = app.authorizationUrl({ redirectUri: 'https://evil.example/callback' })
    const response = await app.sandbox.fetch(wrong, { redirect: 'manual' })
    expect([response.status, response.headers.get('location')]).toEqual([400, null])
    expect(app.refusal()).toContain('redirect_mismatch: the redirectUri')
  })

  test.each(['code_challenge', 'code_challenge_method', 'nonce', 'region'])(
    'refuses the parameter %s, which no page names',
    async (name) => {
      const app = createEsignGlobalApp()
      await expect(app.sandbox.approve(app.authorizationUrl({ [name]: 'S256' }))).rejects.toThrow(
        `"${name}" is not a documented parameter`,
      )
    },
  )

  test.each(['as1', 'as2', 'eu1'] as const)('serves apps of %s at the one account host', async (region) => {
    const app = createEsignGlobalApp()
    const { clientId } = app.fake.register({ region, redirectUris: [app.redirectUri] })
    expect((await app.sandbox.approve(app.authorizationUrl({ clientId }))).url).toContain('code=')
  })

  test('keeps the apps of the vendor’s sandbox and of production apart', async () => {
    const app = createEsignGlobalApp()
    const { clientId } = app.fake.register({ sandbox: true, redirectUris: [app.redirectUri] })
    const production = app.authorizationUrl({ clientId })
    await expect(app.sandbox.approve(production)).rejects.toThrow('belongs to https://account-sml.esignglobal.com')
    const sandbox = (url: string) => url.replace('account.', 'account-sml.')
    expect((await app.sandbox.approve(sandbox(production))).url).toContain('code=')
    await expect(app.sandbox.approve(sandbox(app.authorizationUrl()))).rejects.toThrow(
      'belongs to https://account.esignglobal.com',
    )
  })

  test('lives at one path, and not on plain http', async () => {
    const { sandbox, ...app } = createEsignGlobalApp()
    expect((await sandbox.fetch('https://account.esignglobal.com/oauth/authorize')).status).toBe(404)
    expect((await sandbox.fetch('https://openapi-as1.esignglobal.com/oauth')).status).toBe(404)
    await expect(sandbox.fetch(app.authorizationUrl().replace('https', 'http'))).rejects.toThrow('fetch failed')
  })
})
