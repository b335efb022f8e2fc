import { type ClientOptions, withoutUndefined } from '../oauth/client-options.ts'
import { optionError } from '../oauth/errors.ts'
import type { Vendor } from '../oauth/vendor.ts'
import { checkConnectFrom } from '../sign-in/foreign-start.ts'
import { isNotEchoed } from '../sign-in/state-option.ts'
import type { AnyStrategyOptions } from './options.ts'
import type { StrategySettings } from './strategy-context.ts'

/**
 * Checks what is Passport's own among a strategy's options; the client checks the rest.
 *
 * @throws TypeError with `code: 'invalid_option'`, naming vendor, option and remedy.
 */
export function checkOptions(vendor: Vendor, options: AnyStrategyOptions, verify: unknown): AnyStrategyOptions {
  const fail = (option: string, remedy: string): never => {
    throw optionError(vendor, option, remedy)
  }
  if (typeof options !== 'object' || options === null)
    fail('clientID', 'is missing: the first argument is an object of options.')
  const { callbackURL, state, store, verifyStyle, owner, scope, connectFrom } = options as {
    [K in keyof AnyStrategyOptions]: unknown
  }
  if (typeof verify !== 'function')
    fail('verify', 'is missing: the second argument is the function that finds your user.')
  if (typeof callbackURL !== 'string' || callbackURL === '') {
    fail('callbackURL', 'is missing. It is the absolute URL of your callback route, as registered at the vendor.')
  } else if (
    URL.canParse(callbackURL)
      ? !/^https?:$/.test(new URL(callbackURL).protocol)
      : !URL.canParse(callbackURL, 'http://relative.invalid')
  ) {
    fail('callbackURL', 'must be an http or https URL, or a path.')
  } else if (/^[\w-]+(\.[\w-]+)+(:\d+)?(\/|$)/.test(callbackURL) || callbackURL.includes('#')) {
    fail('callbackURL', 'must be an http or https URL without a fragment, or a path. Is https:// missing?')
  }
  isNotEchoed(vendor, state, 'with the request: authenticate(name, { state })')
  if (typeof store === 'object' ? !isStore(store) : store !== undefined && typeof store !== 'boolean') {
    fail('store', 'must be an object with the functions `store` and `verify`, as passport-oauth2 takes it, or true.')
  }
  if (verifyStyle !== undefined && verifyStyle !== 'tokens') fail('verifyStyle', "must be 'tokens'.")
  if (owner !== undefined && typeof owner !== 'function')
    fail('owner', 'must be a function that returns the key of a user.')
  if (scope !== undefined && typeof scope !== 'string' && !Array.isArray(scope))
    fail('scope', 'must be text or an array of texts.')
  checkConnectFrom(vendor, connectFrom)
  for (const name of ['passReqToCallback', 'proxy', 'postCallback'] as const) {
    const value: unknown = options[name]
    if (value !== undefined && typeof value !== 'boolean') fail(name, 'must be true or false.')
  }
  return options
}

function isStore(store: object | null): boolean {
  const { store: keep, verify } = (store ?? {}) as Readonly<Record<string, unknown>>
  return typeof keep === 'function' && typeof verify === 'function'
}

/** The strategy's options in the client's names. The vendor's own settings pass through. */
export function clientOptions(settings: AnyStrategyOptions): ClientOptions {
  const {
    clientID,
    scope,
    scopeSeparator,
    authorizationURL,
    tokenURL,
    userProfileURL,
    endpoints,
    customHeaders,
    ...rest
  } = settings
  return {
    ...rest,
    clientId: clientID,
    scope: typeof scope === 'string' ? scope : scope?.join(scopeSeparator ?? ' '),
    endpoints: withoutUndefined({
      authorization: authorizationURL,
      token: tokenURL,
      userinfo: userProfileURL,
      ...withoutUndefined(endpoints ?? {}),
    }),
    tokenHeaders: customHeaders,
  }
}

/** How Passport's users spell the client's options; an endpoint goes by the name it was given under. */
export function spellingOf({ endpoints, ...settings }: AnyStrategyOptions): Record<string, string> {
  const aliases = { authorization: 'authorizationURL', token: 'tokenURL', userinfo: 'userProfileURL' } as const
  const used = (['authorization', 'token', 'userinfo'] as const).filter(
    (name) => settings[aliases[name]] !== undefined && endpoints?.[name] === undefined,
  )
  return {
    clientId: 'clientID',
    tokenHeaders: 'customHeaders',
    ...Object.fromEntries(used.map((name) => [`endpoints.${name}`, aliases[name]])),
  }
}

/** What a strategy needs of its options at each request: none of the secrets among them, whatever a vendor calls its own. */
export function withoutSecrets(settings: AnyStrategyOptions): StrategySettings {
  const { callbackURL, scopeSeparator, state, proxy, skipUserProfile, postCallback } = settings
  const { connectFrom, owner, keeper } = settings
  return { callbackURL, scopeSeparator, state, proxy, skipUserProfile, postCallback, connectFrom, owner, keeper }
}
