import { EsignAuthError, optionError } from '../oauth/errors.ts'

/**
 * Whether a page of another site has the browser begin this login as a part of that page, such as a picture or a frame.
 * With a posted callback the cookie of such a login would be kept, and many of them would lock the visitor out. A
 * browser that does not send `Sec-Fetch-Site` counts as honest.
 */
export function isEmbeddedElsewhere(header: (name: string) => unknown): boolean {
  return header('sec-fetch-site') === 'cross-site' && header('sec-fetch-dest') !== 'document'
}

/** What a visitor is told who began a login that way. */
export const embeddedElsewhere =
  'a page of another site asked for this login, as a picture or in a frame. Open the login itself.'

/** Pages that may begin to connect an account. */
export type ConnectFrom = 'same-origin' | 'same-site'

/**
 * Checks the option `connectFrom`.
 *
 * @throws TypeError with `code: 'invalid_option'`.
 */
export function checkConnectFrom(vendor: { readonly name: string }, connectFrom: unknown): void {
  if (connectFrom === undefined || connectFrom === 'same-origin' || connectFrom === 'same-site') return
  throw optionError(vendor, 'connectFrom', "must be 'same-origin' or 'same-site'.")
}

/**
 * Refuses to connect an account to the user who is signed in here if a page of another site, or of a sibling domain, has
 * the browser begin it: the user asked for nothing, and the account may be the attacker's. Signing in may begin anywhere.
 * A browser that does not send `Sec-Fetch-Site` counts as honest.
 *
 * @throws EsignAuthError `begun_elsewhere`.
 */
export function refuseForeignConnect(
  vendor: { readonly id: string; readonly name: string },
  header: (name: string) => unknown,
  connectFrom: ConnectFrom = 'same-origin',
): void {
  const site = header('sec-fetch-site') ?? 'none'
  // By the address bar, a bookmark or another program.
  if (site === 'none' || site === 'same-origin' || site === connectFrom) return
  throw new EsignAuthError(
    'begun_elsewhere',
    vendor,
    "connecting an account was begun by a page of another origin. Begin it on a page of this one, by a link or a button; if a sibling domain of yours begins it, set `connectFrom: 'same-site'`.",
  )
}
