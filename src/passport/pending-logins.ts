import type { Client } from '../oauth/client.ts'
import type { PendingLogins } from '../sign-in/pending-login.ts'
import { pendingBinding, pendingLoginPurpose } from '../sign-in/pending-login-binding.ts'
import { cookieText, pendingCookies } from '../sign-in/pending-login-cookies.ts'
import type { AnyStrategyOptions } from './options.ts'
import type { PassportRequest } from './passport-oauth2.ts'
import { pendingInSession } from './pending-in-session.ts'
import { pendingInStore } from './pending-in-store.ts'

/**
 * Where a strategy keeps its pending logins: a cookie per login where there is a response to set it on, else the
 * session; or the application's own store.
 */
export function pendingLogins(client: Client, settings: AnyStrategyOptions): (req: PassportRequest) => PendingLogins {
  const { vendor, endpoints, clientId } = client
  const { store, postCallback, sessionKey } = settings
  const sealer = client.sealer(pendingLoginPurpose('pending login', client))
  const inCookies = pendingCookies({ vendor, sealer, crossSite: postCallback === true })
  const inSession = { client: pendingBinding(client), key: sessionKey }
  const ours = (req: PassportRequest): PendingLogins => {
    const { res } = req
    return res
      ? inCookies(req.headers.cookie, (cookie) => res.appendHeader('set-cookie', cookieText(cookie)))
      : pendingInSession(vendor, inSession, req)
  }
  if (typeof store !== 'object') return ours
  const meta = { authorizationURL: endpoints.authorization, tokenURL: endpoints.token, clientID: clientId }
  return (req) => pendingInStore(vendor, { store, meta, ours: ours(req) }, req)
}
