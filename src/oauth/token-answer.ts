import { keptOf } from './captured-host.ts'
import { type ErrorDetails, EsignAuthError, type OAuthErrorBody } from './errors.ts'
import type { HttpAnswer } from './http/exchange.ts'
import { deepestNesting, isNestedTooDeep } from './nesting.ts'
import { holdsSecret, redact } from './redact.ts'
import type { TokenDialect } from './token-dialect.ts'
import { IssuedTokens, type TokenSet } from './token-set.ts'
import type { CapturedHost } from './vendor.ts'

/** What reading an answer needs to know of its request. */
export interface Asked {
  readonly vendor: {
    readonly id: string
    readonly name: string
    readonly token?: Pick<TokenDialect, 'envelope' | 'expiry' | 'untyped' | 'created' | 'labels' | 'keep'>
    readonly captured?: CapturedHost
  }
  /** In a few words, for messages: "the code exchange". */
  readonly purpose: string
  /** Values that must not come back in a message. */
  readonly secrets: readonly string[]
  /** Epoch milliseconds at which the answer came. */
  readonly now: number
  /** For a refresh: the tokens it began with. What the answer does not renew stays. */
  readonly previous?: Pick<TokenSet, 'refresh_token' | 'scope'> | undefined
  /** Kept with the tokens, under what the answer says anew. */
  readonly vendorState?: TokenSet['vendor_state']
}

/** A longer duration than this is read as an epoch. */
const tenYears = 320_000_000

const salvaged = new WeakMap<EsignAuthError, string>()

/**
 * The new refresh token that came in a complete 200 answer which was refused for another reason. The vendor may have
 * spent the old one, so whoever keeps the grant stores this before anything else. It hangs beside the error, where
 * nothing can print it.
 */
export function salvagedRefreshToken(error: unknown): string | undefined {
  return error instanceof EsignAuthError ? salvaged.get(error) : undefined
}

/**
 * Reads the answer of a token endpoint (RFC 6749 §5). Pure.
 *
 * @throws EsignAuthError `oauth_error` with the vendor's own error, `http_error` for a status without one, or
 * `invalid_answer` for a success that is none.
 */
export function readTokenAnswer(answer: HttpAnswer, asked: Asked): IssuedTokens {
  const outer = readObject(answer, asked.secrets, asked.vendor.token?.labels)
  const read = unwrap(outer, asked.vendor.token?.envelope)
  const refused =
    refusal(answer, outer, asked, true) ?? (read === outer ? undefined : refusal(answer, read, asked, true))
  if (refused) throw refused
  const fields = read.ok ? read.fields : {}
  const refreshToken = isToken(fields['refresh_token']) ? fields['refresh_token'] : undefined
  const { expiry, untyped, keep = [] } = asked.vendor.token ?? {}
  const fault = read.ok ? tokenFault(fields, untyped) : read.fault
  if (fault) {
    const error = new EsignAuthError('invalid_answer', asked.vendor, `the answer to ${asked.purpose} ${fault}.`, {
      vendorStatus: answer.status,
      sent: 'answered',
    })
    // A mislabelled answer is refused, but what it says of the refresh token may still be true.
    const found = refreshToken ?? refreshTokenIn(answer, asked)
    if (asked.previous && found) salvaged.set(error, found)
    throw error
  }
  return new IssuedTokens({
    access_token: String(fields['access_token']),
    refresh_token: refreshToken ?? asked.previous?.refresh_token,
    expires_at: expiresAt(fields, expiry, asked.now),
    scope: readScope(fields['scope']) ?? asked.previous?.scope,
    id_token: isToken(fields['id_token']) ? fields['id_token'] : undefined,
    vendor_state: stateOf(asked, Object.fromEntries(keep.map((name) => [name, fields[name]]))),
  })
}

/**
 * Reads any other JSON answer of the vendor, such as userinfo: status first, then the body.
 *
 * @throws EsignAuthError as {@link readTokenAnswer}.
 */
export function readJsonAnswer(answer: HttpAnswer, asked: Asked): Readonly<Record<string, unknown>> {
  const read = readObject(answer, asked.secrets)
  const refused = refusal(answer, read, asked)
  if (refused) throw refused
  if (read.ok) return read.fields
  throw new EsignAuthError('invalid_answer', asked.vendor, `the answer to ${asked.purpose} ${read.fault}.`, {
    vendorStatus: answer.status,
    sent: 'answered',
  })
}

/**
 * Reads the answer to a revocation (RFC 7009 §2.2): 200, whatever the body but an error, means the token is no more; so
 * do a 204, and an error among `done`.
 *
 * @throws EsignAuthError `oauth_error` or `http_error`; a 503 with `retryAfter` means the token still exists.
 */
export function readRevocationAnswer(answer: HttpAnswer, asked: Asked, done: readonly string[] = []): void {
  if (answer.status === 204) return
  const refused = refusal(answer, readObject(answer, asked.secrets), asked)
  if (refused && !done.includes(refused.oauth?.error ?? '')) throw refused
}

