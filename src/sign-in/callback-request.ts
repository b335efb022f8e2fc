import { meaningOf, queryEntries } from '../oauth/callback.ts'
import { EsignAuthError, type EsignAuthErrorCode } from '../oauth/errors.ts'
import type { Vendor } from '../oauth/vendor.ts'
import type { ArrivedCallback } from './finish.ts'

/** What a host knows of a request that may be a callback. */
export interface MaybeCallback {
  readonly method: string
  /** Whether its path is that of the callback URL. */
  readonly there: boolean
  /** The raw query, with or without its question mark. */
  readonly query: string
  /** The fields of a parsed form body; `undefined` if the body was not parsed. */
  readonly fields: ArrivedCallback['entries'] | undefined
}

/**
 * The parameters of a callback, or `undefined` when the request begins a login. A GET is read from its raw query, a
 * POST (with `postCallback`) from its body, never both. It is a callback if it names `code` or `error`; on the path of
 * the callback URL also if it names only `state` or `iss`.
 *
 * @throws EsignAuthError when it is on the callback's path and is no callback, or is one and comes as HEAD.
 */
export function callbackEntries(
  vendor: Vendor,
  { method, there, query, fields }: MaybeCallback,
  postCallback: boolean,
): ArrivedCallback['entries'] | undefined {
  const fail = (code: EsignAuthErrorCode, why: string): never => {
    throw new EsignAuthError(code, vendor, why)
  }
  const names = (entries: ArrivedCallback['entries'], ...wanted: string[]) =>
    [...entries].some(([name]) => wanted.includes(meaningOf(vendor, name)))
  if (method === 'POST') {
    if (!postCallback) {
      return there
        ? fail('callback_invalid', 'a POST came to the callback URL. If the vendor posts it, set `postCallback: true`.')
        : undefined
    }
    if (there && !fields) {
      fail('callback_invalid', 'the posted callback has no parsed body. Add `express.urlencoded()` before passport.')
    }
    if (fields && names(fields, 'code', 'error')) return fields
    return there ? fail('callback_incomplete', 'the posted callback holds neither a code nor an error.') : undefined
  }
  if (method !== 'GET' && method !== 'HEAD') {
    return there ? fail('callback_invalid', `a ${method} came to the callback URL, which browsers GET.`) : undefined
  }
  const entries = queryEntries(query)
  if (names(entries, 'code', 'error') || (there && names(entries, 'state', 'iss'))) {
    if (method === 'HEAD') fail('method_not_allowed', 'a callback cannot be asked for by HEAD. Nothing was used up.')
    return entries
  }
  return there && entries.length > 0
    ? fail('callback_incomplete', 'the callback holds neither a code nor an error. Sign in again.')
    : undefined
}
