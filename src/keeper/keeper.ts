import type { Client } from '../oauth/client.ts'
import { createKeyRing, type SealingKey } from '../oauth/seal.ts'
import type { TokenSet } from '../oauth/token-set.ts'
import { createAccess } from './access.ts'
import type { AccessOptions, AccessToken } from './access-decision.ts'
import { adoptTokens, checkAccount, revokeGrant } from './adopt.ts'
import { type Clock, systemClock, within } from './clock.ts'
import type { Emit } from './events.ts'
import { createFetch } from './fetch.ts'
import { createResolver } from './find-grant.ts'
import type { KeeperParts } from './keeper-context.ts'
import { openedRecords } from './record-cache.ts'
import { createCodec } from './record-sealing.ts'
import { createRecords } from './records.ts'
import { createClientRecords } from './refresh/client-rests.ts'
import { createClosing } from './refresh/closing.ts'
import { createFlights } from './refresh/flights.ts'
import { type Ahead, defaultAhead } from './refresh/refresh-windows.ts'
import { idSecretOf, keysOf } from './sealing-keys.ts'
import { createLinks, type SessionLink } from './session/session-copies.ts'
import { warnOfLongLease, warnOfShortWait } from './setting-warnings.ts'
import { processStore } from './stores/memory.ts'
import type { VersionedStore } from './stores/versioned-store.ts'
import type { Subject } from './subject.ts'
import { createClients, type GrantLink, type GrantTarget, type OwnerOf, type OwnerTarget } from './targets.ts'

/** Options of {@link createTokenKeeper}. Every one has a default. */
export interface KeeperOptions {
  /** Where tokens live. Default: this process's memory, right for one instance. */
  readonly store?: VersionedStore | undefined
  /** Clients whose tokens are kept. Strategies that are given the keeper add theirs. */
  readonly clients?: readonly Client[] | undefined
  /**
   * What tokens are sealed with: the first key seals, all open. Default: the environment variable `ESIGN_AUTH_KEYS`,
   * `kid:secret,kid:secret`. A store of this process alone needs none. A shared one is refused without, since
   * anybody who reads it would read the tokens; only `'none'` stores them in clear. A new key is listed
   * second everywhere first, and first in a later deploy; in one step, instances of the old deploy meet records that they
   * cannot open. An old one stays for as long as a grant may lie idle.
   */
  readonly keys?: readonly SealingKey[] | 'none' | undefined
  /**
   * Makes the ids of grants, which sessions, events and the store show, unguessable: at least 32 characters, as from
   * `openssl rand -base64 32`. Default: an id is a plain hash of vendor, client id, region and the owner's key, so that
   * anybody who sees one can try owners on it.
   *
   * It must be the same in every instance and is never replaced, unlike `keys`: another one would be another id for each
   * grant. Grants from before it keep theirs, and are found. During a deploy that introduces it one instance after the
   * other, some users may have to sign in twice.
   */
  readonly idSecret?: string | undefined
  /** How long before its end a token is refreshed. */
  readonly ahead?: Partial<Ahead> | undefined
  /** Milliseconds a lease stands without a sign of life, and between two signs. Default 5 000 and 1 500. */
  readonly lease?: { readonly ttl?: number; readonly beat?: number } | undefined
  /** Deadline of one request to the vendor, in milliseconds. Default 8 000. */
  readonly http?: { readonly timeout?: number } | undefined
  /** Milliseconds a record is served without a look at the store. Default 5 000: a revocation elsewhere is seen within it. */
  readonly cache?: number | undefined
  /** Milliseconds a caller waits at most. Default 15 000: lease, deadline and 2 s. */
  readonly wait?: number | undefined
  /** Called for every event. Events carry no tokens. Exceptions it throws are ignored. */
  readonly onEvent?: Emit | undefined
  /** Time and chance, for tests. Default: the machine's. */
  readonly clock?: Clock | undefined
}

/** Keeps tokens fresh: one refresh for everybody who waits, and nobody signed out by accident. */
export interface TokenKeeper {
  /**
   * Takes over the tokens of a sign-in; the link is what a session carries. Tokens of before that no key here opens are
   * replaced as any others.
   *
   * @throws KeyUnavailable when an old refresh token would have to be kept and cannot be opened; AccountMismatch with
   * `replace: false`; StoreUnavailable.
   */
  adopt(tokens: TokenSet, whose: OwnerTarget & Subject): Promise<GrantLink>
  /**
   * Asks whether `adopt` with `replace: false` may go on. For sign-in glue, before it tells the application of the account.
   *
   * @throws AccountMismatch, StoreUnavailable.
   */
  checkAccount(whose: OwnerTarget & Pick<Subject, 'subject'>): Promise<void>
  /**
   * A token that works now.
   *
   * @throws ReauthRequired, the only error that may sign a user out; VendorUnavailable, ClientMisconfigured or
   * StoreUnavailable or KeyUnavailable otherwise.
   */
  access(target: GrantTarget, options?: AccessOptions): Promise<AccessToken>
  /** `fetch` with a fresh bearer token, to the vendor's API hosts only; a path counts from the first of them. */
  fetch(target: GrantTarget, url: string | URL, init?: RequestInit): Promise<Response>
  /**
   * Disconnects: ends the grant for all sessions and jobs, here at once and then at the vendor, where it can be asked. It
   * needs no key: where the tokens cannot be opened they end here only, and the event `revocation.failed` says so. An owner
   * of whom nothing is kept is disconnected too, from what a session may still bring. The memory store forgets all that at
   * a restart.
   *
   * @throws ReauthRequired `unknown` for a link or an id of which nothing is kept; StoreUnavailable.
   */
  revoke(target: GrantTarget): Promise<void>
  /**
   * Lets the tokens of one more client be kept. A client of the same id and region replaces the one before, with its
   * secret. `owner`: how a strategy tells the key of a user.
   */
  addClient(client: Client, options?: { readonly owner?: OwnerOf | undefined }): void
  /** A user of the application as each client of a vendor knows them. For session glue. */
  ownersOf(user: unknown, vendor: string): readonly string[]
  /** The link to what is kept for an owner, also where only a new sign-in helps; `undefined` when nothing is. For session glue. */
  find(target: OwnerTarget): Promise<GrantLink | undefined>
  /** What a session should carry of a grant, no copy if it has `ended`; `undefined` when this process has not seen it. For session glue. */
  link(grantId: string): SessionLink | undefined
  /** Takes back the copy of tokens that a session carries, where it is newer than what is kept. For session glue. */
  restore(link: SessionLink): Promise<void>
  /** Waits for the refreshes under way, at most `deadlineMs` (default 10 000), and stops. */
  close(deadlineMs?: number): Promise<void>
}

