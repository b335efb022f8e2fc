import type { TokenSet } from './token-set.ts'

/** Claims: whatever the vendor tells of a user, unmapped. */
export type Claims = Readonly<Record<string, unknown>>

/**
 * Where a vendor's identity can be read, and under which names. A path such as `account.email_address` leads into
 * nested objects, `emails[0]` into a list, `accounts[is_default]` to the element of a list whose `is_default` is true,
 * or to its only one. The first path that holds something wins.
 */
export interface IdentitySource {
  readonly from: 'userinfo' | 'id_token' | 'access_token'
  /** Paths of the stable id, unique at the vendor. */
  readonly id: readonly string[]
  readonly email?: readonly string[]
  /** Paths of the display name; a list within the list is joined by spaces, empty parts dropped. */
  readonly name?: readonly (string | readonly string[])[]
  /** Paths of what is needed with the tokens ever after, by the names in `TokenSet.vendor_state`. */
  readonly keep?: Readonly<Record<string, readonly string[]>>
}

/**
 * The claims of OpenID Connect (Core §5.1) wherever they may stand: userinfo, where the caller knows an address, the
 * id_token, or an access token that is a JWT.
 */
export const openIdClaims: readonly IdentitySource[] = /* @__PURE__ */ (
  ['userinfo', 'id_token', 'access_token'] as const
).map((from) => ({ from, id: ['sub'], email: ['email'], name: ['name', ['given_name', 'family_name']] }))

/** Who signed in. */
export interface Identity {
  /**
   * Stable and unique at the vendor, or in its `region`, and never empty. The key of a user is vendor, region and id
   * together, never the e-mail.
   */
  readonly id: string
  /** The client's `region`; left out where it has none, as at a vendor with one place for all its users. */
  readonly region?: string | undefined
  /** Not verified unless `claims` say so in the vendor's words. */
  readonly email?: string | undefined
  readonly name?: string | undefined
  /** All that the vendor told. Claims of a JWT are read without a signature check, straight from the token endpoint. */
  readonly claims: Claims
  /** What the vendor said here and needs back with the tokens: add it to their `vendor_state` where you keep them yourself. */
  readonly vendorState?: TokenSet['vendor_state']
}

/** What a caller's `profile` gets to work with. */
export interface ProfileTools {
  /** GETs JSON from one of the vendor's API hosts, with the bearer token. A path counts from the first of them. */
  get(pathOrUrl: string): Promise<Claims>
}

/** The option `profile`: says who the tokens belong to. */
export type IdentityProfile = (tokens: TokenSet, tools: ProfileTools) => Promise<CallersIdentity> | CallersIdentity

/** What a `profile` returns; `id` may be a number, `claims` may be left out. */
export interface CallersIdentity {
  readonly id: string | number
  readonly email?: string | undefined
  readonly name?: string | undefined
  readonly claims?: Claims | undefined
  /** What is needed with the tokens ever after, such as the host of the account you choose; a host must be the vendor's. */
  readonly vendorState?: TokenSet['vendor_state']
}
