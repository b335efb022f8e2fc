'use strict'

const express = require('express')
const session = require('express-session')
const { Passport } = require('passport')
const { AuthTokenRefresh } = require('passport-oauth2-refresh')
const PendingLogins = require('./pending-logins.cjs')
const createVendorStrategy = require('./vendor-strategy.cjs')

/**
 * A web application written for passport-oauth2: its options, a subclass with `userProfile`, a state store of its own,
 * and passport-oauth2-refresh. It does not know whose `OAuth2Strategy` it was given.
 */
module.exports = function createApp(OAuth2Strategy, { sessionSecret, ...options }) {
  const users = new Map()
  const VendorStrategy = createVendorStrategy(OAuth2Strategy)
  const strategy = new VendorStrategy(
    { ...options, store: new PendingLogins(), passReqToCallback: true },
    (_req, accessToken, refreshToken, params, profile, done) => {
      const user = { id: profile.id, accessToken, refreshToken }
      users.set(user.id, user)
      done(null, user, { seconds: params.expires_in })
    },
  )

  const passport = new Passport()
  const refresh = new AuthTokenRefresh()
  passport.use(strategy)
  refresh.use(strategy)
  passport.serializeUser((user, done) => done(null, user.id))
  passport.deserializeUser((id, done) => done(null, users.get(id) ?? false))

  const app = express()
  app.use(session({ secret: sessionSecret, resave: false, saveUninitialized: false, cookie: { sameSite: 'lax' } }))
  app.use(passport.session())

  // The cart goes through the vendor as application state, since signing in begins a new session.
  app.get('/login', (req, res, next) => {
    passport.authenticate('vendor', { state: { cart: req.query.cart } })(req, res, next)
  })
  app.get('/callback', passport.authenticate('vendor', { failureRedirect: '/', failureMessage: true }), (req, res) => {
    const { state, seconds } = req.authInfo
    Object.assign(req.session, { cart: state.cart, seconds })
    res.redirect('/')
  })

  app.get('/', (req, res) => {
    const { cart, seconds, messages } = req.session
    res.json({ user: req.user?.id ?? null, cart, seconds, problem: messages?.at(-1) })
  })

  app.get('/documents', (req, res, next) => {
    if (!req.isAuthenticated()) return res.redirect('/login')
    fetchDocuments(req.user, (error, body) => (error ? next(error) : res.type('json').send(body)))
  })

  /** Asks the vendor, and once more with a new access token when the one at hand has run out. */
  function fetchDocuments({ id, accessToken, refreshToken }, done) {
    strategy._oauth2.get(options.userProfileURL, accessToken, (error, body) => {
      if (error?.statusCode !== 401) return done(error, body)
      refresh.requestNewAccessToken('vendor', refreshToken, (error, newAccessToken, newRefreshToken) => {
        if (error) return done(error)
        users.set(id, { id, accessToken: newAccessToken, refreshToken: newRefreshToken || refreshToken })
        strategy._oauth2.get(options.userProfileURL, newAccessToken, done)
      })
    })
  }

  return app
}
