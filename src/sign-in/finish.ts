import type { GrantLink } from '../keeper/targets.ts'
import { type Callback, isDenial, readCallback } from '../oauth/callback.ts'
import type { Client } from '../oauth/client.ts'
import { EsignAuthError } from '../oauth/errors.ts'
import type { Flight } from '../oauth/single-flight.ts'
import type { TokenSet } from '../oauth/token-set.ts'
import { findPending } from './find-pending.ts'
import { checkPending, type PendingLogin, type PendingLogins, pendingLifetime } from './pending-login.ts'
import { useUp } from './used-states.ts'

/** Who signed in, in the host's own form, with the tokens that may have gained vendor state on the way. */
export interface SignedIn {
  readonly tokens: TokenSet
}

/** The result of one code exchange, shared by identical copies of its callback. */
export interface Exchanged<Who extends SignedIn> {
  /** State of the login that began it. */
  readonly state: string
  readonly who: Who
  /** Links to the tokens after the keeper took them over, by owner. */
  readonly adopted: Map<string, Promise<GrantLink>>
}

/** How a host ends the logins of one client. */
export interface SignInRules<Who extends SignedIn> {
  readonly client: Client
  /** Tells this client's logins from those of others that share `exchanges`. */
  readonly id: string
  readonly notEchoed: boolean
  /** Code exchanges under way. */
  readonly exchanges: Flight<Exchanged<Who>>
  /**
   * The owner that the login must have been begun for: `undefined` where it must be a plain sign-in. May throw.
   */
  ownerNow(login: PendingLogin): string | null | undefined
  /** More fields for the token request. */
  tokenParams?(): Readonly<Record<string, string>>
  /** Asks who the tokens belong to. */
  identify(tokens: TokenSet, login: PendingLogin): Promise<Who>
}

/** A callback, as the browser brought it. */
export interface ArrivedCallback {
  /** Names and values of the raw query, or of the posted form. */
  readonly entries: Iterable<readonly [name: string, value: unknown]>
  /** The callback URL that this request came to. */
  readonly redirectUri: string
}

/** How a callback ended, and the login it named, if that was found. */
export type FinishedLogin<Who extends SignedIn> = { readonly login?: PendingLogin | undefined } & (
  | { readonly login: PendingLogin; readonly signIn: Exchanged<Who>; readonly failure?: undefined }
  | { readonly signIn?: undefined; readonly failure: unknown }
)

/**
 * Ends a login: checks the callback, exchanges the code and asks who signed in. Never rejects; `failure` is an
 * {@link EsignAuthError} unless the host's or the application's own code failed.
 */
export async function finishSignIn<Who extends SignedIn>(
  rules: SignInRules<Who>,
  pending: PendingLogins,
  { entries, redirectUri }: ArrivedCallback,
): Promise<FinishedLogin<Who>> {
  const { vendor } = rules.client
  let login: PendingLogin | undefined
  try {
    const callback = readCallback(vendor, entries)
    login = await findPending(vendor, pending, callback.state, { redirectUri, notEchoed: rules.notEchoed })
    const signIn = await accept(rules, pending, callback, login, redirectUri)
    // Without PKCE, nothing else tells a copy of this callback from a stolen code under the thief's own login.
    if (signIn.state !== login.state) {
      throw new EsignAuthError(
        'callback_invalid',
        vendor,
        'the code of this callback belongs to another sign-in. Begin a new one.',
      )
    }
    return { login, signIn }
  } catch (failure) {
    return { login, failure }
  }
}

/**
 * Uses the state up in the turn in which its login was opened, and before it believes the vendor's `error`. An
 * identical copy of the callback joins only while the exchange it asks for is under way. Hence no `await` before the
 * exchange begins.
 */
function accept<Who extends SignedIn>(
  rules: SignInRules<Who>,
  pending: PendingLogins,
  callback: Callback,
  login: PendingLogin,
  redirectUri: string,
): Promise<Exchanged<Who>> {
  const { client, exchanges } = rules
  const now = Date.now()
  // An application's own store may hand out one handle to many.
  const first = login.ownStore === true || useUp(login.state, now, pendingLifetime)
  pending.end(login)
  const { code, vendorState } = 'code' in callback ? callback : {}
  const key = JSON.stringify([rules.id, code, vendorState, login.verifier, login.redirectUri])
  const unused = first || (code !== undefined && exchanges.has(key))
  checkPending(client.vendor, login, { unused, now, redirectUri })
  if (login.owner !== rules.ownerNow(login)) {
    throw new EsignAuthError(
      'owner_mismatch',
      client.vendor,
      'this sign-in was begun by somebody other than the user who is signed in here now, or for another purpose. Begin a new one.',
    )
  }
  if ('error' in callback) throw refusalOf(client.vendor, callback)
  return exchanges.share(key, async () => {
    const tokens = await client.exchangeCode({
      code: callback.code,
      redirectUri: login.redirectUri,
      codeVerifier: login.verifier,
      state: login.state,
      vendorState,
      params: rules.tokenParams?.(),
    })
    return { state: login.state, who: await rules.identify(tokens, login), adopted: new Map() }
  })
}

/** The vendor's `error` (RFC 6749 §4.1.2.1): the user said no, or something else ended the sign-in. */
function refusalOf(
  vendor: Client['vendor'],
  { error, description, uri }: Extract<Callback, { error: string }>,
): EsignAuthError {
  const denied = isDenial(error)
  return new EsignAuthError(
    denied ? 'access_denied' : 'authorization_failed',
    vendor,
    description ?? (denied ? 'access was denied.' : `sign-in ended with ${error}.`),
    { oauth: { error, error_description: description, error_uri: uri } },
  )
}
