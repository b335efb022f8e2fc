import type { IncomingMessage, ServerResponse } from 'node:http'
import { readForm } from '../sign-in/form.ts'
import { cookieText } from '../sign-in/pending-login-cookies.ts'
import { endAt, routeOf } from './auth-routes.ts'
import { asksForReason, tellReason, withReason } from './failure-reason.ts'
import { failureIn } from './logger.ts'
import type { Context, Runtime } from './runtime.ts'
import { begin } from './start-login.ts'

/** A request as Express makes it. */
export interface NodeRequest extends IncomingMessage {
  readonly originalUrl?: string | undefined
  readonly protocol?: string | undefined
  readonly body?: unknown
}

/** Middleware of Node's kind. A plain server has no `next`. */
export type NodeHandler = (req: NodeRequest, res: ServerResponse, next?: (error?: unknown) => void) => unknown

/** Middleware that takes Node's request and response, such as ExpressAuth's, behind our checks. */
export function throughNode(runtime: Runtime, handler: NodeHandler): NodeHandler {
  return async (req, res, next) => {
    const method = req.method ?? 'GET'
    const host = `${req.protocol ?? 'http'}://${req.headers.host ?? 'localhost'}`
    const target = req.originalUrl ?? req.url ?? '/'
    if (!URL.canParse(target, host)) return handler(req, res, next)
    const url = new URL(target, host)
    const { cookie } = req.headers
    const route = routeOf(runtime, method, url.pathname)
    if (route.kind === 'other') {
      if (asksForReason(method, url)) tellTheReason(res, url)
      return runtime.context.run({ kind: 'route' }, () => handler(req, res, next))
    }
    if (route.kind === 'start') {
      const owner = await runtime.whoIs(cookie, url.origin)
      const context: Context = { kind: 'start', provider: route.provider, cookies: cookie, owner }
      await begin(context, url.origin, route.basePath)
      nameTheReason(res, context)
      return runtime.context.run(context, () => handler(req, res, next))
    }
    if (method === 'HEAD') return res.writeHead(405, { allow: 'GET' }).end()
    const { context, search, cookies } = await endAt(runtime, route, {
      method,
      url,
      cookies: cookie,
      // A form that is not read to its end is no reason to end the connection before the answer.
      form: async () =>
        isFields(req.body)
          ? Object.entries(req.body)
          : readForm(route.provider.source.vendor, req.iterator({ destroyOnReturn: false })),
    })
    for (const each of cookies) res.appendHeader('set-cookie', cookieText(each))
    nameTheReason(res, context)
    // The same request, but a plain GET.
    const plain = Object.create(req, {
      method: { value: 'GET' },
      url: { value: `${(req.url ?? '').split('?', 1)[0]}${search}`, writable: true },
      originalUrl: { value: `${url.pathname}${search}` },
      headers: { value: withoutBody(req.headers) },
      body: { value: undefined, writable: true },
    }) as NodeRequest
    return runtime.context.run(context, () => handler(plain, res, next))
  }
}

/**
 * Sees middleware of Node's kind to its end. What it throws goes to `next`, or to `report` and a 500 where there is none.
 * Express 4 and a plain server wait for no promise, and a rejection that nobody hears ends the process.
 */
export async function orNext(
  res: ServerResponse,
  next: ((error?: unknown) => void) | undefined,
  report: (error: Error) => void,
  work: () => Promise<unknown>,
): Promise<unknown> {
  try {
    return await work()
  } catch (thrown) {
    // A falsy reason would let the request pass, and Express reads some words ('route') as commands.
    const error =
      typeof thrown === 'object' && thrown !== null
        ? (thrown as Error)
        : new TypeError(
            `withEsign: the handler or its config failed with ${String(thrown) || 'no reason'}, not with an Error.`,
          )
    if (typeof next === 'function') return next(error)
    report(error)
    // Half an answer must not look like a whole one.
    if (res.headersSent) res.destroy()
    else res.writeHead(500).end()
    return undefined
  }
}

/** Names the reason in the address that the response leads to, as late as it can be written. */
function nameTheReason(res: ServerResponse, context: Context): void {
  // Whatever is answered here belongs to one browser's login.
  res.setHeader('cache-control', 'no-store')
  const { writeHead } = res
  res.writeHead = function (this: ServerResponse, ...args: unknown[]) {
    const location = res.getHeader('location')
    if (typeof location === 'string') res.setHeader('location', withReason(location, failureIn(context)))
    return Reflect.apply(writeHead, this, args)
  } as typeof writeHead
}

/** Auth.js's page comes in one piece. */
function tellTheReason(res: ServerResponse, url: URL): void {
  const { write } = res
  res.write = function (this: ServerResponse, chunk: unknown, ...more: unknown[]) {
    return Reflect.apply(write, this, [typeof chunk === 'string' ? tellReason(chunk, url) : chunk, ...more])
  } as typeof write
}

function withoutBody(headers: IncomingMessage['headers']): IncomingMessage['headers'] {
  const { 'content-type': _, 'content-length': __, 'transfer-encoding': ___, ...plain } = headers
  return plain
}

function isFields(body: unknown): body is object {
  return typeof body === 'object' && body !== null
}
