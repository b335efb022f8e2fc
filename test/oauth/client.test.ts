import { createHash, randomBytes } from 'node:crypto'
import { format, inspect } from 'node:util'
import {
  type Client,
  type ClientOptions,
  createClient,
  defineVendor,
  expiresIn,
  insureSign,
  type TokenSet,
  zohoSign,
} from 'esign-auth'
import { createSandbox, type ListeningSandbox, type Sandbox } from 'esign-auth/sandbox'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type EvilVendor, echo, flood, reply, reset, silence, startEvilVendor, tokens } from '../evil-vendor.ts'
import { spiesOnOutput } from '../output.ts'
import { failure, leaks, shown } from './failure.ts'

const redirectUri = 'https://app.example/callback'

/** A code that the vendor gave for what `client` asked. */
async function approved(client: Client, sandbox: Sandbox, more: { codeChallenge?: string } = {}): Promise<string> {
  const callback = await sandbox.approve(client.authorizationUrl({ redirectUri, state: 'a-state', ...more }))
  return new URL(callback.url).searchParams.get('code') ?? ''
}

function tokenRequests(sandbox: Sandbox, grantType?: string) {
  return sandbox.log.filter(({ place, body }) => place === 'token' && (!grantType || body['grant_type'] === grantType))
}

/** Twenty, fifty … of the same, at once. */
function atOnce<T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => make(index)))
}

