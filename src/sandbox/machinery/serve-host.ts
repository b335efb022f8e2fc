import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Handler } from './engine.ts'
import { ConnectionCut } from './play-fault.ts'
import { BODY_LIMIT } from './strict-request.ts'

/** One vendor host on a loopback port of its own. */
export interface ServedHost {
  /** `http://127.0.0.1:port` */
  readonly url: string
  /** Ends idle and open connections, and with them whatever hangs. */
  close(): Promise<void>
}

/** Serves `https://host` on a port of 127.0.0.1; 0 is a free one. */
export async function serveHost(host: string, handle: Handler, at = 0): Promise<ServedHost> {
  const server = createServer((incoming, outgoing) => {
    answer(host, handle, incoming, outgoing).catch(() => outgoing.destroy())
  })
  server.listen(at, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // a string only for pipes
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

async function answer(
  host: string,
  handle: Handler,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const gone = new AbortController()
  outgoing.once('close', () => gone.abort())
  const target = incoming.url ?? ''
  if (!target.startsWith('/')) return refuse(outgoing, 400, 'sandbox: the request target must be a path')
  const body = await readBody(incoming)
  if (!body) return refuse(outgoing, 413, 'sandbox: the body is larger than 1 MB')
  const request = {
    method: incoming.method ?? '',
    url: new URL(`https://${host}${target}`),
    headers: readHeaders(incoming),
    body,
    signal: gone.signal,
  }
  try {
    await send(await handle(request), outgoing, gone.signal)
  } catch (error) {
    if (error instanceof ConnectionCut) outgoing.socket?.resetAndDestroy()
    // A body that breaks: what was written of it is on its way first.
    else if (outgoing.headersSent) setImmediate(() => outgoing.destroy())
    else if (gone.signal.aborted) outgoing.destroy()
    else refuse(outgoing, 500, String(error))
  }
}

/** From the raw pairs, since Node drops repeated headers such as Authorization. */
function readHeaders({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers()
  for (let at = 0; at < rawHeaders.length; at += 2) headers.append(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '')
  return headers
}

/** `undefined` for a body that is too large. */
async function readBody(incoming: IncomingMessage): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of incoming.iterator({ destroyOnReturn: false })) {
    parts.push(part)
    length += part.length
    if (length > BODY_LIMIT) return undefined
  }
  return new Uint8Array(Buffer.concat(parts))
}

async function send(response: Response, outgoing: ServerResponse, signal: AbortSignal): Promise<void> {
  outgoing.writeHead(response.status, Object.fromEntries(response.headers))
  for await (const part of response.body ?? []) {
    if (!outgoing.write(part)) await once(outgoing, 'drain', { signal })
  }
  outgoing.end()
}

function refuse(outgoing: ServerResponse, status: number, reason: string): void {
  outgoing.writeHead(status, { 'Content-Type': 'text/plain;charset=UTF-8', Connection: 'close' }).end(reason)
}
