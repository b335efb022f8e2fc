import { randomBytes } from 'node:crypto'
import { generateCodeVerifier, OAuth2Client } from '@badgateway/oauth2-client'

export default { name: '@badgateway/oauth2-client', file: 'badgateway.mjs', create }

function create({ authorization, token, clientId, clientSecret, redirectUri }) {
  const client = new OAuth2Client({
    clientId,
    clientSecret,
    tokenEndpoint: token,
    authorizationEndpoint: authorization,
  })
  const random = () => randomBytes(32).toString('base64url')
  return {
    url: () => client.authorizationCode.getAuthorizeUri({ redirectUri, state: random() }),
    async urlWithPkce() {
      const codeVerifier = await generateCodeVerifier()
      return client.authorizationCode.getAuthorizeUri({ redirectUri, state: random(), codeVerifier })
    },
    exchange: (code) => client.authorizationCode.getToken({ code, redirectUri }),
    async refresh(refreshToken) {
      const before = { accessToken: 'an-old-token', refreshToken, expiresAt: 0 }
      const { accessToken, refreshToken: next } = await client.refreshToken(before)
      return { access_token: accessToken, refresh_token: next }
    },
  }
}
