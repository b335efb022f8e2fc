import { keptOf } from './captured-host.ts'
import type { Asked } from './error-answer.ts'
import { refusal } from './error-answer.ts'
import { EsignAuthError } from './errors.ts'
import type { HttpAnswer } from './http/exchange.ts'
import { readObject, unwrap } from './json-object.ts'
import { expiresAt } from './token-lifetime.ts'
import { IssuedTokens, type TokenSet } from './token-set.ts'

const salvaged = new WeakMap<EsignAuthError, string>()

/**
 * The new refresh token that came in a complete 200 answer which was refused for another reason. The vendor may have
 * spent the old one, so the keeper of the grant stores this before anything else. It is kept beside the error, where
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

function readScope(value: unknown): string | undefined {
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.join(' ') || undefined
  return typeof value === 'string' && value !== '' ? value : undefined
}
