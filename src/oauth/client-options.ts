import type { IdentityProfile } from './identity.ts'
import type { ClientAuthentication, TokenEncoding } from './token-dialect.ts'
import type { Endpoints } from './vendor.ts'

/** What a client of any vendor may be given, besides the vendor's own settings. An option given as `undefined` counts as not given. */
export interface ClientOptions {
  readonly clientId: string
  /** Required, unless `clientAuthentication` is `public`. */
  readonly clientSecret?: string | undefined
  /** Default: what the vendor's page asks for, if anything. An array, or what stands between spaces, is joined as the vendor wants it. */
  readonly scope?: string | readonly string[] | undefined
  /** Single endpoints in place of the vendor's own: a sandbox, a proxy, or one the vendor does not document (`userinfo`, `revocation`). */
  readonly endpoints?: { readonly [E in keyof Endpoints]?: string | undefined } | undefined
  /** Origins that may get a bearer token, in place of the vendor's own. */
  readonly api?: readonly string[] | undefined
  /**
   * Origins that stand for the vendor's, by the vendor's own: a sandbox, a proxy. A host that the vendor names later
   * (see `TokenSet.vendor_state`) is checked as the vendor's and then replaced as well.
   */
  readonly origins?: Readonly<Record<string, string>> | undefined
  /** PKCE (S256). Default: on where the vendor requires or supports it, off where it is unknown. */
  readonly pkce?: boolean | 'S256' | undefined
  /** Default: the vendor's documented encoding. */
  readonly tokenEncoding?: TokenEncoding | undefined
  /** Default: the vendor's documented way. `public` only where the vendor has such clients: no secret then, and PKCE. */
  readonly clientAuthentication?: ClientAuthentication | undefined
  /** Fields added to the body of every token request. They cannot replace one that the vendor's dialect writes. */
  readonly tokenParams?: Readonly<Record<string, string>> | undefined
  /** Headers added to token requests, and to nothing else. `Authorization` among them is refused: two proofs of the client in one request are an error (RFC 6749 §2.3). */
  readonly tokenHeaders?: Readonly<Record<string, string>> | undefined
  /** Says who signed in, in place of the vendor's own sources. Its `id` must be stable and unique at the vendor. */
  readonly profile?: IdentityProfile | undefined
  /**
   * What is sealed for this client's own use, cookies of pending logins and copies of tokens in a session, is sealed with
   * a key from this text. Default: from the client secret. Anybody who holds such a cookie can try weak secrets offline. Give
   * 32 random bytes if the vendor gave you a short secret, or to survive a change of it.
   */
  readonly cookieSecret?: string | undefined
  /**
   * Milliseconds that an access token must be old for a 401 of the API to refresh it. Default 30 000: a younger one was not
   * refused for its age, and a refresh would only bring the client nearer to the vendor's limit. The sandbox, whose tokens
   * end on command, gives 0.
   */
  readonly minRefreshAge?: number | undefined
  /** Milliseconds for a whole exchange: connect, headers and body. Default 10 000. */
  readonly timeout?: number | undefined
  /** Used in place of `node:https`, for tests and edge runtimes. Excludes `agent`. */
  readonly fetch?: typeof globalThis.fetch | undefined
  /** A `node:https` agent, such as one that goes through a corporate proxy. Default: our own, which keeps connections alive. */
  readonly agent?: object | undefined
  /** Allows `http:` to 127.0.0.1, ::1 and localhost, for the sandbox. Default `false`: https only. */
  readonly allowLoopbackHttp?: boolean | undefined
}

/** Ends a check with an error that names option and remedy. */
export type Fail = (option: string, remedy: string) => never

/** An override given as `undefined` must not wipe what it would override. */
export function withoutUndefined<T extends object>(object: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as never
}

/** Checks that options are of the kind their types say, so that a mistake shows at construction and not at the first sign-in. */
export function checkKinds(given: ClientOptions, fail: Fail): void {
  const { scope, api, fetch, agent, profile, tokenHeaders, tokenParams, endpoints, origins, cookieSecret } = {
    ...given,
  } as Record<string, unknown>
  const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value)
  const isTexts = (value: unknown) => Array.isArray(value) && value.every((each) => typeof each === 'string')
  if (scope !== undefined && typeof scope !== 'string' && !isTexts(scope))
    fail('scope', 'must be text or an array of texts.')
  if (api !== undefined && !isTexts(api)) fail('api', 'must be an array of origins, such as https://api.example.com.')
  // With an empty one anybody could make what it seals.
  if (cookieSecret !== undefined && (typeof cookieSecret !== 'string' || cookieSecret === ''))
    fail('cookieSecret', 'must be text that nobody can guess; is its environment variable set?')
  for (const [option, value] of Object.entries({ fetch, profile })) {
    if (value !== undefined && typeof value !== 'function') fail(option, 'must be a function.')
  }
  for (const [option, value] of Object.entries({ agent, tokenHeaders, tokenParams, endpoints, origins })) {
    if (value !== undefined && !isObject(value)) fail(option, 'must be an object.')
  }
  const places = ['authorization', 'token', 'refresh', 'revocation', 'userinfo']
  const odd = Object.keys(endpoints ?? {}).find((name) => !places.includes(name))
  if (odd) fail(`endpoints.${odd}`, `is no endpoint: they are ${places.join(', ')}.`)
  const isOrigin = (text: unknown) => typeof text === 'string' && URL.canParse(text) && new URL(text).origin === text
  if (
    !Object.entries(origins ?? {})
      .flat()
      .every(isOrigin)
  )
    fail('origins', "must name origins by the vendor's own, all without a path, such as https://api.example.com.")
  for (const [name, value] of Object.entries(tokenHeaders ?? {})) {
    const plain = /^[\w!#$%&'*+.^`|~-]+$/.test(name) && !/[^\t\x20-\x7e\x80-\xff]/.test(String(value))
    if (!plain) fail('tokenHeaders', `must hold names and values fit for a header; ${JSON.stringify(name)} is not.`)
  }
}
