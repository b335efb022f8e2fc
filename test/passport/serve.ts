import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { onTestFinished } from 'vitest'

/** Serves on a free port of 127.0.0.1 until the test at hand has finished. */
export async function serve(app: RequestListener): Promise<string> {
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number
  /** Everything, head and body. */
  readonly text: string
  header(name: string): string | undefined
}

/**
 * Asks with exactly these bytes as the target, which clients such as supertest would tidy up first. `headers` come in
 * addition to, or in place of, `host` and `connection`.
 */
export async function raw(
  url: string,
  target: string,
  {
    method = 'GET',
    headers = {},
    body = '',
  }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<RawAnswer> {
  const { hostname, port, host } = new URL(url)
  const all = {
    host,
    connection: 'close',
    ...(body ? { 'content-length': String(Buffer.byteLength(body)) } : {}),
    ...headers,
  }
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  const socket = connect(Number(port), hostname)
  // Not `end`: Node gives up a request whose client has closed its half.
  socket.write(Buffer.from(`${method} ${target} HTTP/1.1\r\n${head.join('')}\r\n${body}`, 'latin1'))
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString()
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]),
    text,
    header: (name) => new RegExp(`^${name}: (.*)\r$`, 'im').exec(text)?.[1],
  }
}

/** Posts the head of a form and a part of it, and goes. */
export async function breakOff(url: string, target: string, part: string, cookie = ''): Promise<void> {
  const { hostname, port, host } = new URL(url)
  const type = 'application/x-www-form-urlencoded'
  const head = [`POST ${target} HTTP/1.1`, `host: ${host}`, `content-type: ${type}`, `cookie: ${cookie}`]
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  const text = [...head, `content-length: ${part.length + 1}`, '', part].join('\r\n')
  await new Promise((resolve) => socket.write(Buffer.from(text, 'latin1'), resolve))
  // Until it has been read; an answer may come before.
  await Promise.race([once(socket, 'data'), new Promise((resolve) => setTimeout(resolve, 30))])
  socket.resetAndDestroy()
}
