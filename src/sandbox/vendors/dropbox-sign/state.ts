import type { Brand } from '../../machinery/fake.ts'
import type { FakeClient, OAuthState, OAuthSwitches } from '../../machinery/oauth-fake.ts'
import type { BodyEncoding } from '../../machinery/request-body.ts'

/** What the fake's endpoints share. */
export type DropboxSignState = OAuthState<DropboxSignClient, DropboxSignSwitches>

/** An API app as Dropbox Sign knows it. */
export interface DropboxSignClient extends FakeClient {
  /**
   * The API key of the app's owner. With it a token request may carry `Authorization: Basic base64(apiKey + ':')`;
   * without it no Authorization header is accepted. Default: none.
   */
  readonly apiKey: string | undefined
}

/**
 * What the pages leave open, or where they contradict each other or what was measured. A code lives one hour (measured),
 * an access token 3600 seconds ("typically one hour"; the OpenAPI sample says 86400), a refresh token for ever.
 */
export interface DropboxSignSwitches extends OAuthSwitches {
  /** How a callback comes; `'bare'` has neither code nor error, since no page shows an error. Default `'query'`. */
  callback: 'query' | 'bare'
  /**
   * The one encoding of token requests. Default `'json'`, as in the reference and the OpenAPI file; `'form'` is what the
   * live endpoint was measured to read, `'multipart'` what the vendor's curl sample sends.
   */
  tokenEncoding: BodyEncoding
  /**
   * Whether the code exchange must repeat the `state` of the authorization request. Default `'required'`, as the OpenAPI
   * file says. `'lenient'`, as measured: it may be left out, but one that is sent must be the right one.
   */
  stateInExchange: 'required' | 'lenient'
  /**
   * Where refreshes are taken. Default `'query'`: at `/oauth/token?refresh` only, as the reference says. `'plain-too'`: at
   * `/oauth/token` as well, as measured.
   */
  refreshUrl: 'query' | 'plain-too'
  /**
   * The errors of the token endpoint: `'oauth'` (default, measured) with status 400; `'nested'`, with an object in
   * `error` and status 400, as the OpenAPI file says; `'in-200'`, OAuth's with status 200, as an old SDK expects.
   */
  errors: 'oauth' | 'nested' | 'in-200'
  /** Which refresh token a refresh brings. Default `'same'`, as in the samples. `rotation` spends the old of `'new'`. */
  refreshToken: 'same' | 'new' | 'none'
  /** Whether `expires_in` is a number of seconds (default) or, as half a sentence of the reference has it, an epoch. */
  expiresIn: 'seconds' | 'epoch'
  /**
   * Whether the app has one of the scopes `account_access` and `basic_account_info`, without which `/v3/account` is
   * forbidden. Scopes are chosen in the settings of an app, not per request. Default true.
   */
  accountScopes: boolean
}

/** Authorization and tokens. */
export const APP = 'app.hellosign.com'
/** The REST API. */
export const API = 'api.hellosign.com'

/** The vendor's blue; the mark is ours. */
export const brand: Brand = {
  name: 'Dropbox Sign',
  colour: { light: '#0061fe', dark: '#7fb0ff' },
  mark:
    '<svg viewBox="0 0 48 48" aria-hidden="true"><rect width="48" height="48" rx="12" fill="#0061fe"/>' +
    '<path d="M30 11l7 7-16 16-9 2 2-9zM26 15l7 7M12 40h24" fill="none" stroke="#fff" ' +
    'stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round"/></svg>',
}
