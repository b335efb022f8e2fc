import type { TokenSet } from '../../oauth/token-set.ts'
import { pause } from '../clock.ts'
import { StoreUnavailable } from '../errors.ts'
import type { Grant, KeeperParts } from '../keeper-context.ts'
import type { GrantRecord, Times } from '../record.ts'
import { refused, renewed } from '../record-changes.ts'
import type { Current } from '../records.ts'
import { revokeAtVendor } from '../revoke-at-vendor.ts'
import type { Circumstances, Landing } from './landing.ts'
import type { HeldLease } from './lease.ts'
import { timesOf } from './refresh-windows.ts'

/**
 * Stores a new pair. "The same" means the consent and generation that I read when I took the lease.
 *
 * - R1, the same: written, even if the lease is gone, even over `reauth_required`.
 * - R2, another pair of the same consent: that of the later attempt stays; the other is dropped, never revoked, since
 *   both may be of one family. Another consent: dropped. Deleted or revoked: dropped, and revoked at the vendor.
 */
export async function commitPair(
  parts: KeeperParts,
  grant: Grant,
  lease: HeldLease,
  tokens: TokenSet,
  circumstances: PairCircumstances,
): Promise<Landing> {
  const { records, opened, clock, emit, closed } = parts
  await lease.stop()
  const names = { grant: grant.id, vendor: grant.client.vendor.id }
  let current: Current | undefined = lease.current()
  const mine = current.record
  const over = successor(parts, grant, mine, tokens, circumstances)
  if (mine.tokens && tokens.scope !== mine.tokens.scope) emit({ name: 'scope_changed', ...names })
  for (let failed = false; ; ) {
    if (!current || current.record.state === 'revoked') {
      revokeAtVendor(parts, grant, tokens)
      return { record: current?.record }
    }
    const { record }: Current = current
    // Another's tokens may be sealed with a key that is not here: none to hand out, and no reason to sign anybody out.
    const theirs: Landing = { record, failure: current.locked }
    if (record.consent !== mine.consent || isOf(record, mine.attempt, tokens)) return theirs
    if (record.generation !== mine.generation) {
      emit({ name: 'commit.conflict', ...names, rule: 'R2' })
      if (record.pairAttempt > mine.attempt) return theirs
    }
    const committed = over(record)
    const begun = opened.begin()
    try {
      const version = await records.write(grant.id, committed, current.version)
      if (version !== undefined) return { record: committed }
      emit({ name: 'commit.conflict', ...names, rule: 'R1' })
      current = await records.readOver(grant.id)
    } catch {
      // The pair exists nowhere else. This process serves it meanwhile, and writes it until it is written.
      emit({ name: 'persist.failed', ...names })
      if (!failed) {
        opened.wrote(grant.id, committed, begun)
        if (circumstances.restMs === undefined) circumstances.early({ record: committed })
        failed = true
      }
      if (closed.aborted) return { record: committed }
      await pause(clock, Math.min(1_000, parts.times.beat / 2))
    }
  }
}

/** What a pair's writing needs to know. */
export interface PairCircumstances extends Circumstances {
  /** The pair was salvaged from a refused answer: the old access token stays, and the grant rests. */
  readonly restMs: number | undefined
}

/** Makes the record with my pair out of whichever is there now. */
function successor(
  { clock, ahead }: KeeperParts,
  { id, client }: Grant,
  mine: GrantRecord,
  tokens: TokenSet,
  { spends, restMs }: PairCircumstances,
): (record: GrantRecord) => GrantRecord {
  const now = clock.now()
  const { accessLifetime } = client.vendor
  const times: Times =
    restMs === undefined
      ? timesOf(tokens, now, { grantId: id, accessLifetime, ahead })
      : { since: now, accessExpiresAt: mine.accessExpiresAt, refreshAfter: mine.refreshAfter }
  return (record) => {
    // Every take-over is a doubt, mine in my record and that over me in the one that is there: either way the vendor's
    // current pair may be another.
    const pair = { ...times, attempt: mine.attempt, suspect: spends && Boolean(mine.doubt ?? record.doubt) }
    const cooldownUntil = restMs === undefined ? undefined : now + restMs
    return { ...renewed(record, tokens, pair), cooldownUntil }
  }
}

/** Whether the record has this very pair: a write that was applied without our hearing of it. */
function isOf({ pairAttempt, tokens }: GrantRecord, attempt: number, pair: TokenSet): boolean {
  const same = tokens?.access_token === pair.access_token && tokens.refresh_token === pair.refresh_token
  return same && pairAttempt === attempt
}

/** R3: a refusal is a verdict only if the record is the same and the lease is mine. Otherwise it is dropped. */
export async function commitRefusal(parts: KeeperParts, grant: Grant, lease: HeldLease): Promise<Landing | 'lost'> {
  const { clock, emit } = parts
  const { vendor } = grant.client
  const now = clock.now()
  const verdict = await lease.end((record) => refused(record, now, vendor.idleLifetime), 3)
  if (verdict) {
    emit({ name: 'reauth', grant: grant.id, vendor: vendor.id, reason: verdict.reason ?? 'revoked' })
    return { record: verdict }
  }
  if (!lease.lost()) return { record: lease.current().record, failure: new StoreUnavailable(vendor) }
  emit({ name: 'commit.conflict', grant: grant.id, vendor: vendor.id, rule: 'R3' })
  return 'lost'
}

/** Gives the lease back without a new pair. A failed write is no harm: nobody cleans leases up. */
export async function release(
  { clock, emit }: KeeperParts,
  grant: Grant,
  lease: HeldLease,
  change: (record: GrantRecord) => GrantRecord,
  failure: Error,
): Promise<Landing> {
  const record = await lease.end(change, 1)
  const ms = (record?.cooldownUntil ?? 0) - clock.now()
  if (ms > 0) emit({ name: 'cooldown', grant: grant.id, vendor: grant.client.vendor.id, ms })
  return { record: record ?? lease.current().record, failure }
}
