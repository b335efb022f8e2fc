import http from 'node:http'
import https from 'node:https'
import type { Send } from './transport.ts'

/** Idle connections are dropped after this, or after the server's own `Keep-Alive: timeout`, whichever is earlier. */
const idleMs = 15_000

/** Sends through `node:https`, over connections that are kept alive, or through the caller's agent, looked up per request. */
export function createSend(options: { readonly agent?: object | undefined } = {}): Send {
  let kept: { 'https:': https.Agent; 'http:': http.Agent } | undefined
  const agentFor = (protocol: 'https:' | 'http:'): http.Agent => {
    if (options.agent) return options.agent as http.Agent
    const settings = { keepAlive: true, timeout: idleMs }
    kept ??= { 'https:': new https.Agent(settings), 'http:': new http.Agent(settings) }
    return kept[protocol]
  }
  return (request, signal, sending) =>
    new Promise((resolve, reject) => {
      const url = new URL(request.url)
      const protocol = url.protocol === 'http:' ? 'http:' : 'https:'
      const outgoing = (protocol === 'http:' ? http : https).request(url, {
        method: request.method,
        // No compression, so that the limit on the answer counts what arrives.
        headers: { ...request.headers, 'accept-encoding': 'identity' },
        agent: agentFor(protocol),
      })
      const abort = () => outgoing.destroy(signal.reason)
      signal.addEventListener('abort', abort, { once: true })
      outgoing.once('close', () => {
        signal.removeEventListener('abort', abort)
        // Without an answer and without an error: after a 101, which Node hands to nobody. Otherwise settled by now.
        reject(Object.assign(new Error('closed'), { code: 'closed without an answer' }))
      })
      outgoing.once('socket', (socket) => {
        // Nothing leaves before the connection stands, over TLS before its handshake is done and the certificate checked.
        if (socket.connecting) socket.once(protocol === 'https:' ? 'secureConnect' : 'connect', sending)
        else sending()
      })
      outgoing.on('error', reject)
      outgoing.once('response', (answer) => {
        const encoding = answer.headers['content-encoding']
        if (encoding && encoding !== 'identity') {
          outgoing.destroy()
          reject(Object.assign(new Error('compressed'), { code: 'compressed, though asked not to be' }))
          return
        }
        resolve({ status: answer.statusCode ?? 0, headers: flat(answer.headers), body: answer })
      })
      outgoing.end(request.body)
    })
}

function flat(headers: http.IncomingHttpHeaders): Record<string, string> {
  const result: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) result[name] = typeof value === 'string' ? value : value.join(', ')
  }
  return result
}
