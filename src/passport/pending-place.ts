import type { Client } from '../core/client.ts'
import { optionError } from '../core/errors.ts'
import { createSealer } from '../core/seal.ts'
import type { Vendor } from '../core/vendor.ts'
import type { PassportRequest } from './base.ts'
import type { AnyStrategyOptions } from './options.ts'
import { type PendingLogins, sessionPending } from './pending.ts'
import { cookiePending } from './pending-cookie.ts'
import { storePending } from './pending-store.ts'

/**
 * The cookie per login where there is a response to set it on, else the session; or the application's own store. They
 * belong to this very client.
 */
export function pendingLogins(vendor: Vendor, client: Client, settings: AnyStrategyOptions): PendingLogins {
  const { endpoints, clientId } = client
  const context = JSON.stringify([vendor.id, clientId, endpoints.authorization, endpoints.token])
  const purpose = `pending login ${context}`
  if (!settings.cookieSecret && !settings.clientSecret)
    throw optionError(vendor, 'cookieSecret', 'is missing: a public client has no secret to derive a key from.')
  const sealer = settings.cookieSecret ? createSealer(settings.cookieSecret, purpose) : client.sealer(purpose)
  const cookies = cookiePending({ vendor, sealer, crossSite: settings.postCallback === true })
  const session = sessionPending(vendor, settings.sessionKey ?? `esign-auth:${context}`)
  const place = (req: PassportRequest) => (req.res ? cookies : session)
  const ours: PendingLogins = {
    begin: (req, login) => place(req).begin(req, login),
    open: (req, state, redirectUri) => place(req).open(req, state, redirectUri),
    all: (req) => place(req).all(req),
    end: (req, login) => place(req).end(req, login),
  }
  if (typeof settings.store !== 'object') return ours
  const meta = { authorizationURL: endpoints.authorization, tokenURL: endpoints.token, clientID: clientId }
  return storePending(vendor, settings.store, meta, ours)
}
