import { EsignAuthError } from './errors.ts'
import type { Registration } from './registration.ts'
import { joinScope } from './scope.ts'

/** What an authorization URL says, besides what the client knows. */
export interface AuthorizationParams {
  /** Absolute; the one registered at the vendor, to the letter. */
  readonly redirectUri: string
  /** At least 128 random bits, bound to the browser, used once (RFC 9700 §4.7). Sent to every vendor, also where its page does not name it. */
  readonly state: string
  /** S256 challenge; required where the client uses PKCE. */
  readonly codeChallenge?: string | undefined
  /** In place of the client's. */
  readonly scope?: string | readonly string[] | undefined
  /** Added as they are; they cannot replace the parameters above. */
  readonly params?: Readonly<Record<string, string>> | undefined
}

/**
 * Where to send the browser (RFC 6749 §4.1.1). Pure. Holds no secret and no parameter twice.
 *
 * @throws EsignAuthError `invalid_argument` when something is missing.
 */
export function authorizationUrl(registration: Registration, asked: AuthorizationParams): string {
  const { vendor, endpoints, clientId } = registration
  const need = (name: string, value: unknown): string => {
    if (typeof value === 'string' && value !== '') return value
    throw new EsignAuthError(
      'invalid_argument',
      vendor,
      `an authorization URL needs \`${name}\`, and it is missing or not text.`,
    )
  }
  if (!URL.canParse(need('redirectUri', asked.redirectUri))) {
    throw new EsignAuthError(
      'invalid_argument',
      vendor,
      '`redirectUri` must be an absolute URL, the one registered at the vendor.',
    )
  }
  const { names = {}, omit = [], scopeSeparator, scopeAt } = vendor.authorize ?? {}
  const { client_id = 'client_id', redirect_uri = 'redirect_uri' } = names
  const params: Record<string, string> = {
    response_type: 'code',
    [client_id]: clientId,
    [redirect_uri]: asked.redirectUri,
    state: need('state', asked.state),
  }
  const own = joinScope(asked.scope, scopeSeparator)
  if (own && scopeAt === 'token') {
    throw new EsignAuthError(
      'invalid_argument',
      vendor,
      "the scope goes with the token request here, not into the authorization URL. Give it as the client's option `scope`.",
    )
  }
  const scope = scopeAt === 'token' ? undefined : (own ?? registration.scope)
  if (scope && scopeAt === 'nowhere') {
    throw new EsignAuthError('invalid_argument', vendor, 'the vendor knows no scopes: give none.')
  }
  if (scope) params['scope'] = scope
  if (registration.pkce) {
    params['code_challenge'] = need('codeChallenge', asked.codeChallenge)
    params['code_challenge_method'] = 'S256'
  }
  const url = new URL(endpoints.authorization)
  const query = new URLSearchParams(url.search)
  for (const [name, value] of Object.entries({ ...registration.authorizeParams, ...asked.params, ...params })) {
    if (value !== undefined && !omit.some((each) => each === name)) query.set(name, value)
  }
  // A space as %20, which a query parser and a form parser both understand.
  const search = query.toString().replaceAll('+', '%20')
  url.search =
    scopeSeparator === '+' ? search.replace(/(?<=^|&)scope=[^&]*/, (pair) => pair.replaceAll('%2B', '+')) : search
  return url.href
}

/** At most this many callback addresses are prepared. Applications that make one up per request take the general way. */
const mostPrepared = 20

/**
 * {@link authorizationUrl} for one client. What stays the same between two logins is made once per callback address, by the
 * general way itself, with a mark where state and challenge go; both must be text that a URL holds as it is.
 */
export function authorizationUrls(registration: Registration): (asked: AuthorizationParams) => string {
  const prepared = new Map<string, readonly string[]>()
  return (asked) => {
    const { redirectUri, state, codeChallenge } = asked
    const { pkce } = registration
    const isUsual =
      asked.scope === undefined && isEmpty(asked.params) && isPlain(state) && (!pkce || isPlain(codeChallenge))
    if (!isUsual) return authorizationUrl(registration, asked)
    let parts = prepared.get(redirectUri)
    if (!parts) {
      parts = partsOf(registration, redirectUri)
      if (prepared.size < mostPrepared) prepared.set(redirectUri, parts)
    }
    const [before = '', between, after] = parts
    if (between === undefined) return authorizationUrl(registration, asked)
    return before + state + between + (after === undefined ? '' : codeChallenge + after)
  }
}

/** The URL around its state and challenge; in one piece where the marks do not tell for certain where they go. */
function partsOf(registration: Registration, redirectUri: string): readonly string[] {
  const url = authorizationUrl(registration, {
    redirectUri,
    state: 'mark-of-state',
    codeChallenge: 'mark-of-challenge',
  })
  const found = url.match(/mark-of-(state|challenge)/g)?.join()
  const isCertain = found === (registration.pkce ? 'mark-of-state,mark-of-challenge' : 'mark-of-state')
  return isCertain ? url.split(/mark-of-(?:state|challenge)/) : [url]
}

function isPlain(text: unknown): boolean {
  return typeof text === 'string' && /^[\w.*-]+$/.test(text)
}

function isEmpty(params: object | undefined): boolean {
  for (const _ in params) return false
  return true
}
