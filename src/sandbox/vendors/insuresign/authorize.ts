import type { AuthorizePage } from '../../machinery/oauth-authorize.ts'
import { brand, type InsureSignClient, isAtHome, wrongHost } from './state.ts'

/** The authorize endpoint: docs-api-v2.insuresign.io/reference/authorization. */
export const authorizePage: AuthorizePage<InsureSignClient> = {
  brand,
  clientId: 'client_id',
  redirectUri: 'redirect_uri',
  required: ['response_type', 'client_id', 'redirect_uri'],
  optional: ['state'],
  asks: () => [
    'See your name and e-mail address',
    'See and send documents in your name',
    'Stay connected until you end it',
  ],
  check({ client, url }, refuse) {
    if (!isAtHome(client, url)) throw refuse(wrongHost(client))
  },
}
