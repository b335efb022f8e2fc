import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, KeyObject } from 'node:crypto'
import { type Client, createClient, type TokenSet, type Vendor } from 'esign-auth'
import {
  type AccessToken,
  createTokenKeeper,
  type KeeperEvent,
  type KeeperOptions,
  type TokenKeeper,
} from 'esign-auth/keeper'
import { onTestFinished, vi } from 'vitest'
// Loaded here, since nothing but time passes in a test: at first use it would come from the disk.
import 'jose/jwe/compact/decrypt'
import 'jose/jwe/compact/encrypt'
import type { GrantRecord } from '../../src/keeper/record.ts'
import { type FaultyStore, faultyStore, type RewindableStore, rewindableStore } from './faulty-store.ts'
import { createScriptedVendor, type Policy, type ScriptedVendor } from './scripted-vendor.ts'
import { createVirtualClock, type Machine, type VirtualClock } from './virtual-clock.ts'

/** A vendor, a store, and as many processes as one likes, in virtual time. */
export interface World {
  readonly clock: VirtualClock
  readonly vendor: ScriptedVendor
  /** What all processes share. */
  readonly store: RewindableStore
  readonly events: KeeperEvent[]
  /** One more process: a keeper with a client, a clock and a way to the store of its own. */
  process(options?: ProcessOptions): Process
  /** Somebody signs in, and `keeper` takes the tokens over. */
  adopt(keeper: TokenKeeper): Promise<TokenSet>
  /** Names of the events so far. */
  told(): string[]
  /** The only record, as it is in the store. */
  record(): GrantRecord
  /** Changes the only record in the store, as another process might. */
  rewrite(change: (record: GrantRecord) => unknown): Promise<void>
}

export interface ProcessOptions extends KeeperOptions {
  readonly clientId?: string
  readonly api?: readonly string[]
}

export interface Process {
  /** As the vendor's posts name it. */
  readonly name: string
  readonly keeper: TokenKeeper
  readonly machine: Machine
  readonly store: FaultyStore
  readonly client: Client
}

export type MakeKeeper = typeof createTokenKeeper

export interface WorldOptions extends Policy {
  /** In place of the product's. */
  readonly createTokenKeeper?: MakeKeeper | undefined
  /** Whether a deadline that fires late is armed once more, as in `core/transport.ts`. Default: yes. */
  readonly lateTimers?: boolean | undefined
  readonly vendor?: Partial<Vendor>
  readonly seed?: number
}

export const hour = 3_600_000
/** Whose tokens the tests keep, unless they say otherwise. */
export const ada = { vendor: 'acme', owner: 'ada' }

/** A sign-in at the first of two processes. Its token has run out. */
export async function expired(options?: WorldOptions): Promise<World & { a: Process; b: Process }> {
  const { a, b, ...world } = await signedIn(options)
  await world.clock.advance(hour + 1)
  return { ...world, a, b }
}

/** As `expired`, but the token is only due: it still works for some minutes. */
export async function due(options?: WorldOptions): Promise<World & { a: Process; b: Process }> {
  const { a, b, ...world } = await signedIn(options)
  await world.clock.advance(world.record().refreshAfter - world.clock.now())
  return { ...world, a, b }
}

export async function signedIn(options?: WorldOptions): Promise<World & { a: Process; b: Process }> {
  const world = createWorld(options)
  const [a, b] = [world.process(), world.process()]
  await world.adopt(a.keeper)
  return { ...world, a, b }
}

export function createWorld({
  seed = 1,
  createTokenKeeper: make = createTokenKeeper,
  lateTimers = true,
  ...policy
}: WorldOptions = {}): World {
  const clock = createVirtualClock(seed)
  inVirtualTime(clock)
  const vendor = createScriptedVendor(clock, policy)
  const store = rewindableStore(clock.now)
  const events: KeeperEvent[] = []
  let processes = 0
  const world: World = {
    clock,
    vendor,
    store,
    events,
    process({ clientId = 'a-client', api, ...options } = {}) {
      const machine = clock.machine()
      const name = `process ${++processes}`
      const timeout = options.http?.timeout ?? 8_000
      const client = inItsOwnTime(
        createClient(vendor.definition, {
          clientId,
          clientSecret: 'a-client-secret',
          ...(api ? { api } : {}),
          fetch: (url, init) => {
            const answer = machine.io(() => vendor.fetch(name, String(url), init))
            return withDeadline(machine, timeout, answer, lateTimers)
          },
        }),
        machine,
      )
      const ownStore = faultyStore(store, machine)
      const keeper = make({
        store: ownStore,
        keys: 'none',
        clients: [client],
        clock: machine,
        onEvent: (event) => void events.push(event),
        ...options,
      })
      return { name, keeper, machine, store: ownStore, client }
    },
    async adopt(keeper) {
      const tokens = vendor.signIn()
      await clock.until(keeper.adopt(tokens, ada))
      return tokens
    },
    told: () => events.map(({ name }) => name),
    record() {
      const key = store.keys.find((each) => !each.startsWith('client:')) ?? ''
      return JSON.parse(new TextDecoder().decode(store.peek(key)))
    },
    async rewrite(change) {
      const [key = ''] = store.keys
      const found = await store.get(key)
      const bytes = new TextEncoder().encode(JSON.stringify(change(world.record())))
      await store.compareAndSwap(key, bytes, found?.version)
    },
  }
  return world
}

