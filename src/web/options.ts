import type { TokenKeeper } from '../keeper/keeper.ts'
import type { ClientOptions } from '../oauth/client-options.ts'
import { optionError } from '../oauth/errors.ts'
import type { Identity } from '../oauth/identity.ts'
import type { Vendor } from '../oauth/vendor.ts'
import { type ConnectFrom, checkConnectFrom } from '../sign-in/foreign-start.ts'

/** Options of {@link createSignIn}: those of `createClient`, and these. */
export interface SignInOptions extends ClientOptions {
  /**
   * The absolute URL of the route that calls `finish`, as registered at the vendor. Its scheme decides whether cookies
   * are `Secure`; the Host header of a request changes nothing.
   */
  readonly callbackUrl: string
  /** The vendor posts the callback (a form) instead of redirecting. Default `false`. Cookies become `SameSite=None; Secure`. */
  readonly postCallback?: boolean | undefined
  /**
   * Which pages may begin `connect`, as the browser's `Sec-Fetch-Site` tells. Default `'same-origin'`: those of this
   * origin; others end with `begun_elsewhere`. `'same-site'` adds its sibling domains, for a front end on one of them;
   * every page of all of them can then have a signed-in visitor connect an account.
   */
  readonly connectFrom?: ConnectFrom | undefined
  /**
   * State is always on; `true` changes nothing. `'not-echoed'` is for a vendor that does not send `state` back: a
   * callback without one is then accepted with exactly one pending login in that browser. Weaker: somebody who gets the
   * visitor to open a callback URL while that login is pending signs the visitor in as somebody else.
   */
  readonly state?: true | 'not-echoed' | undefined
  /** Takes over the tokens of every sign-in and keeps them fresh. Default: `finish` returns them, and you keep them. */
  readonly keeper?: TokenKeeper | undefined
  /**
   * The key of your user for the identity that signed in; find or create the user here. The keeper keeps the tokens
   * under it. Default: the vendor's id, the region where there is one, and the identity's id, joined by colons. A login
   * begun by `connect` has its own `owner`.
   */
  readonly owner?: ((identity: Identity) => string | Promise<string>) | undefined
}

/** Every option there is; TypeScript holds the list complete. */
const known: { readonly [O in keyof Required<SignInOptions>]: true } = {
  callbackUrl: true,
  postCallback: true,
  connectFrom: true,
  state: true,
  keeper: true,
  owner: true,
  clientId: true,
  clientSecret: true,
  scope: true,
  endpoints: true,
  api: true,
  origins: true,
  pkce: true,
  tokenEncoding: true,
  clientAuthentication: true,
  tokenParams: true,
  tokenHeaders: true,
  profile: true,
  cookieSecret: true,
  minRefreshAge: true,
  timeout: true,
  fetch: true,
  agent: true,
  allowLoopbackHttp: true,
}

/**
 * Checks the options that are not the client's. The client checks its own.
 *
 * @throws TypeError with `code: 'invalid_option'`, naming vendor, option and remedy.
 */
export function checkOptions(vendor: Vendor, options: SignInOptions): void {
  const fail = (option: string, remedy: string): never => {
    throw optionError(vendor, option, remedy)
  }
  const given: Partial<Record<keyof SignInOptions, unknown>> = { ...options }
  const settings = Object.keys({ ...vendor.settings })
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(known, name) && !settings.includes(name)) {
      const own = settings.length === 0 ? '' : `, and this vendor's own: ${settings.join(', ')}`
      fail(name, `is unknown. There are ${Object.keys(known).join(', ')}${own}.`)
    }
  }
  const { callbackUrl, postCallback, connectFrom, keeper, owner } = given
  if (typeof callbackUrl !== 'string' || callbackUrl === '') {
    fail('callbackUrl', 'is missing. It is the absolute URL of your callback route, as registered at the vendor.')
  } else if (!URL.canParse(callbackUrl) || !/^https?:\/\/[^/\s]\S*$/i.test(callbackUrl)) {
    // Vendors compare it to the letter, and `URL` overlooks blanks around it and a third slash.
    fail('callbackUrl', 'must be an absolute http or https URL, such as https://app.example.com/callback.')
  } else if (callbackUrl.includes('#')) {
    fail('callbackUrl', 'must not have a fragment: no vendor sends one back.')
  }
  if (postCallback !== undefined && typeof postCallback !== 'boolean') fail('postCallback', 'must be true or false.')
  checkConnectFrom(vendor, connectFrom)
  if (owner !== undefined && typeof owner !== 'function') {
    fail('owner', 'must be a function that returns the key of a user.')
  }
  if (keeper !== undefined && typeof (keeper as { adopt?: unknown } | null)?.adopt !== 'function') {
    fail('keeper', 'must be what createTokenKeeper returned.')
  }
}
