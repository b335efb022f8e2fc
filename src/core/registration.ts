import { type Addresses, addresses } from './addresses.ts'
import { authenticateClient, type ClientProof } from './client-authentication.ts'
import { optionError } from './errors.ts'
import type { IdentityProfile } from './identity.ts'
import type { TokenSet } from './token-set.ts'
import type {
  AuthorizationDialect,
  ClientAuthentication,
  Endpoints,
  GrantType,
  RevocationDialect,
  SettingRule,
  TokenDialect,
  TokenEncoding,
  Vendor,
} from './vendor.ts'

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
  /** Milliseconds for a whole exchange: connect, headers and body. Default 10 000. */
  readonly timeout?: number | undefined
  /** Used in place of `node:https`, for tests and edge runtimes. Excludes `agent`. */
  readonly fetch?: typeof globalThis.fetch | undefined
  /** A `node:https` agent, such as one that goes through a corporate proxy. Default: our own, which keeps connections alive. */
  readonly agent?: object | undefined
  /** Allows `http:` to 127.0.0.1, ::1 and localhost, for the sandbox. Default `false`: https only. */
  readonly allowLoopbackHttp?: boolean | undefined
}

/** One client at one vendor: options checked, overrides applied. Holds the secret; never leaves the core's closures. */
export interface Registration {
  readonly vendor: Vendor
  readonly clientId: string
  readonly clientSecret: string
  readonly endpoints: Endpoints
  /** Origins that may get a bearer token. */
  readonly api: readonly string[]
  /**
   * The addresses that serve one user's tokens, for vendors whose callback names a host.
   *
   * @throws EsignAuthError `callback_invalid` when the host is not the vendor's.
   */
  at(vendorState: TokenSet['vendor_state']): Addresses
  /** The settings that choose among the vendor's hosts, as text; empty where none is given. */
  readonly region: string
  /** The vendor's own settings that never come back in a message. */
  readonly secrets: readonly string[]
  readonly token: TokenDialect
  /** What every token request proves the client with. */
  readonly proof: ClientProof
  readonly revocation: RevocationDialect
  readonly pkce: boolean
  readonly scope: string | undefined
  /** Parameters that the vendor wants in the authorization URL. */
  readonly authorizeParams: Readonly<Record<string, string>>
  readonly tokenParams: Readonly<Record<string, string>>
  tokenHeaders(grant: GrantType): Readonly<Record<string, string>>
  readonly profile: IdentityProfile | undefined
  readonly timeout: number
  readonly allowLoopbackHttp: boolean
}

/** How a host framework spells an option, so that an error names what its user wrote. */
export type Spelling = Readonly<Record<string, string>>

/**
 * Checks the options of a client.
 *
 * @throws TypeError with `code: 'invalid_option'`, naming vendor, option and remedy.
 */
export function register<S extends object>(
  vendor: Vendor<S>,
  options: ClientOptions & S,
  spelling?: Spelling,
): Registration
export function register(vendor: Vendor, options: ClientOptions, spelling: Spelling = {}): Registration {
  const fail: Fail = (option, remedy) => {
    throw optionError(vendor, spelling[option] ?? option, remedy)
  }
  const given: ClientOptions = withoutUndefined(options ?? {})
  checkKinds(given, fail)
  const settings = checkSettings(vendor, given, fail)
  const token = checkDialect(vendor, given, settings, fail)
  const { clientId, clientSecret } = checkCredentials(given, token.credentials, fail)
  const { endpoints, api, at } = addresses(vendor, given, withoutUndefined(given.endpoints ?? {}), settings, fail)
  const { timeout = 10_000 } = given
  if (!(Number.isFinite(timeout) && timeout > 0 && timeout <= 600_000)) {
    fail('timeout', 'is in milliseconds, above 0 and at most 600000.')
  }
  if (given.fetch !== undefined && given.agent !== undefined) {
    fail('agent', 'has no effect beside `fetch`: give one of them.')
  }
  return {
    vendor,
    clientId,
    clientSecret,
    endpoints,
    api,
    at,
    region: Object.entries(settings)
      .flatMap(([name, value]) =>
        rulesOf(vendor)[name]?.values === 'secret' || rulesOf(vendor)[name]?.sameUsers || value === false
          ? []
          : `${name}=${value}`,
      )
      .sort()
      .join('&'),
    secrets: Object.entries(settings).flatMap(([name, value]) =>
      rulesOf(vendor)[name]?.values === 'secret' ? String(value) : [],
    ),
    token,
    proof: authenticateClient(token.credentials, clientId, clientSecret),
    revocation: vendor.revocation?.(settings) ?? {},
    pkce: checkPkce(vendor, given.pkce, token.credentials === 'public', fail),
    scope: joinScope(given.scope, vendor.authorize?.scopeSeparator) ?? vendor.authorize?.scope,
    authorizeParams: vendor.authorize?.params?.(settings) ?? {},
    tokenParams: given.tokenParams ?? {},
    tokenHeaders: (grant) => ({ ...given.tokenHeaders, ...vendor.tokenHeaders?.(settings, grant) }),
    profile: given.profile,
    timeout,
    allowLoopbackHttp: given.allowLoopbackHttp === true,
  }
}

