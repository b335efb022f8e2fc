import { findByBasic } from '../../machinery/basic-authentication.ts'
import { findByBody } from '../../machinery/oauth-token-request.ts'
import type { Received } from '../../machinery/request.ts'
import type { Refuse } from '../../machinery/strict-request.ts'
import { type InsureSignClient, type InsureSignState, isAtHome, wrongHost } from './state.ts'

/**
 * The client that the Authorization header names: exactly `Basic base64(client_id:client_secret)`, both raw. With the
 * `bodyCredentials` switch on, and without the header, it may be the one of the body; the secret is then taken out.
 */
export function authenticate(
  { clients, switches }: InsureSignState,
  { headers, url }: Received,
  form: Map<string, string>,
  refuse: Refuse,
): InsureSignClient {
  const header = headers.get('authorization')
  const inBody = header === null && switches.bodyCredentials
  const client = inBody ? findByBody(clients, form, refuse, refuse) : findByBasic(clients, header, refuse)
  if (inBody) form.delete('client_secret')
  if (!isAtHome(client, url)) throw refuse(wrongHost(client))
  return client
}
