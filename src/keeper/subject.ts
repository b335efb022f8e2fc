import type { GrantRecord } from './record.ts'

/** Which account at the vendor tokens are of, and what may happen to another one's. */
export interface Subject {
  /** The vendor's id of the account, of which the record keeps a salted hash. Default: unknown. */
  readonly subject?: string | undefined
  /**
   * `false`: where another account is kept, or one of which nobody can tell whether it is the same, it stays, and
   * AccountMismatch is thrown. Nobody can tell of a kept one that is unknown; it gives way. Default `true`: it is replaced.
   */
  readonly replace?: boolean | undefined
}

/** What a record keeps of an account: a hash, salted with the sign-in, so that records of one account do not look alike. */
export async function subjectHash(consent: string, subject: string | undefined): Promise<string | undefined> {
  if (subject === undefined) return undefined
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(JSON.stringify([consent, subject])))
  // Half of it: sessions carry it in their cookies.
  return Array.from(new Uint8Array(digest, 0, 16), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Whether a record is of another account than `subject`, as far as it tells. A disconnected one is of none. */
export async function isOfAnother(record: GrantRecord | undefined, subject: string | undefined): Promise<boolean> {
  if (record?.subject === undefined || record.state === 'revoked') return false
  return record.subject !== (await subjectHash(record.consent, subject))
}
