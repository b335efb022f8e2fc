import { defineVendor } from '../oauth/define-vendor.ts'
import type { Vendor } from '../oauth/vendor.ts'

/** Settings of {@link signNow}. */
export interface SignNowSettings {
  /** `true` for the evaluation hosts, which share neither apps nor users with production. Default `false`. */
  readonly sandbox?: boolean | undefined
}

/**
 * SignNow (airSlate). The scope goes with the code exchange, not into the authorization URL, which takes no parameter
 * beyond its own. No page says whether `state` comes back: if it does not, the strategy has `state: 'not-echoed'`.
 * `expires_in` comes as a number, as text, or as an epoch in text; each is understood.
 *
 * @see https://docs.signnow.com/sn/ref/oauth
 * @see https://docs.signnow.com/code-examples/three-legged-oauth
 * @see https://github.com/signnow/SignNowNodeSDK the form body, who the user is
 * @see https://github.com/signnow/OpenAPI-Specification errors
 */
export const signNow: Vendor<SignNowSettings> = /* @__PURE__ */ defineVendor<SignNowSettings>({
  id: 'signnow',
  name: 'SignNow',
  confidence: 'documented',
  settings: { sandbox: { values: [true, false] } },
  endpoints: ({ sandbox }) => {
    const part = sandbox ? '-eval' : ''
    return {
      // Both hosts are third parties' word.
      authorization: `https://app${part}.signnow.com/authorize`,
      token: `https://api${part}.signnow.com/oauth2/token`,
      userinfo: `https://api${part}.signnow.com/user`,
    }
  },
  api: ({ sandbox }) => [`https://api${sandbox ? '-eval' : ''}.signnow.com`],
  authorize: { scope: '*', scopeAt: 'token' },
  identity: [
    { from: 'userinfo', id: ['id'], email: ['primary_email', 'emails[0]'], name: [['first_name', 'last_name']] },
  ],
  pkce: 'unknown',
  token: {
    credentials: 'basic-raw',
    // As the official SDK; the page says multipart/form-data, which `tokenEncoding` gives.
    encoding: 'form',
    fields: {
      authorization_code: ['grant_type', 'code', 'scope'],
      refresh_token: ['grant_type', 'refresh_token'],
    },
  },
  // Third parties send it to the token endpoint; no page documents it.
  revocation: () => ({ method: 'DELETE', place: 'bearer', token: 'access_token' }),
  // A third party takes them for single use.
  rotation: 'unknown',
  accessLifetime: 2_592_000,
})
