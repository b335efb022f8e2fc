import { type EsignStrategy, InsureSignStrategy, type StrategyOptions } from 'esign-auth/passport'
import { createSandbox, type Sandbox, type SandboxCallback, type SandboxRequest } from 'esign-auth/sandbox'
import express, { type Express, type NextFunction, type Request, type RequestHandler, type Response } from 'express'
import session from 'express-session'
import { Passport, type Strategy } from 'passport'
import { type Browser, createBrowser } from './browser.ts'
import { serve } from './serve.ts'

/** Where the tests' app believes to be. */
const site = 'https://app.example'
export const callbackURL: string = `${site}/callback`

/** An Express app on loopback, the way a user writes it, with the fake vendor behind it. */
export interface TestApp {
  readonly app: Express
  /** `http://127.0.0.1:port` */
  readonly url: string
  readonly sandbox: Sandbox
  readonly strategy: EsignStrategy
  readonly passport: InstanceType<typeof Passport>
  /** What reached Express's error handler. */
  readonly errors: unknown[]
  /** The reason of every failure the strategy ended in, as a custom callback or `failureMessage` gets it. */
  readonly failures: Failure[]
  /** A browser of its own: its cookies stay with it. */
  browser(): Browser
  /** What reached the vendor's token endpoint. */
  tokenRequests(): SandboxRequest[]
  /** The whole way of an honest visitor, up to the answer at the callback. */
  signIn(visitor: Browser, as?: string): ReturnType<Browser['follow']>
}

/** What Passport is told when a sign-in fails. */
export interface Failure {
  readonly code?: string
  readonly message?: string
}

/** What {@link testApp} can vary. */
export interface TestAppOptions extends HostOptions {
  /** Of whatever form of verify. */
  readonly strategy?: Partial<ConstructorParameters<typeof EsignStrategy>[1]> & { readonly legacy?: boolean }
  /** In place of the InsureSign strategy: a subclass of it, or a private vendor's. */
  readonly Strategy?: AnyStrategy
  readonly verify?: Verify
  readonly sandbox?: Sandbox
  /** The strategy is given to passport directly instead of by its name. */
  readonly direct?: boolean
  /** Options of `authenticate` on both routes. */
  readonly authenticate?: Readonly<Record<string, unknown>>
  readonly callbackOptions?: Readonly<Record<string, unknown>>
}

// biome-ignore lint/suspicious/noExplicitAny: tests pass verify functions of every arity, and of wrong types
export type Verify = (...args: any[]) => unknown
export type AnyStrategy = new (
  options: StrategyOptions & { readonly legacy?: boolean },
  verify: Verify,
) => EsignStrategy
export type Done = (error: unknown, user?: unknown, info?: unknown) => void

/** The verify of most tests: the user is whoever the vendor says. */
export const verifyById: Verify = (_at: string, _rt: string, profile: { id: string }, done: Done) =>
  done(null, { id: profile.id })

/**
 * One sign-in: `/login` begins it (with `?returnTo=`), `/callback` ends it and tells user and info, `/me` tells who is
 * signed in. The fake's access tokens are JWTs, so that the vendor names the user.
 */
export async function testApp(options: TestAppOptions = {}): Promise<TestApp> {
  const sandbox = options.sandbox ?? createTestSandbox()
  const strategy = newStrategy(sandbox, options.strategy, options.verify, options.Strategy)
  const failures = recordFailures(strategy)
  const { routes, ...host } = options
  const built = await hostApp({
    ...host,
    routes(app, passport) {
      passport.use(strategy as unknown as Strategy)
      const who = (options.direct ? strategy : strategy.name) as string
      const common = { session: options.sessions !== 'none', ...options.authenticate }
      app.all('/login', (req, res, next) => {
        passport.authenticate(who, { ...common, returnTo: req.query['returnTo'] } as object)(req, res, next)
      })
      app.all('/callback', passport.authenticate(who, { ...common, ...options.callbackOptions }), tellUser)
      routes?.(app, passport)
    },
  })
  const { browser } = built
  return {
    ...built,
    sandbox,
    strategy,
    failures,
    browser,
    tokenRequests: () => sandbox.log.filter(({ place }) => place === 'token'),
    signIn: async (visitor, as) => visitor.follow(await sandbox.approve(await visitor.login(), as)),
  }
}

