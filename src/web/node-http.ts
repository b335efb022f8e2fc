import type { IncomingMessage, ServerResponse } from 'node:http'

/** A request as `node:http` and Express make it. */
type NodeRequest = IncomingMessage & { readonly originalUrl?: string | undefined; readonly body?: unknown }

/**
 * The web `Request` of a Node request. `origin` is that of your site, such as `https://app.example.com`: the Host header
 * is not asked, since visitors choose it. A form that a body parser has read already is taken from `req.body`.
 * Nothing that a visitor sends makes it throw.
 */
export function requestFrom(req: NodeRequest, origin: string): Request {
  // A target in absolute form loses its host.
  const target = (req.originalUrl ?? req.url ?? '/').replace(/^https?:\/\/[^/?]*/i, '')
  const url = `${new URL(origin).origin}/${target.replace(/^\/+/, '')}`
  const method = req.method ?? 'GET'
  const headers = new Headers()
  for (const [name, value] of Object.entries(req.headers)) {
    if (value !== undefined && !name.startsWith(':')) headers.set(name, [value].flat().join(', '))
  }
  if (method === 'GET' || method === 'HEAD') return new Request(url, { method, headers })
  // `Request` refuses it.
  if (method === 'TRACE') return Object.defineProperty(new Request(url, { headers }), 'method', { value: method })
  return new Request(url, { method, headers, body: bodyOf(req), duplex: 'half' } as unknown as RequestInit)
}

/** Sends a web `Response` through a Node response. Headers that were set on it before stay. */
export async function sendResponse(res: ServerResponse, response: Response): Promise<void> {
  res.statusCode = response.status
  for (const [name, value] of response.headers) {
    // Each cookie comes on its own.
    if (name === 'set-cookie') res.appendHeader(name, value)
    else res.setHeader(name, value)
  }
  res.end(new Uint8Array(await response.arrayBuffer()))
}

/** The body as it comes, or what a parser made of it: text, bytes, or the fields of a form. */
function bodyOf(req: NodeRequest): unknown {
  const { body } = req
  if (typeof body === 'string' || body instanceof Uint8Array) return body
  if (typeof body === 'object' && body !== null) return formOf(body)
  return req.readableDidRead ? null : req
}

/**
 * A parsed form as strictly as it came: a parser makes arrays and objects of fields that are repeated or have brackets,
 * which no callback has.
 */
function formOf(fields: object): URLSearchParams {
  const form = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === 'string') form.append(name, value)
    else form.append(`${name}[]`, '')
  }
  return form
}
