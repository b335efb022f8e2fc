import type { Client } from '../oauth/client.ts'
import type { Flight } from '../oauth/single-flight.ts'
import type { TokenSet } from '../oauth/token-set.ts'
import type { Exchanged } from '../sign-in/finish.ts'
import type { PendingLogins } from '../sign-in/pending-login.ts'
import type { AnyStrategyOptions } from './options.ts'
import type { PassportRequest } from './passport-oauth2.ts'
import type { VerifyStyle } from './verify.ts'

/** Options that matter for every request. None of them is a secret. */
export type StrategySettings = Pick<
  AnyStrategyOptions,
  | 'callbackURL'
  | 'scopeSeparator'
  | 'state'
  | 'proxy'
  | 'skipUserProfile'
  | 'postCallback'
  | 'connectFrom'
  | 'owner'
  | 'keeper'
>

/** What a strategy works with. Nothing in it belongs to a single request. */
export interface StrategyContext {
  readonly client: Client
  readonly settings: StrategySettings
  pending(req: PassportRequest): PendingLogins
  readonly verify: VerifyStyle
  /** Code exchanges under way, with their profile. */
  readonly exchanges: Flight<Exchanged<PassportUser>>
  /** Tokens of the sign-ins under way by access token: the base `userProfile` reads them, and adds what the vendor says. */
  readonly fresh: Map<string, { tokens: TokenSet }>
}

/** What verify is called with: the tokens, and the profile unless it was skipped. */
export interface PassportUser {
  readonly tokens: TokenSet
  readonly profile: unknown
}
