import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import cookieSession from 'cookie-session'
import { createTokenKeeper, keepInSession, linkOf, memoryStore, type SessionRequest, unlink } from 'esign-auth/keeper'
import { ESignGlobalStrategy, InsureSignStrategy } from 'esign-auth/passport'
import express, { type Express, type Request, type Response } from 'express'
import session from 'express-session'
import passport, { Strategy } from 'passport'
import { describe, expect, it, onTestFinished } from 'vitest'
import { useCookieSessions } from '../../examples/quick-start/cookie-session.ts'
import { ownerMark } from '../../src/keeper/session/session-links.ts'
import { ownerText } from '../../src/oauth/request-links.ts'
import { createTestSandbox } from '../passport/app.ts'
import { createBrowser } from '../passport/browser.ts'
import { serve } from '../passport/serve.ts'

/** Signs in whoever the query names, as a password would. */
class ByName extends Strategy {
  override name = 'by-name'
  override authenticate(req: Request): void {
    this.success({ id: String(req.query['name']) })
  }
}

const kinds: Record<string, (app: Express) => void> = {
  'cookie-session as documented': (app) => useCookieSessions(app, 'a key of the tests'),
  'express-session': (app) => {
    app.use(session({ secret: 'a secret of the tests', resave: false, saveUninitialized: false }))
    app.use(passport.session())
  },
  'cookie-session whose regenerate keeps everything': (app) => {
    app.use(cookieSession({ name: 'session', keys: ['a key of the tests'] }))
    app.use((req, _res, next) => {
      const method = { value: (done: () => void) => done() }
      if (req.session && !('save' in req.session)) {
        Object.defineProperties(req.session, { regenerate: method, save: method })
      }
      next()
    })
    app.use(passport.session())
  },
}

passport.serializeUser((user, done) => done(null, user))
passport.deserializeUser((user: Express.User, done) => done(null, user))

/** An app whose users sign in at the vendor or by their name; `/link` gives what the app would call the API with. */
async function world(kind: string, keepSessionInfo: boolean) {
  const sandbox = createTestSandbox()
  const keeper = createTokenKeeper({ store: memoryStore() })
  onTestFinished(() => keeper.close())
  const app = express()
  kinds[kind]?.(app)
  app.use(keepInSession(keeper))
  const { clientId: clientID, clientSecret } = sandbox.vendors.insuresign.client
  const options = { clientID, clientSecret, callbackURL: 'https://app.example/callback', fetch: sandbox.fetch, keeper }
  passport.use(new InsureSignStrategy(options, (_at, _rt, profile) => Promise.resolve({ id: profile.id })))
  passport.use(new ByName())
  const how = { keepSessionInfo, failWithError: true }
  const link = (req: Request, res: Response) => res.json({ link: linkOf(req as SessionRequest, 'insuresign') ?? null })
  app.get('/login', passport.authenticate('insuresign', how))
  app.get('/callback', passport.authenticate('insuresign', how), link)
  app.get('/login-by-name', passport.authenticate('by-name', how), link)
  app.get('/connect', passport.authorize('insuresign'))
  app.get('/link', link)
  app.get('/carried', (req, res) => res.json(Object.keys(req.session ?? {})))
  app.get('/sign-out', (req, res, next) =>
    req.logout({ keepSessionInfo }, (error) => (error ? next(error) : res.end())),
  )
  app.get('/unlink', (req, res) => res.json(unlink(req as SessionRequest) ?? null))
  app.get('/refused', (req, res, next) =>
    passport.authenticate('insuresign', (_error: unknown, user: unknown) => res.json({ refused: Boolean(user) }))(
      req,
      res,
      next,
    ),
  )
  const url = await serve(app)
  const signIn = async (visitor: ReturnType<typeof createBrowser>) =>
    visitor.follow(await sandbox.approve(await visitor.login()))
  return { sandbox, keeper, signIn, visitor: () => createBrowser(url) }
}

