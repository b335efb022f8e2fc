/** The vendors, the client that speaks their dialects, and what a private vendor is made with. */
export type { AuthorizationParams, Callback } from './core/authorize.ts'
export { type Client, type CodeExchange, createClient } from './core/client.ts'
export { type ErrorDetails, EsignAuthError, type EsignAuthErrorCode, type OAuthErrorBody } from './core/errors.ts'
export type {
  CallersIdentity,
  Claims,
  Identity,
  IdentityProfile,
  IdentitySource,
  ProfileTools,
} from './core/identity.ts'
export type { ClientOptions } from './core/registration.ts'
export { expiresIn, type TokenSet } from './core/token-set.ts'
export {
  type AuthorizationDialect,
  type CallbackNames,
  type CapturedHost,
  type ClientAuthentication,
  type Confidence,
  defineVendor,
  type Endpoints,
  type GrantType,
  type RevocationDialect,
  type SettingRule,
  type TokenDialect,
  type TokenEncoding,
  type TokenField,
  type Vendor,
  type VendorDefinition,
} from './core/vendor.ts'
export * from './vendors/index.ts'
