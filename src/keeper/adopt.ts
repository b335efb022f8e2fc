import type { TokenSet } from '../oauth/token-set.ts'
import { isAlive } from './access-decision.ts'
import { pause } from './clock.ts'
import { AccountMismatch, KeyUnavailable, StoreUnavailable, storeTrouble } from './errors.ts'
import type { Grant, KeeperParts } from './keeper-context.ts'
import type { GrantOwner, GrantRecord } from './record.ts'
import { adopted, revoked, tombstone } from './record-changes.ts'
import type { Current } from './records.ts'
import { timesOf } from './refresh/refresh-windows.ts'
import { revokeAtVendor } from './revoke-at-vendor.ts'
import { isOfAnother, type Subject, subjectHash } from './subject.ts'
import type { GrantLink } from './targets.ts'

const tries = 5
/** A store that always meets a conflict does not work. */
const rounds = 100

/**
 * Takes the tokens of a sign-in over (or, without tokens, begins the record of an app's own). Conflicts and store
 * failures are retried; the consent is made once, so a record that carries it means that it is done.
 *
 * Tokens that cannot be opened here are replaced too, as any sign-in replaces those before it. They are left alone only if
 * the new ones lack a refresh token, so that the old one would have to be kept.
 *
 * @throws AccountMismatch without `replace`, where another account is kept.
 */
export async function adoptTokens(
  parts: KeeperParts,
  grant: Grant,
  owner: GrantOwner,
  tokens: TokenSet | undefined,
  { subject, replace = true }: Subject = {},
): Promise<GrantRecord> {
  const { records, clock, ahead } = parts
  const { vendor } = grant.client
  const consent = crypto.randomUUID()
  const hash = await subjectHash(consent, subject)
  return persistently(parts, grant, async () => {
    const current = await records.readOver(grant.id)
    if (current?.record.consent === consent) return current.record
    const isOther = await isOfAnother(current?.record, subject)
    if (isOther && !replace) throw new AccountMismatch(vendor)
    if (current?.locked && current.record.state === 'ok' && !isOther && !tokens?.refresh_token) throw current.locked
    // Somebody else began the app's own record meanwhile.
    if (!tokens && current?.record.state === 'ok') return current.record
    const { accessLifetime } = vendor
    const times = timesOf(tokens, clock.now(), { grantId: grant.id, accessLifetime, ahead })
    const record = adopted(current?.record, owner, tokens, { ...times, consent, subject: hash, isOther })
    const version = await records.write(grant.id, record, current?.version)
    return version === undefined ? undefined : record
  })
}

/** @throws AccountMismatch where another account than `subject` is kept. */
export async function checkAccount(parts: KeeperParts, grant: Grant, subject: string | undefined): Promise<void> {
  await persistently(parts, grant, async () => {
    const current = await parts.records.readOver(grant.id)
    if (await isOfAnother(current?.record, subject)) throw new AccountMismatch(grant.client.vendor)
    return true
  })
}

/**
 * Writes the tombstone, which needs no key, then revokes at the vendor. A tombstone, or another consent than the first one
 * read, means done; so does a link that is dead already: it ends no later sign-in, and this resolves to `false`. Where no
 * record is, the tombstone is for what a session may still bring; without `owner` there is none.
 */
export async function revokeGrant(
  parts: KeeperParts,
  grant: Grant,
  owner: GrantOwner | undefined,
  link: GrantLink | undefined,
): Promise<boolean> {
  const { records, clock, emit } = parts
  let meant: string | undefined
  let ended: Current | undefined
  let isDead: boolean | undefined
  await persistently(parts, grant, async () => {
    const current = await records.readOver(grant.id)
    // Of what was first read: the tombstone, which may be applied without our hearing of it, makes every link a dead one.
    isDead ??= link !== undefined && current !== undefined && !isAlive(link, current.record)
    const now = clock.now()
    const dead = current ? revoked(current.record, now) : owner && tombstone(owner, now)
    if (!dead || current?.record.state === 'revoked') return 'done'
    const consent = current?.record.consent ?? 'none'
    meant ??= consent
    const other = consent !== meant || isDead
    // Kept before the write, which may be applied without our hearing of it.
    ended = other ? undefined : current
    if (other) return 'done'
    const version = await records.write(grant.id, dead, current?.version)
    return version === undefined ? undefined : 'done'
  })
  const { code } = ended?.locked ?? {}
  if (code) emit({ name: 'revocation.failed', grant: grant.id, vendor: grant.client.vendor.id, code })
  else if (ended?.record.tokens) revokeAtVendor(parts, grant, ended.record.tokens)
  return !isDead
}

/** Tries until `work` has a result; conflicts at once, store failures after growing pauses. */
async function persistently<T>({ clock }: KeeperParts, grant: Grant, work: () => Promise<T | undefined>): Promise<T> {
  const { vendor } = grant.client
  let failed = 0
  for (let round = 0; round < rounds; round++) {
    try {
      const done = await work()
      if (done !== undefined) return done
    } catch (error) {
      if (error instanceof KeyUnavailable || error instanceof AccountMismatch) throw error
      if (++failed >= tries) throw storeTrouble(vendor, error)
      await pause(clock, 50 * 2 ** failed * (0.75 + clock.random() / 2))
    }
  }
  throw new StoreUnavailable(vendor)
}
