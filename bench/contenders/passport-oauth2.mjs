import OAuth2Strategy from 'passport-oauth2'

/** Its authorization URL is its whole `authenticate`, state kept in `req.session`, here an empty object. */
export default { name: 'passport-oauth2', file: 'passport-oauth2.mjs', create }

function create({ authorization, token, clientId, clientSecret, redirectUri }) {
  const options = {
    authorizationURL: authorization,
    tokenURL: token,
    clientID: clientId,
    clientSecret,
    callbackURL: redirectUri,
    state: true,
  }
  const plain = new OAuth2Strategy(options, () => {})
  const withPkce = new OAuth2Strategy({ ...options, pkce: true }, () => {})
  const begin = (strategy) =>
    new Promise((resolve, reject) => {
      const one = Object.assign(Object.create(strategy), { redirect: resolve, error: reject, fail: reject })
      one.authenticate({ query: {}, session: {} }, {})
    })
  const getToken = (value, params) =>
    new Promise((resolve, reject) => {
      plain._oauth2.getOAuthAccessToken(value, params, (error, accessToken, refreshToken) =>
        error ? reject(error) : resolve({ access_token: accessToken, refresh_token: refreshToken }),
      )
    })
  return {
    url: () => begin(plain),
    urlWithPkce: () => begin(withPkce),
    exchange: (code) => getToken(code, { grant_type: 'authorization_code', redirect_uri: redirectUri }),
    refresh: (refreshToken) => getToken(refreshToken, { grant_type: 'refresh_token' }),
  }
}
