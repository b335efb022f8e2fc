import grant from 'grant'
import { serve } from './serve.mjs'

/** Its Express middleware, with the profile asked for. */
await serve((app, { base, authorization, token, userinfo, clientId, clientSecret }) => {
  const config = {
    defaults: { origin: base, transport: 'session', state: true, response: ['tokens', 'profile'] },
    bench: {
      key: clientId,
      secret: clientSecret,
      authorize_url: authorization,
      access_url: token,
      profile_url: userinfo,
      oauth: 2,
      token_endpoint_auth_method: 'client_secret_basic',
      redirect_uri: `${base}/connect/bench/callback`,
      callback: '/signed-in',
    },
  }
  app.use(grant.express(config))
  app.get('/signed-in', (req, res) => {
    const { response } = req.session.grant
    res.redirect(response.profile?.id === 'ada' ? '/in' : '/failed')
  })
})
