import { defineVendor } from '../oauth/define-vendor.ts'
import { openIdClaims } from '../oauth/identity.ts'
import { plainFields } from '../oauth/token-dialect.ts'
import type { Vendor } from '../oauth/vendor.ts'

/** Settings of {@link boldSign}. */
export interface BoldSignSettings {
  /**
   * The region of the customers' accounts. Default `us`. The callback does not tell it, and one region knows nothing of
   * another's apps. `au` is named by the vendor as a host of the API; its account host is a third party's word.
   */
  readonly region?: 'us' | 'eu' | 'ca' | 'au' | undefined
}

/**
 * BoldSign (Syncfusion), which speaks OpenID Connect. Without the scope `offline_access` there is no refresh token. Its
 * sandbox has the same hosts with credentials of its own.
 *
 * @see https://developers.boldsign.com/authentication/oauth-2-0
 * @see https://developers.boldsign.com/api-overview/api-explorer the hosts of the API
 * @see https://github.com/boldsign/boldsign-python-sdk regions, PKCE, the secret in the body
 */
export const boldSign: Vendor<BoldSignSettings> = /* @__PURE__ */ defineVendor<BoldSignSettings>({
  id: 'boldsign',
  name: 'BoldSign',
  // That of OpenID Connect, at an address third parties read in the discovery document.
  confidence: 'third-party-profile',
  settings: { region: { values: ['us', 'eu', 'ca', 'au'] } },
  endpoints: ({ region }) => {
    const host = `https://account${partOf(region)}.boldsign.com/connect`
    return {
      authorization: `${host}/authorize`,
      token: `${host}/token`,
      // These two are in the discovery document, as third parties read it.
      revocation: `${host}/revocation`,
      userinfo: `${host}/userinfo`,
    }
  },
  api: ({ region }) => [`https://api${partOf(region)}.boldsign.com`],
  authorize: { scope: 'openid profile email offline_access' },
  identity: openIdClaims,
  // The official SDK always sends it; third parties call it mandatory.
  pkce: 'supported',
  token: {
    // The discovery document is said to offer Basic as well: `clientAuthentication` gives it.
    credentials: 'body',
    encoding: 'form',
    fields: plainFields,
  },
  revocation: () => ({ hint: false }),
  // Third parties: single use, 30 days from the login, or from the last use where the app's settings say so.
  rotation: 'always',
  accessLifetime: 3600,
  idleLifetime: 2_592_000,
})

function partOf(region: BoldSignSettings['region'] = 'us'): string {
  return region === 'us' ? '' : `-${region}`
}
