import { once } from 'node:events'
import cookie from '@fastify/cookie'
import fastifyPassport from '@fastify/passport'
import fastifySession from '@fastify/session'
import type { AuthenticateOptions, EsignStrategy } from 'esign-auth/passport'
import express, { type NextFunction, type Request, type Response } from 'express'
import session from 'express-session'
// @ts-expect-error -- Express 4 under another name; @types/express are those of Express 5, and good enough here.
import express4 from 'express4'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { Passport, type Strategy } from 'passport'
import { onTestFinished } from 'vitest'
import { type Failure, recordFailures } from '../passport/app.ts'
import { type Browser, createBrowser } from '../passport/browser.ts'
import { serve } from '../passport/serve.ts'
import type { PlainVendor } from './plain-vendor.ts'

/** An app with `/login`, `/callback` (which tells user and info) and `/me`, on any host of Passport. */
export interface HostedApp {
  /** A browser of its own. */
  browser(): Browser
  /** What reached the host's error handler. */
  readonly errors: unknown[]
  /** What the strategy gave to `fail`. */
  readonly failures: Failure[]
}

/** What {@link Host} can vary. */
export interface HostOptions {
  /** The instance is passed to `authenticate` instead of its name. */
  readonly direct?: boolean | undefined
  /** Options of `authenticate` on both routes, on that of `/login`, on that of `/callback`. */
  readonly authenticate?: AuthenticateOptions | undefined
  readonly login?: AuthenticateOptions | undefined
  readonly callback?: AuthenticateOptions | undefined
  /** Default `true`. */
  readonly sessions?: boolean | undefined
}

/** A framework that Passport strategies run in. */
export interface Host {
  readonly name: string
  start(strategy: unknown, options?: HostOptions): Promise<HostedApp>
}

const secret = 'a secret of the tests, long enough for everybody'

const onExpress = (name: string, create: typeof express): Host => ({
  name,
  async start(strategy, { direct = false, authenticate = {}, login = {}, callback = {}, sessions = true } = {}) {
    const passport = new Passport()
    passport.serializeUser((user, done) => done(null, user))
    passport.deserializeUser((user: Express.User, done) => done(null, user))
    passport.use(strategy as Strategy)
    const who = (direct ? strategy : (strategy as EsignStrategy).name) as string
    const errors: unknown[] = []
    const failures = recordFailures(strategy as EsignStrategy)
    const app = create()
    if (sessions) {
      app.use(session({ secret, resave: false, saveUninitialized: false }))
      app.use(passport.session())
    }
    const common: AuthenticateOptions = { session: sessions, ...authenticate }
    app.get('/login', passport.authenticate(who, { ...common, ...login }))
    app.get('/callback', passport.authenticate(who, { ...common, ...callback }), (req, res) => {
      res.json({ user: req.user, info: req.authInfo })
    })
    app.get('/me', (req, res) => void res.json({ user: req.user ?? null }))
    app.use((error: { status?: number; message?: string }, _req: Request, res: Response, _next: NextFunction) => {
      errors.push(error)
      res.status(error.status ?? 500).json({ message: error.message })
    })
    const url = await serve(app)
    return { browser: () => createBrowser(url), errors, failures }
  },
})

/** Fastify, where nothing hangs the response on the request. */
export const onFastify: Host = {
  name: 'Fastify',
  async start(strategy, { direct = false, authenticate = {}, login = {}, callback = {}, sessions = true } = {}) {
    const passport = new fastifyPassport.Authenticator()
    passport.registerUserSerializer(async (user) => user)
    passport.registerUserDeserializer(async (user) => user)
    passport.use(strategy as Strategy)
    const who = (direct ? strategy : (strategy as EsignStrategy).name) as string
    const errors: unknown[] = []
    const failures = recordFailures(strategy as EsignStrategy)
    const app: FastifyInstance = fastify()
    if (sessions) {
      await app.register(cookie)
      await app.register(fastifySession, { secret, cookie: { secure: false }, saveUninitialized: false })
      await app.register(passport.initialize())
      await app.register(passport.secureSession())
    } else {
      // Asked for by name, even where there is none.
      app.decorateRequest('session', null as never)
      await app.register(passport.initialize())
    }
    // Its types allow no `undefined` in an optional property, which our compiler settings tell from a missing one.
    const common = { session: sessions, ...authenticate }
    const answered = async (_req: FastifyRequest, reply: FastifyReply) => reply
    app.get('/login', { preValidation: passport.authenticate(who, { ...common, ...login } as object) }, answered)
    app.get(
      '/callback',
      { preValidation: passport.authenticate(who, { ...common, ...callback } as object) },
      async (req) => ({
        user: req.user,
        info: req.authInfo,
      }),
    )
    app.get('/me', async (req) => ({ user: req.user ?? null }))
    app.setErrorHandler((error: { status?: number; message?: string }, _req, reply) => {
      errors.push(error)
      return reply.code(error.status ?? 500).send({ message: error.message })
    })
    const url = await app.listen({ port: 0, host: '127.0.0.1' })
    onTestFinished(async () => {
      const closed = once(app.server, 'close')
      app.server.closeAllConnections()
      await app.close()
      await closed
    })
    return { browser: () => createBrowser(url), errors, failures }
  },
}

/** What came of one visitor's whole way through an app. */
export interface SignIn extends Pick<HostedApp, 'errors' | 'failures'> {
  readonly visitor: Browser
  /** The authorization URL. */
  readonly asked: URLSearchParams
  /** The app's answer at the callback. */
  readonly status: number
  readonly user: unknown
  readonly info: unknown
}

/** Starts the app and signs one visitor in, up to the answer at the callback. */
export async function signIn(
  { start }: Host,
  vendor: Pick<PlainVendor, 'approve'>,
  strategy: unknown,
  options: HostOptions = {},
): Promise<SignIn> {
  const { browser, errors, failures } = await start(strategy, options)
  const visitor = browser()
  const location = await visitor.login()
  const { status, body } = await visitor.follow(vendor.approve(location))
  const { user, info } = body as { user?: unknown; info?: unknown }
  return { errors, failures, visitor, asked: new URL(location).searchParams, status, user, info }
}

/** Express 5. */
export const onExpress5: Host = onExpress('Express 5', express)

/** The frameworks, each with sessions of its own kind. */
export const hosts: readonly Host[] = [onExpress5, onExpress('Express 4', express4), onFastify]
