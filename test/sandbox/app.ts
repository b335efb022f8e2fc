import { createSandbox, type InsureSignClient, type InsureSignFake, type Sandbox } from 'esign-auth/sandbox'

/** A small honest app at the fake InsureSign: every request below is the one on the vendor's page. */
export interface App {
  readonly sandbox: Sandbox
  readonly fake: InsureSignFake
  readonly client: InsureSignClient
  readonly redirectUri: string
  /** The authorization URL; `changes` replaces, adds or (with `undefined`) removes parameters. */
  authorizationUrl(changes?: Changes): string
  /** The token request; headers and fields can be replaced, added or (with `undefined`) removed. */
  post(fields: Changes, settings?: Post): Promise<Response>
  /** The fields of a code exchange for a code that a person has just approved. */
  approved(as?: string, changes?: Changes): Promise<Record<string, string>>
  /** Signs a person in and gives the tokens. */
  signIn(as?: string): Promise<Tokens>
  /** What the log says of the last request. */
  refusal(): string | undefined
}

export type Changes = Readonly<Record<string, string | undefined>>

export interface Post {
  readonly client?: InsureSignClient
  readonly host?: string
  readonly headers?: Changes
  readonly init?: RequestInit
}

export interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
  readonly expires_in: number
  readonly token_type: string
  readonly id_token?: string
}

export const HOST = 'https://sign-auth.insuresign.io'
export const LEGACY_HOST = 'https://auth.insuresign.io'
export const API_HOST = 'https://api-v2.insuresign.io'

export function createApp(): App {
  const sandbox = createSandbox()
  const fake = sandbox.vendors.insuresign
  const { client } = fake
  const redirectUri = 'https://app.example/callback'
  client.redirectUris.push(redirectUri)

  const app: App = {
    sandbox,
    fake,
    client,
    redirectUri,
    authorizationUrl(changes = {}) {
      const query = { response_type: 'code', client_id: client.clientId, redirect_uri: redirectUri, state: 's1' }
      return `${HOST}/oauth2/authorize?${new URLSearchParams(present({ ...query, ...changes }))}`
    },
    post(fields, { client: other = client, host = HOST, headers = {}, init = {} } = {}) {
      return sandbox.fetch(`${host}/oauth2/token`, {
        method: 'POST',
        headers: present({ Authorization: basic(other), ...headers }),
        body: new URLSearchParams(present({ client_id: other.clientId, ...fields })),
        ...init,
      })
    },
    async approved(as, changes) {
      const { url } = await sandbox.approve(app.authorizationUrl(changes), as)
      const code = new URL(url).searchParams.get('code') ?? ''
      return { grant_type: 'authorization_code', redirect_uri: redirectUri, code }
    },
    async signIn(as) {
      return readJson<Tokens>(await app.post(await app.approved(as)))
    },
    refusal: () => sandbox.log.at(-1)?.refusal,
  }
  return app
}

/** `Basic` with both values raw, as the vendor's page has it. */
export function basic({
  clientId,
  clientSecret,
}: {
  readonly clientId: string
  readonly clientSecret: string
}): string {
  return `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`
}

/** The JSON of an answer, believed to be of this shape. */
export async function readJson<T = Record<string, unknown>>(response: Response): Promise<T> {
  return (await response.json()) as T
}

/** Asks the one API call, with a bearer token. */
export function documents(app: App, token: string, query = ''): Promise<Response> {
  return app.sandbox.fetch(`${API_HOST}/my/documents${query}`, { headers: { Authorization: `Bearer ${token}` } })
}

function present(fields: Changes): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}
