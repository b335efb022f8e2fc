import { basicCredentials } from './fake.ts'
import type { FakeClient } from './oauth-fake.ts'
import type { Refuse } from './strict-request.ts'

type Clients<Client> = ReadonlyMap<string, Client>

/** The client that the Authorization header names: exactly `Basic base64(client_id:client_secret)`, both raw. */
export function findByBasic<Client extends FakeClient>(
  clients: Clients<Client>,
  header: string | null,
  refuse: Refuse,
): Client {
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
function whatIsWrong(clients: Clients<FakeClient>, given: string): string {
  const text = fromBase64(given)
  if (text === undefined) return 'what follows "Basic " is not base64'
  const [id = ''] = text.split(':', 1)
  const client = clients.get(id)
  if (!client) return `no client "${id}" is registered`
  const secret = text.slice(id.length + 1)
  if (secret === client.clientSecret) return 'what follows "Basic " is not the standard base64, with padding'
  if (isEncoded(secret, client.clientSecret)) {
    return 'the secret was percent-encoded before base64; here client_id:client_secret stand as they are'
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
