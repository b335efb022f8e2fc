import { createHash } from 'node:crypto'
import type { SandboxVendors } from 'esign-auth/sandbox'
import { type Begun, basic, begin, type Changes, present, readJson } from './app.ts'

/** What the pages of a vendor say: everything else is as in RFC 6749. Written by hand, never from our descriptors. */
export interface Pages {
  readonly authorize: string
  /** Beside `response_type`, `client_id`, `redirect_uri` and `state`. */
  readonly query?: Changes
  readonly token: string
  /** Default: `token`. */
  readonly refresh?: string
  readonly encoding?: 'form' | 'json' | 'multipart'
  readonly credentials?: 'basic' | 'body'
  /** Fields of the code exchange beside `grant_type` and `code`. Default: `redirect_uri`. */
  readonly exchange?: (redirectUri: string) => Changes
}

/** Whatever a token endpoint answers. */
export interface Answer {
  readonly status: number
  readonly access_token: string
  readonly refresh_token: string
  readonly error?: unknown
  readonly error_description?: string
  readonly [name: string]: unknown
}

/** How one request differs from an honest one; `undefined` takes a field or header away. */
export interface Differently {
  readonly url?: string
  readonly encoding?: 'form' | 'json' | 'multipart'
  readonly headers?: Changes
}

/** A small honest app at a fake. */
export interface PlainApp<V extends keyof SandboxVendors> extends Begun<V> {
  authorizationUrl(changes?: Changes): string
  /** The callback after a person approved, or (`'deny'`) did not. */
  callback(changes?: Changes, as?: string): Promise<URLSearchParams>
  code(changes?: Changes, as?: string): Promise<string>
  post(fields: Changes, differently?: Differently): Promise<Answer>
  exchange(code: string, changes?: Changes, differently?: Differently): Promise<Answer>
  signIn(changes?: Changes, as?: string): Promise<Answer>
  refresh(token: string, changes?: Changes, differently?: Differently): Promise<Answer>
  /** GETs with a bearer token, or with these headers. */
  get(url: string, token: string | Changes): Promise<Answer>
}

export const verifier = 'a-verifier-of-this-test-0123456789-0123456789'
/** What PKCE adds to the authorization URL. */
export const challenge: Changes = {
  code_challenge: createHash('sha256').update(verifier).digest('base64url'),
  code_challenge_method: 'S256',
}

export function plainApp<V extends keyof SandboxVendors>(vendor: V, pages: Pages): PlainApp<V> {
  const begun = begin(vendor)
  const { sandbox, client, redirectUri } = begun
  const { credentials = 'body', encoding = 'form', exchange = () => ({ redirect_uri: redirectUri }) } = pages
  const proof: Changes =
    credentials === 'body' ? { client_id: client.clientId, client_secret: client.clientSecret } : {}
  const header: Changes = credentials === 'basic' ? { authorization: basic(client) } : {}

  const app: PlainApp<V> = {
    ...begun,
    authorizationUrl(changes = {}) {
      const query = { response_type: 'code', client_id: client.clientId, redirect_uri: redirectUri, state: 's1' }
      return `${pages.authorize}?${new URLSearchParams(present({ ...query, ...pages.query, ...changes }))}`
    },
    async callback(changes, as) {
      const url = app.authorizationUrl(changes)
      return new URL((await (as === 'deny' ? sandbox.deny(url) : sandbox.approve(url, as))).url).searchParams
    },
    async code(changes, as) {
      return (await app.callback(changes, as)).get('code') ?? ''
    },
    async post(fields, { url = pages.token, encoding: as = encoding, headers = {} } = {}) {
      const { body, type } = encode(present({ ...proof, ...fields }), as)
      const given = present({ ...header, ...type, ...headers })
      return answerOf(await sandbox.fetch(url, { method: 'POST', headers: given, body }))
    },
    exchange: (code, changes, differently) =>
      app.post({ grant_type: 'authorization_code', code, ...exchange(redirectUri), ...changes }, differently),
    async signIn(changes, as) {
      return app.exchange(await app.code(changes, as))
    },
    refresh: (refresh_token, changes, differently) =>
      app.post({ grant_type: 'refresh_token', refresh_token, ...changes }, {
        url: pages.refresh,
        ...differently,
      } as object),
    async get(url, token) {
      const headers = typeof token === 'string' ? { authorization: `Bearer ${token}` } : token
      return answerOf(await sandbox.fetch(url, { headers: present(headers) }))
    },
  }
  return app
}

async function answerOf(response: Response): Promise<Answer> {
  const isJson = response.headers.get('content-type')?.startsWith('application/json')
  return { ...(isJson ? await readJson<Answer>(response) : ({} as Answer)), status: response.status }
}

function encode(
  fields: Record<string, string>,
  encoding: string,
): { body: string | URLSearchParams | FormData; type: Changes } {
  if (encoding === 'json') return { body: JSON.stringify(fields), type: { 'content-type': 'application/json' } }
  if (encoding === 'form') return { body: new URLSearchParams(fields), type: {} }
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.set(name, value)
  return { body: form, type: {} }
}
