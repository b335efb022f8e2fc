import { EsignAuthError } from '../oauth/errors.ts'
import type { PassportRequest } from './passport-oauth2.ts'
import type { StrategyContext } from './strategy-context.ts'

type OwnerContext = Pick<StrategyContext, 'client' | 'settings'>

/**
 * The key of the user who is signed in here, to which `passport.authorize` binds a login; `null` if nobody is.
 *
 * @throws EsignAuthError if nobody is and there is a keeper, whose grants need an owner.
 */
export function ownerOf(context: OwnerContext, req: PassportRequest): string | null {
  if (req.user !== undefined && req.user !== null) return keyOf(context, req.user)
  if (!context.settings.keeper) return null
  throw new EsignAuthError(
    'invalid_argument',
    context.client.vendor,
    'nobody is signed in here whose account could be connected. Let people sign in first, or use `passport.authenticate`.',
  )
}

/** The application's key of a user. */
export function keyOf({ client, settings }: OwnerContext, user: unknown): string {
  const key = settings.owner ? settings.owner(user as never) : (user as { readonly id?: unknown }).id
  if ((typeof key === 'string' && key.trim() !== '') || Number.isSafeInteger(key) || typeof key === 'bigint') {
    return String(key)
  }
  throw new EsignAuthError(
    'invalid_argument',
    client.vendor,
    settings.owner
      ? 'the option `owner` returned no key for the user: text or a whole number.'
      : 'the user has no `id` to tell whose account this is. Give the option `owner`, which returns the key of a user.',
  )
}
