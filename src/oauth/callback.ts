import { capturedOrigin, originOfCode } from './captured-host.ts'
import { EsignAuthError } from './errors.ts'
import { redact } from './redact.ts'
import type { CallbackNames, CapturedHost } from './vendor.ts'

/** A vendor's answer at the callback, read strictly: a code, or an error. */
export type Callback =
  | {
      readonly code: string
      readonly state: string | undefined
      /** What the vendor sends besides and needs back with the code and ever after. */
      readonly vendorState: Readonly<Record<string, string>> | undefined
    }
  | {
      readonly error: string
      readonly description: string | undefined
      readonly uri: string | undefined
      readonly state: string | undefined
    }

const known = ['code', 'state', 'iss', 'error', 'error_description', 'error_uri']

/** What reading a callback needs to know of its vendor. */
interface CallbackReading {
  readonly id: string
  readonly name: string
  readonly issuer?: string
  readonly callbackNames?: CallbackNames
  readonly captured?: CapturedHost
}

/** What a parameter of the callback is called in RFC 6749, as far as it has a name there. */
export function meaningOf({ callbackNames }: Pick<CallbackReading, 'callbackNames'>, name: string): string {
  const meant = stem(name)
  return callbackNames && Object.hasOwn(callbackNames, meant) ? String(callbackNames[meant]) : meant
}

/** Whether an error of the callback says that the user, or an administrator, said no. Some vendors write it in capitals. */
export function isDenial(error: string): boolean {
  return error.toLowerCase() === 'access_denied'
}

/** The name of a parameter up to its first bracket or dot: what a lenient parser would take it for. */
export function stem(name: string): string {
  return name.split(/[[.]/, 1)[0] ?? ''
}

/** Names and values of a raw query, in order; a value in broken encoding is `undefined`. */
export function queryEntries(raw: string): [name: string, value: string | undefined][] {
  const pairs = raw.replace(/^\?/, '').split('&')
  return pairs.filter(Boolean).map((pair) => {
    // The question mark keeps it from taking one off the name.
    const [[name, value] = ['', '']] = new URLSearchParams(`?${pair}`)
    return [name, /%(?![0-9a-f]{2})/i.test(pair) || /[\0\ufffd]/.test(value) ? undefined : value]
  })
}

/**
 * Reads the parameters of a callback (RFC 6749 §4.1.2): those of the raw query, or the fields of a form body. A known
 * name that is repeated, written with brackets or dots, or anything but text, is refused; unknown names are ignored,
 * whatever they hold. Pure.
 *
 * @throws EsignAuthError `callback_invalid`, `issuer_mismatch`, or `callback_incomplete` when it holds neither code nor
 * error.
 */
export function readCallback(
  vendor: CallbackReading,
  entries: Iterable<readonly [name: string, value: unknown]>,
): Callback {
  const refuse = (why: string): never => {
    throw new EsignAuthError(
      'callback_invalid',
      vendor,
      `the callback ${why}. It is not what the vendor sends; sign in again.`,
    )
  }
  const { captured } = vendor
  const host = captured?.inCallback === false ? undefined : captured?.parameter
  const wanted = [...known, host, captured?.codes?.parameter]
  const found: Record<string, string> = Object.create(null)
  for (const [name, value] of entries) {
    const meant = meaningOf(vendor, name)
    if (!wanted.includes(meant)) continue
    if (name !== stem(name)) refuse(`writes ${meant} with brackets or dots`)
    if (meant in found) refuse(`repeats ${meant}`)
    if (typeof value !== 'string') return refuse(`holds a ${meant} that is not plain text`)
    found[meant] = value
  }
  const { code, state, iss, error, error_description, error_uri } = found as Partial<Record<string, string>>
  if (iss !== vendor.issuer && vendor.issuer !== undefined) {
    throw new EsignAuthError(
      'issuer_mismatch',
      vendor,
      'the callback comes from another issuer than this vendor (RFC 9207). Nothing was sent.',
    )
  }
  if (code !== undefined && error !== undefined) refuse('holds both a code and an error')
  if (error) {
    // RFC 6749 §4.1.2.1
    if (!/^[\x20\x21\x23-\x5b\x5d-\x7e]{1,100}$/.test(error)) refuse('holds an error that is none')
    const text = (value: string | undefined) => (value ? redact(value, []) : undefined)
    return { error, description: text(error_description), uri: text(error_uri), state: state || undefined }
  }
  if (!code) {
    throw new EsignAuthError(
      'callback_incomplete',
      vendor,
      'the callback holds neither a code nor an error. Sign in again.',
    )
  }
  // RFC 6749 A.11: visible ASCII and space.
  if (!/^[\x20-\x7e]{1,4096}$/.test(code)) refuse('holds a code that is none')
  const value =
    captured && host !== undefined
      ? (found[host] ?? originOfCode(captured, found[captured.codes?.parameter ?? '']))
      : undefined
  const vendorState = host === undefined || value === undefined ? undefined : { [host]: value }
  // Before the code is used up, and long before anything is sent there.
  if (host !== undefined) capturedOrigin(vendor, vendorState)
  return { code, state: state || undefined, vendorState }
}
