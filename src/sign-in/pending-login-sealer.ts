import type { Client } from '../oauth/client.ts'
import { optionError } from '../oauth/errors.ts'
import { createSealer, type Sealer } from '../oauth/seal.ts'

/**
 * Seals the pending logins of one client in one host, so that no other client, endpoint or host opens them. The key is
 * derived from `secret`, or else from the client secret. `id` is the host's own name of the client, where it has one.
 */
export function pendingLoginSealer(
  host: string,
  { client, secret, id }: { readonly client: Client; readonly secret: string | undefined; readonly id?: string },
): Sealer {
  const purpose = `${host} ${pendingBinding(client, id)}`
  return secret === undefined ? client.sealer(purpose) : createSealer(secret, purpose)
}

/** What a pending login is bound to, as text. */
export function pendingBinding({ vendor, clientId, endpoints }: Client, id?: string): string {
  const own = id === undefined ? [] : [id]
  return JSON.stringify([...own, vendor.id, clientId, endpoints.authorization, endpoints.token])
}

/**
 * Checks that there is a key for the cookies of pending logins: the option `cookieSecret`, or a client secret.
 *
 * @throws TypeError with `code: 'invalid_option'`.
 */
export function checkCookieSecret(
  vendor: { readonly name: string },
  { cookieSecret, clientSecret }: { readonly cookieSecret?: unknown; readonly clientSecret?: unknown },
): void {
  // With an empty one anybody could make our cookies.
  if (cookieSecret !== undefined && (typeof cookieSecret !== 'string' || cookieSecret === '')) {
    throw optionError(vendor, 'cookieSecret', 'must be text that nobody can guess; is its environment variable set?')
  }
  if (!cookieSecret && !clientSecret) {
    throw optionError(vendor, 'cookieSecret', 'is missing: a public client has no secret to derive a key from.')
  }
}
