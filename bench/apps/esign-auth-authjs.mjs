import { ExpressAuth } from '@auth/express'
import { InsureSign, withEsign } from 'esign-auth/authjs'
import { serve } from './serve.mjs'
import { common } from './with-authjs.mjs'

/** Ours in Auth.js: `withEsign`, with the keeper that comes with it. */
await serve(
  (app, { authorization, token, userinfo, clientId, clientSecret }) => {
    const provider = InsureSign({ clientId, clientSecret, endpoints: { authorization, token, userinfo } })
    app.set('trust proxy', true)
    app.use('/auth', withEsign(ExpressAuth, { ...common, providers: [provider] }))
  },
  { sessions: false },
)
