import { createSandbox, type InsureSignClient, type Sandbox, type SandboxVendors } from 'esign-auth/sandbox'

/** What an honest app has at any fake. */
export interface Begun<V extends keyof SandboxVendors> {
  readonly sandbox: Sandbox
  readonly fake: SandboxVendors[V]
  readonly client: SandboxVendors[V]['client']
  readonly redirectUri: string
  /** The code of a person who approves. */
  approve(authorizationUrl: string, as?: string): Promise<string>
  /** What the log says of the last request. */
  refusal(): string | undefined
}

/** A small honest app at the fake InsureSign: every request below is the one on the vendor's page. */
export interface App extends Begun<'insuresign'> {
  /** The authorization URL; `changes` replaces, adds or (with `undefined`) removes parameters. */
  authorizationUrl(changes?: Changes): string
  /** The token request; headers and fields can be replaced, added or (with `undefined`) removed. */
  post(fields: Changes, settings?: Post): Promise<Response>
  /** The fields of a code exchange for a code that a person has just approved. */
  approved(as?: string, changes?: Changes): Promise<Record<string, string>>
  /** Signs a person in and gives the tokens. */
  signIn(as?: string): Promise<Tokens>
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

/** A sandbox in which the client of one vendor has a redirect URI. */
export function begin<V extends keyof SandboxVendors>(vendor: V): Begun<V> {
  const sandbox = createSandbox()
  const fake = sandbox.vendors[vendor]
  const redirectUri = 'https://app.example/callback'
  fake.client.redirectUris.push(redirectUri)
  return {
    sandbox,
    fake,
    client: fake.client,
    redirectUri,
    async approve(authorizationUrl, as) {
      const { url } = await sandbox.approve(authorizationUrl, as)
      return new URL(url).searchParams.get('code') ?? ''
    },
    refusal: () => sandbox.log.at(-1)?.refusal,
  }
}

export function createApp(): App {
  const begun = begin('insuresign')
  const { sandbox, client, redirectUri } = begun
  const app: App = {
    ...begun,
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
      const code = await app.approve(app.authorizationUrl(changes), as)
      return { grant_type: 'authorization_code', redirect_uri: redirectUri, code }
    },
    async signIn(as) {
      return readJson<Tokens>(await app.post(await app.approved(as)))
    },
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

/** An OAuth error as a client reads it. */
export async function refused(
  response: Response,
): Promise<{ status: number; error: string; error_description?: string }> {
  return { status: response.status, ...(await readJson<{ error: string }>(response)) }
}

/** The JSON of an answer, believed to be of this shape. */
export async function readJson<T = Record<string, unknown>>(response: Response): Promise<T> {
  return (await response.json()) as T
}

/** Asks the one API call, with a bearer token. */
export function documents(app: App, token: string, query = ''): Promise<Response> {
  return app.sandbox.fetch(`${API_HOST}/my/documents${query}`, { headers: { Authorization: `Bearer ${token}` } })
}

/** The fields that have a value. */
export function present(fields: Changes): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}
