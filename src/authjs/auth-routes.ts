import type { TokenSet } from '../oauth/token-set.ts'
import { callbackEntries } from '../sign-in/callback-request.ts'
import { type FinishedLogin, finishSignIn } from '../sign-in/finish.ts'
import type { PendingCookie } from '../sign-in/pending-login-cookies.ts'
import { codeOf } from './failure-reason.ts'
import { type Who, whoSignedIn } from './identify-user.ts'
import type { ActiveProvider, End, Runtime } from './runtime.ts'
import { redirectUriOf } from './start-login.ts'

/** What a request to Auth.js's routes is about. */
export type Route =
  | { readonly kind: 'start' | 'end'; readonly provider: ActiveProvider; readonly basePath: string }
  | { readonly kind: 'other' }

/** Reads method and path. The provider is looked up exactly as it stands there. */
export function routeOf({ providers }: Runtime, method: string, pathname: string): Route {
  // As Auth.js does, for which empty segments are none.
  const segments = pathname.split('/').filter(Boolean)
  const [action = '', id = ''] = segments.splice(-2)
  const provider = providers.get(id)
  const kind = action === 'callback' ? 'end' : action === 'signin' && method === 'POST' ? 'start' : 'other'
  if (!provider || kind === 'other') return { kind: 'other' }
  return { kind, provider, basePath: segments.map((segment) => `/${segment}`).join('') }
}

/** A callback as a host brings it. */
export interface CallbackRequest {
  readonly method: string
  /** The request's own address. */
  readonly url: URL
  readonly cookies: string | undefined
  /** The fields of a posted form. */
  form(): Promise<Iterable<readonly [name: string, value: unknown]>>
}

/** A callback that was checked, its code exchanged. */
export interface EndedCallback {
  readonly context: End
  /** The query that Auth.js is asked with instead, by a plain GET. */
  readonly search: string
  /** Cookies to set with the answer. */
  readonly cookies: readonly PendingCookie[]
}

/** Ends the login of a callback. */
export async function endAt(
  runtime: Runtime,
  { provider, basePath }: { readonly provider: ActiveProvider; readonly basePath: string },
  request: CallbackRequest,
): Promise<EndedCallback> {
  const cookies: PendingCookie[] = []
  const redirectUri = redirectUriOf(provider, request.url.origin, basePath)
  const { login, signIn, failure } = await finished(runtime, provider, redirectUri, request, cookies)
  const search = new URLSearchParams(login?.returnTo === undefined ? {} : { callbackUrl: login.returnTo })
  // Any code: the one that counts is used up.
  if (signIn) search.set('code', 'exchanged')
  else search.set('error', codeOf(failure))
  return { context: { kind: 'end', provider, signIn, owner: login?.owner, failure }, search: `?${search}`, cookies }
}

async function finished(
  { signIns }: Runtime,
  provider: ActiveProvider,
  redirectUri: string,
  { method, url, cookies, form }: CallbackRequest,
  toSet: PendingCookie[],
): Promise<FinishedLogin<Who>> {
  const { vendor, id, options } = provider.source
  try {
    const isPosted = options.postCallback === true && method === 'POST'
    const request = { method, there: true, query: url.search, fields: isPosted ? await form() : undefined }
    const entries = callbackEntries(vendor, request, options.postCallback === true) ?? []
    const client = provider.client()
    const rules = {
      client,
      id,
      notEchoed: options.state === 'not-echoed',
      exchanges: signIns,
      // Auth.js links the account later, in the adapter, where it is known who is signed in.
      ownerNow: ({ owner }: { owner?: string | null | undefined }) => owner,
      identify: (tokens: TokenSet) => whoSignedIn(client, tokens, options.profile),
    }
    const pending = provider.pending()(cookies, (cookie) => toSet.push(cookie))
    return await finishSignIn(rules, pending, { entries, redirectUri })
  } catch (failure) {
    return { failure }
  }
}
