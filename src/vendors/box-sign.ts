import { defineVendor } from '../oauth/define-vendor.ts'
import { plainFields } from '../oauth/token-dialect.ts'
import type { Vendor } from '../oauth/vendor.ts'

/**
 * Box Sign, by way of Box's OAuth: the client and token that reach files also sign documents. A code lives 30 seconds,
 * and a refresh token works once. What an app may do is chosen in its settings, so no scope is sent unless one is given.
 *
 * @see https://developer.box.com/reference/get-authorize
 * @see https://developer.box.com/reference/post-oauth2-token
 * @see https://developer.box.com/reference/post-oauth2-revoke
 * @see https://developer.box.com/guides/authentication/tokens/refresh
 * @see https://developer.box.com/guides/api-calls/permissions-and-errors/expiration
 */
export const boxSign: Vendor = /* @__PURE__ */ defineVendor({
  id: 'box-sign',
  name: 'Box Sign',
  // `/users/me` is read as third parties do.
  confidence: 'third-party-profile',
  endpoints: () => ({
    // The host is everybody's, but on no page that was read.
    authorization: 'https://account.box.com/api/oauth2/authorize',
    token: 'https://api.box.com/oauth2/token',
    revocation: 'https://api.box.com/oauth2/revoke',
    userinfo: 'https://api.box.com/2.0/users/me',
  }),
  api: () => ['https://api.box.com'],
  identity: [{ from: 'userinfo', id: ['id'], email: ['login'], name: ['name'] }],
  pkce: 'unknown',
  token: {
    credentials: 'body',
    encoding: 'form',
    fields: plainFields,
  },
  revocation: () => ({ hint: false }),
  rotation: 'always',
  codeLifetime: 30,
  accessLifetime: 3600,
  idleLifetime: 5_184_000,
})
