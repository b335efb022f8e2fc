import { EsignAuthError } from '../oauth/errors.ts'
import type { Identity } from '../oauth/identity.ts'
import type { Vendor } from '../oauth/vendor.ts'
import type { Profile } from './options.ts'

/** Passport's profile for an identity. */
export function profileOf(vendor: Vendor, { id, region, email, name, claims }: Identity): Profile {
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)
  const givenName = text(claims['given_name'])
  const familyName = text(claims['family_name'])
  return {
    provider: vendor.id,
    ...(region === undefined ? {} : { region }),
    id,
    ...(name === undefined ? {} : { displayName: name }),
    ...(givenName === undefined && familyName === undefined ? {} : { name: { givenName, familyName } }),
    ...(email === undefined ? {} : { emails: [{ value: email }] }),
    _raw: JSON.stringify(claims),
    _json: claims,
  }
}

/** The id of a profile as text, or `undefined` where it has none. */
export function subjectOf(profile: unknown): string | undefined {
  const id = typeof profile === 'object' && profile !== null && 'id' in profile ? profile.id : undefined
  const isId = (typeof id === 'string' && id.trim() !== '') || Number.isSafeInteger(id) || typeof id === 'bigint'
  return isId ? String(id) : undefined
}

/**
 * Lets nobody sign in without a stable id: `users.findOrCreate(undefined)` would make all users one.
 *
 * @throws EsignAuthError `identity_unknown`
 */
export function requireId(vendor: Vendor, profile: unknown): void {
  if (subjectOf(profile) !== undefined) return
  throw new EsignAuthError(
    'identity_unknown',
    vendor,
    "who signed in is not known: the profile has no id. Give the option `profile`, which returns the user's stable id.",
  )
}
