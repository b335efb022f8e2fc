import { type Callback, isDenial, readCallback } from '../core/authorize.ts'
import { EsignAuthError } from '../core/errors.ts'
import { checkPending, pendingLifetime, stateUnknown } from '../core/pending-login.ts'
import { useUp } from '../core/used-states.ts'
import type { ActiveProvider, PendingLogin, Runtime, SignIn } from './runtime.ts'
import { whoSignedIn } from './who.ts'

/** A callback, as the browser brought it. */
export interface Arrival {
  /** Names and values of the raw query, or of the posted form. */
  readonly entries: Iterable<readonly [name: string, value: unknown]>
  /** The `Cookie` header. */
  readonly cookies: string | undefined
  /** The address the callback came to, without its query. */
  readonly redirectUri: string
}

/** How a callback ended, and the login that it ended, where it named one. */
export interface Ended {
  readonly login?: PendingLogin | undefined
  readonly signIn?: SignIn | undefined
  /** An EsignAuthError, unless an application's own code failed. */
  readonly failure?: unknown
}

/** Ends a login: checks the callback, exchanges the code and asks who it is. Never rejects. */
export async function end(runtime: Runtime, provider: ActiveProvider, arrival: Arrival): Promise<Ended> {
  let login: PendingLogin | undefined
  try {
    const { vendor } = provider.source
    const callback = readCallback(vendor, arrival.entries)
    login = await findLogin(provider, callback, arrival.cookies)
    const signIn = await accept(runtime, provider, callback, login, arrival.redirectUri)
    // Without PKCE nothing else tells a copy of this callback from a stolen code under a login of the thief's own.
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

async function findLogin(
  { source, pending }: ActiveProvider,
  { state }: Callback,
  cookies: string | undefined,
): Promise<PendingLogin> {
  const { vendor } = source
  if (state === undefined) {
    if (source.options.state === 'not-echoed') {
      const [only, ...more] = await pending().all(cookies)
      if (only && more.length === 0) return only
    }
    throw new EsignAuthError(
      'state_missing',
      vendor,
      "the callback came without `state`. If this vendor never sends it back, the option `state: 'not-echoed'` accepts that with exactly one sign-in pending in that browser, at a price its documentation names.",
    )
  }
  const login = await pending().open(cookies, state)
  if (!login) throw stateUnknown(vendor)
  return login
}

/**
 * Uses the state up, in one turn with the beginning of the exchange, and before the vendor's `error` is believed. An
 * identical copy joins while the very exchange it asks for is under way.
 */
function accept(
  runtime: Runtime,
  provider: ActiveProvider,
  callback: Callback,
  login: PendingLogin,
  redirectUri: string,
): Promise<SignIn> {
  const { vendor, id } = provider.source
  const { code, vendorState } = 'code' in callback ? callback : {}
  const key = JSON.stringify([id, code, vendorState, login.verifier, login.redirectUri])
  const now = Date.now()
  const unused = useUp(login.state, now, pendingLifetime) || (code !== undefined && runtime.signIns.has(key))
  checkPending(vendor, login, { unused, now, redirectUri })
  if ('error' in callback) {
    const { error, description } = callback
    const denied = isDenial(error)
    throw new EsignAuthError(
      denied ? 'access_denied' : 'authorization_failed',
      vendor,
      description ?? (denied ? 'access was denied.' : `sign-in ended with ${error}.`),
      { oauth: { error, error_description: description } },
    )
  }
  return runtime.signIns.share(key, async () => {
    const client = provider.client()
    const tokens = await client.exchangeCode({
      code: callback.code,
      redirectUri: login.redirectUri,
      codeVerifier: login.verifier,
      state: login.state,
      vendorState,
    })
    const who = await whoSignedIn(client, tokens, provider.source.options.profile)
    return { ...who, state: login.state, adopted: new Map() }
  })
}
