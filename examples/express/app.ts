import {
  createTokenKeeper,
  keepInSession,
  linkOf,
  ReauthRequired,
  type TokenKeeper,
  type VersionedStore,
} from 'esign-auth/keeper'
import type { Profile } from 'esign-auth/passport'
import express, { type ErrorRequestHandler, type Express, type Request, type RequestHandler } from 'express'
import session, { type SessionData, type Store } from 'express-session'
import { Passport } from 'passport'
import { count, homePage, type Offered, type View } from './pages.ts'
import { problemOf } from './problems.ts'
import { callbackUrl, type VendorSetup } from './vendors.ts'

/** What the app is made with. */
export interface AppOptions {
  /** Where browsers reach the app. */
  readonly publicUrl: string
  readonly sessionSecret: string
  /** Where sessions live. Default: this process's memory. */
  readonly sessionStore?: Store | undefined
  /** Where tokens live. Default: this process's memory, with a copy in the session. */
  readonly store?: VersionedStore | undefined
  readonly vendors: readonly VendorSetup[]
}

/** The app, and what keeps its users' tokens fresh: close it when the server has stopped listening. */
export interface App {
  readonly app: Express
  readonly keeper: TokenKeeper
}

/** Somebody who signed in. The session holds this; an app with a database of users holds their key there. */
export interface User {
  /** Vendor and account together, since two vendors may give out the same id. Never the e-mail address. */
  readonly id: string
  readonly vendor: string
  readonly account: string
  /** As far as the vendor told: a name, else an e-mail address. */
  readonly name: string | undefined
}

declare module 'express-session' {
  interface SessionData {
    /** What went wrong, to be said on the next page: Passport's `failureMessage` puts it here too. */
    messages?: string[]
    /** What went well. */
    notice?: string
  }
}

/** Sign in with a vendor, call its API with a token that is always fresh, sign out, disconnect. */
export function createApp({ publicUrl, sessionSecret, sessionStore, store, vendors }: AppOptions): App {
  const refreshes = new Map<string, number>()
  const keeper = createTokenKeeper({
    store,
    onEvent: ({ name, grant }) => {
      if (name === 'refresh.success') refreshes.set(grant, (refreshes.get(grant) ?? 0) + 1)
    },
  })
  const refreshesOf = (req: Request, { vendor }: User) => refreshes.get(linkOf(req, vendor)?.grant ?? '') ?? 0

  const passport = new Passport()
  passport.serializeUser((user, done) => done(null, user))
  passport.deserializeUser((user: User, done) => done(null, user))

  const app = express()
  app.disable('x-powered-by')
  app.use(securityHeaders)
  app.use(express.static(`${import.meta.dirname}/public`))
  app.use(sessions(sessionSecret, sessionStore, publicUrl.startsWith('https:')))
  app.use(passport.session())
  app.use(keepInSession(keeper))

  const offered: Offered[] = []
  const page = async (req: Request, more: Pick<View, 'problem' | 'notice' | 'answer'> = {}) => {
    const user = req.user as User | undefined
    const token = user && { ...(await keeper.access(ownerOf(user))), refreshes: refreshesOf(req, user) }
    return homePage({ offered, user, token, now: Date.now(), ...more })
  }

  app.get('/', async (req, res) => {
    const { messages, notice } = req.session
    const html = await page(req, { problem: messages?.at(-1), notice })
    delete req.session.messages
    delete req.session.notice
    res.send(html)
  })

  for (const setup of vendors) {
    const { Strategy, options, call } = setup
    const callbackURL = callbackUrl(publicUrl, setup)
    const strategy = new Strategy({ ...options, callbackURL, keeper }, (_accessToken, _refreshToken, profile, done) => {
      const { provider: vendor, id: account } = profile
      const user: User = { id: `${vendor}:${account}`, vendor, account, name: nameOf(profile) }
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
        const answer = await keeper.fetch(ownerOf(req.user as User), call.path)
        const { status } = answer
        res.send(await page(req, { answer: { path: call.path, status, body: await answer.text() } }))
      })

      // Fifty requests that find one token run out, as an app's own page with fifty parts would.
      app.post(`/calls/${name}`, signedInWith(name), async (req, res) => {
        const user = req.user as User
        const before = refreshesOf(req, user)
        const calls = Array.from({ length: 50 }, async () => {
          const answer = await keeper.fetch(ownerOf(user), call.path)
          await answer.body?.cancel()
          return answer.ok
        })
        const answered = (await Promise.all(calls)).filter(Boolean).length
        req.session.notice = `50 API calls at once: ${answered} answers, ${count(refreshesOf(req, user) - before, 'refresh')}.`
        res.redirect(303, '/')
      })
    }

    app.post(`/refresh/${name}`, signedInWith(name), async (req, res) => {
      const target = ownerOf(req.user as User)
      const { generation } = await keeper.access(target)
      await keeper.access(target, { notGeneration: generation })
      req.session.notice = 'The access token was refreshed.'
      res.redirect(303, '/')
    })

    // Ends the access for all of this user's browsers, and for jobs. Signing out ends one session.
    app.post(`/disconnect/${name}`, signedInWith(name), async (req, res) => {
      await keeper.revoke(ownerOf(req.user as User))
      const vendor = client.vendor.name
      const rest = client.endpoints.revocation
        ? ''
        : ` ${vendor} publishes no way to revoke them: withdraw this app in your account there.`
      await signOut(req, { notice: `You are disconnected, and your tokens are forgotten here.${rest}` })
      res.redirect(303, '/')
    })
  }

  app.post('/sign-out', async (req, res) => {
    await signOut(req, { notice: 'You are signed out.' })
    res.redirect(303, '/')
  })

  const showProblem: ErrorRequestHandler = async (error, req, res, next) => {
    if (res.headersSent) return next(error)
    if (error instanceof ReauthRequired) {
      const vendor = offered.find(({ client }) => client.vendor.id === error.vendor)?.client.vendor.name
      await signOut(req, { messages: [`Your access to ${vendor} has ended (${error.reason}). Please sign in again.`] })
      return res.redirect(303, '/')
    }
    const { status, problem, retryAfter, foreseen } = problemOf(error)
    if (!foreseen) console.error(error)
    if (retryAfter !== undefined) res.set('Retry-After', String(retryAfter))
    // Without the token: asking for it may be what failed.
    res.status(status).send(homePage({ offered, user: req.user as User | undefined, now: Date.now(), problem }))
  }
  app.use(showProblem)
  return { app, keeper }
}

/** Under what the keeper keeps a user's tokens. */
function ownerOf({ id, vendor }: User): { readonly owner: string; readonly vendor: string } {
  return { owner: id, vendor }
}

/** Ends this browser's session. The new one has something to say on the next page. */
async function signOut(req: Request, say: Pick<SessionData, 'messages' | 'notice'>): Promise<void> {
  await new Promise<void>((resolve, reject) => req.logout((error) => (error ? reject(error) : resolve())))
  Object.assign(req.session, say)
}

/**
 * Sessions in this process's memory: give `store`, such as connect-redis, outside of a demo.
 *
 * SameSite=Lax keeps other sites from sending the cookie with a POST, and whatever acts here is a POST. That is this
 * app's protection against forged requests; add a token to the forms if you share your domain with others.
 */
function sessions(secret: string, store: Store | undefined, https: boolean): RequestHandler {
  return session({
    secret,
    ...(store ? { store } : {}),
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