describe.each(['over node:https', 'over fetch', 'in process'] as const)('a client of the sandbox, %s', (way) => {
  let sandbox: Sandbox
  let listening: ListeningSandbox
  beforeEach(async () => {
    sandbox = createSandbox()
    sandbox.vendors.insuresign.client.redirectUris.push(redirectUri)
    listening = await sandbox.listen()
  })
  afterEach(() => listening.close())

  function clientOf(options: Partial<ClientOptions> = {}): Client {
    const { clientId, clientSecret } = sandbox.vendors.insuresign.client
    const place = {
      'over node:https': () => listening.options('insuresign'),
      'over fetch': () => ({ ...listening.options('insuresign'), fetch: globalThis.fetch }),
      'in process': () => ({ fetch: sandbox.fetch as typeof fetch }),
    }[way]()
    return createClient(insureSign, { clientId, clientSecret, ...place, ...options })
  }

  it('signs somebody in, and no request is refused', async () => {
    const client = clientOf()
    const found = await client.exchangeCode({ code: await approved(client, sandbox), redirectUri, state: 'a-state' })
    expect(found).toMatchObject({ access_token: expect.any(String), refresh_token: expect.any(String) })
    expect(expiresIn(found)).toBeGreaterThan(3590)
    expect(expiresIn(found)).toBeLessThanOrEqual(3600)
    expect(tokenRequests(sandbox).map(({ refusal }) => refusal)).toEqual([undefined])
  })

  it('signs somebody in with PKCE', async () => {
    sandbox.vendors.insuresign.switches.pkce = true
    const client = clientOf({ pkce: true })
    const codeVerifier = randomBytes(32).toString('base64url')
    const codeChallenge = createHash('sha256').update(codeVerifier).digest('base64url')
    const code = await approved(client, sandbox, { codeChallenge })
    expect((await failure(client.exchangeCode({ code, redirectUri, codeVerifier: `${codeVerifier}x` }))).code).toBe(
      'oauth_error',
    )
    const again = await approved(client, sandbox, { codeChallenge })
    expect((await client.exchangeCode({ code: again, redirectUri, codeVerifier })).access_token).toBeTruthy()
  })

  it('signs in with legacy credentials on the other host', async () => {
    const old = sandbox.vendors.insuresign.register({ legacy: true, redirectUris: [redirectUri] })
    const place =
      way === 'in process'
        ? { fetch: sandbox.fetch as typeof fetch, legacy: true }
        : listening.options('insuresign', { legacy: true })
    const client = createClient(insureSign, { clientId: old.clientId, clientSecret: old.clientSecret, ...place })
    const tokens = await client.exchangeCode({ code: await approved(client, sandbox), redirectUri })
    await client.refresh(tokens)
    expect(tokenRequests(sandbox).map(({ host, status }) => [host, status])).toEqual(
      Array(2).fill(['auth.insuresign.io', 200]),
    )
  })

  it('1.8 · refreshes, and keeps the old refresh token where no new one comes', async () => {
    const client = clientOf()
    const first = await client.exchangeCode({ code: await approved(client, sandbox), redirectUri })
    const second = await client.refresh(first)
    expect(second.access_token).not.toBe(first.access_token)
    expect(second.refresh_token).toBe(first.refresh_token)
    expect((await client.refresh({ ...second })).refresh_token).toBe(first.refresh_token)
  })

  it('1.8 · takes a new refresh token where one comes', async () => {
    sandbox.vendors.insuresign.switches.rotation = 'always'
    const client = clientOf()
    const first = await client.exchangeCode({ code: await approved(client, sandbox), redirectUri })
    const second = await client.refresh(first)
    expect(second.refresh_token).not.toBe(first.refresh_token)
    expect((await client.refresh(second)).refresh_token).not.toBe(second.refresh_token)
  })

  it('1.8 · makes one request of fifty refreshes at once, where a second would end the grant', async () => {
    Object.assign(sandbox.vendors.insuresign.switches, { rotation: 'always', reuseDetection: true })
    const client = clientOf()
    const { refresh_token } = await client.exchangeCode({ code: await approved(client, sandbox), redirectUri })
    const found = await atOnce(50, () => client.refresh({ refresh_token }))
    expect(new Set(found.map((each) => each.access_token)).size).toBe(1)
    expect(tokenRequests(sandbox, 'refresh_token')).toHaveLength(1)
    await client.refresh({ refresh_token: found[0]?.refresh_token })
    expect(tokenRequests(sandbox, 'refresh_token')).toHaveLength(2)
  })

  it('1.4 · makes one request of fifty exchanges of one code at once', async () => {
    const client = clientOf()
    const code = await approved(client, sandbox)
    const found = await atOnce(50, () => client.exchangeCode({ code, redirectUri }))
    expect(new Set(found.map(({ access_token }) => access_token)).size).toBe(1)
    expect(tokenRequests(sandbox)).toHaveLength(1)
    expect((await failure(client.exchangeCode({ code, redirectUri }))).oauth?.error).toBe('invalid_grant')
  })

  it('1.8 · tells of invalid_grant with one request', async () => {
    const error = await failure(clientOf().refresh({ refresh_token: 'unknown-refresh-token' }))
    expect(error).toMatchObject({
      code: 'oauth_error',
      vendorStatus: 400,
      sent: 'answered',
      oauth: { error: 'invalid_grant' },
    })
    expect(tokenRequests(sandbox)).toHaveLength(1)
  })

  it('gets tokens for the app itself', async () => {
    const found = await clientOf().clientCredentials()
    expect(Object.keys(found).sort()).toEqual(['access_token', 'expires_at'])
    expect(tokenRequests(sandbox, 'client_credentials').map(({ status }) => status)).toEqual([200])
  })

  it('knows who it is by a JWT, and says so when it cannot know', async () => {
    const client = clientOf()
    const opaque = await client.exchangeCode({ code: await approved(client, sandbox), redirectUri })
    expect((await failure(client.identify(opaque))).code).toBe('identity_unknown')
    sandbox.vendors.insuresign.switches.idToken = true
    const [grace] = sandbox.vendors.insuresign.users
    const found = await client.exchangeCode({ code: await approved(client, sandbox), redirectUri })
    expect(await client.identify(found)).toMatchObject({ id: grace?.id, email: grace?.email, name: grace?.name })
  })

  it('1.8 · rejects a refresh whose answer is cut, truncated, HTML or late, and a next one is a request of its own', async () => {
    const [client, hasty] = [clientOf(), clientOf({ timeout: 200 })]
    const { refresh_token } = await client.exchangeCode({ code: await approved(client, sandbox), redirectUri })
    for (const answer of ['cut', 'cut-body', 'truncated', 'html', 'drip', 'hang'] as const) {
      sandbox.vendors.insuresign.faults.add('token', { answer })
      const asking = answer === 'drip' || answer === 'hang' ? hasty : client
      const [first, second] = await atOnce(2, () => failure(asking.refresh({ refresh_token })))
      expect(second).toBe(first)
    }
    expect((await client.refresh({ refresh_token })).access_token).toBeTruthy()
    expect(tokenRequests(sandbox, 'refresh_token')).toHaveLength(7)
  })
})

