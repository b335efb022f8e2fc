import { EsignAuthError, type TokenSet } from 'esign-auth'
import { AuthorizationError, InternalOAuthError, type Profile, TokenError } from 'esign-auth/passport'
import express, { type ErrorRequestHandler, type Express, type Request, type RequestHandler } from 'express'
import session from 'express-session'
import { Passport } from 'passport'
import { homePage, type Offered, type View } from './pages.ts'
import { callbackUrl, type VendorSetup } from './vendors.ts'

/** What the app is made with. */
export interface AppOptions {
  /** Where browsers reach the app. */
  readonly publicUrl: string
  readonly sessionSecret: string
  readonly vendors: readonly VendorSetup[]
}

/** Somebody who signed in, and the vendor's tokens for them. */
export interface User {
  /** Vendor and account together, since two vendors may give out the same id. Never the e-mail address. */
  readonly id: string
  readonly vendor: string
  readonly account: string
  /** As far as the vendor told: a name, else an e-mail address. */
  readonly name: string | undefined
  tokens: TokenSet
}

declare module 'express-session' {
  interface SessionData {
    /** Why a sign-in failed: Passport's `failureMessage` puts it here. */
    messages?: string[]
    /** What went well, to be said on the next page. */
    notice?: string
  }
}

/** Sign in with a vendor, call its API, refresh the token, sign out. */
export function createApp({ publicUrl, sessionSecret, vendors }: AppOptions): Express {
  // Tokens stay on the server: the session, and so the store behind it, holds the user's id and nothing else.
  const users = new Map<string, User>()
  const offered: Offered[] = []

  const passport = new Passport()
  passport.serializeUser((user, done) => done(null, (user as User).id))
  passport.deserializeUser((id: string, done) => done(null, users.get(id) ?? false))

  const app = express()
  app.disable('x-powered-by')
  app.use(securityHeaders)
  app.use(express.static(`${import.meta.dirname}/public`))
  app.use(sessions(sessionSecret, publicUrl.startsWith('https:')))
  app.use(passport.session())

  const page = (req: Request, more: Pick<View, 'problem' | 'notice' | 'answer'>) =>
    homePage({ offered, user: req.user as User | undefined, now: Date.now(), ...more })

  app.get('/', (req, res) => {
    const { messages, notice } = req.session
    delete req.session.messages
    delete req.session.notice
    res.send(page(req, { problem: messages?.at(-1), notice }))
  })

  for (const setup of vendors) {
    const { Strategy, options, call } = setup
    const callbackURL = callbackUrl(publicUrl, setup)
    const strategy = new Strategy({ ...options, callbackURL, verifyStyle: 'tokens' }, (tokens, profile, done) => {
      const { provider: vendor, id: account } = profile
      const user: User = { id: `${vendor}:${account}`, vendor, account, name: nameOf(profile), tokens }
      users.set(user.id, user)
      done(null, user)
    })
    const { name, client } = strategy
    offered.push({ client, call })
    passport.use(strategy)

    app.get(`/login/${name}`, passport.authenticate(name))
    app.get(
      new URL(callbackURL).pathname,
      passport.authenticate(name, { successRedirect: '/', failureRedirect: '/', failureMessage: true }),
    )

    if (call) {
      app.post(`/call/${name}`, signedInWith(name), async (req, res) => {
        const user = req.user as User
        const json = await client.get(user.tokens, call.path)
        res.send(page(req, { answer: { path: call.path, json } }))
      })
    }

    app.post(`/refresh/${name}`, signedInWith(name), async (req, res) => {
      const user = req.user as User
      user.tokens = await client.refresh(user.tokens)
      req.session.notice = 'The access token was refreshed.'
      res.redirect(303, '/')
    })
  }

  app.post('/sign-out', (req, res, next) => {
    // None of these vendors publishes a way to revoke tokens, so forgetting them is all an app can do. The same user's
    // other browsers are signed out with it.
    if (req.user) users.delete((req.user as User).id)
    req.logout((error) => {
      if (error) return next(error)
      req.session.notice = 'You are signed out.'
      res.redirect(303, '/')
    })
  })

  const showProblem: ErrorRequestHandler = (error, req, res, next) => {
    if (res.headersSent) return next(error)
    const known = vendorErrors.some((kind) => error instanceof kind)
    if (!known) console.error(error)
    // The message of a TokenError is the vendor's description, and a vendor need not give one.
    const problem = known ? error.message || error.code : 'Something went wrong here. Please try again.'
    res.status(known ? 502 : (error.status ?? 500))
    res.send(page(req, { problem }))
  }
  app.use(showProblem)
  return app
}

/**
 * Sessions in this process's memory: give `store`, such as connect-redis, outside of a demo.
 *
 * SameSite=Lax keeps other sites from sending the cookie with a POST, and whatever acts here is a POST. That is this
 * app's protection against forged requests; add a token to the forms if you share your domain with others.
 */
function sessions(secret: string, https: boolean): RequestHandler {
  return session({
    secret,
    resave: false,
    saveUninitialized: false,
    cookie: { httpOnly: true, sameSite: 'lax', secure: https },
    // Whatever ends TLS in front of this process says so in X-Forwarded-Proto.
    proxy: https,
  })
}

/** A person's name as far as the vendor told: an access token that is a JWT may hold a user name. */
function nameOf({ displayName, emails, _json }: Profile): string | undefined {
  const { username } = _json as { readonly username?: unknown } // the token's claims, whatever they hold
  return displayName ?? emails?.[0]?.value ?? (typeof username === 'string' ? username : undefined)
}

/** Lets pass who is signed in with this vendor, so that nobody's tokens reach another one. Sends the rest home. */
function signedInWith(vendor: string): RequestHandler {
  return (req, res, next) => {
    if ((req.user as User | undefined)?.vendor === vendor) next()
    else res.redirect(303, '/')
  }
}

/** What sign-in and API calls end with. Their messages are fit for the page: they hold no secret and no token. */
const vendorErrors = [EsignAuthError, TokenError, AuthorizationError, InternalOAuthError]

const securityHeaders: RequestHandler = (_req, res, next) => {
  res.set({
    'Content-Security-Policy':
      "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'same-origin',
    'X-Content-Type-Options': 'nosniff',
  })
  next()
}