/** A keeper. `createTokenKeeper()` is right for one process. */
export function createTokenKeeper(options: KeeperOptions = {}): TokenKeeper {
  const { clock = systemClock, store = processStore(), onEvent } = options
  const keys = keysOf(options.keys, store.reach)
  const emit: Emit = (event) => {
    try {
      onEvent?.(event)
    } catch {}
  }
  const clients = createClients(idSecretOf(options.idSecret))
  const times = {
    ttl: options.lease?.ttl ?? 5_000,
    beat: options.lease?.beat ?? 1_500,
    timeout: options.http?.timeout ?? 8_000,
    wait: options.wait ?? 15_000,
  }
  warnOfShortWait(times)
  const addClient: TokenKeeper['addClient'] = (client, { owner } = {}) => {
    if (clients.add(client, owner)) warnOfLongLease(client.vendor, times)
  }
  for (const client of options.clients ?? []) addClient(client)
  const opened = openedRecords(clock, options.cache ?? 5_000)
  // A lease that cannot be confirmed within half its time is none.
  const storeMs = times.ttl / 2
  const clientRecords = createClientRecords(store, { clock, storeMs, probeMs: times.timeout + 2_000 })
  const records = createRecords(store, opened, {
    clock,
    storeMs,
    codec: createCodec({
      // Records in this process's memory are not sealed.
      keys: store.reach === 'shared' ? keys : undefined,
      nameOf: (id) => clients.all().find(({ vendor }) => vendor.id === id)?.vendor ?? { id, name: id },
      oldKey: (grant, { vendor }) => emit({ name: 'decrypt.old_key', grant, vendor }),
    }),
    vendorOf: (record) => clients.of(record)?.vendor,
    restored: (grant, { vendor }) => emit({ name: 'store.restored', grant, vendor }),
  })
  const closing = createClosing()
  const ahead = { ...defaultAhead, ...options.ahead }
  const parts: KeeperParts = { records, clientRecords, opened, clock, emit, closed: closing, ahead, times }
  const ring = keys && createKeyRing(keys, 'a copy of tokens in a session')
  const links = createLinks(parts, store.reach, clients, ring)
  const flights = createFlights(parts, (grant, { record }) => links.prepare(grant.id, record))
  const resolve = createResolver(clients, parts)
  const access = createAccess(parts, flights, resolve)
  const fetchWithToken = createFetch(clock)

  return {
    addClient,
    ownersOf: clients.ownersOf,
    async adopt(tokens, whose) {
      const { grant, owner } = await resolve(whose)
      const record = await adoptTokens(parts, grant, owner, tokens, whose)
      await links.prepare(grant.id, record)
      return { grant: grant.id, generation: record.generation }
    },
    checkAccount: async (whose) => checkAccount(parts, (await resolve(whose)).grant, whose.subject),
    async find(target) {
      const { grant } = await resolve(target)
      const record = opened.last(grant.id) ?? (await records.peek(grant.id))?.record
      const kept = record && record.state !== 'revoked'
      return kept ? { grant: grant.id, vendor: record.vendor, generation: record.generation } : undefined
    },
    link: links.current,
    restore: links.restore,
    access,
    async fetch(target, url, init) {
      const { client, id } = (await resolve(target)).grant
      const ask = (more: AccessOptions) => access(target, more)
      return fetchWithToken({ grantId: id, client, ask, kept: () => opened.last(id) }, url, init)
    },
    async revoke(target) {
      // After a restart a session's copy may be all there is. If it cannot be restored, what follows says why.
      if (typeof target === 'object' && target && 'grant' in target) await links.restore(target).catch(() => {})
      const { grant, owner, link } = await resolve(target)
      if (!(await revokeGrant(parts, grant, owner, link))) return
      // A deploy that introduced `idSecret` may have left two. Only a session's copy comes back where nothing is kept.
      for (const id of await clients.grantIds(owner)) {
        const brings = store.reach === 'process' ? owner : undefined
        if (id !== undefined && id !== grant.id) await revokeGrant(parts, { ...grant, id }, brings, undefined)
      }
    },
    async close(deadlineMs = 10_000) {
      const landed = (ms: number) => within(clock, ms, flights.landed()).catch(() => {})
      await landed(deadlineMs)
      closing.abort()
      // What is still out is given up, which takes one write each.
      await landed(times.ttl)
    },
  }
}
