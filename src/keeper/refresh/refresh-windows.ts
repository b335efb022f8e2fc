import type { TokenSet } from '../../oauth/token-set.ts'
import type { GrantRecord, Times } from '../record.ts'

/** How long before its end a token is refreshed. */
export interface Ahead {
  /** Share of the lifetime in which a refresh runs behind the callers. Default 0.2. */
  readonly soft: number
  /** Milliseconds the soft window has at most. Default 600 000. */
  readonly softMax: number
  /** Milliseconds before the end from which callers wait for the refresh. Default 30 000. */
  readonly hard: number
  /** How much of the soft window is spread over grants. Default 0.75; 0 refreshes a mass login in one herd. */
  readonly jitter: number
}

export const defaultAhead: Ahead = { soft: 0.2, softMax: 600_000, hard: 30_000, jitter: 0.75 }

/** For vendors that name no lifetime: "for ever" would hand out dead tokens. In seconds. */
const assumedLifetime = 3600

/**
 * When a pair that came now runs out and falls due. The jitter comes from the grant id, so a grant's is always the same
 * and a thousand tokens of one second are not refreshed in one second.
 */
export function timesOf(
  tokens: Pick<TokenSet, 'expires_at'> | undefined,
  now: number,
  {
    grantId,
    accessLifetime = assumedLifetime,
    ahead,
  }: { grantId: string; accessLifetime?: number | undefined; ahead: Ahead },
): Times {
  if (!tokens) return { since: now, accessExpiresAt: now, refreshAfter: now }
  // No readable expiry means the vendor's documented lifetime.
  const accessExpiresAt = tokens.expires_at === undefined ? now + accessLifetime * 1000 : tokens.expires_at * 1000
  const soft = Math.min(Math.max(0, accessExpiresAt - now) * ahead.soft, ahead.softMax)
  const spread = 1 - ahead.jitter + ahead.jitter * fractionOf(grantId)
  return { since: now, accessExpiresAt, refreshAfter: accessExpiresAt - soft * spread }
}

/** From when on callers wait: never earlier than the refresh falls due, never more than a tenth of the lifetime. */
export function hardAfter({ since, accessExpiresAt, refreshAfter }: Times, { hard }: Ahead): number {
  const tenth = Math.max(0, accessExpiresAt - since) / 10
  return Math.max(refreshAfter, accessExpiresAt - Math.min(hard, tenth))
}

function fractionOf(grantId: string): number {
  return Number.parseInt(grantId.slice(0, 8), 16) / 2 ** 32
}

/** Whether the vendor still accepts a refresh token that it may have spent; one that was spent unseen, just now. */
export function insideGrace({ doubt }: GrantRecord, now: number, graceMs = 0): boolean {
  return now - (doubt?.since ?? now) < graceMs
}
