import type { TokenSet } from '../oauth/token-set.ts'

/** Why a user has to sign in again. */
export type ReauthReason = 'revoked' | 'expired' | 'lost_response' | 'client_changed' | 'no_refresh_token' | 'unknown'

/** Whose tokens these are; they are never sent anywhere else. */
export interface GrantOwner {
  readonly vendor: string
  readonly clientId: string
  /** Tells the vendor's hosts apart that know different users; empty where there is one. */
  readonly region: string
  readonly owner: string
  /** Empty unless one owner has several accounts at one vendor. */
  readonly account: string
}

/** One grant: one owner's tokens at one vendor account. Every change is one compare-and-swap. */
export interface GrantRecord extends GrantOwner {
  readonly schema: 1
  /** Random, new at every sign-in. */
  readonly consent: string
  /** Epoch milliseconds of that sign-in: of two that copies bring, the later one counts. Earlier versions left it out. */
  readonly consentAt?: number | undefined
  /** Hash of the account at the vendor, see `subjectHash`. Missing where it is not known, and in earlier versions. */
  readonly subject?: string | undefined
  /** + 1 at every stored pair and every sign-in; a verdict or a revocation does not change it. */
  readonly generation: number
  /** The generation at the last revocation: session links at or below it are dead. */
  readonly floor: number
  readonly state: 'ok' | 'reauth_required' | 'revoked'
  readonly reason?: ReauthReason | undefined
  /** Of a tombstone: the vendor was not asked to revoke anything, since there were no tokens here. */
  readonly unasked?: boolean | undefined
  /** The app's own tokens (client credentials): no user, no refresh token, renewed by asking again. */
  readonly machine?: boolean | undefined
  /** Epoch milliseconds at which the pair was stored. */
  readonly since: number
  /** Epoch milliseconds. */
  readonly accessExpiresAt: number
  /** Epoch milliseconds from which a refresh is due, jitter applied. */
  readonly refreshAfter: number
  /** Epoch milliseconds before which nobody posts. */
  readonly cooldownUntil?: number | undefined
  /** Who refreshes now. Without a time: others measure it on their own monotonic clock. */
  readonly lease?: Lease | undefined
  /** Number of the latest attempt, and of the one that gained the stored pair. */
  readonly attempt: number
  readonly pairAttempt: number
  /** How often the vendor may have spent the refresh token without our having the answer, and since when. */
  readonly doubt?: Doubt | undefined
  /** The stored pair may not be the vendor's current one. */
  readonly suspect?: boolean | undefined
  readonly tokens?: TokenSet | undefined
}

export interface Lease {
  readonly id: string
  readonly beat: number
  /** Milliseconds it stands without a beat. */
  readonly ttl?: number | undefined
}

export interface Doubt {
  readonly n: number
  /** Epoch milliseconds of the first. */
  readonly since: number
}

/** When the pair of an answer runs out and falls due. */
export interface Times {
  readonly since: number
  readonly accessExpiresAt: number
  readonly refreshAfter: number
}
