'use strict'

const assert = require('node:assert/strict')
const { randomBytes } = require('node:crypto')
const { once } = require('node:events')
const { createServer } = require('node:http')
const { createSandbox } = require('esign-auth/sandbox')
const { createApp } = require('./app.cjs')

/** Starts the app and the sandbox on loopback, signs in once, says who it is, and ends both. */
async function main() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${server.address().port}`

  const sandbox = createSandbox()
  const listening = await sandbox.listen()
  const { client, switches, users } = sandbox.vendors.insuresign
  switches.accessToken = 'jwt' // its `sub` says who signed in
  const callbackURL = `${url}/callback`
  client.redirectUris.push(callbackURL)
  const { clientId: clientID, clientSecret } = client
  const options = { clientID, clientSecret, callbackURL, ...listening.options('insuresign') }
  server.on('request', createApp(options, randomBytes(32).toString('base64url')))

  try {
    const get = createBrowser()
    const login = await get(`${url}/login?returnTo=/orders/7`)
    const callback = await sandbox.approve(login.headers.get('location'))
    const back = await get(callback.url)
    assert.equal(back.headers.get('location'), '/orders/7')
    const home = await get(url)
    assert.deepEqual(await home.json(), { user: { vendor: 'insuresign', id: users[0].id }, problem: null })
    console.log(`Signed in with InsureSign as ${users[0].id}`)
  } finally {
    server.close()
    server.closeAllConnections()
    await listening.close()
  }
}

/** A browser with cookies that does not follow redirects. */
function createBrowser() {
  const cookies = new Map()
  return async (url) => {
    const cookie = [...cookies].map((pair) => pair.join('=')).join('; ')
    const response = await fetch(url, { headers: { cookie }, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)
      cookies.set(name, value)
    }
    return response
  }
}

main().catch((error) => {
  console.error(error)
  process.exitCode = 1
})
