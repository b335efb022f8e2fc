import { type Addresses, addresses } from './addresses.ts'
import { authenticateClient, type ClientProof } from './client-authentication.ts'
import type { ClientOptions, Fail } from './client-options.ts'
import { checkKinds, withoutUndefined } from './client-options.ts'
import { optionError } from './errors.ts'
import type { IdentityProfile } from './identity.ts'
import { joinScope } from './scope.ts'
import type { ClientAuthentication, GrantType, RevocationDialect, TokenDialect } from './token-dialect.ts'
import type { TokenSet } from './token-set.ts'
import type { Endpoints, Vendor } from './vendor.ts'
import { checkSettings, rulesOf } from './vendor-settings.ts'

/** One client at one vendor: options checked, overrides applied. Holds the secret; never leaves the core's closures. */
export interface Registration {
  readonly vendor: Vendor
  readonly clientId: string
  readonly clientSecret: string
  /** What this client seals with: the caller's secret for it, else the client secret; empty for a public client with neither. */
  readonly sealingSecret: string
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
  /** Milliseconds. */
  readonly minRefreshAge: number
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
  const { timeout = 10_000, minRefreshAge = 30_000 } = given
  if (!(Number.isFinite(timeout) && timeout > 0 && timeout <= 600_000)) {
    fail('timeout', 'is in milliseconds, above 0 and at most 600000.')
  }
  if (!(Number.isFinite(minRefreshAge) && minRefreshAge >= 0)) {
    fail('minRefreshAge', 'is in milliseconds, 0 or more.')
  }
  if (given.fetch !== undefined && given.agent !== undefined) {
    fail('agent', 'has no effect beside `fetch`: give one of them.')
  }
  return {
    vendor,
    clientId,
    clientSecret,
    sealingSecret: given.cookieSecret ?? clientSecret,
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
    minRefreshAge,
    allowLoopbackHttp: given.allowLoopbackHttp === true,
  }
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
