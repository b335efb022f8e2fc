import type { IncomingMessage, ServerResponse } from 'node:http'

/** A request as `node:http` and Express make it. */
type NodeRequest = IncomingMessage & { readonly originalUrl?: string | undefined; readonly body?: unknown }

/**
 * The web `Request` of a Node request. `origin` is that of your site, such as `https://app.example.com`: the Host header
 * is not asked, since visitors choose it. A form that a body parser has read already is taken from `req.body`.
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
  const body = typeof req.body === 'object' && req.body !== null ? formOf(req.body) : req
  return new Request(url, { method, headers, body, duplex: 'half' } as unknown as RequestInit)
}

/** Sends a web `Response` through a Node response. Headers that were set on it before stay. */
export async function sendResponse(res: ServerResponse, response: Response): Promise<void> {
  res.statusCode = response.status
  for (const [name, value] of response.headers) {
    // Each cookie comes on its own.
    if (name === 'set-cookie') res.appendHeader(name, value)
    else res.setHeader(name, value)
  }
  res.end(Buffer.from(await response.arrayBuffer()))
}

/** A parsed form as it was: repeated fields apart, and what a parser nested with brackets, which no callback has. */
function formOf(fields: object): URLSearchParams {
  const form = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) {
    for (const each of [value].flat()) {
      if (typeof each === 'string') form.append(name, each)
      else form.append(`${name}[]`, '')
    }
  }
  return form
}
