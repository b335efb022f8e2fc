import type { Profile, User } from '@auth/core/types'
import type { Client } from '../oauth/client.ts'
import { withoutUndefined } from '../oauth/client-options.ts'
import { EsignAuthError } from '../oauth/errors.ts'
import type { Identity } from '../oauth/identity.ts'
import { hideInPrint, type TokenSet, withVendorState } from '../oauth/token-set.ts'
import type { AnyProviderOptions } from './options.ts'

/** Who signed in, as Auth.js has it. */
export interface Who {
  /** What the vendor told. */
  readonly profile: Profile
  /** With an id that is stable and unique at the vendor. */
  readonly user: User & { readonly id: string }
  /** The tokens, with what the vendor said of this user's whereabouts when it was asked who it is. */
  readonly tokens: TokenSet
}

/**
 * Who the tokens belong to: the application's `profile`, else the vendor's sources. Auth.js would give somebody without
 * an id a random one, and so a new account at each sign-in.
 *
 * @throws EsignAuthError `identity_unknown`, or what asking the vendor throws.
 */
export async function whoSignedIn(
  client: Client,
  tokens: TokenSet,
  profileOf: AnyProviderOptions['profile'],
): Promise<Who> {
  const identity = await client.identify(tokens).catch((error: unknown) => {
    // An application that knows better says so.
    if (profileOf && error instanceof EsignAuthError && error.code === 'identity_unknown') return undefined
    throw error
  })
  // A copy: it becomes the application's.
  const profile: Profile = { ...identity?.claims }
  const user = profileOf
    ? await profileOf(profile, hideInPrint({ ...withoutUndefined(tokens), token_type: 'bearer' as const }))
    : userOf(identity)
  const id: unknown = user?.id
  const isId = (typeof id === 'string' && id.trim() !== '') || Number.isSafeInteger(id)
  if (!isId) {
    throw new EsignAuthError(
      'identity_unknown',
      client.vendor,
      "who signed in is not known: the option `profile` returned no id. It must return the user's stable id at the vendor.",
    )
  }
  return { profile, user: { ...user, id: String(id) }, tokens: withVendorState(tokens, identity?.vendorState) }
}

function userOf(identity: Identity | undefined): User {
  return { ...(identity && { id: identity.id }), name: identity?.name ?? null, email: identity?.email ?? null }
}