type ReadObject =
  | { readonly ok: true; readonly fields: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly fault: string }

/** The JSON object of an answer: keys and string values trimmed, own properties only, no prototype to pollute. */
function readObject(
  { headers, body }: HttpAnswer,
  secrets: readonly string[],
  labels: readonly string[] = [],
): ReadObject {
  const type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
  if (type !== 'application/json' && !/^application\/[\w.-]+\+json$/.test(type) && !labels.includes(type)) {
    return { ok: false, fault: `is labelled ${redact(type, secrets, 60) || 'as nothing at all'}, not as JSON` }
  }
  const value = parse(body)
  if (value === undefined) return { ok: false, fault: 'is not readable JSON' }
  if (isNestedTooDeep(value)) return { ok: false, fault: `nests deeper than ${deepestNesting} levels` }
  return objectOf(value)
}

function objectOf(value: unknown): ReadObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { ok: false, fault: 'is JSON, but not an object' }
  }
  const fields: Record<string, unknown> = Object.create(null)
  for (const [key, field] of Object.entries(value))
    fields[key.trim()] = typeof field === 'string' ? field.trim() : field
  return { ok: true, fields }
}

/** The answer inside its envelope, where the vendor may use one and no token stands outside of it. */
function unwrap(read: ReadObject, envelope: string | undefined): ReadObject {
  if (!read.ok || envelope === undefined || read.fields['access_token'] !== undefined) return read
  const inner = read.fields[envelope]
  return typeof inner === 'object' && inner !== null ? objectOf(inner) : read
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

/**
 * The error an answer is, or `undefined` when it claims success: status exactly 200 (for a token also 201, where the
 * vendor says so) and no `error` in it.
 */
function refusal(answer: HttpAnswer, read: ReadObject, asked: Asked, wantsToken = false): EsignAuthError | undefined {
  const succeeded =
    answer.status === 200 || (wantsToken && answer.status === 201 && asked.vendor.token?.created === true)
  // `code` and `message` are an error where nothing else can be meant: a profile may have a `code` of its own.
  const enveloped = !succeeded || (wantsToken && read.ok && read.fields['access_token'] === undefined)
  const oauth = read.ok ? readOAuthError(read.fields, asked.secrets, enveloped) : undefined
  const details: ErrorDetails = {
    vendorStatus: answer.status,
    sent: 'answered',
    oauth,
    retryAfter: retryAfter(answer.headers['retry-after'], asked.now),
  }
  if (oauth) {
    const said = oauth.error_description ? `${oauth.error}: ${oauth.error_description}` : oauth.error
    return new EsignAuthError(
      'oauth_error',
      asked.vendor,
      `${asked.purpose} was refused (${said}). ${remedy(oauth)}`,
      details,
    )
  }
  const unreadable =
    read.ok && read.fields['error'] !== undefined && read.fields['error'] !== null && read.fields['error'] !== ''
  if (succeeded && !unreadable) return undefined
  return new EsignAuthError(
    'http_error',
    asked.vendor,
    `${asked.purpose} was answered with HTTP ${answer.status} and no readable reason. ${answer.status >= 500 || answer.status === 429 ? 'Try again later.' : 'Are host, region and credentials right?'}`,
    details,
  )
}

/** The error in an answer's fields, in whichever of the vendors' spellings. */
function readOAuthError(
  fields: Readonly<Record<string, unknown>>,
  secrets: readonly string[],
  enveloped: boolean,
): OAuthErrorBody | undefined {
  const nested = fields['error']
  const number = fields['code']
  // Of an object not even `String` is safe to ask for.
  const readable = typeof number === 'string' || typeof number === 'number'
  const envelopeCode = enveloped && readable && String(number) !== '0' ? String(number) : undefined
  const [code, description] =
    typeof nested === 'object' && nested !== null
      ? [own(nested, 'error_name') ?? own(nested, 'code'), own(nested, 'error_msg') ?? own(nested, 'message')]
      : [
          nested ?? fields['error_code'] ?? envelopeCode,
          fields['error_description'] ?? fields['error_message'] ?? fields['message'] ?? fields['msg'],
        ]
  // Checked against the grammar of RFC 6749 §5.2, never rewritten; a "code" that repeats a secret is none.
  if (typeof code !== 'string' || !/^[\x20\x21\x23-\x5b\x5d-\x7e]{1,100}$/.test(code) || holdsSecret(code, secrets))
    return undefined
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? redact(value, secrets) : undefined)
  return { error: code, error_description: text(description), error_uri: text(fields['error_uri']) }
}

function own(object: object, name: string): unknown {
  return Object.hasOwn(object, name) ? (object as Record<string, unknown>)[name] : undefined
}