describe('a client', () => {
  const mark = 'Zq7Wx9Kk2Mn4'
  const clientSecret = `${mark}Secret+/=&<>"'% \\é`
  const secrets = {
    code: `${mark}Code+/=&`,
    refresh_token: `${mark}Refresh+/=&`,
    verifier: `${mark}Verifier`,
    access_token: `${mark}Access+/=`,
  }
  let evil: EvilVendor
  beforeEach(async () => {
    evil = await startEvilVendor()
  })
  afterEach(() => evil.close())

  function clientOf(options: Partial<ClientOptions> = {}): Client {
    return createClient(insureSign, {
      clientId: 'a-client-id',
      clientSecret,
      timeout: 2000,
      ...evil.address,
      ...options,
    })
  }

  const { code, refresh_token, access_token, verifier } = secrets
  const calls: readonly (readonly [string, (client: Client) => Promise<unknown>])[] = [
    [
      'a code exchange',
      (client) =>
        client.exchangeCode({
          code,
          redirectUri,
          codeVerifier: verifier,
          state: `${mark}State`,
          params: { pin: `${mark}Pin` },
        }),
    ],
    ['a refresh', (client) => client.refresh({ refresh_token, scope: 'x' })],
    ['userinfo', (client) => client.identify({ access_token })],
    ['a revocation', (client) => client.revoke({ access_token, refresh_token })],
    ['client credentials', (client) => client.clientCredentials()],
    ...[undefined, globalThis.fetch].map(
      (fetch) =>
        [
          `a revocation with the token in its URL, as Zoho wants it, ${fetch ? 'over fetch' : 'over node:https'}`,
          () => {
            const options = { clientId: 'a-client-id', clientSecret, timeout: 60, ...evil.address, fetch }
            return createClient(zohoSign, options).revoke({ access_token, refresh_token })
          },
        ] as const,
    ),
  ]

  describe.each(calls)('in %s', (_, call) => {
    it.each([
      ['as it is', (text: string) => text],
      ['percent-encoded', encodeURIComponent],
      ['base64', (text: string) => Buffer.from(text).toString('base64')],
      ['JSON', (text: string) => JSON.stringify(text)],
      ['HTML', (text: string) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)],
    ])('1.6 · shows none of its secrets when the vendor echoes the request, %s', async (_, encode) => {
      for (const field of ['error_description', 'error_uri', 'error']) {
        for (const status of [400, 500]) {
          evil.does = echo(encode, field, status)
          expect(leaks(shown(await failure(call(clientOf()))), [mark, mark.toLowerCase()])).toEqual([])
        }
      }
    })

    it('1.6 · shows none of its secrets when the network or the answer fails', async () => {
      const failures = [
        reset,
        silence,
        flood(2_000_000),
        reply(`{"access_token":"${mark}Fresh","refresh_token":"${mark}Fresh"`),
        reply(`<html>${mark}</html>`, { status: 502, headers: { 'content-type': 'text/html' } }),
        reply(`access_token=${mark}`, { status: 400, headers: { 'content-type': `text/${mark}`, 'x-debug': mark } }),
        tokens(
          { access_token: `${mark} Fresh` },
          { status: 307, headers: { location: `https://evil.example/${mark}` } },
        ),
      ]
      for (const deed of failures) {
        evil.does = deed
        // A revocation takes any 200 for a yes.
        const outcome: unknown = await call(clientOf({ timeout: 60 })).catch((error: unknown) => error)
        expect(leaks(shown(outcome), [mark])).toEqual([])
      }
    })
  })

  it('1.6 · shows no secret when it is printed, inspected or made JSON', () => {
    const client = clientOf({ tokenHeaders: { 'x-key': mark }, tokenParams: { password: mark } })
    expect(leaks(shown(client), [mark])).toEqual([])
    expect(leaks(format('%o %O %s %j', client, client, client, client), [mark])).toEqual([])
    expect(JSON.parse(JSON.stringify(client))).toMatchObject({ clientId: 'a-client-id', pkce: false })
  })

  it('1.6 · hides the tokens of a TokenSet in print, and gives them for storing', async () => {
    evil.does = tokens({ access_token: `${mark}A`, refresh_token: `${mark}B`, id_token: `${mark}C`, scope: 'read' })
    const found = await clientOf().exchangeCode({ code, redirectUri })
    const printed = [
      inspect(found, { depth: 9, showHidden: true }),
      inspect({ user: { found } }),
      format('%o %O', found, found),
    ].join()
    expect(leaks(printed, [mark])).toEqual([])
    expect(printed).toContain('read')
    const stored = {
      access_token: `${mark}A`,
      refresh_token: `${mark}B`,
      id_token: `${mark}C`,
      scope: 'read',
      expires_at: found.expires_at,
    }
    expect(JSON.parse(JSON.stringify(found))).toEqual(stored)
    expect({ ...found }).toEqual(stored)
    expect(structuredClone(found)).toEqual(stored)
  })

  it('does not wipe stored tokens with what an answer left out, when spread over them', async () => {
    const stored: TokenSet = {
      access_token: 'old',
      refresh_token: 'kept',
      scope: 'kept',
      id_token: 'kept',
      expires_at: 1,
    }
    evil.does = reply(JSON.stringify({ access_token: 'new', token_type: 'Bearer' }))
    expect({ ...stored, ...(await clientOf().clientCredentials()) }).toEqual({ ...stored, access_token: 'new' })
  })

  it('1.6 · says nothing to console, stdout or stderr, come what may', async () => {
    vi.stubEnv('DEBUG', '*')
    const spies = spiesOnOutput()
    try {
      await clientOf().exchangeCode({ code, redirectUri })
      for (const deed of [echo(String), reset, reply('')]) {
        evil.does = deed
        for (const [, call] of calls) await call(clientOf()).catch(() => {})
      }
      for (const spy of spies) expect(spy).not.toHaveBeenCalled()
    } finally {
      vi.restoreAllMocks()
      vi.unstubAllEnvs()
    }
  })

  it.each([undefined, null, '', 5, {}, ['a']])(
    '1.8 · refreshes nothing with the refresh token %j, and sends nothing',
    async (refresh_token) => {
      const error = await failure(clientOf().refresh({ refresh_token: refresh_token as string }))
      expect(error).toMatchObject({ code: 'invalid_argument', sent: 'no' })
      expect(error.message).toMatch(/^InsureSign: .*The user has to sign in again/)
      expect(evil.connections).toBe(0)
    },
  )

  it('gives one request the time that its caller has', async () => {
    evil.does = silence
    const timeout = 40
    const began = performance.now()
    for (const asked of [
      clientOf({ timeout: 60_000 }).refresh({ refresh_token }, { timeout }),
      clientOf({ timeout: 60_000 }).clientCredentials({ timeout }),
    ]) {
      expect(await failure(asked)).toMatchObject({ code: 'timeout', sent: 'maybe' })
    }
    expect(performance.now() - began).toBeLessThan(10_000)
  })

  it('asks for a token of the app itself with a scope where its caller names one', async () => {
    evil.does = tokens({})
    await clientOf().clientCredentials({ scope: 'a b' })
    expect(new URLSearchParams(evil.heard[0]?.body).get('scope')).toBe('a b')
  })

  it('names the fetch that it was given, or that of the platform', () => {
    const own: typeof fetch = async () => new Response()
    expect([clientOf({ fetch: own }).fetch, clientOf().fetch]).toEqual([own, globalThis.fetch])
  })

  describe('shares an answer', () => {
    const bodies = () => evil.heard.map(({ body }) => Object.fromEntries(new URLSearchParams(body)))

    it('1.4 · only with who holds the same verifier', async () => {
      const client = clientOf()
      const ask = (codeVerifier: string | undefined) => client.exchangeCode({ code, redirectUri, codeVerifier })
      await Promise.all([ask('a'.repeat(43)), ask('b'.repeat(43)), ask(undefined), ask('a'.repeat(43))])
      expect(bodies().map((body) => body['code_verifier'])).toEqual(['a'.repeat(43), 'b'.repeat(43), undefined])
    })

    it('1.4 · only with who asks for the same redirect URI and fields', async () => {
      const client = clientOf()
      const asked = { code, redirectUri }
      await Promise.all([
        client.exchangeCode(asked),
        client.exchangeCode({ ...asked, params: {} }),
        client.exchangeCode({ ...asked, redirectUri: `${redirectUri}/2` }),
        client.exchangeCode({ ...asked, params: { a: '1' } }),
      ])
      expect(evil.heard).toHaveLength(3)
    })

    it('1.4 · of a refresh only with who asks with the same fields', async () => {
      const client = clientOf()
      const ask = (params?: Record<string, string>) => client.refresh({ refresh_token }, { params })
      await Promise.all([ask(), ask({}), ask(undefined), ask({ a: '1' }), ask({ a: '2' })])
      expect(bodies().map((body) => body['a'])).toEqual([undefined, '1', '2'])
    })

    it('of a failure too, and forgets it', async () => {
      evil.does = reset
      const client = clientOf()
      const errors = await atOnce(20, () => failure(client.refresh({ refresh_token })))
      expect(new Set(errors).size).toBe(1)
      expect(evil.heard).toHaveLength(1)
      evil.does = tokens()
      expect((await client.refresh({ refresh_token })).access_token).toBe('evil-access-token')
    })

    it('1.4 · with nobody else: twenty users at once each get their own', async () => {
      evil.does = (socket, heard) => {
        const body = new URLSearchParams(heard.body)
        const own = `token-of-${body.get('code') ?? body.get('refresh_token')}`
        setTimeout(() => tokens({ access_token: own })(socket, heard), Math.random() * 20)
      }
      const client = clientOf()
      const exchanged = await atOnce(20, (user) => client.exchangeCode({ code: `user-${user}`, redirectUri }))
      const refreshed = await atOnce(20, (user) => client.refresh({ refresh_token: `user-${user}` }))
      for (const [user, { access_token }] of [...exchanged.entries(), ...refreshed.entries()]) {
        expect(access_token).toBe(`token-of-user-${user}`)
      }
    })

    it("1.4 · with no other vendor and no other client, though the token's text be the same", async () => {
      const other = await startEvilVendor()
      evil.does = tokens({ access_token: 'of-the-first' })
      other.does = tokens({ access_token: 'of-the-second' })
      const vendor = defineVendor({ ...insureSign, id: 'second', name: 'Second' })
      const clients = [
        clientOf(),
        createClient(vendor, { clientId: 'a-client-id', clientSecret, ...other.address }),
        clientOf({ clientId: 'another-client-id' }),
      ]
      const found = await Promise.all(clients.map((client) => client.refresh({ refresh_token: 'the-same-text' })))
      await other.close()
      expect(found.map((each) => each.access_token)).toEqual(['of-the-first', 'of-the-second', 'of-the-first'])
      expect([evil.heard.length, other.heard.length]).toEqual([2, 1])
    })
  })

  describe('revokes', () => {
    const form = () => Object.fromEntries(new URLSearchParams(evil.heard[0]?.body))

    it('the refresh token as RFC 7009 says, whatever the body of the 200', async () => {
      evil.does = reply('', { headers: { 'content-type': 'text/plain' } })
      await clientOf().revoke({ access_token, refresh_token })
      expect(evil.heard).toHaveLength(1)
      expect(evil.heard[0]).toMatchObject({ method: 'POST', path: '/revoke' })
      expect(form()).toEqual({ token: refresh_token, token_type_hint: 'refresh_token' })
      expect(evil.heard[0]?.headers['authorization']).toMatch(/^Basic /)
    })

    it.each([undefined, null, ''])('the access token where the refresh token is %j', async (none) => {
      await clientOf().revoke({ access_token, refresh_token: none as never })
      expect(form()).toEqual({ token: access_token, token_type_hint: 'access_token' })
    })

    it('nothing without a token, and sends nothing', async () => {
      expect((await failure(clientOf().revoke({} as TokenSet))).code).toBe('invalid_argument')
      expect(evil.connections).toBe(0)
    })

    it('nothing when the vendor refuses or is down, and says so', async () => {
      evil.does = reply('', { status: 503, headers: { 'retry-after': '30' } })
      expect(await failure(clientOf().revoke({ access_token }))).toMatchObject({ code: 'http_error', retryAfter: 30 })
      evil.does = reply('{"error":"unsupported_token_type"}', { status: 400 })
      expect((await failure(clientOf().revoke({ access_token }))).oauth?.error).toBe('unsupported_token_type')
    })

    it('nothing where the vendor publishes no way to', async () => {
      const client = createClient(insureSign, { clientId: 'a-client-id', clientSecret })
      expect(await failure(client.revoke({ access_token }))).toMatchObject({ code: 'unsupported', sent: 'no' })
    })
  })

  it('sends tokenHeaders to the token endpoint and to nothing else', async () => {
    const client = clientOf({ tokenHeaders: { 'X-Api-Key': 'k' } })
    evil.does = tokens({ sub: 'a-user' })
    await client.refresh({ refresh_token })
    await client.identify({ access_token })
    await client.get({ access_token }, '/x')
    await client.revoke({ access_token })
    expect(evil.heard.map(({ path, headers }) => [path, headers['x-api-key']])).toEqual([
      ['/token', 'k'],
      ['/userinfo', undefined],
      ['/x', undefined],
      ['/revoke', undefined],
    ])
  })

  it('sends nothing and opens nothing until asked to', () => {
    clientOf().authorizationUrl({ redirectUri, state: 's' })
    expect(evil.connections).toBe(0)
  })
})

