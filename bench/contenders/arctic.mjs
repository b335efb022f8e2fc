import { CodeChallengeMethod, generateCodeVerifier, generateState, OAuth2Client } from 'arctic'

export default { name: 'arctic', file: 'arctic.mjs', create }

function create({ authorization, token, clientId, clientSecret, redirectUri }) {
  const client = new OAuth2Client(clientId, clientSecret, redirectUri)
  return {
    url: () => client.createAuthorizationURL(authorization, generateState(), []).href,
    urlWithPkce() {
      const [state, verifier] = [generateState(), generateCodeVerifier()]
      const method = CodeChallengeMethod.S256
      return client.createAuthorizationURLWithPKCE(authorization, state, method, verifier, []).href
    },
    exchange: (code) => client.validateAuthorizationCode(token, code, null),
    refresh: (refreshToken) => client.refreshAccessToken(token, refreshToken, []),
  }
}