/** Ends a check with an error that names option and remedy. */
export type Fail = (option: string, remedy: string) => never

/** An override given as `undefined` must not wipe what it would override. */
export function withoutUndefined<T extends object>(object: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as never
}

/** Scope as the wire writes it; `undefined` when there is none to send. */
export function joinScope(
  scope: string | readonly string[] | undefined,
  separator: AuthorizationDialect['scopeSeparator'] = ' ',
): string | undefined {
  const joined = typeof scope === 'string' ? scope : scope?.join(' ')
  // No scope holds a space (RFC 6749 §3.3).
  const between = separator === ',' ? /[ ,]+/g : / +/g
  return (separator === ' ' ? joined : joined?.trim().replaceAll(between, separator)) || undefined
}

function rulesOf(vendor: Vendor): Readonly<Record<string, SettingRule>> {
  return { ...vendor.settings }
}

/** That options are of the kind their types say: a mistake must show here, not at somebody's first sign-in. */
function checkKinds(given: ClientOptions, fail: Fail): void {
  const { scope, api, fetch, agent, profile, tokenHeaders, tokenParams, endpoints, origins } = { ...given } as Record<
    string,
    unknown
  >
  const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value)
  const isTexts = (value: unknown) => Array.isArray(value) && value.every((each) => typeof each === 'string')
  if (scope !== undefined && typeof scope !== 'string' && !isTexts(scope))
    fail('scope', 'must be text or an array of texts.')
  if (api !== undefined && !isTexts(api)) fail('api', 'must be an array of origins, such as https://api.example.com.')
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

/** The vendor's own settings among the options, each checked against its rule. */
function checkSettings(vendor: Vendor, given: ClientOptions, fail: Fail): Readonly<Record<string, string | boolean>> {
  const all: Readonly<Record<string, unknown>> = { ...given }
  const settings: Record<string, string | boolean> = {}
  for (const [name, { values, requiredUnless, choosesEndpoints }] of Object.entries(rulesOf(vendor))) {
    const value = all[name]
    if (value === undefined) {
      if (requiredUnless !== undefined && !all[requiredUnless])
        fail(name, `is missing: it is ${choices(values)}. Without it: \`${requiredUnless}: true\`.`)
      continue
    }
    const fits =
      values === 'label'
        ? typeof value === 'string' && /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(value)
        : typeof values === 'string'
          ? isPlainText(value)
          : values.some((each) => each === value)
    if (!fits) fail(name, `must be ${choices(values)}.`)
    settings[name] = value as string | boolean
    const own = Object.keys(withoutUndefined(given.endpoints ?? {}))
    const clash = choosesEndpoints && value && own.find((each) => each in vendor.endpoints(settings))
    if (clash) fail(name, `chooses the vendor's hosts, and \`endpoints.${clash}\` does too: give one of them.`)
  }
  return settings
}

function choices(values: SettingRule['values']): string {
  if (values === 'label') return 'one label of a host name: lower-case letters, digits and hyphens'
  return typeof values === 'string'
    ? 'text without control characters'
    : values.map((each) => JSON.stringify(each)).join(' or ')
}

