import { beginSignIn } from '../sign-in/begin.ts'
import type { PendingCookie } from '../sign-in/pending-login-cookies.ts'
import { configuredOrigin } from './provider-source.ts'
import type { ActiveProvider, Start } from './runtime.ts'
import { twoCopies } from './token-response.ts'

/** Begins a login; what goes wrong is kept, to be thrown where Auth.js can answer for it. */
export async function begin(context: Start, origin: string, basePath: string, callbackUrl?: string): Promise<void> {
  const { provider, owner } = context
  const cookies: PendingCookie[] = []
  try {
    const pending = provider.pending()(context.cookies, (cookie) => cookies.push(cookie))
    const login = await beginSignIn(provider.client(), pending, {
      redirectUri: redirectUriOf(provider, origin, basePath),
      returnTo: callbackUrl !== undefined && fitsCookie(callbackUrl) ? callbackUrl : undefined,
      owner,
      notEchoed: provider.source.options.state === 'not-echoed',
    })
    context.begun = { ...login, cookies }
  } catch (error) {
    context.failure = error
  }
}

/** A longer one is left to Auth.js, whose cookie may hold it; it must not keep anybody from signing in. */
function fitsCookie(callbackUrl: string): boolean {
  return new TextEncoder().encode(callbackUrl).length <= 2_000
}

/** Where the vendor sends the browser back to. A configured origin outweighs the Host header, which visitors choose. */
export function redirectUriOf({ source }: ActiveProvider, origin: string, basePath: string): string {
  const { redirectUri } = source.options
  return redirectUri ?? `${configuredOrigin() ?? origin}${basePath.replace(/\/$/, '')}/callback/${source.id}`
}

/** What Auth.js shows of an authorization request before it leaves. */
interface Leaving {
  /** Written into: Auth.js turns it into text afterwards. */
  readonly url: URL
  /** Added to: what Auth.js sets with its answer. */
  readonly cookies: { name: string; value: string; options: object }[]
  readonly provider: object & { readonly id?: unknown }
}

/** Auth.js's own parameters, and what a page tells it in its query; whatever else is in its URL is the application's. */
const written = [
  'response_type',
  'client_id',
  'redirect_uri',
  'state',
  'scope',
  'code_challenge',
  'code_challenge_method',
  'callbackUrl',
  'csrfToken',
]

/**
 * Puts the vendor's authorization URL, and the login's cookies, in the place of Auth.js's. Its answer then carries them in
 * whichever shape it leaves: a Location header, JSON, or the redirect of a server action.
 *
 * @throws what kept the login from beginning.
 */
export function leaveFor(context: Start, leaving: Leaving): void {
  try {
    leave(context, leaving)
  } catch (failure) {
    context.failure = failure
    throw failure
  }
}

function leave(context: Start, { url, cookies, provider }: Leaving): void {
  const { begun, failure } = context
  const { vendor, options } = context.provider.source
  if (!begun) throw failure
  // Auth.js writes the key of its fetch hook on every provider; ours is there already.
  const hooks = Object.getOwnPropertySymbols(provider).filter(({ description }) => description === 'custom-fetch')
  if (hooks.length > 1) throw twoCopies(vendor)
  const given = options.authorization?.params ?? {}
  const asked = { ...given, ...Object.fromEntries(url.searchParams) }
  const params = Object.fromEntries(Object.entries(asked).filter(([name]) => !written.includes(name)))
  url.href = begun.authorizationUrl({ scope: asked['scope'] || options.scope || given['scope'], params })
  for (const { name, value, maxAge, secure, sameSite } of begun.cookies) {
    cookies.push({ name, value, options: { httpOnly: true, path: '/', maxAge, secure, sameSite } })
  }
  context.begun = undefined
}

/** Whether what a logger is told shows the authorization request of this login. */
export function isLeaving(context: Start, shown: unknown): shown is Leaving {
  if (typeof shown !== 'object' || shown === null) return false
  const { url, cookies, provider } = shown as Partial<Leaving>
  return url instanceof URL && Array.isArray(cookies) && provider?.id === context.provider.source.id
}