/** What to do, by the code of RFC 6749 §5.2 and, where vendors use one code for several things, by their words. */
function remedy({ error, error_description = '' }: OAuthErrorBody): string {
  const says = (words: RegExp) => words.test(error_description)
  if (/^(redirect_uri_mismatch|invalid_request)$/.test(error) || says(/redirect.?ur[il]|callback/i)) {
    return 'The callback URL must be the registered one, to the letter.'
  }
  switch (error) {
    case 'invalid_grant':
      return `The code or refresh token is ${says(/expire/i) ? 'expired' : says(/\bused\b|redeemed|consumed|already/i) ? 'used already' : "expired, used, revoked or another client's"}: the user has to sign in again.`
    case 'invalid_client':
      return 'Check client id, client secret and that they belong to this host: region, sandbox or production.'
    case 'unauthorized_client':
    case 'access_denied':
      return 'Is the app approved by the vendor, for this grant and for production? Do id and secret belong to this host?'
    case 'invalid_scope':
      return 'Ask only for scopes that the app was given at the vendor.'
    case 'unsupported_grant_type':
      return 'The app may not use this grant: switch it on at the vendor.'
    case 'server_error':
    case 'temporarily_unavailable':
      return 'Try again later.'
    default:
      return "See the vendor's page."
  }
}

function stateOf({ vendor, vendorState }: Asked, found: Readonly<Record<string, unknown>>): TokenSet['vendor_state'] {
  const kept = keptOf(vendor, found)
  return Object.keys(kept).length === 0 ? vendorState : { ...vendorState, ...kept }
}

function tokenFault(fields: Readonly<Record<string, unknown>>, untyped = false): string | undefined {
  if (fields['success'] === false) return 'says that it is no success'
  const long = ['access_token', 'refresh_token', 'id_token'].find((name) => isTooLong(fields[name]))
  if (long) return `holds a token of more than ${longestToken / 1024} kB (${long})`
  if (!isToken(fields['access_token'])) return 'holds no usable access_token'
  const type = fields['token_type']
  if (untyped && (type === undefined || type === null || type === '')) return undefined
  if (typeof type !== 'string' || type.toLowerCase() !== 'bearer') return 'is not of token_type Bearer'
  return undefined
}

/** Characters. No server takes a longer header, and few sessions or stores so large a record. */
const longestToken = 16_384

function isTooLong(value: unknown): boolean {
  return typeof value === 'string' && value.length > longestToken
}

/** Text that may stand in an Authorization header: visible ASCII, no space (RFC 6750 §2.1), at most 16 kB. */
export function isToken(value: unknown): value is string {
  return typeof value === 'string' && !isTooLong(value) && /^[\x21-\x7e]+$/.test(value)
}

/** The refresh token of an answer that is JSON whatever its label says, unless an error stands beside it. */
function refreshTokenIn({ status, body }: HttpAnswer, asked: Asked): string | undefined {
  const relabelled = { status, headers: { 'content-type': 'application/json' }, body }
  const outer = readObject(relabelled, asked.secrets)
  const read = unwrap(outer, asked.vendor.token?.envelope)
  if (!read.ok || refusal(relabelled, outer, asked, true) || refusal(relabelled, read, asked, true)) return undefined
  const token = read.fields['refresh_token']
  return isToken(token) ? token : undefined
}

/** Whole epoch seconds, or `undefined` when the vendor said nothing readable. Zero and less: expired now. */
function expiresAt(
  fields: Readonly<Record<string, unknown>>,
  { at = [], in: lifetimes = ['expires_in'] }: NonNullable<TokenDialect['expiry']> = {},
  now: number,
): number | undefined {
  const read = (names: readonly string[]) => numberOf(fields[names.find((name) => fields[name] != null) ?? ''])
  const nowSeconds = Math.floor(now / 1000)
  const moment = read(at)
  // Long ago is as expired as now.
  if (moment !== undefined) return inTenYears(moment, nowSeconds) ? Math.max(0, Math.floor(moment)) : undefined
  const seconds = read(lifetimes)
  if (seconds === undefined) return undefined
  if (seconds <= tenYears) return nowSeconds + Math.max(0, Math.floor(seconds))
  return seconds > nowSeconds && inTenYears(seconds, nowSeconds) ? Math.floor(seconds) : undefined
}

function inTenYears(moment: number, nowSeconds: number): boolean {
  return moment <= nowSeconds + tenYears
}

function numberOf(value: unknown): number | undefined {
  const isNumber = typeof value === 'number' || (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value))
  return isNumber && Number.isFinite(Number(value)) ? Number(value) : undefined
}

function readScope(value: unknown): string | undefined {
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.join(' ') || undefined
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** `Retry-After` in seconds from now (RFC 9110 §10.2.3): a number or a date. */
function retryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined
  if (/^\d{1,9}$/.test(value)) return Number(value)
  // Date.parse would make a date of "1.5" too.
  const date = /^[a-z]{3,9},? /i.test(value) ? Date.parse(value) : Number.NaN
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now) / 1000))
}
