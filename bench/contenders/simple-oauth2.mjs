import { randomBytes } from 'node:crypto'
import { AuthorizationCode } from 'simple-oauth2'

export default {
  name: 'simple-oauth2',
  file: 'simple-oauth2.mjs',
  create,
  missing: { urlWithPkce: 'knows no PKCE' },
}

function create({ origin, path, clientId, clientSecret, redirectUri }) {
  const client = new AuthorizationCode({
    client: { id: clientId, secret: clientSecret },
    auth: { tokenHost: origin, tokenPath: `${path}/token`, authorizePath: '/authorize' },
  })
  return {
    url: () => client.authorizeURL({ redirect_uri: redirectUri, state: randomBytes(32).toString('base64url') }),
    exchange: (code) => client.getToken({ code, redirect_uri: redirectUri }),
    refresh: async (refreshToken) => (await client.createToken({ refresh_token: refreshToken }).refresh()).token,
  }
}
