'use strict'

const express = require('express')
const session = require('express-session')
const { Passport } = require('passport')
const { InsureSignStrategy } = require('esign-auth/passport')

/** An Express app in CommonJS that signs people in with InsureSign. `options` are the strategy's own. */
function createApp(options, sessionSecret) {
  const passport = new Passport()
  passport.use(
    // The form of verify that passport-oauth2 and most strategies have.
    new InsureSignStrategy(options, (_accessToken, _refreshToken, profile, done) => {
      done(null, { vendor: profile.provider, id: profile.id })
    }),
  )
  passport.serializeUser((user, done) => done(null, user))
  passport.deserializeUser((user, done) => done(null, user))

  const app = express()
  app.use(session({ secret: sessionSecret, resave: false, saveUninitialized: false, cookie: { sameSite: 'lax' } }))
  app.use(passport.session())

  // A return address goes with the login and comes back with it; one that leads to another site is dropped.
  app.get('/login', (req, res, next) => {
    const { returnTo } = req.query
    passport.authenticate('insuresign', { returnTo })(req, res, next)
  })
  app.get(
    '/callback',
    passport.authenticate('insuresign', { failureRedirect: '/', failureMessage: true }),
    (req, res) => res.redirect(req.authInfo.returnTo ?? '/'),
  )
  app.get('/', (req, res) => {
    const { messages } = req.session
    delete req.session.messages
    res.json({ user: req.user ?? null, problem: messages?.at(-1) ?? null })
  })
  return app
}

module.exports = { createApp }
