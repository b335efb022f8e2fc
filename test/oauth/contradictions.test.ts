import { type Client, type ClientOptions, createClient, dropboxSign, eSignGlobal, type TokenSet } from 'esign-auth'
import { createSandbox, type Sandbox } from 'esign-auth/sandbox'
import { beforeEach, describe, expect, it } from 'vitest'
import { echo, startEvilVendor } from '../evil-vendor.ts'
import { failure, leaks, shown } from './failure.ts'

// Where a vendor's pages contradict each other, or say nothing, the client understands every reading.

const redirectUri = 'https://app.example/callback'
let sandbox: Sandbox
beforeEach(() => {
  sandbox = createSandbox()
})

async function signIn(client: Client): Promise<TokenSet> {
  const { url } = await sandbox.approve(client.authorizationUrl({ redirectUri, state: 'a-state' }))
  const callback = client.readCallback(new URL(url).search)
  if ('error' in callback) throw new Error(`the fake refused: ${callback.error}`)
  return client.exchangeCode({ ...callback, redirectUri })
}

const inSeconds = (tokens: TokenSet) => Number(tokens.expires_at) - Math.floor(Date.now() / 1000)

describe('Dropbox Sign', () => {
  function start(options: Partial<ClientOptions & { apiKey: string }> = {}) {
    const { switches, register } = sandbox.vendors['dropbox-sign']
    const { clientId, clientSecret } = register({ redirectUris: [redirectUri], apiKey: options.apiKey })
    return { switches, client: createClient(dropboxSign, { clientId, clientSecret, fetch: sandbox.fetch, ...options }) }
  }

  it.each(['json', 'form', 'multipart'] as const)('may read %s', async (tokenEncoding) => {
    const { client, switches } = start({ tokenEncoding })
    switches.tokenEncoding = tokenEncoding
    await client.refresh(await signIn(client))
  })

  it('may know the API key, and need it on no exchange', async () => {
    const { client } = start({ apiKey: 'an-api-key' })
    await client.refresh(await signIn(client))
    expect(sandbox.log.map(({ body, authorization }) => [body['grant_type'], authorization?.scheme])).toEqual([
      [undefined, undefined],
      ['authorization_code', undefined],
      ['refresh_token', 'Basic'],
    ])
  })

  it.each(['same', 'new', 'none'] as const)('may bring, on a refresh, of refresh tokens: %s', async (refreshToken) => {
    const { client, switches } = start()
    switches.refreshToken = refreshToken
    const first = await signIn(client)
    const second = await client.refresh(first)
    expect(second.refresh_token === first.refresh_token).toBe(refreshToken !== 'new')
    await client.refresh(second)
  })

  it.each(['seconds', 'epoch'] as const)('may say when a token expires in or as: %s', async (expiresIn) => {
    const { client, switches } = start()
    switches.expiresIn = expiresIn
    expect(inSeconds(await signIn(client))).toBeGreaterThan(3590)
    expect(inSeconds(await signIn(client))).toBeLessThanOrEqual(3600)
  })

  it.each([
    ['oauth', 'invalid_grant', 400],
    ['nested', 'bad_request', 400],
    ['in-200', 'invalid_grant', 200],
  ] as const)('may write its errors so: %s', async (errors, error, status) => {
    const { client, switches } = start()
    switches.errors = errors
    const refused = await failure(client.refresh({ refresh_token: 'an-unknown-token' }))
    expect(refused).toMatchObject({ code: 'oauth_error', vendorStatus: status, sent: 'answered', oauth: { error } })
    expect(refused.oauth?.error_description).toBe('the refresh token is unknown')
  })

  it('may keep the account to itself, and says why', async () => {
    const { client, switches } = start()
    switches.accountScopes = false
    const refused = await failure(client.identify(await signIn(client)))
    expect(refused).toMatchObject({ code: 'oauth_error', vendorStatus: 403, oauth: { error: 'forbidden' } })
  })

  it('tells of its users an id and an e-mail, and no name', async () => {
    const { client } = start()
    const { id, email, name, claims } = await client.identify(await signIn(client))
    expect({ id, email, name }).toEqual({
      id: sandbox.vendors['dropbox-sign'].users[0]?.id,
      email: 'grace@example.com',
      name: undefined,
    })
    expect(claims['account']).toMatchObject({ account_id: id })
  })

  describe.each([
    ['as it is', (text: string) => text],
    ['base64', (text: string) => Buffer.from(text).toString('base64')],
    ['base64 of base64', (text: string) => Buffer.from(Buffer.from(text).toString('base64')).toString('base64')],
    ['percent-encoded', encodeURIComponent],
    ['JSON', (text: string) => JSON.stringify(text)],
  ])('that echoes our request, %s', (_, encode) => {
    it.each(['error_description', 'error', 'error_uri'])('1.6 · shows no API key in its %s', async (field) => {
      const evil = await startEvilVendor()
      const mark = 'Zq7Wx9Kk2Mn4'
      const { endpoints, ...address } = evil.address
      const client = createClient(dropboxSign, {
        ...{ clientId: 'an-id', clientSecret: `${mark}Secret`, apiKey: `${mark}Key`, ...address },
        endpoints: { ...endpoints, refresh: `${endpoints.token}?refresh` },
      })
      evil.does = echo(encode, field)
      const error = await failure(client.refresh({ refresh_token: `${mark}Token` }))
      await evil.close()
      expect(evil.heard[0]?.headers['authorization']).toBe(`Basic ${btoa(`${mark}Key:`)}`)
      expect(leaks(shown(error), [mark, btoa(`${mark}Key:`)])).toEqual([])
    })
  })
})

