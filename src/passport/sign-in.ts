import { EsignAuthError } from '../core/errors.ts'
import { linksOn } from '../core/request-links.ts'
import type { TokenSet } from '../core/token-set.ts'
import type { TokenKeeper } from '../keeper/keeper.ts'
import type { GrantLink } from '../keeper/targets.ts'
import { resolveCallbackUrl } from './addresses.ts'
import type { PassportRequest } from './base.ts'
import { acceptCallback, type CodeCallback, callbackEntries } from './callback.ts'
import { asText } from './facade.ts'
import { beginLogin, keyOf } from './login.ts'
import type { AnyStrategyOptions, AuthenticateOptions } from './options.ts'
import type { Outcome } from './outcome.ts'
import type { SignIn, StrategyParts } from './parts.ts'
import type { PendingLogin } from './pending.ts'
import { requireId } from './profile.ts'
import type { EsignStrategy } from './strategy.ts'
import { callVerify } from './verify.ts'

/** One request, from its first look to its outcome. */
export async function handle(
  strategy: EsignStrategy,
  req: PassportRequest,
  options: AuthenticateOptions,
  outcome: Outcome,
): Promise<void> {
  const parts = strategy._parts
  const { client, settings } = parts
  const redirectUri = resolveCallbackUrl(options.callbackURL ?? settings.callbackURL, req, settings.proxy === true)
  if (!redirectUri) {
    throw new EsignAuthError(
      'callback_invalid',
      client.vendor,
      'the Host header of this request is no host, and a relative `callbackURL` is resolved against it.',
    )
  }
  // Whatever is answered here holds a code, a state or an address that does.
  if (req.res && !req.res.headersSent) req.res.setHeader('cache-control', 'no-store')
  const entries = callbackEntries(client.vendor, req, new URL(redirectUri).pathname, settings.postCallback === true)
  if (!entries) {
    if (settings.postCallback && isEmbeddedElsewhere(req)) {
      return outcome.fail({ code: 'pending_login_impossible', message: `${client.vendor.name}: ${embedded}` }, 403)
    }
    const extra = { ...strategy.authorizationParams(options) }
    return outcome.redirect(await beginLogin(parts, req, options, redirectUri, extra))
  }
  const { login, signIn } = await acceptCallback(parts, req, options, entries, redirectUri, (callback, login) =>
    signInWith(strategy, options, callback, login),
  )
  const { state, tokens, profile } = await signIn
  // Without PKCE nothing else tells a copy of this callback from a stolen code under a login of the thief's own.
  if (state !== login.state) {
    throw new EsignAuthError(
      'callback_invalid',
      client.vendor,
      'the code of this callback belongs to another sign-in. Begin a new one.',
    )
  }
  const { user, info } = await callVerify(parts.verify, req, tokens, profile)
  if (!user) return outcome.fail(info)
  if (settings.keeper) {
    const owner = login.connecting?.owner ?? keyOf(parts, user)
    linksOn(req).set(client.vendor.id, await adopt(parts, await signIn, owner))
  }
  const { appState, returnTo } = login
  // A string stays what it is: spreading it would make an object of its letters.
  const more = {
    ...(appState === undefined ? {} : { state: appState }),
    ...(returnTo === undefined ? {} : { returnTo }),
  }
  outcome.success(user, typeof info === 'object' || info === undefined ? { ...info, ...more } : info)
}

const embedded = 'a page of another site asked for this login, as a picture or in a frame. Open the login itself.'

/**
 * Whether a page of another site has the browser load this as a part of it. With `postCallback` the cookie of a login it
 * began there would be kept, and many of them would lock the visitor out. A browser that does not say counts as honest.
 */
function isEmbeddedElsewhere({ headers }: PassportRequest): boolean {
  return headers['sec-fetch-site'] === 'cross-site' && headers['sec-fetch-dest'] !== 'document'
}

/** Hands the tokens to the keeper; copies of one callback hand them over once, or a later one would undo a refresh. */
function adopt({ client, settings }: StrategyParts, { tokens, adopted }: SignIn, owner: string): Promise<GrantLink> {
  const known = adopted.get(owner)
  if (known) return known
  const link = (settings.keeper as TokenKeeper).adopt(tokens, { vendor: client, owner })
  adopted.set(owner, link)
  return link
}

/** Exchanges the code and asks who signed in: what copies of one callback share. */
async function signInWith(
  strategy: EsignStrategy,
  options: AuthenticateOptions,
  { code, vendorState }: CodeCallback,
  login: PendingLogin,
): Promise<SignIn> {
  const exchanged = await strategy.client.exchangeCode({
    code,
    redirectUri: login.redirectUri,
    codeVerifier: login.verifier,
    state: login.state,
    vendorState,
    params: asText(strategy.tokenParams(options)),
  })
  const { tokens, profile } = await loadProfile(strategy, exchanged, login.connecting !== undefined)
  return { state: login.state, tokens, profile, adopted: new Map() }
}

/**
 * The profile of who signed in, through the strategy's `userProfile`; `undefined` when it is to be skipped. With it the
 * tokens, to which the vendor may have added a word.
 */
async function loadProfile(
  strategy: EsignStrategy,
  tokens: TokenSet,
  connecting: boolean,
): Promise<{ readonly tokens: TokenSet; readonly profile: unknown }> {
  const { client, settings, fresh } = strategy._parts
  if (await skipsProfile(settings.skipUserProfile, tokens.access_token)) return { tokens, profile: undefined }
  const signIn = { tokens }
  fresh.set(tokens.access_token, signIn)
  try {
    const profile = await new Promise<unknown>((resolve, reject) => {
      const returned: unknown = strategy.userProfile(tokens.access_token, (error, profile) =>
        error ? reject(error) : resolve(profile),
      )
      // An application's own may be async: then what it resolves to counts as well.
      Promise.resolve(returned).then((value) => value !== undefined && resolve(value), reject)
    })
    if (!connecting && client.vendor.identity !== 'none') requireId(client.vendor, profile)
    return { tokens: signIn.tokens, profile }
  } catch (error) {
    // Whoever connects an account is signed in already; a vendor without users has no ids.
    const unknown = error instanceof EsignAuthError && error.code === 'identity_unknown'
    if (unknown && (connecting || client.vendor.identity === 'none')) return { tokens, profile: undefined }
    throw error
  } finally {
    // Another sign-in may have brought the same token meanwhile.
    if (fresh.get(tokens.access_token) === signIn) fresh.delete(tokens.access_token)
  }
}

function skipsProfile(skip: AnyStrategyOptions['skipUserProfile'], accessToken: string): boolean | Promise<boolean> {
  if (typeof skip !== 'function') return Boolean(skip)
  if (skip.length < 2) return (skip as () => boolean)()
  return new Promise((resolve, reject) => {
    const done = (error?: unknown, skipped?: unknown) => (error ? reject(error) : resolve(Boolean(skipped)))
    // It may be async: then what it resolves to counts as well.
    Promise.resolve<unknown>(skip(accessToken, done)).then(
      (value) => value !== undefined && resolve(Boolean(value)),
      reject,
    )
  })
}
