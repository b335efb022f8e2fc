import * as client from 'openid-client'
import { Strategy } from 'openid-client/passport'
import { serve } from './serve.mjs'
import { withPassport } from './with-passport.mjs'

/** Its Passport strategy, which always uses PKCE; userinfo in verify. */
await serve((app, { base, vendor, authorization, token, userinfo, clientId, clientSecret }) => {
  const server = {
    issuer: vendor,
    authorization_endpoint: authorization,
    token_endpoint: token,
    userinfo_endpoint: userinfo,
  }
  const config = new client.Configuration(server, clientId, undefined, client.ClientSecretBasic(clientSecret))
  const verify = async (tokens, done) => {
    const { sub } = await client.fetchUserInfo(config, tokens.access_token, client.skipSubjectCheck)
    done(null, { id: sub })
  }
  withPassport(app, 'bench', new Strategy({ config, callbackURL: `${base}/callback`, scope: 'sign' }, verify))
})
