import { defineVendor } from '../oauth/define-vendor.ts'
import type { Vendor } from '../oauth/vendor.ts'

/**
 * PandaDoc. Its one scope is written `read+write`, and the plus is never encoded; what comes back as scope may read
 * otherwise. Access tokens live a year and cannot be revoked, as the vendor says. No page says whether `state` comes
 * back: if it does not, the strategy has `state: 'not-echoed'`.
 *
 * @see https://github.com/PandaDoc/pandadoc-openapi-specification
 * @see https://developers.pandadoc.com/reference/authorize-a-user
 * @see https://developers.pandadoc.com/reference/authentication-process
 */
export const pandaDoc: Vendor = /* @__PURE__ */ defineVendor({
  id: 'pandadoc',
  name: 'PandaDoc',
  confidence: 'documented',
  endpoints: () => ({
    authorization: 'https://app.pandadoc.com/oauth2/authorize',
    token: 'https://api.pandadoc.com/oauth2/access_token',
    userinfo: 'https://api.pandadoc.com/public/v1/members/current',
  }),
  api: () => ['https://api.pandadoc.com'],
  authorize: { scope: 'read+write', scopeSeparator: '+' },
  // `membership_id` is another one in each workspace. `claims.email_verified` is the vendor's word on the e-mail.
  identity: [{ from: 'userinfo', id: ['user_id'], email: ['email'], name: [['first_name', 'last_name']] }],
  pkce: 'unknown',
  token: {
    credentials: 'body',
    encoding: 'form',
    fields: { authorization_code: ['grant_type', 'code'], refresh_token: ['grant_type', 'refresh_token'] },
  },
  // A refresh token is in the answer's schema; whether the old pair dies is not said.
  rotation: 'unknown',
  accessLifetime: 31_535_999,
})
