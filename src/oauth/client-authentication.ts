import type { ClientAuthentication } from './token-dialect.ts'

/** The client's proof of itself: a header or fields, never both (RFC 6749 §2.3). */
export interface ClientProof {
  readonly headers: Readonly<Record<string, string>>
  readonly fields: Readonly<Record<string, string>>
  /** Its values that must not come back in a message. */
  readonly secrets: readonly string[]
}

/** The proof for `credentials`; `none` where a request carries no proof at all. */
export function authenticateClient(
  credentials: ClientAuthentication | 'none',
  clientId: string,
  clientSecret: string,
): ClientProof {
  switch (credentials) {
    case 'none':
      return { headers: {}, fields: {}, secrets: [] }
    case 'public':
      return { headers: {}, fields: { client_id: clientId }, secrets: [] }
    case 'body':
      return { headers: {}, fields: { client_id: clientId, client_secret: clientSecret }, secrets: [clientSecret] }
    case 'basic-raw':
      return basic(clientId, clientSecret, clientSecret)
    case 'basic-form':
      return basic(formEncode(clientId), formEncode(clientSecret), clientSecret)
  }
}

function basic(user: string, password: string, clientSecret: string): ClientProof {
  const encoded = base64(`${user}:${password}`)
  return { headers: { authorization: `Basic ${encoded}` }, fields: {}, secrets: [clientSecret, encoded] }
}

/** The base64 of a text's UTF-8, as HTTP Basic has it (RFC 7617 §2.1). */
export function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)))
}

function formEncode(value: string): string {
  return new URLSearchParams([['', value]]).toString().slice(1)
}
