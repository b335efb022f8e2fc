/** Passport strategies, one per vendor, and what a private vendor's is made with. */
import { type InsureSignSettings, insureSign } from '../vendors/index.ts'
import type { StrategyClass } from './options.ts'
import { type EsignStrategy, strategyFor } from './strategy.ts'

export { AuthorizationError, InternalOAuthError, type PassportRequest, TokenError } from './base.ts'
export type { AuthenticateOptions, Profile, StrategyClass, StrategyOptions } from './options.ts'
export { EsignStrategy, strategyFor } from './strategy.ts'
export type { TokenParams, VerifyCallback } from './verify.ts'

/** Sign in with InsureSign (Formstack Sign). Strategy name: `insuresign`. */
export const InsureSignStrategy: StrategyClass<InsureSignSettings, EsignStrategy> = strategyFor(insureSign)
export type InsureSignStrategy = EsignStrategy
