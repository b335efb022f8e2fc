import { basicCredentials, type Received } from './fake.ts'
import { type InsureSignClient, type InsureSignState, isAtHome, wrongHost } from './insuresign-state.ts'
import { findByBody } from './oauth-token.ts'
import type { Refuse } from './read.ts'

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
  const client = inBody ? findByBody(clients, form, refuse, refuse) : findByHeader(clients, header, refuse)
  if (inBody) form.delete('client_secret')
  if (!isAtHome(client, url)) throw refuse(wrongHost(client))
  return client
}

type Clients = InsureSignState['clients']

function findByHeader(clients: Clients, header: string | null, refuse: Refuse): InsureSignClient {
  if (header === null) {
    throw refuse('there is no Authorization header; it must be Basic base64(client_id:client_secret)')
  }
  if (!header.startsWith('Basic ')) throw refuse('the Authorization header must begin with "Basic "')
  const given = header.slice('Basic '.length)
  for (const client of clients.values()) {
    if (given === basicCredentials(client.clientId, client.clientSecret)) return client
  }
  throw refuse(whatIsWrong(clients, given))
}

/** Tells a developer which part does not fit, without saying what would. */
function whatIsWrong(clients: Clients, given: string): string {
  const text = fromBase64(given)
  if (text === undefined) return 'what follows "Basic " is not base64'
  const [id = ''] = text.split(':', 1)
  const client = clients.get(id)
  if (!client) return `no client "${id}" is registered`
  const secret = text.slice(id.length + 1)
  if (secret === client.clientSecret) return 'what follows "Basic " is not the standard base64, with padding'
  if (isEncoded(secret, client.clientSecret)) {
    return 'the secret was percent-encoded before base64; InsureSign takes client_id:client_secret as they are'
  }
  return `the secret of the client "${id}" is wrong`
}

function isEncoded(given: string, secret: string): boolean {
  return given === encodeURIComponent(secret) || given === new URLSearchParams([['', secret]]).toString().slice(1)
}

/** Reads base64 leniently, so that the refusal can say what is wrong with it. */
function fromBase64(text: string): string | undefined {
  try {
    const bytes = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
    return new TextDecoder().decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)))
  } catch {
    return undefined
  }
}
