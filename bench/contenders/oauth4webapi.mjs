import * as oauth from 'oauth4webapi'

export default {
  name: 'oauth4webapi',
  file: 'oauth4webapi.mjs',
  create,
  missing: { url: 'its user writes the URL by hand', urlWithPkce: 'its user writes the URL by hand' },
}

function create({ origin, authorization, token, clientId, clientSecret, redirectUri }) {
  const server = { issuer: origin, authorization_endpoint: authorization, token_endpoint: token }
  const client = { client_id: clientId }
  const proof = oauth.ClientSecretBasic(clientSecret)
  return {
    async exchange(code) {
      const callback = new URL(`${redirectUri}?code=${code}&state=a-state`)
      const params = oauth.validateAuthResponse(server, client, callback, 'a-state')
      const none = oauth.nopkce
      const answer = await oauth.authorizationCodeGrantRequest(server, client, proof, params, redirectUri, none)
      return oauth.processAuthorizationCodeResponse(server, client, answer)
    },
    async refresh(refreshToken) {
      const answer = await oauth.refreshTokenGrantRequest(server, client, proof, refreshToken)
      return oauth.processRefreshTokenResponse(server, client, answer)
    },
  }
}
