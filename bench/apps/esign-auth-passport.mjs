import { InsureSignStrategy } from 'esign-auth/passport'
import { serve } from './serve.mjs'
import { withPassport } from './with-passport.mjs'

/** Ours: all checks on, a sealed cookie per pending login. */
await serve((app, { base, authorization, token, userinfo, clientId, clientSecret }) => {
  const endpoints = { authorization, token, userinfo }
  const options = { clientID: clientId, clientSecret, callbackURL: `${base}/callback`, endpoints }
  const verify = (_accessToken, _refreshToken, profile, done) => done(null, { id: profile.id })
  withPassport(app, 'insuresign', new InsureSignStrategy(options, verify))
})
