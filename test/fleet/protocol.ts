import type { TokenSet } from 'esign-auth'
import type { KeeperOptions, SealingKey } from 'esign-auth/keeper'
import type { Policy } from '../keeper/scripted-vendor.ts'

/** Where the records of a fleet are. `name`: the prefix of its keys, or its table. */
export interface Place {
  readonly kind: 'redis' | 'postgres' | 'sqlite'
  readonly url: string
  readonly name: string
}

/** What an instance is opened with. */
export interface Settings {
  readonly place: Place
  readonly vendorUrl: string
  /** The vendor's rules as its description names them. */
  readonly vendor: Policy
  readonly keys: readonly SealingKey[] | 'none'
  readonly keeper?: Pick<KeeperOptions, 'lease' | 'http' | 'wait' | 'cache'>
  /** Connections to PostgreSQL. */
  readonly pool?: number
  /** By how much the clock of its machine is wrong. */
  readonly skewMs?: number
}

/**
 * A moment of a refresh: `taken`, the lease is in the store and nothing was sent; `answered`, the vendor's answer is there
 * and not stored; `stored`, it is.
 */
export type Moment = 'taken' | 'answered' | 'stored'

/** What an instance can be asked. */
export type Ask =
  | { readonly do: 'open'; readonly settings: Settings }
  | { readonly do: 'adopt'; readonly tokens: readonly (readonly [owner: string, tokens: TokenSet])[] }
  | {
      readonly do: 'access'
      readonly owners: readonly string[]
      readonly times: number
      readonly notGeneration?: number | undefined
      /** Epoch milliseconds at which all begin. */
      readonly at?: number | undefined
    }
  | { readonly do: 'revoke'; readonly owner: string }
  | { readonly do: 'trap'; readonly step: Moment; readonly count: number; readonly signal: 'SIGKILL' | 'SIGSTOP' }
  | { readonly do: 'query' | 'usage' | 'close' }

export interface Message {
  readonly id: number
  readonly ask: Ask
}

export type Reply = { readonly id: number } & ({ readonly value: unknown } | { readonly error: string })

/** What became of one call of `access`. */
export type Outcome = {
  readonly owner: string
  readonly ms: number
  /** Epoch milliseconds at which the caller had it, of a clock that no test shifts. */
  readonly at: number
} & (
  | { readonly token: string; readonly generation: number; readonly error?: never }
  | { readonly error: string; readonly token?: never }
)

/** What an instance has used so far. */
export interface Usage {
  readonly reads: number
  readonly writes: number
  /** Reads of the record about the client. */
  readonly clientReads: number
  readonly cpuMs: number
  /** How often each event was told. */
  readonly events: Readonly<Record<string, number>>
}
