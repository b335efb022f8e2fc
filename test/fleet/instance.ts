import { createClient as createVendorClient } from 'esign-auth'
import {
  createTokenKeeper,
  type KeeperOptions,
  postgresStore,
  redisStore,
  sqliteStore,
  type TokenKeeper,
  type VersionedStore,
} from 'esign-auth/keeper'
import Database from 'libsql'
import pg from 'pg'
import { createClient } from 'redis'
import { systemClock } from '../../src/keeper/clock.ts'
import { createScriptedVendor } from '../keeper/scripted-vendor.ts'
import type { Ask, Message, Outcome, Reply, Settings, Usage } from './protocol.ts'
import { type Counts, counted, type Trap, trapped } from './watched-store.ts'

// One instance of an application: a keeper in a process of its own, told over the channel to its parent what to do.

interface Open {
  readonly keeper: TokenKeeper
  readonly counts: Counts
  readonly trap: Trap
  readonly events: Map<string, number>
  query(): Promise<unknown>
  close(): Promise<void>
}

let open: Open | undefined
const realNow = Date.now
const now = () => performance.now()
const spent = (begun: number) => ({ ms: now() - begun, at: performance.timeOrigin + now() })

process.on('message', async (message) => {
  const { id, ask } = message as Message
  const reply: Reply = await answer(ask).then(
    (value) => ({ id, value }),
    (error) => ({ id, error: String(error instanceof Error ? error.stack : error) }),
  )
  process.send?.(reply)
})
// Whoever started it has gone.
process.on('disconnect', () => process.exit())

async function answer(ask: Ask): Promise<unknown> {
  if (ask.do === 'open') {
    await open?.close()
    open = await begin(ask.settings)
    return undefined
  }
  if (!open && ask.do === 'close') return undefined
  if (!open) throw new Error('not open')
  const { keeper, counts, trap, events } = open
  switch (ask.do) {
    case 'adopt':
      for (const [owner, tokens] of ask.tokens) await keeper.adopt(tokens, { vendor: 'acme', owner })
      return undefined
    case 'access':
      if (ask.at) await new Promise((resolve) => setTimeout(resolve, ask.at ? ask.at - realNow() : 0))
      return Promise.all(
        ask.owners.flatMap((owner) =>
          Array.from({ length: ask.times }, () => access(keeper, owner, ask.notGeneration)),
        ),
      )
    case 'revoke':
      return keeper.revoke({ vendor: 'acme', owner: ask.owner })
    case 'trap':
      return trap.set(ask.step, ask.count, ask.signal)
    case 'query':
      return open.query()
    case 'usage': {
      const { user, system } = process.cpuUsage()
      const usage: Usage = { ...counts, cpuMs: (user + system) / 1000, events: Object.fromEntries(events) }
      return usage
    }
    case 'close':
      await open.close()
      open = undefined
      return undefined
  }
}

async function access(keeper: TokenKeeper, owner: string, notGeneration: number | undefined): Promise<Outcome> {
  const begun = now()
  const whose = { vendor: 'acme', owner }
  try {
    const { token, generation } = await keeper.access(whose, notGeneration === undefined ? {} : { notGeneration })
    return { owner, ...spent(begun), token, generation }
  } catch (error) {
    const { code, reason } = error as { code?: string; reason?: string }
    return { owner, ...spent(begun), error: [code ?? String(error), reason].filter(Boolean).join(' ') }
  }
}

async function begin(settings: Settings): Promise<Open> {
  // A machine whose clock is wrong: whatever asks for the time here gets this one.
  Date.now = () => realNow() + (settings.skewMs ?? 0)
  const { store, query, close } = await connect(settings)
  const { counts, store: counting } = counted(store)
  const trap = trapped(
    counting,
    (step) => new Promise((resolve) => process.send?.({ reached: step }, undefined, {}, () => resolve())),
  )
  const { definition } = createScriptedVendor(systemClock, settings.vendor)
  const client = createVendorClient(definition, {
    clientId: 'a-client',
    clientSecret: 'a-client-secret',
    endpoints: { token: `${settings.vendorUrl}/token`, revocation: `${settings.vendorUrl}/revoke` },
    allowLoopbackHttp: true,
  })
  const events = new Map<string, number>()
  const options: KeeperOptions = {
    store: trap.store,
    keys: settings.keys,
    clients: [client],
    onEvent: ({ name }) => void events.set(name, (events.get(name) ?? 0) + 1),
    ...settings.keeper,
  }
  const keeper = createTokenKeeper(options)
  return {
    keeper,
    counts,
    trap,
    events,
    query,
    async close() {
      await keeper.close()
      await close()
    },
  }
}

interface Connected {
  readonly store: VersionedStore
  /** Something else that an application asks of the same connections. */
  query(): Promise<unknown>
  close(): Promise<unknown>
}

async function connect({ place: { kind, url, name }, pool: max = 4 }: Settings): Promise<Connected> {
  if (kind === 'redis') {
    const client = createClient({ url, socket: { reconnectStrategy: () => 50 } }).on('error', () => {})
    await client.connect()
    const store = redisStore(client, { prefix: `${name}:` })
    return { store, query: () => client.ping(), close: async () => client.destroy() }
  }
  if (kind === 'postgres') {
    const pool = new pg.Pool({ connectionString: url, max }).on('error', () => {})
    const store = postgresStore(pool, { table: name })
    return { store, query: () => pool.query('SELECT 1'), close: () => pool.end() }
  }
  const db = new Database(url)
  return { store: sqliteStore(db), query: async () => db.prepare('SELECT 1').get(), close: async () => void db.close() }
}