/** A client whose clock is as wrong as its machine's. */
function inItsOwnTime(client: Client, machine: Machine): Client {
  const shifted = (tokens: TokenSet): TokenSet =>
    machine.skewMs && tokens.expires_at ? { ...tokens, expires_at: tokens.expires_at + machine.skewMs / 1000 } : tokens
  return {
    ...client,
    refresh: async (...given) => shifted(await client.refresh(...given)),
    clientCredentials: async (...given) => shifted(await client.clientCredentials(...given)),
  }
}

/** The tokens of many answers; each must be one. */
export function tokensOf(answers: readonly AccessToken[]): string[] {
  return [...new Set(answers.map(({ token }) => token))]
}

/** Until the test ends: `Date.now` is the clock's, and cryptography needs no thread (which no virtual clock could wait for). */
function inVirtualTime(clock: VirtualClock): void {
  const now = vi.spyOn(Date, 'now').mockImplementation(clock.now)
  const digest = vi.spyOn(crypto.subtle, 'digest').mockImplementation(
    async (_, data) =>
      new Uint8Array(
        createHash('sha256')
          .update(data as Uint8Array)
          .digest(),
      ).buffer,
  )
  const keyOf = (key: unknown) => KeyObject.from(key as never)
  const encrypt = vi.spyOn(crypto.subtle, 'encrypt').mockImplementation(async (algorithm, key, data) => {
    const { iv, additionalData } = algorithm as unknown as { iv: Uint8Array; additionalData: Uint8Array }
    const cipher = createCipheriv('aes-256-gcm', keyOf(key), iv).setAAD(additionalData)
    const text = Buffer.concat([cipher.update(data as Uint8Array), cipher.final(), cipher.getAuthTag()])
    return Uint8Array.from(text).buffer
  })
  const decrypt = vi.spyOn(crypto.subtle, 'decrypt').mockImplementation(async (algorithm, key, data) => {
    const { iv, additionalData } = algorithm as unknown as { iv: Uint8Array; additionalData: Uint8Array }
    const bytes = data as Uint8Array
    const decipher = createDecipheriv('aes-256-gcm', keyOf(key), iv).setAAD(additionalData)
    decipher.setAuthTag(bytes.subarray(-16))
    return Uint8Array.from(Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()])).buffer
  })
  const derive = vi.spyOn(crypto.subtle, 'deriveKey').mockImplementation(async (algorithm, key) => {
    const { salt, info } = algorithm as unknown as { salt: Uint8Array; info: Uint8Array }
    const bytes = hkdfSync('sha256', keyOf(key), salt, info, 32)
    return crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt'])
  })
  const sign = vi.spyOn(crypto.subtle, 'sign').mockImplementation(async (_, key, data) => {
    const hmac = createHmac('sha256', keyOf(key)).update(data as Uint8Array)
    return Uint8Array.from(hmac.digest()).buffer
  })
  onTestFinished(() => {
    for (const mocked of [now, digest, encrypt, decrypt, derive, sign]) mocked.mockRestore()
  })
}

/**
 * The client's deadline in the machine's time, since its own is in real time: as in `core/transport.ts`, one that fires
 * late is armed once more, so that an answer already there is read.
 */
function withDeadline<T>(machine: Machine, ms: number, answer: Promise<T>, lateTimers: boolean): Promise<T> {
  const due = machine.monotonic() + ms
  return new Promise((resolve, reject) => {
    const expire = () => reject(new TypeError('fetch failed', { cause: new Error('the deadline') }))
    let stop = machine.after(ms, () => {
      if (lateTimers && machine.monotonic() - due > 100) stop = machine.after(100, expire)
      else expire()
    })
    answer.then(resolve, reject).finally(() => stop())
  })
}
