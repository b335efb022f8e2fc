import type { ErrorDetails, OAuthErrorBody } from './errors.ts'
import { EsignAuthError } from './errors.ts'
import type { HttpAnswer } from './http/exchange.ts'
import type { ReadObject } from './json-object.ts'
import { holdsSecret, redact } from './redact.ts'
import type { TokenDialect } from './token-dialect.ts'
import type { TokenSet } from './token-set.ts'
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

/**
 * The error an answer is, or `undefined` when it claims success: status exactly 200 (for a token also 201, where the
 * vendor says so) and no `error` in it.
 */
export function refusal(
  answer: HttpAnswer,
  read: ReadObject,
  asked: Asked,
  wantsToken = false,
): EsignAuthError | undefined {
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

/** `Retry-After` in seconds from now (RFC 9110 §10.2.3): a number or a date. */
function retryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined
  if (/^\d{1,9}$/.test(value)) return Number(value)
  // Date.parse would make a date of "1.5" too.
  const date = /^[a-z]{3,9},? /i.test(value) ? Date.parse(value) : Number.NaN
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now) / 1000))
}