/** A user of an app in two regions, where one id may be two people's. */
interface Regional {
  readonly asia: string
  readonly europe: string
}

it('1.1 · one key of two strategies of a vendor may be two people: a link answers for its own', async () => {
  const keeper = createTokenKeeper({ store: memoryStore() })
  onTestFinished(() => keeper.close())
  const options = { clientID: 'an-id', clientSecret: 'a-secret', callbackURL: 'https://app.example/callback', keeper }
  const [asia] = (['as1', 'eu1'] as const).map((region) => {
    const owner = (user: Regional) => (region === 'as1' ? user.asia : user.europe)
    return new ESignGlobalStrategy({ ...options, region, owner }, () => undefined)
  })
  if (!asia) throw new Error()
  const tokens = { access_token: 'a-token', expires_at: 4_000_000_000 }
  const link = await keeper.adopt(tokens, { vendor: asia.client, owner: '42' })
  const owner = ownerMark(link.grant, ownerText(asia.client, '42'))
  const linkFor = (user: Regional) => {
    const session = { 'esign-auth': { esignglobal: { ...link, owner } } }
    const req = Object.assign(new IncomingMessage(new Socket()), { session, user })
    keepInSession(keeper)(req, new ServerResponse(req), () => {})
    return linkOf(req, 'esignglobal')
  }
  expect(linkFor({ asia: '42', europe: '7' })).toEqual(link)
  expect(linkFor({ asia: '7', europe: '42' })).toBeUndefined()
})

const sessions = Object.keys(kinds).flatMap((kind) => [true, false].map((keep) => [kind, keep] as const))

describe.each(sessions)('1.1 · with %s, and keepSessionInfo %j', (kind, keepSessionInfo) => {
  it('1.1 · the link of one user is gone for the signed-out browser and for whoever signs in next', async () => {
    const { signIn, visitor } = await world(kind, keepSessionInfo)
    const browser = visitor()
    const { body } = await signIn(browser)
    expect(body.link).toMatchObject({ grant: expect.any(String) })
    expect((await browser.get('/link')).body).toEqual(body)
    expect((await browser.get('/carried')).body).toContain('esign-auth')
    await browser.get('/sign-out')
    expect((await browser.get('/carried')).body, 'nor is a copy of the tokens left behind').not.toContain('esign-auth')
    expect((await browser.get('/link')).body).toEqual({ link: null })
    expect((await browser.get('/login-by-name?name=bob')).body).toEqual({ link: null })
    expect((await browser.get('/link')).body).toEqual({ link: null })
  })

  it('1.1 · another user who signs in without a sign-out between gets no link either', async () => {
    const { signIn, visitor } = await world(kind, keepSessionInfo)
    const browser = visitor()
    await signIn(browser)
    expect((await browser.get('/login-by-name?name=bob')).body).toEqual({ link: null })
    expect((await browser.get('/link')).body).toEqual({ link: null })
  })

  it('1.1 · the same user finds the link again, until it is taken out', async () => {
    const { signIn, visitor } = await world(kind, keepSessionInfo)
    const browser = visitor()
    const { body } = await signIn(browser)
    await browser.get('/link')
    expect((await signIn(browser)).body.link).toMatchObject({ grant: body.link.grant })
    await browser.get('/unlink')
    expect((await browser.get('/link')).body).toEqual({ link: null })
  })

  it('1.1 · a sign-in that the application refuses leaves no link', async () => {
    const { sandbox, visitor } = await world(kind, keepSessionInfo)
    const browser = visitor()
    await browser.get('/login-by-name?name=bob')
    const { url } = await sandbox.approve(await browser.login('/refused'))
    expect((await browser.get(`/refused${new URL(url).search}`)).body).toEqual({ refused: true })
    expect((await browser.get('/link')).body).toEqual({ link: null })
    expect(JSON.stringify([...browser.cookies])).not.toMatch(/esign-auth"/)
  })
})
