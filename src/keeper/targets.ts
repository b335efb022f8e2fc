import type { Client } from '../oauth/client.ts'
import { ownerText } from '../oauth/request-links.ts'
import type { GrantOwner } from './record.ts'

/** Whose tokens are meant, by code that knows its user. */
export interface OwnerTarget {
  /**
   * The user's key in the application. Left out: the app's own tokens (client credentials). One that is there but
   * `undefined` is refused: code that lost its user must not act as the app.
   */
  readonly owner?: string | number
  /** A vendor's id; or its client, where the keeper knows several of one vendor. */
  readonly vendor: string | Client
  /** Tells several accounts of one owner at one vendor apart. */
  readonly account?: string | undefined
}

/** What a session carries of a grant. */
export interface GrantLink {
  readonly grant: string
  /** Where it is given, the grant must be of this vendor. */
  readonly vendor?: string | undefined
  /** The generation it knows: at or below the record's `floor` it is dead. */
  readonly generation: number
}

/** Whose tokens are meant: an owner, a session's link, or a grant id. */
export type GrantTarget = OwnerTarget | GrantLink | string

/** The application's key of a user. */
export type OwnerOf = (user: never) => string

/** The clients a keeper knows, and the ids of their grants. */
export interface Clients {
  all(): readonly Client[]
  /** Adds a client, or replaces the one of the same vendor, id and region. Whether it was not known yet. */
  add(client: Client, owner?: OwnerOf): boolean
  /** The user as each client of a vendor knows them, see {@link ownerText}. */
  ownersOf(user: unknown, vendor: string): readonly string[]
  /** @throws TypeError when no client, or more than one, answers to it. */
  find(vendor: string | Client): Client
  /** @throws TypeError when no client of the vendor is known. */
  mustKnow(vendor: string): void
  /** The client of a record, or `undefined` when none is configured for it any more. */
  of(record: GrantOwner): Client | undefined
  /**
   * The id of a grant follows from what the caller knows, so that no index is needed and a second sign-in meets the same
   * record. The first is for a new grant; under another it may be kept from before there was an `idSecret`.
   */
  grantIds(owner: GrantOwner): Promise<GrantIds>
}

/** See {@link Clients.grantIds}. */
export type GrantIds = readonly [id: string, former?: string]

export function createClients(idSecret?: string): Clients {
  const clients: Client[] = []
  const ownerOf = new Map<Client, OwnerOf>()
  const ids = new Map<string, GrantIds>()
  const same = (a: Client, b: Client) =>
    a.vendor.id === b.vendor.id && a.clientId === b.clientId && a.region === b.region
  const add = (client: Client, owner?: OwnerOf) => {
    const at = clients.findIndex((known) => same(known, client))
    const former = clients[at]
    const known = owner ?? (former && ownerOf.get(former))
    if (former) ownerOf.delete(former)
    if (known) ownerOf.set(client, known)
    if (former) clients[at] = client
    else clients.push(client)
    return !former
  }
  const known = (vendor: unknown): [Client, ...Client[]] => {
    const [first, ...more] = clients.filter((client) => client.vendor.id === vendor)
    if (first) return [first, ...more]
    throw new TypeError(
      `keeper: no client of ${JSON.stringify(vendor)} is known. Give it as createTokenKeeper({ clients }), or the keeper to the strategy.`,
    )
  }
  return {
    all: () => clients,
    add,
    ownersOf: (user, vendor) =>
      clients
        .filter((client) => client.vendor.id === vendor)
        .flatMap((client) => keyOf(user, ownerOf.get(client)).map((key) => ownerText(client, key))),
    mustKnow: known,
    find(vendor) {
      if (typeof vendor === 'object' && vendor?.vendor) {
        // A caller with an older one means the client, not its secret.
        const registered = clients.find((client) => same(client, vendor))
        if (!registered) add(vendor)
        return registered ?? vendor
      }
      const [only, more] = known(vendor)
      if (more) {
        throw new TypeError(
          `keeper: several clients of ${vendor} are known (regions, perhaps). Name the client itself as \`vendor\`.`,
        )
      }
      return only
    },
    of: ({ vendor, clientId, region }) =>
      clients.find((client) => client.vendor.id === vendor && client.clientId === clientId && client.region === region),
    async grantIds({ vendor, clientId, region, owner, account }) {
      const text = JSON.stringify([vendor, clientId, region, owner, account])
      const known = ids.get(text)
      if (known !== undefined) return known
      const plain = hex(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
      const both: GrantIds = idSecret === undefined ? [plain] : [await hmac(idSecret, text), plain]
      if (ids.size >= 100_000) ids.clear()
      ids.set(text, both)
      return both
    },
  }
}

/** The key of a user, if there is one. */
function keyOf(user: unknown, owner: OwnerOf = (each: { readonly id?: unknown }) => String(each.id ?? '')): string[] {
  if (user === undefined || user === null) return []
  try {
    const key = owner(user as never)
    return typeof key === 'string' && key !== '' ? [key] : []
  } catch {
    // Not a user of this client.
    return []
  }
}

/** The parts of a grant id. The app's own tokens belong to the client itself. */
export function ownerOf(client: Client, target: Pick<OwnerTarget, 'owner' | 'account'>): GrantOwner {
  const { owner, account = '' } = target
  const isKey = typeof owner === 'string' ? owner !== '' : Number.isSafeInteger(owner)
  if ('owner' in target && !isKey) {
    throw new TypeError(
      'keeper: `owner` must be the key of a user, text or a whole number; it is empty or something else.',
    )
  }
  // A user's key is preceded by "user", so that none can be the client.
  const whose = owner === undefined ? 'client' : `user:${owner}`
  return { vendor: client.vendor.id, clientId: client.clientId, region: client.region, owner: whose, account }
}

async function hmac(secret: string, text: string): Promise<string> {
  const bytes = new TextEncoder()
  const hash = { name: 'HMAC', hash: 'SHA-256' }
  const key = await crypto.subtle.importKey('raw', bytes.encode(secret), hash, false, ['sign'])
  return hex(await crypto.subtle.sign('HMAC', key, bytes.encode(text)))
}

function hex(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
