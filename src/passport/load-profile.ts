import { EsignAuthError } from '../oauth/errors.ts'
import type { TokenSet } from '../oauth/token-set.ts'
import type { AnyStrategyOptions } from './options.ts'
import type { OAuth2StrategyInstance } from './passport-oauth2.ts'
import { requireId } from './profile.ts'
import type { PassportUser, StrategyContext } from './strategy-context.ts'

/**
 * The profile of the user who signed in, through the strategy's `userProfile`; `undefined` if it is to be skipped. With
 * it come the tokens, to which the vendor may have added its state.
 */
export async function loadProfile(
  strategy: Pick<OAuth2StrategyInstance, 'userProfile'>,
  { client, settings, fresh }: StrategyContext,
  tokens: TokenSet,
  connecting: boolean,
): Promise<PassportUser> {
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
    // A user who connects an account is signed in already; a vendor without users has no ids.
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
