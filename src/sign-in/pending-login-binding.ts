import type { Client } from '../oauth/client.ts'
import { optionError } from '../oauth/errors.ts'

/**
 * What the pending logins of a client are bound to in one host: no other client, endpoint or host opens them. `id` is the
 * host's own name of the client, where it has one.
 */
export function pendingLoginPurpose(host: string, client: Client, id?: string): string {
  return `${host} ${pendingBinding(client, id)}`
}

/** The same as text without the host. */
export function pendingBinding({ vendor, clientId, endpoints }: Client, id?: string): string {
  const own = id === undefined ? [] : [id]
  return JSON.stringify([...own, vendor.id, clientId, endpoints.authorization, endpoints.token])
}

/**
 * Checks that there is a key for the cookies of pending logins: the option `cookieSecret`, or a client secret.
 *
 * @throws TypeError with `code: 'invalid_option'`.
 */
export function needCookieSecret(
  vendor: { readonly name: string },
  { cookieSecret, clientSecret }: { readonly cookieSecret?: unknown; readonly clientSecret?: unknown },
): void {
  if (cookieSecret || clientSecret) return
  throw optionError(vendor, 'cookieSecret', 'is missing: a public client has no secret to derive a key from.')
}
