'use strict'

const createApp = require('./app.cjs')
// The one line that changed. It was: const OAuth2Strategy = require('passport-oauth2')
const { InsureSignStrategy: OAuth2Strategy } = require('esign-auth/passport')

const { env } = process
const app = createApp(OAuth2Strategy, {
  clientID: env.CLIENT_ID,
  clientSecret: env.CLIENT_SECRET,
  callbackURL: env.CALLBACK_URL,
  authorizationURL: env.AUTHORIZATION_URL,
  tokenURL: env.TOKEN_URL,
  userProfileURL: env.DOCUMENTS_URL,
  sessionSecret: env.SESSION_SECRET,
  // Only for a sandbox on this machine, and unknown to passport-oauth2, which allows http everywhere.
  allowLoopbackHttp: env.ALLOW_LOOPBACK_HTTP === 'true',
})
const server = app.listen(Number(env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`Listening on http://127.0.0.1:${server.address().port}`)
})
