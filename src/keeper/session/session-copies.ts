import type { KeyRing } from '../../oauth/seal.ts'
import type { KeeperParts } from '../keeper-context.ts'
import type { GrantOwner, GrantRecord } from '../record.ts'
import { brought, type Copied, isNewer } from '../record-changes.ts'
import type { Current } from '../records.ts'
import { revokeAtVendor } from '../revoke-at-vendor.ts'
import type { VersionedStore } from '../stores/versioned-store.ts'
import type { Clients, GrantLink } from '../targets.ts'

/** A link as a session carries it: with a sealed copy of the tokens where the store is this process's memory. */
export interface SessionLink extends GrantLink {
  readonly copy?: string | undefined
  /** The grant was disconnected: a session drops its copy, which would bring it back after a restart. */
  readonly ended?: true | undefined
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

/** Larger copies are left out: a browser and the proxies on its way refuse large cookies. */
const largestCopy = 2_500
const most = 10_000

/** A shared store needs pointers only: small, written once, nothing to overwrite and nothing to revive. */
export function createLinks(
  parts: KeeperParts,
  reach: VersionedStore['reach'],
  clients: Clients,
  ring: KeyRing | undefined,
): Links {
  const { records, opened, emit } = parts
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
    current(grant) {
      const known = opened.last(grant)
      return known?.state === 'revoked' ? { grant, generation: known.floor, ended: true } : links.get(grant)
    },
    async prepare(grant, record) {
      if (!record) return
      const { generation } = record
      if (record.state !== 'ok' || record.machine) return void links.delete(grant)
      if (reach === 'shared') return remember({ grant, generation })
      if (links.get(grant)?.generation === generation) return
      const { vendor, clientId, region, owner, account, consent, consentAt, subject, floor, since } = record
      const { accessExpiresAt, refreshAfter, tokens } = record
      const kept: Copied = {
        ...{ vendor, clientId, region, owner, account, consent, consentAt, subject, generation, floor },
        ...{ since, accessExpiresAt, refreshAfter, tokens },
      }
      const copy = await sealerOf(record)?.seal(kept, grant)
      remember({ grant, generation, copy: copy && copy.length <= largestCopy ? copy : undefined })
    },
    async restore({ grant, copy }) {
      const known = opened.last(grant)
      if (!copy || reach === 'shared' || (known && links.get(grant)?.copy === copy)) return
      const copied = await openCopy(grant, copy)
      if (!copied || (known?.consent === copied.consent && known.generation >= copied.generation)) return
      while (!(await bring(grant, copied))) {}
      await self.prepare(grant, opened.last(grant))
    },
  }
  return self

  /** Stores what a copy has that is newer: the record holds the truth. Whether that is done; else somebody else wrote. */
  async function bring(grant: string, copied: Copied): Promise<boolean> {
    const current = await records.readBack(grant)
    if (current?.record.state === 'revoked') return askAfterAll(grant, copied, current)
    if (current && !isNewer(copied, current.record)) return true
    const isSplit = current?.record.consent === copied.consent
    if (isSplit) emit({ name: 'store.split', grant, vendor: copied.vendor })
    return (await records.write(grant, brought(current?.record, copied), current?.version)) !== undefined
  }

  /** Nothing comes back over a tombstone. If the tokens were missing when it was written, the vendor is asked now, once. */
  async function askAfterAll(grant: string, copied: Copied, { record, version }: Current): Promise<boolean> {
    const client = clients.of(copied)
    if (!record.unasked || !client || !copied.tokens || (copied.consentAt ?? 0) > record.since) return true
    if ((await records.write(grant, { ...record, unasked: undefined }, version)) === undefined) return false
    revokeAtVendor(parts, { id: grant, client }, copied.tokens)
    return true
  }

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
