/** The vendors, the client that speaks their dialects, and what a private vendor is made with. */
export type { AuthorizationParams } from './oauth/authorization-url.ts'
export type { Callback } from './oauth/callback.ts'
export { type Client, type CodeExchange, createClient } from './oauth/client.ts'
export type { ClientOptions } from './oauth/client-options.ts'
export { defineVendor } from './oauth/define-vendor.ts'
export { type ErrorDetails, EsignAuthError, type EsignAuthErrorCode, type OAuthErrorBody } from './oauth/errors.ts'
export type {
  CallersIdentity,
  Claims,
  Identity,
  IdentityProfile,
  IdentitySource,
  ProfileTools,
} from './oauth/identity.ts'
export type {
  ClientAuthentication,
  GrantType,
  RevocationDialect,
  TokenDialect,
  TokenEncoding,
  TokenField,
} from './oauth/token-dialect.ts'
export { expiresIn, type TokenSet } from './oauth/token-set.ts'
export type {
  AuthorizationDialect,
  CallbackNames,
  CapturedHost,
  Confidence,
  Endpoints,
  SettingRule,
  Vendor,
  VendorDefinition,
} from './oauth/vendor.ts'
export * from './vendors/index.ts'
