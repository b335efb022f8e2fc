import type { Client } from '../oauth/client.ts'
import { ReauthRequired, VendorUnavailable } from './errors.ts'
import type { Grant, KeeperParts } from './keeper-context.ts'
import type { GrantRecord } from './record.ts'
import { hardAfter } from './refresh/refresh-windows.ts'
import type { GrantLink } from './targets.ts'

/** A token that works now. `console.log` and `util.inspect` hide it. */
export interface AccessToken {
  readonly token: string
  /** Whole epoch seconds. */
  readonly expiresAt: number
  /** Names the pair: give it as `notGeneration` when the API refused the token. */
  readonly generation: number
  /** A newer one is on its way. */
  readonly stale: boolean
}

/** How a token is asked for. */
export interface AccessOptions {
  /** Milliseconds it must still be valid; at most the soft window, since more cannot be promised. Default 0. */
  readonly minValidMs?: number | undefined
  /** The generation of a token that the API refused: only a newer one will do. */
  readonly notGeneration?: number | undefined
  /** Ends the waiting, never the refresh. */
  readonly signal?: AbortSignal | undefined
  /** Of platforms that freeze after the response: keeps them awake until a refresh behind the scenes is done. */
  readonly waitUntil?: ((work: Promise<unknown>) => void) | undefined
}

type Decision = { readonly token: AccessToken; readonly refresh: boolean } | { readonly wait: true }

/**
 * What a caller gets for a record as it was read: its token, its token while a refresh runs behind, or a wait.
 *
 * @throws ReauthRequired when nothing but a new sign-in helps.
 */
export function decide(
  parts: Pick<KeeperParts, 'clock' | 'ahead'>,
  { client }: Pick<Grant, 'client'>,
  record: GrantRecord | undefined,
  { notGeneration: bar = 0, minValidMs = 0, link }: AccessOptions & { readonly link?: GrantLink | undefined },
): Decision {
  const now = parts.clock.now()
  if (!record) throw new ReauthRequired(client.vendor, 'unknown')
  if (link && !isAlive(link, record)) throw new ReauthRequired(client.vendor, 'revoked')
  const usable = record.generation > bar && now < record.accessExpiresAt && record.tokens !== undefined
  if (record.state !== 'ok' || !canRefresh(record))
    return { token: settle(client, record, now, { bar }), refresh: false }
  const resting = (record.cooldownUntil ?? 0) > now
  // A fresh pair is good enough for any `minValidMs`: there is none that lives longer.
  if (usable && (resting || now < record.refreshAfter)) {
    return { token: settle(client, record, now), refresh: false }
  }
  if (usable && now < hardAfter(record, parts.ahead) && now < record.accessExpiresAt - minValidMs) {
    return { token: settle(client, record, now, { stale: true }), refresh: true }
  }
  return { wait: true }
}

interface Circumstances {
  readonly bar?: number
  readonly stale?: boolean
  /** The caller waited, and a newer pair came. */
  readonly fresh?: boolean
  readonly failure?: Error | undefined
}

/**
 * The record's token, if it has one that is valid and above the bar.
 *
 * @throws what stands in the way.
 */
export function settle(
  client: Client,
  record: GrantRecord | undefined,
  now: number,
  { bar = 0, stale = false, fresh = false, failure }: Circumstances = {},
): AccessToken {
  const { vendor } = client
  if (!record || record.state === 'revoked') throw failure ?? new ReauthRequired(vendor, record ? 'revoked' : 'unknown')
  const { tokens, generation, accessExpiresAt } = record
  // A token just refreshed is the answer, however short it lives.
  const valid = now < accessExpiresAt || (fresh && record.state === 'ok' && canRefresh(record))
  if (tokens && valid && generation > bar) {
    const expiresAt = Math.floor(accessExpiresAt / 1000)
    return handedOut({ token: tokens.access_token, expiresAt, generation, stale })
  }
  if (record.state === 'reauth_required') throw new ReauthRequired(vendor, record.reason ?? 'revoked')
  if (failure) throw failure
  if (!canRefresh(record)) throw new ReauthRequired(vendor, 'no_refresh_token')
  throw new VendorUnavailable(vendor, 1000, 'the refresh brought no token')
}

/** Whether there is anything to refresh it with. */
export function canRefresh(record: GrantRecord): boolean {
  return record.machine === true || record.tokens?.refresh_token !== undefined
}

/**
 * Whether the pair was stored while somebody may have waited for it. One that comes back to the store after it was lost
 * there is as old as it was.
 */
export function isNew({ since }: GrantRecord, now: number, waitMs: number): boolean {
  return now - since < waitMs
}

/** A link that is older than the last revocation, or says nothing of its age, is dead. */
export function isAlive({ generation }: GrantLink, { floor }: GrantRecord): boolean {
  return generation > floor
}

/** Frozen, since several callers may get the same object. */
function handedOut(token: AccessToken): AccessToken {
  const shown = { ...token, token: '[hidden]' }
  return Object.freeze(Object.defineProperty(token, Symbol.for('nodejs.util.inspect.custom'), { value: () => shown }))
}
