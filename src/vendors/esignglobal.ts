import { defineVendor } from '../oauth/define-vendor.ts'
import { openIdClaims } from '../oauth/identity.ts'
import type { Vendor } from '../oauth/vendor.ts'

/** Settings of {@link eSignGlobal}. */
export interface ESignGlobalSettings {
  /**
   * The data centre of the workspace that owns the app: `as1` Hong Kong, `as2` Singapore, `eu1` EU. Required in
   * production, for there is no safe default: on another region's host the vendor does not know the app.
   */
  readonly region?: 'as1' | 'as2' | 'eu1' | undefined
  /** `true` for the sandbox, which has hosts and credentials of its own and no regions. Default `false`. */
  readonly sandbox?: boolean | undefined
}

/**
 * eSignGlobal, now also eSign.AI. Its authorization URL says `clientId` and `redirectUri`, its token endpoint
 * `client_id`. No account call is documented under its scopes: signing in here is authorization, and a stable user id
 * comes from the caller's `profile` or `endpoints.userinfo`, or from the `sub` of an access token that is a JWT.
 *
 * @see https://www.esignglobal.com/developer-center/api the token endpoint
 * @see https://www.esign.ai/developer-center/document/stjk6a2euo5bb9rnu5xidl9y the authorization URL
 * @see https://www.esign.ai/developer-center/document/i640wop6allavqk5recnkqal scopes
 * @see https://www.esignglobal.com/ja-JP/developer-center/document/nqxvj8fpudh1phhwzjxyrqie hosts
 */
export const eSignGlobal: Vendor<ESignGlobalSettings> = /* @__PURE__ */ defineVendor<ESignGlobalSettings>({
  id: 'esignglobal',
  name: 'eSignGlobal',
  confidence: 'token-only',
  settings: {
    region: { values: ['as1', 'as2', 'eu1'], requiredUnless: 'sandbox' },
    sandbox: { values: [true, false] },
  },
  endpoints: (settings) => ({
    authorization: settings.sandbox
      ? 'https://account-sml.esignglobal.com/oauth'
      : 'https://account.esignglobal.com/oauth',
    token: `${openApi(settings)}/esignglobal/v1/oauth2/accessToken`,
  }),
  api: (settings) => [openApi(settings)],
  authorize: {
    names: { client_id: 'clientId', redirect_uri: 'redirectUri' },
    // A scope is required; this is the smallest of the three that is useful.
    scope: 'signature',
  },
  identity: openIdClaims,
  pkce: 'unknown',
  token: {
    credentials: 'body',
    encoding: 'multipart',
    fields: {
      authorization_code: ['grant_type', 'code'],
      refresh_token: ['grant_type', 'refresh_token'],
      client_credentials: ['grant_type'],
    },
    // Other endpoints of the vendor answer { code, message, data }; the token endpoint's page shows no envelope.
    envelope: 'data',
  },
  rotation: 'unknown',
  accessLifetime: 86_400,
  idleLifetime: 2_592_000,
})

function openApi({ region, sandbox }: ESignGlobalSettings): string {
  return `https://openapi-${sandbox ? 'sml' : region}.esignglobal.com`
}
