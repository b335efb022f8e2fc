import { defineVendor } from '../oauth/define-vendor.ts'
import { plainFields } from '../oauth/token-dialect.ts'
import type { Vendor } from '../oauth/vendor.ts'

/** Settings of {@link docuSign}. */
export interface DocuSignSettings {
  /** `true` for the developer environment, which has hosts and integration keys of its own. Default `false`. */
  readonly demo?: boolean | undefined
}

/**
 * DocuSign. Refresh tokens rotate, and die 30 days after the login however often they are used, unless the login asked
 * for the scope `extended` too. The host of the API is the default account's, kept with the tokens as `base_uri` beside
 * its `account_id`; `claims.accounts` has them all.
 *
 * @see https://developers.docusign.com/platform/auth/reference/obtain-consent
 * @see https://developers.docusign.com/platform/auth/reference/obtain-access-token
 * @see https://developers.docusign.com/platform/auth/reference/user-info
 * @see https://developers.docusign.com/platform/auth/reference/scopes
 * @see https://www.docusign.com/blog/developers/docusign-adds-support-pkce
 * @see https://github.com/docusign/passport-docusign error_code in the callback, an object as error
 */
export const docuSign: Vendor<DocuSignSettings> = /* @__PURE__ */ defineVendor<DocuSignSettings>({
  id: 'docusign',
  name: 'DocuSign',
  confidence: 'documented',
  settings: { demo: { values: [true, false] } },
  endpoints: ({ demo }) => {
    const host = demo ? 'https://account-d.docusign.com' : 'https://account.docusign.com'
    return {
      authorization: `${host}/oauth/auth`,
      token: `${host}/oauth/token`,
      userinfo: `${host}/oauth/userinfo`,
    }
  },
  // Known only once userinfo has named it.
  api: (_, base) => (base === undefined ? [] : [base]),
  captured: { parameter: 'base_uri', hosts: ['*.docusign.net'], required: false, inCallback: false },
  authorize: { scope: 'signature' },
  callbackNames: { error_code: 'error', error_message: 'error_description' },
  // Its answers are limited per hour: ask at sign-in, not at each request. Nothing says that the e-mail is verified.
  identity: [
    {
      from: 'userinfo',
      id: ['sub'],
      email: ['email'],
      name: ['name', ['given_name', 'family_name']],
      keep: { base_uri: ['accounts[is_default].base_uri'], account_id: ['accounts[is_default].account_id'] },
    },
  ],
  pkce: 'supported',
  token: {
    credentials: 'basic-raw',
    encoding: 'form',
    fields: plainFields,
  },
  // No endpoint is documented; third parties post to /oauth/revoke so.
  revocation: () => ({ hint: false }),
  // Whether the old one dies at once is not said.
  rotation: 'always',
  accessLifetime: 28_800,
  idleLifetime: 2_592_000,
})