/** A sandbox whose client may come back to {@link callbackURL}, and whose access tokens say whose they are. */
export function createTestSandbox(): Sandbox {
  const sandbox = createSandbox()
  const { client, switches } = sandbox.vendors.insuresign
  client.redirectUris.push(callbackURL)
  switches.accessToken = 'jwt'
  return sandbox
}

/** A strategy for the sandbox's client; `options` go on top. */
export function newStrategy(
  { vendors, fetch }: Sandbox,
  options: TestAppOptions['strategy'] = {},
  verify: Verify = verifyById,
  Class: AnyStrategy = InsureSignStrategy,
): EsignStrategy {
  const { clientId: clientID, clientSecret } = vendors.insuresign.client
  const given = { clientID, clientSecret, callbackURL, fetch: fetch as typeof globalThis.fetch, ...options }
  return new Class(given as StrategyOptions, verify)
}

/** Notes what a strategy tells Passport of its failures, on the way there. */
export function recordFailures(strategy: EsignStrategy): Failure[] {
  const failures: Failure[] = []
  const { authenticate } = strategy
  const value: typeof authenticate = function (this: EsignStrategy, req, options) {
    const { fail } = this
    this.fail = (challenge, status) => {
      failures.push(challenge as Failure)
      fail.call(this, challenge, status)
    }
    authenticate.call(this, req, options)
  }
  Object.defineProperty(strategy, 'authenticate', { value, configurable: true })
  return failures
}

/** What every app of the tests has. */
export interface HostOptions {
  /** `express` (default): express-session. `none`: no session at all. Middleware: in its place, passport's goes behind it. */
  readonly sessions?: 'express' | 'none' | RequestHandler
  /** Middleware before everything else. */
  readonly before?: (app: Express) => void
  readonly routes?: (app: Express, passport: InstanceType<typeof Passport>) => void
  /** `json` (default): a handler that tells status, code and message. `express`: Express's own page. */
  readonly errorPage?: 'json' | 'express'
}

/** An Express app with sessions, passport and `/me`, listening. */
export async function hostApp(
  options: HostOptions = {},
): Promise<Pick<TestApp, 'app' | 'url' | 'passport' | 'errors' | 'browser'>> {
  const { sessions = 'express' } = options
  const passport = new Passport()
  passport.serializeUser((user, done) => done(null, user))
  passport.deserializeUser((user: Express.User, done) => done(null, user))
  const errors: unknown[] = []
  const app = express()
  options.before?.(app)
  if (sessions !== 'none') {
    app.use(
      sessions === 'express'
        ? session({ secret: 'a secret of the tests', resave: false, saveUninitialized: false })
        : sessions,
    )
    app.use(passport.session())
  }
  options.routes?.(app, passport)
  app.get('/me', (req, res) => void res.json({ user: req.user ?? null }))
  app.use((error: unknown, _req: Request, res: Response, next: NextFunction) => {
    errors.push(error)
    if (options.errorPage === 'express') return next(error)
    const { status = 500, code, message } = error as { status?: number; code?: string; message?: string }
    res.status(status).json({ code, message })
  })
  const url = await serve(app)
  return { app, url, passport, errors, browser: () => createBrowser(url) }
}

/** The end of a callback route. */
const tellUser: RequestHandler = (req, res) => {
  res.json({ user: req.user, info: req.authInfo })
}

/** The path and query of a callback URL, as the browser asks the app for it. */
export function pathOf(callback: Pick<SandboxCallback, 'url'>): string {
  const { pathname, search } = new URL(callback.url)
  return pathname + search
}

/** A parameter of a URL. */
export function paramOf(url: string | Pick<SandboxCallback, 'url'>, name: string): string {
  return new URL(typeof url === 'string' ? url : url.url).searchParams.get(name) ?? ''
}

/** Several sign-ins in one app, under the names given: `/alpha/login` begins one, `/alpha/callback` ends it. */
export function appOf(
  strategies: Readonly<Record<string, EsignStrategy>>,
  options: HostOptions = {},
): ReturnType<typeof hostApp> {
  return hostApp({
    ...options,
    routes(app, passport) {
      for (const [name, strategy] of Object.entries(strategies)) {
        passport.use(name, strategy as unknown as Strategy)
        app.get(`/${name}/login`, passport.authenticate(name))
        app.get(`/${name}/callback`, passport.authenticate(name), tellUser)
      }
      options.routes?.(app, passport)
    },
  })
}

/** The same callback at another route of the app. */
export function at(path: string, callback: SandboxCallback): SandboxCallback {
  return { ...callback, url: site + path + new URL(callback.url).search }
}
