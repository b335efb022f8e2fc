import { base64 } from '../oauth/client-authentication.ts'
import { defineVendor } from '../oauth/define-vendor.ts'
import type { Vendor } from '../oauth/vendor.ts'

/** Settings of {@link dropboxSign}. */
export interface DropboxSignSettings {
  /**
   * Your account's API key. Given, refresh requests carry `Authorization: Basic base64(apiKey + ':')`, the header that
   * the vendor's refresh page lists as required. Default: no such header, since the vendor's own OpenAPI file says
   * that these requests need none, and the app proves itself by `client_id` and `client_secret` in the body.
   */
  readonly apiKey?: string | undefined
}

/**
 * Dropbox Sign, formerly HelloSign; its hosts still bear that name. Scopes are chosen in the app's settings, so none is
 * sent. Until the app is approved for production only its owner can authorize it.
 *
 * @see https://developer.hellosign.com/docs/guides/o-auth/token-refresh
 * @see https://github.com/hellosign/hellosign-openapi openapi.yaml: the code exchange, the account call
 * @see https://github.com/hellosign/hellosign-ruby-sdk the authorization URL
 */
export const dropboxSign: Vendor<DropboxSignSettings> = /* @__PURE__ */ defineVendor<DropboxSignSettings>({
  id: 'dropbox-sign',
  name: 'Dropbox Sign',
  confidence: 'documented',
  settings: { apiKey: { values: 'secret' } },
  endpoints: () => ({
    authorization: 'https://app.hellosign.com/oauth/authorize',
    token: 'https://app.hellosign.com/oauth/token',
    refresh: 'https://app.hellosign.com/oauth/token?refresh',
    userinfo: 'https://api.hellosign.com/v3/account',
  }),
  api: () => ['https://api.hellosign.com'],
  // Scope account_access or basic_account_info. The answer has no name, and says nothing on the e-mail's verification.
  identity: [{ from: 'userinfo', id: ['account.account_id'], email: ['account.email_address'] }],
  pkce: 'unknown',
  token: {
    credentials: 'body',
    encoding: 'json',
    fields: {
      authorization_code: ['grant_type', 'code', 'state'],
      refresh_token: ['grant_type', 'refresh_token'],
    },
  },
  tokenHeaders: ({ apiKey }, grant) =>
    apiKey && grant === 'refresh_token' ? { authorization: `Basic ${base64(`${apiKey}:`)}` } : {},
  // The samples return the refresh token they were sent; no page says that this is always so.
  rotation: 'unknown',
  accessLifetime: 3600,
})
