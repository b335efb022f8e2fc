import { createClient, defineVendor, EsignAuthError, type TokenSet } from 'esign-auth'
import fc from 'fast-check'
import * as oauth from 'oauth4webapi'
import { describe, expect, it } from 'vitest'

// oauth4webapi is certified; for a vendor that speaks plain OAuth 2.0 our requests must be its requests, and whatever
// answer it takes we must take, with the same tokens; but for a token beside
// an `error` and for JSON under another label, which are refused on purpose.

const issuer = 'https://plain.example'
const server: oauth.AuthorizationServer = {
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  revocation_endpoint: `${issuer}/revoke`,
}
const clientId = 'a client:id'.replace(':', ' ') // a space: form-encoding before base64 shows
const clientSecret = 'a+secret/with=odd%characters: and "quotes" é'
const redirectUri = 'https://app.example/callback?tenant=7'
const verifier = 'v'.repeat(43)

const plain = (credentials: 'basic-form' | 'body') =>
  defineVendor({
    id: 'plain',
    name: 'Plain',
    endpoints: () => ({
      authorization: `${issuer}/authorize`,
      token: `${issuer}/token`,
      revocation: `${issuer}/revoke`,
    }),
    api: () => [issuer],
    identity: 'none',
    pkce: 'supported',
    token: {
      credentials,
      encoding: 'form',
      fields: {
        authorization_code: ['grant_type', 'code', 'redirect_uri'],
        refresh_token: ['grant_type', 'refresh_token'],
        client_credentials: ['grant_type'],
      },
    },
    rotation: 'sometimes',
  })

const usable = { access_token: 'an-access-token', token_type: 'Bearer', expires_in: 3600 }

describe.each([
  ['basic-form', oauth.ClientSecretBasic(clientSecret)],
  ['body', oauth.ClientSecretPost(clientSecret)],
] as const)('our requests with client authentication %s are those of oauth4webapi', (credentials, authentication) => {
  const seen = async (ask: (fetch: typeof globalThis.fetch) => Promise<unknown>) => {
    const requests: Record<string, unknown>[] = []
    await ask(async (input, init) => {
      const request = new Request(input, init)
      const form = new URLSearchParams(await request.text())
      requests.push({
        method: request.method,
        url: request.url,
        type: request.headers.get('content-type')?.split(';')[0],
        authorization: request.headers.get('authorization'),
        accept: request.headers.get('accept'),
        form: [...form].sort(),
      })
      return Response.json(usable)
    })
    return requests
  }
  const ours = (fetch: typeof globalThis.fetch) => createClient(plain(credentials), { clientId, clientSecret, fetch })
  const theirs = { client_id: clientId }

  it('for the code exchange', async () => {
    const expected = await seen((fetch) => {
      const params = oauth.validateAuthResponse(server, theirs, new URL(`${redirectUri}&code=c%2Bo+de&state=s`), 's')
      const options = { [oauth.customFetch]: fetch }
      return oauth.authorizationCodeGrantRequest(server, theirs, authentication, params, redirectUri, verifier, options)
    })
    const code = 'c+o de'
    expect(await seen((fetch) => ours(fetch).exchangeCode({ code, redirectUri, codeVerifier: verifier }))).toEqual(
      expected,
    )
  })

  it('for the refresh', async () => {
    const expected = await seen((fetch) =>
      oauth.refreshTokenGrantRequest(server, theirs, authentication, 'r+t/=', { [oauth.customFetch]: fetch }),
    )
    expect(await seen((fetch) => ours(fetch).refresh({ refresh_token: 'r+t/=' }))).toEqual(expected)
  })

  it('for the client credentials', async () => {
    const params = new URLSearchParams({ scope: 'a b' })
    const expected = await seen((fetch) =>
      oauth.clientCredentialsGrantRequest(server, theirs, authentication, params, { [oauth.customFetch]: fetch }),
    )
    expect(await seen((fetch) => ours(fetch).clientCredentials({ scope: 'a b' }))).toEqual(expected)
  })

  it('for the revocation', async () => {
    const expected = await seen((fetch) =>
      oauth.revocationRequest(server, theirs, authentication, 'r+t/=', {
        [oauth.customFetch]: fetch,
        additionalParameters: { token_type_hint: 'refresh_token' },
      }),
    )
    const tokens = { access_token: 'a', refresh_token: 'r+t/=' }
    const asked = await seen((fetch) => ours(fetch).revoke(tokens))
    // It names no kind of answer there; we ask for JSON everywhere.
    expect(asked.map(({ accept: _, ...rest }) => rest)).toEqual(expected.map(({ accept: _, ...rest }) => rest))
  })
})

describe('our reading of answers', () => {
  const token = fc.stringMatching(/^[\x21-\x7e]{1,40}$/)
  const member = fc.record(
    {
      access_token: fc.oneof(token, fc.constantFrom('', null, 7, {})),
      token_type: fc.constantFrom('Bearer', 'bearer', 'BEARER', 'mac', '', null, 7),
      expires_in: fc.oneof(fc.integer({ min: -5, max: 1e6 }), fc.constantFrom('3600', '', null, 'soon', 1.5)),
      refresh_token: fc.oneof(token, fc.constantFrom('', null, {})),
      scope: fc.oneof(fc.constantFrom('a', 'a b', '', null), fc.array(fc.constant('a'), { maxLength: 2 })),
      extra: fc.anything(),
    },
    { requiredKeys: [] },
  )
  const answers = fc.tuple(
    fc.oneof({ weight: 8, arbitrary: fc.constant(200) }, fc.constantFrom(201, 302, 400, 500)),
    fc.constantFrom('application/json', 'application/json; charset=utf-8'),
    fc.oneof({ weight: 8, arbitrary: fc.tuple(fc.constant(usable), member).map(([a, b]) => ({ ...a, ...b })) }, member),
  )

  it('accepts every answer that oauth4webapi accepts, with the same tokens', async () => {
    let accepted = 0
    const check = async ([status, type, body]: [number, string, unknown]) => {
      const answer = () => new Response(JSON.stringify(body), { status, headers: { 'content-type': type } })
      const theirs = await oauth
        .processRefreshTokenResponse(server, { client_id: clientId }, answer())
        .catch(() => undefined)
      const client = createClient(plain('body'), { clientId, clientSecret, fetch: async () => answer() })
      const ours = await client.refresh({ refresh_token: 'the-old-one' }).catch((error: unknown) => {
        expect(error).toBeInstanceOf(EsignAuthError)
        return undefined as TokenSet | undefined
      })
      if (!theirs) return
      accepted += 1
      expect(ours?.access_token).toBe(theirs.access_token)
      expect(ours?.refresh_token).toBe(theirs.refresh_token ?? 'the-old-one')
    }
    await fc.assert(fc.asyncProperty(answers, check), { numRuns: 3000, seed: 7 })
    expect(accepted).toBeGreaterThan(100)
  })
})
