import type { Client } from '../core/client.ts'
import type { Flight } from '../core/flight.ts'
import type { TokenSet } from '../core/token-set.ts'
import type { GrantLink } from '../keeper/targets.ts'
import type { AnyStrategyOptions } from './options.ts'
import type { PendingLogins } from './pending.ts'
import type { VerifyStyle } from './verify.ts'

/** Options that matter at each request; no secret is among them. */
export type StrategySettings = Pick<
  AnyStrategyOptions,
  'callbackURL' | 'scopeSeparator' | 'state' | 'proxy' | 'skipUserProfile' | 'postCallback' | 'owner' | 'keeper'
>

/** What a strategy is made of; nothing in it belongs to a request. */
export interface StrategyParts {
  readonly client: Client
  readonly settings: StrategySettings
  readonly pending: PendingLogins
  readonly verify: VerifyStyle
  /** Code exchanges under way, with their identity. */
  readonly signIns: Flight<SignIn>
  /** Tokens of the sign-ins under way by access token: the base `userProfile` reads them, and adds what the vendor says. */
  readonly fresh: Map<string, { tokens: TokenSet }>
}

/** What a callback yields before verify: tokens, and the profile unless it was skipped. */
export interface SignIn {
  /** State of the login that began it. */
  readonly state: string
  readonly tokens: TokenSet
  readonly profile: unknown
  /** Links of the tokens as they were handed to the keeper, by owner. */
  readonly adopted: Map<string, Promise<GrantLink>>
}
