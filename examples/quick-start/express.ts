import { InsureSignStrategy, type StrategyOptions } from 'esign-auth/passport'
import express, { type Express } from 'express'
import session from 'express-session'
import passport from 'passport'

/** What the app is made with: the strategy's options, and what every app has. */
export interface AppOptions extends StrategyOptions {
  readonly sessionSecret: string
  readonly users: {
    findOrCreate(key: string): Promise<User>
    find(key: string): Promise<User | undefined>
  }
}

/** One of the app's own users. */
export interface User {
  readonly key: string
}

declare module 'express-session' {
  interface SessionData {
    /** Why a sign-in failed: Passport's `failureMessage` puts it here. */
    messages?: string[]
  }
}

/** The shortest app that signs somebody in. */
export function createApp(options: AppOptions): Express {
  const { users, sessionSecret, clientID, clientSecret, callbackURL, ...more } = options
  const app = express()
  app.use(session({ secret: sessionSecret, resave: false, saveUninitialized: false }))
  app.use(passport.session())
  passport.serializeUser((user, done) => done(null, (user as User).key))
  passport.deserializeUser((key: string, done) => users.find(key).then((user) => done(null, user), done))

  passport.use(
    new InsureSignStrategy({ clientID, clientSecret, callbackURL, ...more }, (_accessToken, _refreshToken, profile) =>
      users.findOrCreate(`${profile.provider}:${profile.id}`),
    ),
  )

  app.get('/login', passport.authenticate('insuresign'))
  app.get(
    '/callback',
    passport.authenticate('insuresign', { successRedirect: '/', failureRedirect: '/', failureMessage: true }),
  )

  app.get('/', (req, res) => {
    const problem = req.session.messages?.at(-1)
    res.json(req.user ? { user: req.user } : { problem })
  })
  return app
}
