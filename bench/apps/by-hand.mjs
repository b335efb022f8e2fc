import { randomBytes } from 'node:crypto'
import https from 'node:https'
import nodeHttps from '../contenders/node-https.mjs'
import { serve } from './serve.mjs'

/** The floor: a login by hand, with a state in the session and no other check. */
await serve((app, place) => {
  const redirectUri = `${place.base}/callback`
  const client = nodeHttps.create({ ...place, redirectUri })
  const agent = new https.Agent({ keepAlive: true })
  app.get('/login', (req, res) => {
    const state = randomBytes(32).toString('base64url')
    req.session.state = state
    const query = { response_type: 'code', client_id: place.clientId, redirect_uri: redirectUri, state }
    res.redirect(`${place.authorization}?${new URLSearchParams(query)}`)
  })
  app.get('/callback', async (req, res) => {
    if (req.query.state !== req.session.state) return res.redirect('/failed')
    const tokens = await client.exchange(req.query.code)
    const profile = await getJson(agent, place.userinfo, tokens.access_token)
    await new Promise((resolve) => req.session.regenerate(resolve))
    req.session.user = profile.id
    res.redirect('/in')
  })
})

function getJson(agent, url, token) {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` }
    const request = https.get(url, { agent, headers }, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve(JSON.parse(text)))
    })
    request.on('error', reject)
  })
}
