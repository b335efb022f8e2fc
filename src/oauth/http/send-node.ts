import http from 'node:http'
import https from 'node:https'
import type { Send } from './exchange.ts'

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
  return (request, { sending, take }) => {
    let abandon = () => {}
    const answered: ReturnType<Send>['answered'] = new Promise((resolve, reject) => {
      const url = new URL(request.url)
      const protocol = url.protocol === 'http:' ? 'http:' : 'https:'
      const outgoing = (protocol === 'http:' ? http : https).request(url, {
        method: request.method,
        // No compression, so that the limit on the answer counts what arrives.
        headers: { ...request.headers, 'accept-encoding': 'identity' },
        agent: agentFor(protocol),
      })
      const end = (code: string) => {
        reject(Object.assign(new Error(code), { code }))
        outgoing.destroy()
      }
      abandon = () => end('abandoned')
      let answering: http.IncomingMessage | undefined
      // A complete answer stays complete, whatever follows it on its connection, such as the body of a 204.
      outgoing.on('error', (error) => {
        if (!answering?.complete) reject(error)
      })
      outgoing.once('socket', (socket) => {
        // Nothing leaves before the connection stands, over TLS before its handshake is done and the certificate checked.
        // By the socket, not by the address: a caller's agent may leave TLS to a proxy.
        if (socket.connecting) socket.once('encrypted' in socket ? 'secureConnect' : 'connect', sending)
        else sending()
      })
      outgoing.once('response', (answer) => {
        answering = answer
        const encoding = answer.headers['content-encoding']?.toLowerCase()
        if (encoding && encoding !== 'identity') return end('compressed, though asked not to be')
        const head = { status: answer.statusCode ?? 0, headers: flat(answer.headers) }
        answer.on('data', (chunk: Uint8Array) => {
          if (take(chunk)) return
          resolve(head)
          outgoing.destroy()
        })
        answer.once('end', () => resolve(head))
        answer.on('error', reject)
        answer.once('close', () => reject(new Error('closed')))
      })
      // Without an answer and without an error: after a 101, which Node hands to nobody. Otherwise settled by now, or soon.
      outgoing.once('close', () => {
        if (!answering) end('closed without an answer')
      })
      outgoing.end(request.body)
    })
    return { answered, abandon: () => abandon() }
  }
}

function flat(headers: http.IncomingHttpHeaders): Record<string, string> {
  const result: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) result[name] = typeof value === 'string' ? value : value.join(', ')
  }
  return result
}
