import { defineVendor } from '../oauth/define-vendor.ts'
import { endless, type Vendor } from '../oauth/vendor.ts'

/**
 * Xodo Sign, formerly eversign; its hosts still bear that name. OAuth as its SDK speaks it: the authorization URL has
 * neither redirect URI nor scope, token requests name no grant, and there is no refresh. It knows businesses rather than
 * users, so connect accounts to your own users with `passport.authorize`, or give `profile`. API calls want a
 * `business_id` too.
 *
 * @see https://eversign.com/api/documentation/oauth
 * @see https://github.com/eversign/eversign-php-sdk Client, ApiRequest, OAuthTokenRequest and Config: all of the below
 */
export const xodoSign: Vendor = /* @__PURE__ */ defineVendor({
  id: 'xodo-sign',
  name: 'Xodo Sign',
  confidence: 'token-only',
  endpoints: () => ({
    // A third party uses app.eversign.com.
    authorization: 'https://eversign.com/oauth/authorize',
    token: 'https://eversign.com/oauth/token',
  }),
  api: () => ['https://api.eversign.com'],
  authorize: { omit: ['response_type', 'redirect_uri'], scopeAt: 'nowhere' },
  identity: 'none',
  pkce: 'unknown',
  token: {
    credentials: 'body',
    encoding: 'form',
    grantType: false,
    fields: { authorization_code: ['code', 'state'] },
    // The SDK reads nothing but the flag of success and the access token.
    untyped: true,
  },
  rotation: 'never',
  // A third party says so, and the SDK's test has an answer whose `expires_in` is empty.
  accessLifetime: endless,
})
