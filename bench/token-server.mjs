/**
 * The token server of the benches, a process of its own on loopback, over TLS, as plain as one can be: whatever is
 * measured beside it is the client's. It keeps connections alive for 60 s and says so. Started by start-server.mjs.
 *
 * `/token`: every code and refresh token is good. `/after/20/token`: the same, 20 ms later. `/rotating/token`: a refresh
 * token works once (RFC 9700 §4.14.2); used again, its whole family is dead. `/userinfo`: one user.
 */
import { readFileSync } from 'node:fs'
import https from 'node:https'

const fixture = (name) => readFileSync(new URL(`../test/fixtures/${name}`, import.meta.url))
const families = new Map()
const clients = new Map()
let issued = 0

const server = https.createServer(
  { key: fixture('test-only-key.pem'), cert: fixture('test-only-cert.pem'), keepAliveTimeout: 60_000 },
  (request, response) => {
    const chunks = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => {
      const fields = new URLSearchParams(Buffer.concat(chunks).toString())
      note(request, fields)
      const [, delay] = /^\/after\/(\d+)\//.exec(request.url) ?? []
      const answer = answerTo(request.url, fields)
      if (delay) setTimeout(() => send(response, answer), Number(delay))
      else send(response, answer)
    })
  },
)
server.listen(0, '127.0.0.1', 511, () => process.send({ origin: `https://127.0.0.1:${server.address().port}` }))
process.on('message', (message) => {
  if (message === 'forget') clients.clear()
  const counts = [...clients].map(([id, { sockets, posts, refused }]) => [
    id,
    { sockets: sockets.size, posts, refused },
  ])
  process.send({ counts: Object.fromEntries(counts) })
})
process.on('disconnect', () => process.exit())

/** Counts posts and connections per client. */
function note({ headers, socket, url }, fields) {
  if (!url.endsWith('/token')) return
  const id = idOf(headers, fields)
  if (!clients.has(id)) clients.set(id, { sockets: new Set(), posts: 0, refused: 0 })
  const client = clients.get(id)
  client.sockets.add(socket)
  client.posts++
  if (url.startsWith('/rotating/') && !isCurrent(fields)) client.refused++
}

function idOf({ authorization = '' }, fields) {
  if (!authorization.startsWith('Basic ')) return fields.get('client_id')
  return decodeURIComponent(Buffer.from(authorization.slice(6), 'base64').toString().split(':')[0])
}

function isCurrent(fields) {
  const [family, number] = (fields.get('refresh_token') ?? '').split('.')
  return (families.get(family) ?? 0) === Number(number)
}

function answerTo(url, fields) {
  if (url.endsWith('/userinfo')) return { sub: 'ada', id: 'ada', name: 'Ada Lovelace', email: 'ada@example.com' }
  const common = { access_token: `access-token-of-usual-length-${++issued}`, token_type: 'Bearer', expires_in: 3600 }
  if (!url.startsWith('/rotating/')) return { ...common, refresh_token: `refresh-token-of-usual-length-${issued}` }
  const [family, number] = (fields.get('refresh_token') ?? '').split('.')
  if (!isCurrent(fields)) {
    families.set(family, Number.NaN)
    return { error: 'invalid_grant' }
  }
  families.set(family, Number(number) + 1)
  return { ...common, refresh_token: `${family}.${Number(number) + 1}` }
}

function send(response, answer) {
  const body = JSON.stringify(answer)
  response.writeHead(answer.error ? 400 : 200, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
  })
  response.end(body)
}
