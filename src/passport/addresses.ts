import type { PassportRequest } from './passport-oauth2.ts'

/** The request's own path and query, also below a mounted router. A target in absolute form loses its host. */
function targetOf(req: PassportRequest): string {
  return (req.originalUrl ?? req.url ?? '/').replace(/^https?:\/\/[^/?]*/i, '')
}

/** The raw query of the request, without its question mark. */
export function rawQuery(req: PassportRequest): string {
  const target = targetOf(req)
  const at = target.indexOf('?')
  return at === -1 ? '' : target.slice(at + 1)
}

/** The path of the request, without its query. */
export function pathOf(req: PassportRequest): string {
  return targetOf(req).split('?', 1)[0] ?? '/'
}

/**
 * The callback URL in full. An absolute one stays as it is; a relative one is resolved against the address the visitor
 * used, which a forged Host header decides, hence the advice to give an absolute one. `undefined` when that is no host.
 */
export function resolveCallbackUrl(callbackURL: string, req: PassportRequest, trustProxy: boolean): string | undefined {
  if (URL.canParse(callbackURL)) return callbackURL
  const app = req.app as { get?(name: string): unknown } | undefined
  const forwarded = (name: string) => {
    if (!trustProxy && !app?.get?.('trust proxy')) return undefined
    // A chain of proxies appends; the first value is the one the visitor used.
    return (
      String(req.headers[name] ?? '')
        .split(',', 1)[0]
        ?.trim() || undefined
    )
  }
  const encrypted = 'encrypted' in req.socket && req.socket.encrypted === true
  const scheme = forwarded('x-forwarded-proto') === 'https' || encrypted ? 'https' : 'http'
  const host = forwarded('x-forwarded-host') ?? req.headers.host ?? 'localhost'
  if (!/^[\w.:[\]-]+$/.test(host) || !URL.canParse(`${scheme}://${host}`)) return undefined
  return new URL(callbackURL, new URL(targetOf(req).replace(/^[\\/]{2,}/, '/'), `${scheme}://${host}`)).href
}
