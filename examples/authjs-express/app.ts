import { ExpressAuth, getSession } from '@auth/express'
import { esignConfig, withEsign } from 'esign-auth/authjs'
import 'esign-auth/authjs/types'
import { createTokenKeeper, ReauthRequired, type TokenKeeper } from 'esign-auth/keeper'
import express, { type ErrorRequestHandler, type Express } from 'express'
import { type Answer, accountPage, homePage, problemPage } from './pages.ts'
import { accountPath, type Provider } from './vendors.ts'

/** What the app is made with. */
export interface AppOptions {
  /** Seals the session cookies. */
  readonly secret: string
  readonly providers: readonly Provider[]
}

/** The app, and what keeps its users' tokens fresh: close it when the server has stopped listening. */
export interface App {
  readonly app: Express
  readonly keeper: TokenKeeper
}

/** Sign in with a vendor, call its API with a token that is always fresh, sign out. */
export function createApp({ secret, providers }: AppOptions): App {
  const keeper = createTokenKeeper()
  const config = esignConfig({ secret, trustHost: true, providers: [...providers] }, { keeper })

  const app = express()
  app.disable('x-powered-by')
  app.use(express.static(`${import.meta.dirname}/public`))
  app.use('/auth', withEsign(ExpressAuth, config))

  app.get('/', async (req, res) => {
    res.send(homePage(await getSession(req, config)))
  })

  app.get('/account', async (req, res) => {
    const esign = (await getSession(req, config))?.esign
    const path = esign && accountPath(esign.vendor)
    if (!path) return res.redirect('/')
    const answer = await keeper.fetch(esign, path)
    const shown: Answer = { vendor: esign.vendor, path, status: answer.status, body: await answer.text() }
    res.send(accountPage(shown))
  })

  const showProblem: ErrorRequestHandler = (error, _req, res, next) => {
    if (res.headersSent) return next(error)
    // The home page says so.
    if (error instanceof ReauthRequired) return res.redirect('/')
    console.error(error)
    res.status(503).send(problemPage('The vendor did not answer as it should. Please try again in a moment.'))
  }
  app.use(showProblem)
  return { app, keeper }
}
