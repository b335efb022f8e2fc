import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import cookieSession from 'cookie-session'
import { insureSign } from 'esign-auth'
import {
  createTokenKeeper,
  keepInSession,
  linkOf,
  memoryStore,
  type TokenKeeper,
  type VersionedStore,
} from 'esign-auth/keeper'
import { strategyFor } from 'esign-auth/passport'
import { createSandbox, type Sandbox } from 'esign-auth/sandbox'
import express, { type Express, type NextFunction, type Request, type RequestHandler, type Response } from 'express'
import session, { MemoryStore } from 'express-session'
import { Passport } from 'passport'
import { onTestFinished, vi } from 'vitest'

/** The kinds of host session the keeper must live in. */
export type Sessions = 'express-session' | 'cookie-session' | 'none'

/** A vendor that rotates and detects reuse, and an app whose process can be restarted. */
export interface KeeperWorld {
  readonly sandbox: Sandbox
  readonly sessions: MemoryStore
  /** Starts the app, as after a crash: a new process knows nothing but what the session holds. */
  start(): Promise<RunningApp>
  pass(ms: number): void
  posts(): number
}

export interface RunningApp {
  readonly keeper: TokenKeeper
  readonly url: string
  browser(cookies?: Map<string, string>): Browser
}

export interface Browser {
  readonly cookies: Map<string, string>
  /** With `ignore` the answer's cookies are not taken, as by a page that is still loading elsewhere. */
  get(path: string, options?: { ignore?: boolean }): Promise<{ status: number; text: string; location: string | null }>
  signIn(path?: string): Promise<void>
}

export const hour = 3_600_000

/** With `shared` the tokens are in a store that outlives the processes, and sealed there. */
export function keeperWorld(kind: Sessions, { shared = false }: { shared?: boolean } = {}): KeeperWorld {
  const store: VersionedStore = { ...memoryStore(), reach: 'shared' }
  const keys = [{ kid: '2026-11', secret: 'a secret of the tests, 32 characters' }]
  vi.useFakeTimers({ toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
  const sandbox = createSandbox()
  const { client, switches } = sandbox.vendors.insuresign
  Object.assign(switches, { rotation: 'always', reuseDetection: true, accessToken: 'jwt' })
  const Strategy = strategyFor({ ...insureSign, rotation: 'always' })
  const sessions = new MemoryStore()

  const createApp = (url: string, keeper: TokenKeeper): Express => {
    const app = express()
    if (kind === 'express-session') {
      app.use(session({ secret: 'a secret of the tests', resave: false, saveUninitialized: false, store: sessions }))
    } else if (kind === 'cookie-session') {
      app.use(cookieSession({ name: 'session', keys: ['a secret of the tests'] }))
      app.use(regenerateShim)
    }
    app.use(keepInSession(keeper))
    const passport = new Passport()
    passport.serializeUser((user, done) => done(null, user))
    passport.deserializeUser((user: Express.User, done) => done(null, user))
    const { clientId: clientID, clientSecret } = client
    const options = { clientID, clientSecret, callbackURL: `${url}/callback`, fetch: sandbox.fetch, keeper }
    passport.use(new Strategy(options, (_at, _rt, profile, done) => done(null, { id: profile.id })))
    const withSession = kind !== 'none'
    if (withSession) app.use(passport.session())
    app.get('/login', passport.authenticate('insuresign', { session: withSession }))
    app.get('/callback', passport.authenticate('insuresign', { session: withSession }), (req, res) => {
      res.json({ user: req.user, link: linkOf(req as never, 'insuresign') })
    })
    app.get('/connect', passport.authorize('insuresign'))
    app.get('/link', (req, res) => void res.json(linkOf(req as never, 'insuresign')))
    app.get('/token', async (req, res) => {
      const target = linkOf(req as never, 'insuresign') ?? { vendor: 'insuresign', owner: String(req.query['owner']) }
      res.send((await keeper.access(target)).token)
    })
    app.get('/documents', async (req, res) => {
      const target = linkOf(req as never, 'insuresign') ?? { vendor: 'insuresign', owner: String(req.query['owner']) }
      const answer = await keeper.fetch(target, '/my/documents')
      res.status(answer.status).send(await answer.text())
    })
    app.get('/slow', async (req, res) => {
      ;(req.session as unknown as Record<string, unknown>)['seen'] = Math.random()
      await new Promise((resolve) => setTimeout(resolve, 120))
      res.send('slow')
    })
    app.get('/sign-out', (req, res, next) => {
      if (kind !== 'express-session') {
        ;(req as unknown as { session: null }).session = null
        return void res.send('out')
      }
      req.session.destroy((error) => (error ? next(error) : res.send('out')))
    })
    app.use((error: Error & { code?: string }, _req: Request, res: Response, _next: NextFunction) => {
      res.status(500).send(`${error.code}: ${error.message}`)
    })
    return app
  }

  return {
    sandbox,
    sessions,
    pass: (ms) => vi.setSystemTime(Date.now() + ms),
    posts: () =>
      sandbox.log.filter(({ place, body }) => place === 'token' && body['grant_type'] === 'refresh_token').length,
    async start() {
      const server = createServer()
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      client.redirectUris.push(`${url}/callback`)
      const keeper = createTokenKeeper(shared ? { store, keys, cache: 0 } : { store: memoryStore() })
      server.on('request', createApp(url, keeper))
      onTestFinished(async () => {
        server.closeAllConnections()
        server.close()
        await keeper.close()
      })
      return { keeper, url, browser: (cookies) => createBrowser(url, sandbox, cookies) }
    },
  }
}

/** What passport 0.7 asks of a session, and cookie-session lacks: as docs/passport.md has it. */
const regenerateShim: RequestHandler = (req, _res, next) => {
  const session = req.session as unknown as Record<string, unknown> | null
  if (session && !session['save']) {
    const regenerate = (done: () => void) => {
      for (const name of Object.keys(session)) delete session[name]
      done()
    }
    Object.defineProperties(session, {
      regenerate: { value: regenerate },
      save: { value: (done: () => void) => done() },
    })
  }
  next()
}

function createBrowser(url: string, sandbox: Sandbox, cookies: Map<string, string> = new Map()): Browser {
  const get: Browser['get'] = async (path, { ignore = false } = {}) => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(new URL(path, url), { headers: { cookie }, redirect: 'manual' })
    for (const line of ignore ? [] : answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '' || /max-age=0|1970/i.test(line)) cookies.delete(name)
      else cookies.set(name, value)
    }
    return { status: answer.status, text: await answer.text(), location: answer.headers.get('location') }
  }
  return {
    cookies,
    get,
    async signIn(path = '/login') {
      const { location } = await get(path)
      const callback = await sandbox.approve(location ?? '')
      const { status, text } = await get(callback.url)
      if (status !== 200) throw new Error(`sign-in ended with ${status}: ${text}`)
    },
  }
}
