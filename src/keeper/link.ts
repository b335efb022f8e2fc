import type { KeyRing } from '../oauth/seal.ts'
import type { KeeperParts } from './parts.ts'
import type { GrantOwner, GrantRecord } from './record.ts'
import type { VersionedStore } from './store.ts'
import type { Clients, GrantLink } from './targets.ts'

/** A link as a session carries it: with a sealed copy of the tokens where the store is this process's memory. */
export interface SessionLink extends GrantLink {
  readonly copy?: string | undefined
}

/** Links for sessions. */
export interface Links {
  /** What a session should carry of a grant now; ready without waiting. */
  current(grantId: string): SessionLink | undefined
  /** Makes the link of a record that was just written. */
  prepare(grantId: string, record: GrantRecord | undefined): Promise<void>
  /** Hands a session's copy to the keeper, which is the referee between it and the store. */
  restore(link: SessionLink): Promise<void>
}

/** Larger copies are left out: a browser and the proxies on its way refuse large cookies (60). */
const largestCopy = 2_500
const most = 10_000

type Copied = Pick<GrantRecord, 'consent' | 'generation' | 'since' | 'accessExpiresAt' | 'refreshAfter' | 'tokens'> &
  GrantOwner

/** A shared store needs pointers only: small, written once, nothing to overwrite and nothing to revive. */
export function createLinks(
  { records, opened, emit }: KeeperParts,
  reach: VersionedStore['reach'],
  clients: Clients,
  ring: KeyRing | undefined,
): Links {
  const links = new Map<string, SessionLink>()
  const remember = (link: SessionLink) => {
    links.delete(link.grant)
    links.set(link.grant, link)
    for (const oldest of links.keys()) {
      if (links.size <= most) break
      links.delete(oldest)
    }
  }
  const sealerOf = (owner: GrantOwner) => ring ?? clients.of(owner)?.sealer('a copy of tokens in a session')
  const self: Links = {
    current: (grantId) => links.get(grantId),
    async prepare(grant, record) {
      if (!record) return
      const { generation } = record
      if (record.state !== 'ok' || record.machine) return void links.delete(grant)
      if (reach === 'shared') return remember({ grant, generation })
      if (links.get(grant)?.generation === generation) return
      const { vendor, clientId, region, owner, account, consent, since, accessExpiresAt, refreshAfter, tokens } = record
      const kept: Copied = {
        vendor,
        clientId,
        region,
        owner,
        account,
        consent,
        generation,
        since,
        accessExpiresAt,
        refreshAfter,
        tokens,
      }
      const copy = await sealerOf(record)?.seal(kept, grant)
      remember({ grant, generation, copy: copy && copy.length <= largestCopy ? copy : undefined })
    },
    async restore({ grant, generation, copy }) {
      const known = opened.last(grant)
      if (!copy || reach === 'shared' || (known && known.generation >= generation)) return
      const copied = await openCopy(grant, copy)
      if (!copied) return
      for (;;) {
        const current = await records.readBack(grant)
        const record = current?.record
        // 52: the record holds the truth; only a later pair of the same consent wins. A tombstone is a record too.
        const older = record && (record.consent !== copied.consent || record.generation >= copied.generation)
        if (older || record?.state === 'revoked') break
        if (record) emit({ name: 'store.split', grant, vendor: copied.vendor })
        const attempt = record?.attempt ?? 0
        // A stored pair ends doubt and cool-down. Whoever refreshes here, or did so unheard, may have spent it, though.
        const unsure = record?.suspect || record?.doubt !== undefined || record?.lease !== undefined
        const next: GrantRecord = {
          floor: 0,
          ...record,
          ...copied,
          schema: 1,
          state: 'ok',
          reason: undefined,
          attempt,
          pairAttempt: attempt,
          lease: undefined,
          doubt: undefined,
          suspect: unsure || undefined,
          cooldownUntil: undefined,
        }
        if ((await records.write(grant, next, current?.version)) !== undefined) break
      }
      await self.prepare(grant, opened.last(grant))
    },
  }
  return self

  /** The copy, if one of our keys or clients sealed it for this very grant. One that does not open counts as none. */
  async function openCopy(grant: string, copy: string): Promise<Copied | undefined> {
    const opened = await ring?.open(copy, grant)
    if (opened && 'value' in opened) {
      const copied = opened.value as Copied
      return clients.of(copied) && copied
    }
    for (const client of clients.all()) {
      const copied = (await client.sealer('a copy of tokens in a session').open(copy, grant)) as Copied | undefined
      // Clients of several regions may have one secret.
      if (copied && clients.of(copied) === client) return copied
    }
    return undefined
  }
}
