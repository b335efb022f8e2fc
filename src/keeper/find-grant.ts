import type { Client } from '../oauth/client.ts'
import { ReauthRequired, storeTrouble } from './errors.ts'
import type { Grant, KeeperParts } from './keeper-context.ts'
import type { GrantOwner, GrantRecord } from './record.ts'
import { type Clients, type GrantIds, type GrantLink, type GrantTarget, ownerOf } from './targets.ts'

/** A target, found. */
export interface Resolved {
  readonly grant: Grant
  readonly owner: GrantOwner
  /** The session's link, where that was the target. */
  readonly link?: GrantLink
}

/**
 * Finds the grant a target means: by what the caller knows, or by the record its id names.
 *
 * @throws ReauthRequired `unknown` without a record, `client_changed` when the record is of another client of its vendor;
 * StoreUnavailable; TypeError when no client of the vendor is known, or the link is another vendor's.
 */
export function createResolver(
  clients: Clients,
  { opened, records }: KeeperParts,
): (target: GrantTarget) => Promise<Resolved> {
  return async (target) => {
    if (typeof target === 'object' && target !== null && !('grant' in target)) {
      const client = clients.find(target.vendor)
      const owner = ownerOf(client, target)
      return { grant: { id: await whereKept(await clients.grantIds(owner), client), client }, owner }
    }
    const link = typeof target === 'object' && target !== null ? target : undefined
    const id = link ? link.grant : target
    if (typeof id !== 'string')
      throw new TypeError('keeper: the target is neither an owner, nor a link, nor a grant id.')
    const record = opened.last(id) ?? (await read(id))
    if (!record) throw new ReauthRequired({ id: 'unknown', name: 'keeper' }, 'unknown')
    if (link?.vendor !== undefined && link.vendor !== record.vendor) {
      throw new TypeError(
        `keeper: the link names ${JSON.stringify(link.vendor)}, but its grant is of ${record.vendor}.`,
      )
    }
    const client = clients.of(record)
    if (client) return { grant: { id, client }, owner: record, ...(link ? { link } : {}) }
    clients.mustKnow(record.vendor)
    // Thrown, not written: in a rolling deploy the other half still works.
    throw new ReauthRequired({ id: record.vendor, name: record.vendor }, 'client_changed')
  }

  /** A grant stays under the id that it was first kept under: a record that moved would be two for a while. */
  async function whereKept([id, former]: GrantIds, { vendor }: Client): Promise<string> {
    if (former === undefined || opened.last(id)) return id
    if (opened.look(former)) return former
    try {
      return !(await records.peek(id)) && (await records.peek(former)) ? former : id
    } catch (error) {
      // What this process has open is served while the store is away.
      if (opened.last(former)) return former
      throw storeTrouble(vendor, error)
    }
  }

  async function read(id: string): Promise<GrantRecord | undefined> {
    try {
      return (await records.peek(id))?.record
    } catch (error) {
      throw storeTrouble({ id: 'unknown', name: 'keeper' }, error)
    }
  }
}
