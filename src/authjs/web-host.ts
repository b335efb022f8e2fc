import { readForm } from '../sign-in/form.ts'
import { cookieText } from '../sign-in/pending-login-cookies.ts'
import { endAt, routeOf } from './auth-routes.ts'
import { asksForReason, tellReason, withReason } from './failure-reason.ts'
import { failureIn } from './logger.ts'
import type { Context, Runtime } from './runtime.ts'
import { begin } from './start-login.ts'

/** A handler that takes a web Request. */
export type WebHandler = (request: Request, ...more: unknown[]) => Response | Promise<Response>

/** A handler that takes a web Request, such as those of next-auth, behind our checks. */
export function throughWeb(runtime: Runtime, handler: WebHandler): WebHandler {
  return async (request, ...more) => {
    const url = new URL(request.url)
    const route = routeOf(runtime, request.method, url.pathname)
    const cookies = request.headers.get('cookie') ?? undefined
    if (route.kind === 'other') {
      const response = await runtime.context.run({ kind: 'route' }, () => handler(request, ...more))
      if (!asksForReason(request.method, url)) return response
      return new Response(tellReason(await response.text(), url), response)
    }
    if (route.kind === 'start') {
      const owner = await runtime.whoIs(cookies, url.origin)
      const context: Context = { kind: 'start', provider: route.provider, cookies, owner }
      await begin(context, url.origin, route.basePath)
      return answered(await runtime.context.run(context, () => handler(request, ...more)), context)
    }
    if (request.method === 'HEAD') return new Response(null, { status: 405, headers: { allow: 'GET' } })
    const {
      context,
      search,
      cookies: ended,
    } = await endAt(runtime, route, {
      method: request.method,
      url,
      cookies,
      form: () => readForm(route.provider.source.vendor, request.body as AsyncIterable<Uint8Array> | null),
    })
    // Of the host's own class, which may have more to it.
    const Kind = request.constructor as typeof Request
    const headers = withoutBody(request.headers)
    const plain = new Kind(`${url.origin}${url.pathname}${search}`, { headers, signal: request.signal })
    const response = answered(await runtime.context.run(context, () => handler(plain, ...more)), context)
    for (const cookie of ended) response.headers.append('set-cookie', cookieText(cookie))
    return response
  }
}

/** The host's response, with headers that can be written, and the reason in its address. */
function answered(response: Response, context: Context): Response {
  const own = new Response(response.body, response)
  const location = own.headers.get('location')
  if (location !== null) own.headers.set('location', withReason(location, failureIn(context)))
  // Whatever is answered here belongs to one browser's login.
  own.headers.set('cache-control', 'no-store')
  return own
}

function withoutBody(headers: Headers): Headers {
  const plain = new Headers(headers)
  for (const name of ['content-type', 'content-length', 'transfer-encoding']) plain.delete(name)
  return plain
}
