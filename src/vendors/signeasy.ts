import { defineVendor } from '../oauth/define-vendor.ts'
import { openIdClaims } from '../oauth/identity.ts'
import { plainFields } from '../oauth/token-dialect.ts'
import type { Vendor } from '../oauth/vendor.ts'

/** Settings of {@link signeasy}. */
export interface SigneasySettings {
  /** What the vendor calls the identifier of your app. Required, but by the legacy API; a demo app of others has `https://api-ext.signeasy.com/`. */
  readonly audience?: string | undefined
  /** `true` for apps of the API's versions 1 and 2, `development` for those of its development host. Default `false`: version 3. */
  readonly legacy?: boolean | 'development' | undefined
}

/**
 * Signeasy. Version 3 wants an `audience`, and the scope `offline_access` for a refresh token. Its pages leave open how a
 * token request is encoded (`tokenEncoding`), which host the API has (`api`) and who the user is (`profile`,
 * `endpoints.userinfo`). With `legacy` a refresh ends the access token before it too.
 *
 * @see https://docs.signeasy.com/docs/authorization-code-flow
 * @see https://docs.signeasy.com/v2.1/docs/authorization-flow
 * @see https://docs.signeasy.com/v2.1/docs/refreshing-access-tokens
 * @see https://docs.signeasy.com/v2.1/docs/revoking-access-tokens
 * @see https://github.com/signeasy/signeasy-api-lib what a refresh ends
 */
export const signeasy: Vendor<SigneasySettings> = /* @__PURE__ */ defineVendor<SigneasySettings>({
  id: 'signeasy',
  name: 'Signeasy',
  confidence: 'token-only',
  settings: {
    audience: {
      values: 'text',
      example: 'https://api-ext.signeasy.com/',
      requiredUnless: 'legacy',
      sameUsers: true,
    },
    legacy: { values: [true, false, 'development'] },
  },
  endpoints: ({ legacy }) => {
    if (!legacy) {
      return {
        authorization: 'https://auth.signeasy.com/authorize',
        token: 'https://auth.signeasy.com/oauth/token',
      }
    }
    const host = `${legacyHost(legacy)}/oauth2`
    return { authorization: `${host}/authorize`, token: `${host}/token`, revocation: `${host}/tokens/revoke` }
  },
  api: ({ legacy }) => (legacy ? [legacyHost(legacy)] : []),
  authorize: {
    scope: 'user:read offline_access',
    params: ({ legacy, audience }) => (legacy || audience === undefined ? {} : { audience }),
  },
  identity: openIdClaims,
  pkce: 'unknown',
  token: {
    credentials: 'body',
    // Of version 3 no page says so.
    encoding: 'form',
    fields: plainFields,
  },
  tokenOf: ({ legacy }) => (legacy ? { encoding: 'multipart' } : {}),
  // For version 3 third parties post JSON to https://auth.signeasy.com/oauth/revoke; no page documents it.
  revocation: ({ legacy }) =>
    legacy ? { method: 'DELETE', place: 'bearer', token: 'access_token' } : { place: 'json', hint: false },
  // Of the legacy API: always.
  rotation: 'unknown',
  // As a demo app of others has it.
  accessLifetime: 2_592_000,
})

function legacyHost(legacy: true | 'development'): string {
  return legacy === true ? 'https://api.signeasy.com' : 'https://api-ext-dev.getsigneasy.com'
}
