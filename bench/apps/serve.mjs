import http from 'node:http'
import express from 'express'
import session from 'express-session'

/** The user of every application: whom the vendor's userinfo names. */
export const ada = { id: 'ada' }

/**
 * Serves one application on loopback and tells whoever forked it the port. `build` gets an Express app with sessions in
 * memory (as every contender but Auth.js needs), the vendor's addresses, and its own base URL; it adds the routes of its
 * login. Asked for `cpu`, it answers the CPU time since it was last asked.
 */
export async function serve(build, { sessions = true } = {}) {
  const server = http.createServer({ keepAliveTimeout: 60_000 })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  const { VENDOR: vendor, CLIENT: clientId } = process.env
  const app = express()
  if (sessions) app.use(session({ secret: 'only for benches', resave: false, saveUninitialized: false }))
  await build(app, {
    base: `http://127.0.0.1:${port}`,
    vendor,
    authorization: `${vendor}/authorize`,
    token: `${vendor}/token`,
    userinfo: `${vendor}/userinfo`,
    clientId,
    clientSecret: 'a-secret-of-usual-length-a-secret-of-usual-length',
  })
  server.on('request', app)
  let before = process.cpuUsage()
  process.on('message', () => {
    const { user, system } = process.cpuUsage(before)
    before = process.cpuUsage()
    process.send({ cpu: user + system })
  })
  process.on('disconnect', () => process.exit())
  process.send({ port })
}
