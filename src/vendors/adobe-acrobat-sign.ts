import { defineVendor } from '../oauth/define-vendor.ts'
import { plainFields } from '../oauth/token-dialect.ts'
import type { Vendor } from '../oauth/vendor.ts'

/** Settings of {@link adobeAcrobatSign}. */
export interface AdobeAcrobatSignSettings {
  /**
   * The part of the account's host that names its data centre, such as `na1` or `eu1`, for apps of the kind "customer":
   * they are authorized there. Default: none, which is right for apps of the kind "partner".
   */
  readonly shard?: string | undefined
  /** `true` for the US government cloud (adobesign.us), whose apps Adobe creates. Default `false`. */
  readonly government?: boolean | undefined
  /**
   * `v2` (default): the paths of the vendor's text, such as `/oauth/v2/token`. `unversioned`: those of its samples, such
   * as `/oauth/token`.
   */
  readonly paths?: 'v2' | 'unversioned' | undefined
}

/**
 * Adobe Acrobat Sign (EchoSign), which has an OAuth server of its own: nothing of Adobe IMS applies. The callback names
 * the host that serves this user, `api_access_point`; tokens, refreshes, profile, API and revocation are asked there.
 * Scopes must be among those enabled for the app.
 *
 * @see https://opensource.adobe.com/acrobat-sign/developer_guide/gstarted.html
 * @see https://opensource.adobe.com/acrobat-sign/developer_guide/oauth.html
 * @see https://opensource.adobe.com/acrobat-sign/signgov/diffs.html the government cloud
 */
export const adobeAcrobatSign: Vendor<AdobeAcrobatSignSettings> =
  /* @__PURE__ */ defineVendor<AdobeAcrobatSignSettings>({
    id: 'adobe-acrobat-sign',
    name: 'Adobe Acrobat Sign',
    // `/users/me` is read as six third parties do.
    confidence: 'third-party-profile',
    settings: {
      shard: { values: 'label', example: 'eu1' },
      government: { values: [true, false] },
      paths: { values: ['v2', 'unversioned'], sameUsers: true },
    },
    endpoints: ({ shard, government, paths }, captured) => {
      if (government) {
        const service = `https://secure.${shard ?? 'na1'}.adobesign.us/api/gateway/adobesignauthservice/api/v1`
        return {
          authorization: `${service}/authorize`,
          token: `${service}/token`,
          refresh: `${service}/refresh`,
          revocation: `${service}/revoke`,
          userinfo: `https://secure.${shard ?? 'na1'}.adobesign.us/api/rest/v6/users/me`,
        }
      }
      const version = paths === 'unversioned' ? '' : '/v2'
      const api = captured ?? 'https://api.adobesign.com'
      return {
        authorization: `https://secure.${shard === undefined ? '' : `${shard}.`}adobesign.com/public/oauth${version}`,
        token: `${api}/oauth${version}/token`,
        refresh: `${api}/oauth${version}/refresh`,
        revocation: `${api}/oauth${version}/revoke`,
        userinfo: `${api}/api/rest/v6/users/me`,
      }
    },
    api: ({ shard, government }, captured) => {
      if (government) return [`https://secure.${shard ?? 'na1'}.adobesign.us`]
      return captured === undefined ? [] : [captured]
    },
    captured: {
      parameter: 'api_access_point',
      // With a shard or without, under the new name and the old: `api.na1.adobesign.com`, `secure.echosign.com`.
      hosts: /* @__PURE__ */ ['adobesign.com', 'echosign.com'].flatMap((domain) =>
        ['api', 'secure'].flatMap((name) => [`${name}.${domain}`, `${name}.*.${domain}`]),
      ),
      required: true,
      requiredUnless: 'government',
    },
    // The least that can ask who signed in; which scopes that call needs is not documented.
    authorize: { scope: 'user_login:self user_read:self' },
    identity: [{ from: 'userinfo', id: ['id'], email: ['email'], name: [['firstName', 'lastName']] }],
    pkce: 'unknown',
    token: {
      credentials: 'body',
      encoding: 'form',
      fields: plainFields,
      keep: ['api_access_point', 'web_access_point'],
    },
    // The token alone; either one ends its partner too.
    revocation: () => ({ credentials: 'none', hint: false, doneErrors: ['EXPIRED_TOKEN', 'INVALID_TOKEN'] }),
    rotation: 'never',
    // Its errors are in capitals; what a dead refresh token gets is not shown.
    terminalErrors: ['INVALID_GRANT', 'EXPIRED_TOKEN', 'INVALID_TOKEN'],
    codeLifetime: 300,
    // One page says an hour, another that `expires_in` counts milliseconds: it counts seconds.
    accessLifetime: 3600,
    idleLifetime: 5_184_000,
  })
