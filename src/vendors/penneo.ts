import { defineVendor } from '../oauth/define-vendor.ts'
import { openIdClaims } from '../oauth/identity.ts'
import type { Vendor } from '../oauth/vendor.ts'

/** Settings of {@link penneo}. */
export interface PenneoSettings {
  /** `true` for the vendor's sandbox, which has a host and clients of its own. Default `false`. */
  readonly sandbox?: boolean | undefined
}

/**
 * Penneo. It demands PKCE beside the secret, takes JSON, and tells the moment at which a token runs out instead of a
 * duration; access tokens live for minutes. The host of its API and the members of its `user` are not documented where
 * we read: give `api`, and `profile` or `endpoints.userinfo`.
 *
 * @see https://github.com/Penneo/sdk-php src/OAuth: hosts, the JSON body, the answer
 * @see https://penneo.readme.io/docs/authentication-using-oauth
 * @see https://penneo.readme.io/reference/oauth-refresh-token
 */
export const penneo: Vendor<PenneoSettings> = /* @__PURE__ */ defineVendor<PenneoSettings>({
  id: 'penneo',
  name: 'Penneo',
  confidence: 'token-only',
  settings: { sandbox: { values: [true, false] } },
  endpoints: ({ sandbox }) => {
    const host = sandbox ? 'https://sandbox.oauth.penneo.cloud' : 'https://login.penneo.com'
    return { authorization: `${host}/oauth/authorize`, token: `${host}/oauth/token` }
  },
  api: () => [],
  identity: openIdClaims,
  pkce: 'required',
  token: {
    credentials: 'body',
    encoding: 'json',
    fields: {
      authorization_code: ['grant_type', 'code', 'redirect_uri'],
      // The SDK repeats the redirect URI here, though the reference does not ask for it.
      refresh_token: ['grant_type', 'refresh_token', 'redirect_uri'],
    },
    expiry: { at: ['access_token_expires_at'] },
    untyped: true,
  },
  rotation: 'always',
  // About ten minutes, says a third party; the answer has the moment.
  accessLifetime: 600,
})