function isPlainText(value: unknown): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  return typeof value === 'string' && value !== '' && !/[\u0000-\u001f\u007f]/.test(value)
}

/** The vendor's dialect under the caller's changes to it. */
function checkDialect(vendor: Vendor, given: ClientOptions, settings: object, fail: Fail): TokenDialect {
  const { tokenEncoding, clientAuthentication, tokenHeaders = {}, tokenParams = {} } = given
  const dialect = { ...vendor.token, ...vendor.tokenOf?.(settings) }
  const { fields, encoding, credentials } = dialect
  if (tokenEncoding !== undefined && !['form', 'json', 'multipart'].includes(tokenEncoding)) {
    fail('tokenEncoding', "must be 'form', 'json' or 'multipart'.")
  }
  const ways = ['basic-raw', 'basic-form', 'body', ...(vendor.publicClients ? ['public'] : [])]
  if (clientAuthentication !== undefined && !ways.includes(clientAuthentication)) {
    fail('clientAuthentication', `must be one of '${ways.join("', '")}'.`)
  }
  if (Object.keys(tokenHeaders).some((name) => name.toLowerCase() === 'authorization')) {
    fail('tokenHeaders', "must not hold Authorization: the vendor's own way of client authentication is sent already.")
  }
  for (const [option, values] of Object.entries({ tokenHeaders, tokenParams })) {
    const odd = Object.keys(values).find((name) => typeof values[name] !== 'string')
    if (odd) fail(option, `must hold text only, and its ${odd} is none; is an environment variable not set?`)
  }
  const written = new Set<string>(['client_secret', ...Object.values(fields).flat()])
  const clash = Object.keys(tokenParams).find((name) => written.has(name))
  if (clash) fail('tokenParams', `must not hold ${clash}, which the token request writes itself.`)
  return { ...dialect, encoding: tokenEncoding ?? encoding, credentials: clientAuthentication ?? credentials }
}

function checkCredentials(
  given: ClientOptions,
  way: ClientAuthentication,
  fail: Fail,
): { clientId: string; clientSecret: string } {
  const { clientId, clientSecret } = given as { clientId?: unknown; clientSecret?: unknown }
  if (typeof clientId !== 'string' || clientId === '') {
    return fail('clientId', 'is missing. It is the id the vendor gave your app; is its environment variable set?')
  }
  if (way === 'public') {
    if (clientSecret !== undefined) fail('clientSecret', 'must not be given: a public client has none.')
  } else if (typeof clientSecret !== 'string' || clientSecret === '') {
    return fail(
      'clientSecret',
      'is missing. It is the secret the vendor gave your app; is its environment variable set?',
    )
  }
  const secret = way === 'public' ? '' : String(clientSecret)
  for (const [option, value] of Object.entries({ clientId, clientSecret: secret })) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
    if (/[\u0000-\u001f\u007f]/.test(value)) fail(option, 'holds a line break or another control character.')
  }
  if (way.startsWith('basic') && clientId.includes(':')) {
    fail('clientId', 'holds a colon, which cannot be sent as the user name of HTTP Basic (RFC 7617 §2).')
  }
  return { clientId, clientSecret: secret }
}

function checkPkce(vendor: Vendor, asked: unknown, isPublic: boolean, fail: Fail): boolean {
  if (asked !== undefined && typeof asked !== 'boolean' && asked !== 'S256') {
    fail('pkce', "must be true, false or 'S256'; the method `plain` is never sent (RFC 9700 §2.1.1).")
  }
  const always = vendor.pkce === 'required' || vendor.pkce === 'supported'
  if (asked === false && isPublic) fail('pkce', 'cannot be switched off for a public client (RFC 9700 §2.1.1).')
  if (asked === false && always) fail('pkce', `cannot be switched off: the vendor's support is ${vendor.pkce}.`)
  if (asked && vendor.pkce === 'refused') fail('pkce', 'cannot be switched on: the vendor refuses it.')
  return always || isPublic || Boolean(asked)
}
