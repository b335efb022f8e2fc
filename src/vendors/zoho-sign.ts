import { defineVendor } from '../oauth/define-vendor.ts'
import { plainFields } from '../oauth/token-dialect.ts'
import type { Vendor } from '../oauth/vendor.ts'

/** Settings of {@link zohoSign}. */
export interface ZohoSignSettings {
  /**
   * The data centre where sign-in begins, by the end of its host's name. Default `com`, from where the vendor finds the
   * user's own, if Multi-DC is on for the app. Tokens always come from the user's.
   */
  readonly dataCentre?: 'com' | 'eu' | 'in' | 'com.au' | 'jp' | 'zohocloud.ca' | 'sa' | 'uk' | 'com.cn' | undefined
  /**
   * `consent`: the user is asked at every sign-in, and every sign-in brings a refresh token; of each user's only twenty
   * live. Default: only the first consent brings one, so it must be kept, as the keeper does.
   */
  readonly prompt?: 'consent' | undefined
}

/** The ends of host names, by what the callback calls the place. */
const places = {
  us: 'com',
  eu: 'eu',
  in: 'in',
  au: 'com.au',
  jp: 'jp',
  ca: 'zohocloud.ca',
  sa: 'sa',
  uk: 'uk',
  cn: 'com.cn',
} as const

/**
 * Zoho Sign, by way of Zoho Accounts. The callback names the accounts host of the user's data centre,
 * `accounts-server`; tokens, refreshes, profile and revocation are asked there, and the API on the same data centre.
 * Scopes are joined by commas; errors come with status 200.
 *
 * @see https://www.zoho.com/accounts/protocol/oauth/multi-dc.html
 * @see https://www.zoho.com/accounts/protocol/oauth/multi-dc/client-authorization.html
 * @see https://www.zoho.com/accounts/protocol/oauth/web-apps/access-token-expiry.html
 * @see https://www.zoho.com/accounts/protocol/oauth/use-access-token.html
 * @see https://www.zoho.com/sign/api/getting-started.html
 * @see https://www.zoho.com/sign/api/api-endpoint.html
 * @see https://www.zoho.com/crm/developer/docs/api/revoke-tokens.html
 * @see https://www.zoho.com/accounts/protocol/oauth/revoke-refresh-token.html
 */
export const zohoSign: Vendor<ZohoSignSettings> = /* @__PURE__ */ defineVendor<ZohoSignSettings>({
  id: 'zoho-sign',
  name: 'Zoho Sign',
  // The members of the userinfo answer are read as third parties do.
  confidence: 'third-party-profile',
  settings: {
    // With Multi-DC a user is the same wherever the sign-in began.
    dataCentre: { values: /* @__PURE__ */ Object.values(places), sameUsers: true },
    prompt: { values: ['consent'], sameUsers: true },
  },
  endpoints: ({ dataCentre }, captured) => {
    const start = accountsOf(dataCentre)
    const accounts = captured ?? start
    return {
      authorization: `${start}/oauth/v2/auth`,
      token: `${accounts}/oauth/v2/token`,
      revocation: `${accounts}/oauth/v2/token/revoke`,
      userinfo: `${accounts}/oauth/user/info`,
    }
  },
  // The table of the API has neither uk nor com.cn.
  api: ({ dataCentre }, captured) => {
    const accounts = captured ?? accountsOf(dataCentre)
    return /\.(uk|com\.cn)$/.test(accounts) ? [] : [accounts.replace('accounts.', 'sign.')]
  },
  apiScheme: 'Zoho-oauthtoken',
  captured: {
    parameter: 'accounts-server',
    hosts: /* @__PURE__ */ hosts(),
    required: false,
    codes: { parameter: 'location', hosts: /* @__PURE__ */ hostsByPlace() },
  },
  authorize: {
    scope: 'AaaServer.profile.READ',
    scopeSeparator: ',',
    // Without it no refresh token comes at all.
    params: ({ prompt }) => ({ access_type: 'offline', ...(prompt && { prompt }) }),
  },
  identity: [
    {
      from: 'userinfo',
      id: ['ZUID', 'sub'],
      email: ['Email', 'email'],
      name: ['Display_Name', ['First_Name', 'Last_Name'], 'name'],
    },
  ],
  pkce: 'unknown',
  token: {
    // One page has everything in the query string, the secret too; another says that the body is safer.
    credentials: 'body',
    encoding: 'form',
    fields: plainFields,
    // Where an older page's `expires_in_sec` stands beside it, `expires_in` counts milliseconds.
    expiry: { in: ['expires_in_sec', 'expires_in'] },
    keep: ['api_domain'],
  },
  // A query parameter, by every page that names the place. A body is documented nowhere, and a token that lives on because
  // it was not read there is worse than one in the vendor's own log.
  revocation: () => ({ place: 'query', credentials: 'none', hint: false }),
  rotation: 'never',
  // Of a code and of a refresh token alike.
  terminalErrors: ['invalid_code'],
  codeLifetime: 60,
  accessLifetime: 3600,
})

/** The accounts host of a data centre, as an origin. */
function accountsOf(end = 'com'): string {
  return `https://accounts.${end.startsWith('zoho') ? '' : 'zoho.'}${end}`
}

function hosts(): string[] {
  return Object.values(places).map(hostOf)
}

function hostsByPlace(): Record<string, string> {
  return Object.fromEntries(Object.entries(places).map(([place, end]) => [place, hostOf(end)]))
}

function hostOf(end: string): string {
  return new URL(accountsOf(end)).host
}
