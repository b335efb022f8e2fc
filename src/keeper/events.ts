import type { ReauthReason } from './record.ts'

/** What a keeper tells `onEvent`. Never holds token data; grants are named by their id. */
export type KeeperEvent = { readonly grant: string; readonly vendor: string } & (
  | { readonly name: 'refresh.attempt' }
  | { readonly name: 'refresh.success'; readonly generation: number; readonly ms: number }
  | { readonly name: 'refresh.failure'; readonly outcome: string; readonly code: string }
  | { readonly name: 'flight.joined' }
  | { readonly name: 'lease.wait' }
  | { readonly name: 'lease.takeover' }
  | { readonly name: 'lease.lost' }
  | { readonly name: 'commit.conflict'; readonly rule: 'R1' | 'R2' | 'R3' }
  | { readonly name: 'persist.failed' }
  | { readonly name: 'stale.served' }
  | { readonly name: 'reauth'; readonly reason: ReauthReason }
  | { readonly name: 'unknown_outcome' }
  | { readonly name: 'cooldown'; readonly ms: number; readonly client?: true }
  | { readonly name: 'decrypt.old_key' }
  | { readonly name: 'scope_changed' }
  | { readonly name: 'store.split' }
  | { readonly name: 'store.restored' }
  | { readonly name: 'revocation.failed'; readonly code: string }
)

/** Takes an event; what it throws is dropped. */
export type Emit = (event: KeeperEvent) => void
