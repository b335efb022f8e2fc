import type { ServerResponse } from 'node:http'
import { cookieText, type PendingCookie, type PendingCookieSettings, pendingCookies } from '../core/pending-cookie.ts'
import type { PassportRequest } from './base.ts'
import type { PendingLogin, PendingLogins } from './pending.ts'

/** Pending logins in cookies of the request, set on the response that hangs on it. */
export function cookiePending(settings: PendingCookieSettings): PendingLogins {
  const cookies = pendingCookies<PendingLogin>(settings)
  return {
    async begin(req, login) {
      for (const cookie of await cookies.begin(req.headers.cookie, login)) setCookie(req, cookie)
      return login.state
    },
    open: (req, state) => cookies.open(req.headers.cookie, state),
    all: (req) => cookies.all(req.headers.cookie),
    end(req, login) {
      for (const cookie of cookies.end(login, req.headers.cookie)) setCookie(req, cookie)
    },
  }
}

function setCookie(req: PassportRequest, cookie: PendingCookie): void {
  const res = req.res as ServerResponse
  res.appendHeader('set-cookie', cookieText(cookie))
}
