import { defineVendor } from '../oauth/define-vendor.ts'
import { plainFields } from '../oauth/token-dialect.ts'
import type { Vendor } from '../oauth/vendor.ts'

/**
 * RightSignature (ShareFile). Its pages call the callback's parameter `code` in one place and `authorization_code` in
 * another; both are understood. Errors come with status 403. No page says whether `state` comes back: if it does not,
 * the strategy has `state: 'not-echoed'`.
 *
 * @see https://api.rightsignature.com/documentation/authentication
 * @see https://api.rightsignature.com/documentation/resources/v2/oauth_authorizations.en.html
 * @see https://api.rightsignature.com/documentation/resources/v2/oauth_tokens.en.html
 * @see https://api.rightsignature.com/documentation/resources/v2/users.en.html
 */
export const rightSignature: Vendor = /* @__PURE__ */ defineVendor({
  id: 'rightsignature',
  name: 'RightSignature',
  confidence: 'documented',
  endpoints: () => ({
    authorization: 'https://api.rightsignature.com/oauth/authorize',
    token: 'https://api.rightsignature.com/oauth/token',
    userinfo: 'https://api.rightsignature.com/public/v2/me',
  }),
  api: () => ['https://api.rightsignature.com'],
  authorize: { scope: 'read' },
  callbackNames: { authorization_code: 'code' },
  identity: [{ from: 'userinfo', id: ['user.id'], email: ['user.email'], name: ['user.name'] }],
  pkce: 'unknown',
  token: {
    credentials: 'body',
    // As the text says; its curl sample is multipart, which `tokenEncoding` gives.
    encoding: 'form',
    fields: plainFields,
  },
  // Third parties post so to /oauth/revoke; no page documents it.
  revocation: () => ({ credentials: 'basic-raw', hint: false }),
  // Each refresh brings a refresh token; the fate of the old one is not told.
  rotation: 'unknown',
  accessLifetime: 7200,
})
