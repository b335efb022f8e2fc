import { queryEntries } from '../core/authorize.ts'
import { EsignAuthError } from '../core/errors.ts'
import { type Arrival, type Ended, end } from './end.ts'
import { codeOf } from './reason.ts'
import type { ActiveProvider, End, Runtime } from './runtime.ts'
import { redirectUriOf } from './start.ts'

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

/** Ends the login of a callback, and what Auth.js is to be asked instead: a plain GET that holds what was checked. */
export async function endAt(
  runtime: Runtime,
  { provider, basePath }: { readonly provider: ActiveProvider; readonly basePath: string },
  { method, url, cookies, form }: CallbackRequest,
): Promise<Ended & { readonly context: End; readonly search: string }> {
  const redirectUri = redirectUriOf(provider, url.origin, basePath)
  const posted = provider.source.options.postCallback === true && method === 'POST'
  let ended: Ended
  if (method === 'GET' || posted) {
    const entries: Arrival['entries'] = posted ? await form() : queryEntries(url.search)
    ended = await end(runtime, provider, { entries, cookies, redirectUri })
  } else {
    const why = `a ${method} came to the callback URL. If the vendor posts it, set \`postCallback: true\`.`
    ended = { failure: new EsignAuthError('callback_invalid', provider.source.vendor, why) }
  }
  const { login, signIn, failure } = ended
  const search = new URLSearchParams(login?.callbackUrl === undefined ? {} : { callbackUrl: login.callbackUrl })
  // Any code: the one that counts is used up.
  if (signIn) search.set('code', 'exchanged')
  else search.set('error', codeOf(failure))
  return { ...ended, context: { kind: 'end', provider, signIn, owner: login?.owner, failure }, search: `?${search}` }
}

const mostBytes = 65_536

/** The fields of a form, read from its stream. One that is too large holds none. */
export async function readForm(body: AsyncIterable<Uint8Array> | null): Promise<[string, string | undefined][]> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > mostBytes) return []
  }
  // As strictly as a query.
  return queryEntries(text.replaceAll('+', '%20'))
}