describe('the time a TokenSet has left', () => {
  it('is whole seconds, negative afterwards, and unknown where no lifetime is known', () => {
    expect(expiresIn({ expires_at: 100 }, 40_999)).toBe(60)
    expect(expiresIn({ expires_at: 100 }, 160_000)).toBe(-60)
    expect(expiresIn({})).toBeUndefined()
    expect(expiresIn({ expires_at: Math.floor(Date.now() / 1000) + 50 })).toBeGreaterThan(48)
  })
})

describe('tokens of the app itself', () => {
  it('name no user, also where they are JWTs', async () => {
    const sandbox = createSandbox()
    sandbox.vendors.insuresign.switches.accessToken = 'jwt'
    const { clientId, clientSecret } = sandbox.vendors.insuresign.client
    const client = createClient(insureSign, { clientId, clientSecret, fetch: sandbox.fetch })
    const tokens = await client.clientCredentials()
    expect(tokens.access_token).toMatch(/^ey/)
    await expect(client.identify(tokens)).rejects.toMatchObject({ code: 'identity_unknown' })
  })
})

describe('a token set that came from the vendor', () => {
  it('cannot be given other tokens', async () => {
    const sandbox = createSandbox()
    const { clientId, clientSecret } = sandbox.vendors.insuresign.client
    const client = createClient(insureSign, { clientId, clientSecret, fetch: sandbox.fetch })
    const tokens = await client.clientCredentials()
    expect(() => Object.assign(tokens, { access_token: 'another' })).toThrow(TypeError)
  })
})
