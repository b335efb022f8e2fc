import OAuth2Strategy from 'passport-oauth2'
import { serve } from './serve.mjs'
import { withPassport } from './with-passport.mjs'

/** As its README has it, with `state: true`, and a `userProfile` that asks the vendor. */
await serve((app, { base, authorization, token, userinfo, clientId, clientSecret }) => {
  class Strategy extends OAuth2Strategy {
    userProfile(accessToken, done) {
      this._oauth2.useAuthorizationHeaderforGET(true)
      this._oauth2.get(userinfo, accessToken, (error, body) => (error ? done(error) : done(null, JSON.parse(body))))
    }
  }
  const options = {
    authorizationURL: authorization,
    tokenURL: token,
    clientID: clientId,
    clientSecret,
    callbackURL: `${base}/callback`,
    state: true,
  }
  const verify = (_accessToken, _refreshToken, profile, done) => done(null, { id: profile.id })
  withPassport(app, 'bench', new Strategy(options, verify))
})
