import type { IdentityProfile } from 'esign-auth'
import type { EsignProvider, ProviderOptions } from 'esign-auth/authjs'
import type { TokenKeeper } from 'esign-auth/keeper'
import type { StrategyOptions } from 'esign-auth/passport'
import type { PassportStatic } from 'passport'

/** What an app has, for the lines that each vendor's page shows. */
export interface App extends StrategyOptions {
  readonly passport: PassportStatic
  readonly keeper: TokenKeeper
  readonly users: { findOrCreate(id: string): Promise<object> }
  /** For vendors that do not tell who signed in. */
  readonly profile: IdentityProfile
}

/** What an Auth.js app gives the provider besides. */
export type More = ProviderOptions<object>

/** One file of this folder. */
export interface VendorExample {
  usePassport(app: App): void
  makeProvider(more: More): EsignProvider
}
