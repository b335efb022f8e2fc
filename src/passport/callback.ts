import { type Callback, isDenial, meaningOf, queryEntries, readCallback } from '../core/authorize.ts'
import { EsignAuthError } from '../core/errors.ts'
import type { Flight } from '../core/flight.ts'
import { checkPending, pendingLifetime, stateUnknown } from '../core/pending-login.ts'
import { useUp } from '../core/used-states.ts'
import type { Vendor } from '../core/vendor.ts'
import { pathOf, rawQuery } from './addresses.ts'
import { AuthorizationError, type PassportRequest } from './base.ts'
import { ownerOf } from './login.ts'
import type { AuthenticateOptions } from './options.ts'
import type { StrategyParts } from './parts.ts'
import type { PendingLogin } from './pending.ts'

type Entries = readonly (readonly [name: string, value: unknown])[]

/**
 * What the vendor sent with this request, or `undefined` when it begins a login. A GET is read from its raw query, a
 * POST (with `postCallback`) from its body, never both. It is a callback when it names `code` or `error`; on the path
 * of the callback URL also when it names only `state` or `iss`.
 *
 * @throws EsignAuthError when it is on the callback's path and is no callback, or is one and comes as HEAD.
 */
export function callbackEntries(
  vendor: Vendor,
  req: PassportRequest,
  callbackPath: string,
  postCallback: boolean,
): Entries | undefined {
  const there = pathOf(req) === callbackPath
  const fail = (code: 'callback_invalid' | 'callback_incomplete' | 'method_not_allowed', why: string): never => {
    throw new EsignAuthError(code, vendor, why)
  }
  if (req.method === 'POST') {
    if (!postCallback) {
      return there
        ? fail('callback_invalid', 'a POST came to the callback URL. If the vendor posts it, set `postCallback: true`.')
        : undefined
    }
    if (there && (typeof req.body !== 'object' || req.body === null)) {
      fail('callback_invalid', 'the posted callback has no parsed body. Add `express.urlencoded()` before passport.')
    }
    const fields = Object.entries(req.body ?? {})
    if (names(vendor, fields, 'code', 'error')) return fields
    return there ? fail('callback_incomplete', 'the posted callback holds neither a code nor an error.') : undefined
  }
  if (req.method !== 'GET' && req.method !== 'HEAD') {
    return there ? fail('callback_invalid', `a ${req.method} came to the callback URL, which browsers GET.`) : undefined
  }
  const query = queryEntries(rawQuery(req))
  if (names(vendor, query, 'code', 'error') || (there && names(vendor, query, 'state', 'iss'))) {
    if (req.method === 'HEAD')
      fail('method_not_allowed', 'a callback cannot be asked for by HEAD. Nothing was used up.')
    return query
  }
  return there && query.length > 0
    ? fail('callback_incomplete', 'the callback holds neither a code nor an error. Sign in again.')
    : undefined
}

function names(vendor: Vendor, entries: Entries, ...wanted: string[]): boolean {
  return entries.some(([name]) => wanted.includes(meaningOf(vendor, name)))
}

/** A callback that holds a code. */
export type CodeCallback = Extract<Callback, { readonly code: string }>

/** A callback that passed every check, and the sign-in it began or joined. */
export interface Accepted<T> {
  readonly login: PendingLogin
  readonly signIn: Promise<T>
}

/**
 * Checks a callback against the login it claims to end, and begins its exchange. The state is used up in the same turn
 * in which its login is opened, and before the vendor's `error` is believed; an identical copy joins only while the
 * very exchange it asks for is under way. Hence no `await` between the login and the exchange.
 *
 * @throws EsignAuthError with the reason; AuthorizationError for an error the vendor sent, other than a denial.
 */
export async function acceptCallback<T>(
  parts: StrategyParts & { readonly signIns: Flight<T> },
  req: PassportRequest,
  options: AuthenticateOptions,
  entries: Entries,
  redirectUri: string,
  exchange: (callback: CodeCallback, login: PendingLogin) => Promise<T>,
): Promise<Accepted<T>> {
  const { vendor } = parts.client
  const fail = (code: ConstructorParameters<typeof EsignAuthError>[0], why: string): never => {
    throw new EsignAuthError(code, vendor, why)
  }
  const callback = readCallback(vendor, entries)
  const login = await findLogin(parts, req, callback, redirectUri)
  const now = Date.now()
  // An application's own store may hand out one handle to many.
  const first = login.ownStore === true || useUp(login.state, now, pendingLifetime)
  parts.pending.end(req, login)
  const { code, vendorState } = 'code' in callback ? callback : {}
  const key = JSON.stringify([code, vendorState, login.verifier, login.redirectUri])
  const unused = first || (code !== undefined && parts.signIns.has(key))
  checkPending(vendor, login, { unused, now, redirectUri })
  const connecting = options.assignProperty !== undefined
  const owner = connecting ? ownerOf(parts, req) : undefined
  if (login.connecting?.owner !== owner) {
    fail(
      'owner_mismatch',
      'this sign-in was begun by somebody else than who is signed in here now, or for another purpose. Begin a new one.',
    )
  }
  if ('error' in callback) {
    const { error, description, uri } = callback
    if (isDenial(error)) return fail('access_denied', description ?? 'access was denied.')
    throw new AuthorizationError(`${vendor.name}: ${description ?? `sign-in ended with ${error}.`}`, error, uri)
  }
  return { login, signIn: parts.signIns.share(key, () => exchange(callback, login)) }
}

/** The pending login of this browser that the callback names. */
async function findLogin(
  { client, pending, settings }: StrategyParts,
  req: PassportRequest,
  { state }: Callback,
  redirectUri: string,
): Promise<PendingLogin> {
  const { vendor } = client
  if (state !== undefined) {
    const login = await pending.open(req, state, redirectUri)
    if (login) return login
    throw stateUnknown(vendor)
  }
  if (settings.state !== 'not-echoed') {
    throw new EsignAuthError(
      'state_missing',
      vendor,
      "the callback came without `state`. If this vendor never sends it back, the option `state: 'not-echoed'` accepts that, at a price its documentation names.",
    )
  }
  const [only, ...more] = await pending.all(req)
  if (only && more.length === 0) return only
  throw new EsignAuthError(
    'state_missing',
    vendor,
    'the callback came without `state`, and not exactly one sign-in is pending in this browser. Begin a new one.',
  )
}