describe('eSignGlobal', () => {
  function start(options: Partial<ClientOptions> = {}) {
    const { switches, register } = sandbox.vendors.esignglobal
    const { clientId, clientSecret } = register({ redirectUris: [redirectUri], region: 'as2' })
    const client = createClient(eSignGlobal, {
      ...{ clientId, clientSecret, region: 'as2', fetch: sandbox.fetch },
      ...options,
    })
    return { switches, client }
  }

  it.each(['multipart', 'form'] as const)('may read %s', async (tokenEncoding) => {
    const { client, switches } = start({ tokenEncoding })
    switches.tokenEncoding = tokenEncoding
    await client.refresh(await signIn(client))
    await client.clientCredentials()
  })

  it.each([true, false])('may wrap its tokens in an envelope: %s', async (tokensInData) => {
    const { client, switches } = start()
    switches.tokensInData = tokensInData
    const tokens = await client.refresh(await signIn(client))
    expect(tokens).toMatchObject({ access_token: expect.any(String), scope: 'signature' })
    expect(await client.clientCredentials()).toMatchObject({ scope: 'read-write' })
  })

  it.each(['bearer', 'Bearer'] as const)('may call its tokens %s', async (tokenType) => {
    const { client, switches } = start()
    switches.tokenType = tokenType
    expect((await signIn(client)).access_token).toBeTruthy()
  })

  it.each([
    ['oauth', 'invalid_grant', 400],
    ['envelope', '400', 200],
  ] as const)('may write its errors so: %s', async (errors, error, status) => {
    const { client, switches } = start()
    switches.errors = errors
    const refused = await failure(client.refresh({ refresh_token: 'an-unknown-token' }))
    expect(refused).toMatchObject({ code: 'oauth_error', vendorStatus: status, sent: 'answered', oauth: { error } })
    expect(refused.oauth?.error_description).toBe('the refresh token is unknown')
  })

  it('may hand out the same token again, with the time that it has left', async () => {
    const { client, switches } = start()
    switches.shrinking = true
    const first = await signIn(client)
    sandbox.clock.advance(3600_000)
    const second = await client.refresh(first)
    expect(second.access_token).toBe(first.access_token)
    expect(inSeconds(second)).toBeLessThanOrEqual(86_398 - 3600)
    expect(inSeconds(second)).toBeGreaterThan(86_398 - 3610)
  })

  it.each(['new', 'same', 'none'] as const)('may bring, on a refresh, of refresh tokens: %s', async (refreshToken) => {
    const { client, switches } = start()
    switches.refreshToken = refreshToken
    const first = await signIn(client)
    const second = await client.refresh(first)
    expect(second.refresh_token === first.refresh_token).toBe(refreshToken !== 'new')
    await client.refresh(second)
  })

  it('tells who it is only by a JWT with a sub, and says so when it cannot know', async () => {
    const { client, switches } = start()
    switches.accessToken = 'jwt'
    const [grace] = sandbox.vendors.esignglobal.users
    expect((await client.identify(await signIn(client))).id).toBe(grace?.id)
    for (const accessToken of ['opaque', 'jwt-without-sub'] as const) {
      switches.accessToken = accessToken
      const error = await failure(client.identify(await signIn(client)))
      expect(error).toMatchObject({ code: 'identity_unknown', message: expect.stringContaining('`profile`') })
    }
  })
})
