import passport from 'passport'
import { ada } from './serve.mjs'

/** The Passport half of an application, the same for every strategy. */
export function withPassport(app, name, strategy) {
  passport.use(name, strategy)
  passport.serializeUser((user, done) => done(null, user.id))
  passport.deserializeUser((_id, done) => done(null, ada))
  app.use(passport.session())
  app.get('/login', passport.authenticate(name))
  app.get('/callback', passport.authenticate(name, { successRedirect: '/in', failureRedirect: '/failed' }))
}
