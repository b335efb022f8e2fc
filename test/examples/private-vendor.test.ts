import { createClient } from 'esign-auth'
import { expect, it } from 'vitest'
import { AcmeSignStrategy, acmeSign } from '../../examples/quick-start/private-vendor.ts'

it("a vendor of one's own signs people in, and has a strategy of its name", async () => {
  const asked: string[] = []
  const client = createClient(acmeSign, {
    clientId: 'an id',
    clientSecret: 'a secret',
    async fetch(input, init) {
      const request = new Request(input, init)
      const body = await request.text()
      asked.push(`${request.method} ${request.url} ${request.headers.get('authorization')} ${body}`.trim())
      const token = { access_token: 'a-token', token_type: 'Bearer', expires_in: 3600 }
      return Response.json(body ? token : { user: { id: 7, email: 'ada@acme.example', full_name: 'Ada' } })
    },
  })
  const redirectUri = 'https://app.example/callback'
  const url = new URL(client.authorizationUrl({ redirectUri, state: 's', codeChallenge: 'c' }))
  expect(url.searchParams.get('code_challenge_method')).toBe('S256')
  const tokens = await client.exchangeCode({ code: 'a-code', redirectUri, codeVerifier: 'v' })
  expect(await client.identify(tokens)).toMatchObject({ id: '7', email: 'ada@acme.example', name: 'Ada' })
  expect(asked).toEqual([
    `POST https://login.acme.example/oauth/token Basic ${btoa('an+id:a+secret')} grant_type=authorization_code&code=a-code&redirect_uri=https%3A%2F%2Fapp.example%2Fcallback&code_verifier=v`,
    'GET https://api.acme.example/v1/me Bearer a-token',
  ])
  const options = { clientID: 'an id', clientSecret: 'a secret', callbackURL: redirectUri }
  expect(new AcmeSignStrategy(options, () => {}).name).toBe('acme-sign')
})
