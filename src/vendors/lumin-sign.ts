import { defineVendor } from '../oauth/define-vendor.ts'
import { openIdClaims } from '../oauth/identity.ts'
import { plainFields } from '../oauth/token-dialect.ts'
import type { Vendor } from '../oauth/vendor.ts'

/**
 * Lumin Sign. Apps are registered as private, with a secret and refresh tokens, or as public (`clientAuthentication:
 * 'public'`), with PKCE and without refresh tokens; the kind cannot be changed later. The host of its API and a userinfo
 * endpoint were found nowhere: give `api`, and `profile` or `endpoints.userinfo`. An id_token is read where one comes.
 *
 * @see https://developers.luminpdf.com/docs/api/authentication/oauth2-authentication/private-authorization-code
 * @see https://developers.luminpdf.com/tabs/guides/authentication/oauth2
 */
export const luminSign: Vendor = /* @__PURE__ */ defineVendor({
  id: 'lumin-sign',
  name: 'Lumin Sign',
  confidence: 'token-only',
  endpoints: () => ({
    authorization: 'https://auth.luminpdf.com/oauth2/auth',
    token: 'https://auth.luminpdf.com/oauth2/token',
  }),
  api: () => [],
  authorize: { scope: 'openid offline_access' },
  identity: openIdClaims,
  // Of private apps; public ones use it always.
  pkce: 'unknown',
  publicClients: true,
  token: {
    // Documented for the code exchange; of the refresh we take the same.
    credentials: 'body',
    encoding: 'form',
    fields: plainFields,
  },
  rotation: 'unknown',
  accessLifetime: 3600,
})
