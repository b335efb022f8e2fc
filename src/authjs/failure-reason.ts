import { EsignAuthError } from '../oauth/errors.ts'

/** The stable code of a failure, for the address of the sign-in page. */
export function codeOf(failure: unknown): string {
  if (failure instanceof EsignAuthError) return failure.code
  return failure instanceof TypeError && 'code' in failure ? String(failure.code) : 'server_error'
}

/**
 * Names the reason in the address of a page that shows an error, as Auth.js does for its own `code`. Without a failure of
 * ours, "Configuration" is what Auth.js calls everything that an application's own code threw.
 */
export function withReason(location: string, failure: unknown): string {
  const absolute = URL.canParse(location)
  const url = new URL(location, 'http://relative.invalid')
  const error = url.searchParams.get('error')
  if (error === null || (failure === undefined && error !== 'Configuration')) return location
  url.searchParams.set('code', codeOf(failure))
  return absolute ? url.href : url.pathname + url.search + url.hash
}

const again = 'This sign-in could not be finished here. Please begin again.'
const away = 'The signing service did not answer as it should. Please try again in a moment.'
const notSetUp = 'This way to sign in is not set up correctly. The log of this application says why.'

/** What a visitor is told, by code. Never a vendor's own words, which may hold anything. */
const sentences: Readonly<Record<string, string>> = {
  access_denied: 'Access was not allowed at the signing service.',
  authorization_failed: 'The signing service refused the sign-in.',
  callback_invalid: again,
  callback_incomplete: again,
  state_missing: again,
  state_unknown: again,
  state_used: again,
  state_expired: 'This sign-in took too long. Please begin again.',
  redirect_uri_mismatch: again,
  issuer_mismatch: again,
  owner_mismatch: again,
  account_mismatch: 'Another account of this signing service is connected already. Please disconnect it first.',
  timeout: away,
  network_error: away,
  http_error: away,
  invalid_answer: away,
  answer_too_large: away,
  redirect_refused: away,
  oauth_error: 'The signing service did not accept the sign-in. Please begin again.',
  identity_unknown: 'The signing service did not say who you are, so nobody was signed in.',
  store_unavailable: 'Signing in is not possible just now. Please try again in a moment.',
  invalid_option: notSetUp,
  unsupported: notSetUp,
  server_error: 'Signing in failed here. The log of this application says why.',
}

/** Whether a request asks for Auth.js's own sign-in page with a reason of ours. */
export function asksForReason(method: string, { pathname, searchParams }: URL): boolean {
  return method === 'GET' && pathname.endsWith('/signin') && sentenceOf(searchParams) !== undefined
}

/** Auth.js's own sign-in page with the reason in place of "Try signing in with a different account." */
export function tellReason(html: string, { searchParams }: URL): string {
  const sentence = sentenceOf(searchParams)
  return sentence === undefined
    ? html
    : html.replace(/(<div class="error"><p>)[^<]*(<\/p>)/, (_, before, after) => `${before}${sentence}${after}`)
}

function sentenceOf(params: URLSearchParams): string | undefined {
  const code = params.get('code') ?? ''
  return Object.hasOwn(sentences, code) ? sentences[code] : undefined
}
