import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { createServer as createTlsServer, TLSSocket } from 'node:tls'
import { gzipSync } from 'node:zlib'

/**
 * A vendor that means harm, or is broken: a server on 127.0.0.1 that speaks HTTP by hand, so that it can say what no
 * HTTP library would. What it does is a {@link Deed}; what it heard and how often is counted.
 */
export async function startEvilVendor(options: { readonly tls?: boolean } = {}): Promise<EvilVendor> {
  const heard: Heard[] = []
  const sockets = new Set<Socket>()
  const busy = new Set<Socket>()
  let connections = 0
  const meet = (socket: Socket) => {
    const connection = ++connections
    sockets.add(socket)
    // The client may go at any moment; that is the client's good right.
    socket.on('error', () => {})
    socket.on('close', () => {
      sockets.delete(socket)
      busy.delete(socket)
    })
    evil.greets?.(socket)
    hear(socket, (request) => {
      busy.add(socket)
      const nth = heard.filter((one) => one.connection === connection).length + 1
      const complete = { ...request, connection, nth }
      heard.push(complete)
      evil.does(socket, complete)
    })
  }
  const server = options.tls ? createTlsServer(testIdentity, meet) : createServer(meet)
  server.on('tlsClientError', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `${options.tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`
  const evil: EvilVendor = {
    url,
    address: {
      endpoints: {
        authorization: `${url}/authorize`,
        token: `${url}/token`,
        userinfo: `${url}/userinfo`,
        revocation: `${url}/revoke`,
      },
      api: [url],
      allowLoopbackHttp: true,
    },
    heard,
    get connections() {
      return connections
    },
    get busy() {
      return busy.size
    },
    does: tokens(),
    greets: undefined,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return evil
}

/** What a test needs of it. */
export interface EvilVendor {
  readonly url: string
  /** What a client spreads into its options to come here. */
  readonly address: {
    readonly endpoints: Readonly<Record<'authorization' | 'token' | 'userinfo' | 'revocation', string>>
    readonly api: readonly string[]
    readonly allowLoopbackHttp: true
  }
  /** Every complete request, in order. */
  readonly heard: readonly Heard[]
  /** Connections ever made. */
  readonly connections: number
  /** Connections still open on which a request came. Node's fetch opens an idle one after each that it breaks off. */
  readonly busy: number
  /** What it does with a request. At first it behaves. */
  does: Deed
  /** What it does with a connection, before any request. */
  greets: ((socket: Socket) => void) | undefined
  close(): Promise<void>
}

/** A request as it came. */
export interface Heard {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Head and body, to the letter. */
  readonly raw: string
  /** On which connection it came, and as which there; both counted from 1. */
  readonly connection: number
  readonly nth: number
}

/** What the vendor does once a request has come in. */
export type Deed = (socket: Socket, heard: Heard) => void

const keys = new URL('./fixtures/', import.meta.url)
const testIdentity = {
  key: readFileSync(new URL('test-only-key.pem', keys)),
  cert: readFileSync(new URL('test-only-cert.pem', keys)),
}

/** The self-signed certificate of an evil vendor with `tls`, made out to 127.0.0.1, for a test that trusts it. */
export const testCertificate: Buffer = testIdentity.cert

/** Splits what arrives into requests; a body is as long as its content-length says. */
function hear(socket: Socket, tell: (request: Omit<Heard, 'connection' | 'nth'>) => void): void {
  let buffer = Buffer.alloc(0)
  socket.on('data', (chunk) => {
    buffer = Buffer.concat([buffer, chunk])
    for (;;) {
      const end = buffer.indexOf('\r\n\r\n')
      if (end < 0) return
      const [first = '', ...lines] = buffer.subarray(0, end).toString().split('\r\n')
      const headers = Object.fromEntries(
        lines.map((line) => {
          const colon = line.indexOf(':')
          return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
        }),
      )
      const length = end + 4 + Number(headers['content-length'] ?? 0)
      if (buffer.length < length) return
      const raw = buffer.subarray(0, length).toString()
      const [method = '', path = ''] = first.split(' ')
      const body = buffer.subarray(end + 4, length).toString()
      buffer = buffer.subarray(length)
      tell({ method, path, headers, body, raw })
    }
  })
}

/** Answers as HTTP should be; JSON unless `headers` say otherwise. */
export function reply(
  body: string | Uint8Array,
  { status = 200, headers = {} }: { status?: number; headers?: Readonly<Record<string, string>> } = {},
): Deed {
  const bytes = Buffer.from(body)
  return (socket) => {
    const lines = head(status, { 'content-type': 'application/json', 'content-length': `${bytes.length}`, ...headers })
    socket.write(Buffer.concat([Buffer.from(lines), bytes]))
  }
}

function head(status: number, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} Whatever\r\n${lines.join('')}\r\n`
}

/** The fields of a good answer of the token endpoint, and what a test changes of them. */
export function tokenFields(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { access_token: 'evil-access-token', token_type: 'Bearer', expires_in: 3600, ...changes }
}

/** A good answer of the token endpoint, or one with a few changes. */
export function tokens(
  changes: Readonly<Record<string, unknown>> = {},
  init: { status?: number; headers?: Readonly<Record<string, string>> } = {},
): Deed {
  return reply(JSON.stringify(tokenFields(changes)), init)
}

/** Says nothing, ever. */
export const silence: Deed = () => {}

/** Promises a body that it does not send, and keeps the line open. */
export const silentBody: Deed = (socket) => {
  socket.write(head(200, { 'content-type': 'application/json', 'content-length': '500' }))
}

/** One byte of the body every few milliseconds, for ever: never idle, never done. */
export const drip: Deed = (socket) => {
  socket.write(head(200, { 'content-type': 'application/json', 'content-length': '100000' }))
  every(10, socket, () => socket.write(' '))
}

/** One byte of the headers every few milliseconds, for ever. */
export const dripHead: Deed = (socket) => {
  socket.write('HTTP/1.1 200 OK\r\nx-a: ')
  every(10, socket, () => socket.write('a'))
}

/** The first half of a good answer, and then the end of the connection: `'end'` politely, `'reset'` not. */
export function cutBody(how: 'end' | 'reset'): Deed {
  const body = JSON.stringify(tokenFields())
  return (socket) => {
    socket.write(head(200, { 'content-type': 'application/json', 'content-length': `${body.length}` }))
    socket.write(body.slice(0, body.length / 2), () => {
      if (how === 'end') socket.end()
      else setTimeout(() => socket.resetAndDestroy(), 10)
    })
  }
}

/** So many bytes of an answer, as fast as they are taken. `told` hears how many went out. */
export function flood(bytes: number, told: (sent: number) => void = () => {}): Deed {
  const chunk = Buffer.alloc(65_536, ' ')
  return (socket) => {
    let sent = 0
    const more = () => {
      while (sent < bytes && !socket.destroyed) {
        sent += chunk.length
        told(sent)
        if (!socket.write(chunk)) return
      }
    }
    socket.on('drain', more)
    socket.write(head(200, { 'content-type': 'application/json', 'content-length': `${bytes}` }))
    more()
  }
}

/** 32 MB of blanks that travel as 32 kB. */
export const gzipBomb: Deed = reply(gzipSync(Buffer.alloc(32 * 1_048_576, ' ')), {
  headers: { 'content-encoding': 'gzip' },
})

/** No HTTP at all. */
export const garbage: Deed = (socket) => {
  socket.write(Buffer.from(Array.from({ length: 500 }, (_, i) => (i * 7919) % 256)))
}

/** Breaks the connection without a word: by TCP reset, which Node cannot do over TLS. */
export const reset: Deed = (socket) => {
  if (socket instanceof TLSSocket) socket.destroy()
  else socket.resetAndDestroy()
}

/** Behaves on a fresh connection, and breaks it when it is used again. */
export const resetOnReuse: Deed = (socket, heard) => (heard.nth === 1 ? tokens() : reset)(socket, heard)

/** An OAuth error whose description is our own request, in whatever encoding. */
export function echo(encode: (text: string) => string, field = 'error_description', status = 400): Deed {
  return (socket, heard) =>
    reply(JSON.stringify({ error: 'invalid_request', [field]: encode(heard.raw) }), { status })(socket, heard)
}

function every(ms: number, socket: Socket, act: () => void): void {
  const timer = setInterval(act, ms)
  socket.on('close', () => clearInterval(timer))
}
