import type { AuthorizePage } from '../../machinery/oauth-authorize.ts'
import { brand, type DropboxSignClient } from './state.ts'

/**
 * The authorize endpoint, by the OAuth walkthrough and the Ruby SDK. Without a `redirect_uri` the callback is the one of
 * the app's settings, here the first. Scopes stand in the app's settings, so there is no `scope`.
 */
export const authorizePage: AuthorizePage<DropboxSignClient> = {
  brand,
  clientId: 'client_id',
  redirectUri: 'redirect_uri',
  required: ['response_type', 'client_id', 'state'],
  optional: ['redirect_uri'],
  asks: () => [
    'See your e-mail address and account',
    'Send signature requests for you',
    'Stay connected until you end it',
  ],
  check({ redirectUri }, refuse) {
    if (URL.canParse(redirectUri) && new URL(redirectUri).hostname === 'localhost') {
      throw refuse(`the callback "${redirectUri}" is on localhost, which Dropbox Sign does not allow; use 127.0.0.1`)
    }
  },
}
