import type { TokenSet } from '../oauth/token-set.ts'
import type { GrantOwner, GrantRecord, Lease, Times } from './record.ts'

// The state machine: every change of a record, each one compare-and-swap.

/**
 * A sign-in: new consent, next generation; floor kept. Tokens without a refresh token keep the one of a good record, unless
 * that is of another account: it would bring that one back.
 */
export function adopted(
  before: GrantRecord | undefined,
  owner: GrantOwner,
  tokens: TokenSet | undefined,
  { consent, subject, isOther, ...times }: Times & Consent,
): GrantRecord {
  const kept = before?.state === 'ok' && !isOther ? before.tokens?.refresh_token : undefined
  const attempt = before?.attempt ?? 0
  return {
    ...before,
    ...owner,
    ...times,
    schema: 1,
    consent,
    consentAt: times.since,
    subject,
    generation: (before?.generation ?? 0) + 1,
    floor: before?.floor ?? 0,
    state: 'ok',
    reason: undefined,
    unasked: undefined,
    machine: owner.owner === 'client' || undefined,
    cooldownUntil: undefined,
    lease: undefined,
    attempt,
    pairAttempt: attempt,
    doubt: undefined,
    suspect: undefined,
    tokens: tokens && { ...tokens, refresh_token: tokens.refresh_token ?? kept },
  }
}

/** What a sign-in brings besides tokens. */
interface Consent {
  readonly consent: string
  readonly subject?: string | undefined
  /** The record before it is of another account. */
  readonly isOther?: boolean | undefined
}

/** The lease taken: a free one, or (`from`) that of a holder that gave no sign of life. */
export function taken(
  record: GrantRecord,
  lease: Lease,
  from: Lease | undefined,
  now: number,
  spends: boolean,
): GrantRecord {
  const next = { ...record, lease, attempt: record.attempt + 1 }
  return from && spends ? doubted(next, now) : next
}

/** A sign of life of the lease `id`. */
export function beaten(record: GrantRecord, id: string): GrantRecord {
  return { ...record, lease: { ...record.lease, id, beat: (record.lease?.beat ?? 0) + 1 } }
}

/** One more attempt of which nobody knows the outcome. */
export function doubted(record: GrantRecord, now: number): GrantRecord {
  return { ...record, doubt: { n: (record.doubt?.n ?? 0) + 1, since: record.doubt?.since ?? now } }
}

/** A new pair stored: next generation; lease, doubt and cool-down end. */
export function renewed(
  record: GrantRecord,
  tokens: TokenSet,
  { attempt, suspect, ...times }: Times & { readonly attempt: number; readonly suspect: boolean },
): GrantRecord {
  return {
    ...record,
    ...times,
    generation: record.generation + 1,
    state: 'ok',
    reason: undefined,
    tokens,
    pairAttempt: attempt,
    attempt: Math.max(record.attempt, attempt),
    suspect: suspect || undefined,
    lease: undefined,
    doubt: undefined,
    cooldownUntil: undefined,
  }
}

/**
 * What this process remembers of a sign-in, over an older record of it: the store went back, or never had it.
 * An instance that took the lease or fell in doubt meanwhile may have spent a token of ours.
 */
export function remembered(known: GrantRecord, older: GrantRecord, spends: boolean): GrantRecord {
  const unsure = spends && (older.lease !== undefined || older.attempt > known.attempt || older.doubt !== undefined)
  return { ...known, attempt: Math.max(known.attempt, older.attempt), suspect: known.suspect || unsure || undefined }
}

/** The vendor refused the refresh token. */
export function refused(record: GrantRecord, now: number, idleLifetime: number | undefined): GrantRecord {
  const idle = idleLifetime !== undefined && now > record.since + idleLifetime * 1000
  const reason = record.doubt || record.suspect ? 'lost_response' : idle ? 'expired' : 'revoked'
  return { ...record, state: 'reauth_required', reason, lease: undefined, cooldownUntil: undefined }
}

/** The lease given back without a new pair. */
export function released(record: GrantRecord, cooldownUntil: number | undefined): GrantRecord {
  return { ...record, lease: undefined, cooldownUntil }
}

/** A tombstone: no tokens, and every link handed out so far is dead. */
export function revoked(record: GrantRecord, now: number): GrantRecord {
  return {
    ...record,
    state: 'revoked',
    reason: undefined,
    floor: record.generation,
    since: now,
    tokens: undefined,
    lease: undefined,
    doubt: undefined,
    suspect: undefined,
    cooldownUntil: undefined,
  }
}

/**
 * A tombstone where nothing is kept, or no more. Which generations there were nobody knows: the floor is taken from the
 * clock, which no count of refreshes comes near, so that every link from before is dead.
 */
export function tombstone({ vendor, clientId, region, owner, account }: GrantOwner, now: number): GrantRecord {
  return {
    ...{ vendor, clientId, region, owner, account },
    ...{ schema: 1, consent: crypto.randomUUID(), generation: now, floor: now, state: 'revoked', unasked: true },
    ...{ since: now, accessExpiresAt: now, refreshAfter: now, attempt: 0, pairAttempt: 0 },
  }
}

/** What a session's copy says of its grant. */
export type Copied = Pick<
  GrantRecord,
  'consent' | 'consentAt' | 'subject' | 'generation' | 'floor' | 'since' | 'accessExpiresAt' | 'refreshAfter' | 'tokens'
> &
  GrantOwner

/** Whether a copy says something newer than the record: a later pair of the same sign-in, or a later sign-in. */
export function isNewer(copied: Copied, record: GrantRecord): boolean {
  if (copied.consent === record.consent) return copied.generation > record.generation
  return (copied.consentAt ?? 0) > (record.consentAt ?? 0)
}

/**
 * The pair of a newer copy stored, which ends doubt and cool-down. A refresh that is under way here, or whose answer was lost, may
 * have spent it, though. Generations never count back, and links that are dead stay so.
 */
export function brought(record: GrantRecord | undefined, copied: Copied): GrantRecord {
  const attempt = record?.attempt ?? 0
  const isOther = record !== undefined && record.consent !== copied.consent
  const unsure = !isOther && (record?.suspect || record?.doubt !== undefined || record?.lease !== undefined)
  return {
    ...record,
    ...copied,
    subject: copied.subject,
    schema: 1,
    generation: isOther ? Math.max(copied.generation, record.generation + 1) : copied.generation,
    floor: Math.max(record?.floor ?? 0, copied.floor ?? 0),
    state: 'ok',
    reason: undefined,
    attempt,
    pairAttempt: attempt,
    lease: undefined,
    doubt: undefined,
    suspect: unsure || undefined,
    cooldownUntil: undefined,
  }
}
