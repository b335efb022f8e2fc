import * as client from 'openid-client'

export default { name: 'openid-client', file: 'openid-client.mjs', create }

function create({ origin, authorization, token, clientId, clientSecret, redirectUri }) {
  const server = { issuer: origin, authorization_endpoint: authorization, token_endpoint: token }
  const config = new client.Configuration(server, clientId, undefined, client.ClientSecretBasic(clientSecret))
  return {
    url: () => client.buildAuthorizationUrl(config, { redirect_uri: redirectUri, state: client.randomState() }).href,
    async urlWithPkce() {
      const challenge = await client.calculatePKCECodeChallenge(client.randomPKCECodeVerifier())
      const state = client.randomState()
      const more = { code_challenge: challenge, code_challenge_method: 'S256' }
      return client.buildAuthorizationUrl(config, { redirect_uri: redirectUri, state, ...more }).href
    },
    exchange: (code) =>
      client.authorizationCodeGrant(config, new URL(`${redirectUri}?code=${code}&state=a-state`), {
        expectedState: 'a-state',
      }),
    refresh: (refreshToken) => client.refreshTokenGrant(config, refreshToken),
  }
}
