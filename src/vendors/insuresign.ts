import { defineVendor } from '../oauth/define-vendor.ts'
import { openIdClaims } from '../oauth/identity.ts'
import type { Vendor } from '../oauth/vendor.ts'

/** Settings of {@link insureSign}. */
export interface InsureSignSettings {
  /**
   * `true` for API credentials issued before 15 January 2021, which live on `https://auth.insuresign.io`. Default
   * `false`: `https://sign-auth.insuresign.io`. With the wrong one the vendor knows neither client id nor secret.
   */
  readonly legacy?: boolean | undefined
}

/**
 * InsureSign, also known as Formstack Sign. Documented from end to end but for the user's identity: no account call is
 * published, so a stable user id comes from the caller's `profile` or `endpoints.userinfo`, from an id_token, or from
 * the `sub` of an access token that is a JWT.
 *
 * @see https://docs-api-v2.insuresign.io/reference/authorization
 * @see https://docs-api-v2.insuresign.io/reference/access-token and the page "Token Refresh" beside it
 */
export const insureSign: Vendor<InsureSignSettings> = /* @__PURE__ */ defineVendor<InsureSignSettings>({
  id: 'insuresign',
  name: 'InsureSign',
  confidence: 'token-only',
  settings: { legacy: { values: [true, false], choosesEndpoints: true } },
  endpoints: ({ legacy }) => {
    // "For any API Credentials issued prior to January 15th, 2021", on all three pages. That the paths are the same
    // there is inferred: the pages name only the host.
    const host = legacy ? 'https://auth.insuresign.io' : 'https://sign-auth.insuresign.io'
    return { authorization: `${host}/oauth2/authorize`, token: `${host}/oauth2/token` }
  },
  // Known from a public third-party integration only.
  api: () => ['https://api-v2.insuresign.io'],
  identity: openIdClaims,
  pkce: 'unknown',
  token: {
    credentials: 'basic-raw',
    encoding: 'form',
    fields: {
      authorization_code: ['grant_type', 'client_id', 'redirect_uri', 'code'],
      refresh_token: ['grant_type', 'client_id', 'refresh_token'],
      client_credentials: ['grant_type', 'client_id'],
    },
  },
  // The refresh answer of the page has no refresh_token.
  rotation: 'never',
  accessLifetime: 3600,
})
