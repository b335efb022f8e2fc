import { ExpressAuth } from '@auth/express'
import { serve } from './serve.mjs'
import { common } from './with-authjs.mjs'

/** @auth/core in Express, with a plain provider of the user's own. */
await serve(
  (app, { authorization, token, userinfo, clientId, clientSecret }) => {
    const provider = {
      id: 'bench',
      name: 'Bench',
      type: 'oauth',
      clientId,
      clientSecret,
      authorization: { url: authorization, params: { scope: 'sign' } },
      token,
      userinfo,
      checks: ['state'],
      profile: ({ id, name, email }) => ({ id, name, email }),
    }
    app.set('trust proxy', true)
    app.use('/auth', ExpressAuth({ ...common, providers: [provider] }))
  },
  { sessions: false },
)
