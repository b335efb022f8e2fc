import { createTokenKeeper, keepInSession, ReauthRequired, VendorUnavailable } from 'esign-auth/keeper'
import { InsureSignStrategy, type StrategyOptions } from 'esign-auth/passport'
import express, { type ErrorRequestHandler, type Express } from 'express'
import session from 'express-session'
import passport from 'passport'

/** What the app is made with: the strategy's options, and what every app has. */
export interface AppOptions extends StrategyOptions {
  readonly sessionSecret: string
  readonly users: {
    findOrCreate(id: string): Promise<User>
    find(id: string): Promise<User | undefined>
  }
}

/** One of the app's own users. */
export interface User {
  readonly id: string
}

declare module 'express-session' {
  interface SessionData {
    /** Why a sign-in failed: Passport's `failureMessage` puts it here. */
    messages?: string[]
  }
}

/** The shortest app that signs somebody in and calls the vendor's API for them. */
export function createApp(options: AppOptions): Express {
  const { users, sessionSecret, clientID, clientSecret, callbackURL, ...more } = options
  const app = express()
  app.use(session({ secret: sessionSecret, resave: false, saveUninitialized: false }))
  app.use(passport.session())
  passport.serializeUser((user, done) => done(null, (user as User).id))
  passport.deserializeUser((id: string, done) => users.find(id).then((user) => done(null, user), done))

  const keeper = createTokenKeeper()
  app.use(keepInSession(keeper))
  passport.use(
    new InsureSignStrategy(
      { clientID, clientSecret, callbackURL, keeper, ...more },
      (_accessToken, _refreshToken, profile) => users.findOrCreate(`${profile.provider}:${profile.id}`),
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

  app.get('/documents', async (req, res) => {
    if (!req.user) return res.redirect('/login')
    const { id: owner } = req.user as User
    const answer = await keeper.fetch({ owner, vendor: 'insuresign' }, '/my/documents')
    res.status(answer.status).json(await answer.json())
  })

  const onError: ErrorRequestHandler = (error, req, res, next) => {
    if (error instanceof ReauthRequired) req.logout(() => res.redirect('/login'))
    else if (error instanceof VendorUnavailable) res.status(503).set('Retry-After', `${error.retryAfter}`).end()
    else next(error)
  }
  app.use(onError)
  return app
}
