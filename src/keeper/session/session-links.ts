import type { RequestLinks } from '../../oauth/request-links.ts'
import type { TokenKeeper } from '../keeper.ts'
import type { SessionLink } from './session-copies.ts'

/** A link as a session carries it, with the mark of the user whose it is. */
export interface OwnedLink extends SessionLink {
  /** See {@link ownerMark}. Missing in sessions of earlier versions, whose links count no more. */
  readonly owner?: string | undefined
}

/** What the links of a session follow from when a response ends. */
export interface SessionState {
  /** What the session carries. */
  readonly kept: Readonly<Record<string, OwnedLink>>
  /** What sign-ins in this request brought. */
  readonly signedIn: RequestLinks
  /** The user who is signed in now as each client of a vendor knows them. */
  owners(vendor: string): readonly string[]
  readonly keeper: Pick<TokenKeeper, 'link'>
  readonly user: unknown
}

/**
 * The links that a session must carry from now on, or `undefined` if that is what it carries already. A sign-in replaces
 * all of them, connecting an account adds one; those of another user than the one who is signed in go, and all of them
 * go with a sign-out, for which Passport sets the user to `null`. `undefined` says nothing: nobody may have looked.
 */
export function linksFor(state: SessionState): [vendor: string, link: OwnedLink][] | undefined {
  const { kept, signedIn, keeper, user } = state
  if (user === undefined) return undefined
  const next = new Map<string, OwnedLink>()
  const mine = [...signedIn].filter(([vendor, { owner }]) => state.owners(vendor).includes(owner))
  const isNewSignIn = hasSignedIn(state)
  for (const [vendor, link] of Object.entries(kept)) {
    const owner = state.owners(vendor).find((key) => ownerMark(link.grant, key) === link.owner)
    if (owner === undefined || (isNewSignIn && !mine.some(([each]) => each === vendor))) continue
    const now = keeper.link(link.grant)
    // No copy of a disconnected grant stays behind: a restart would bring it back.
    if (now?.ended) {
      next.set(
        vendor,
        link.copy === undefined ? link : { grant: link.grant, generation: now.generation, owner: link.owner },
      )
      continue
    }
    // A copy moves with the tokens. A pointer stays as it was at sign-in: it tells which sign-ins a disconnect has ended.
    const moved = now?.copy !== undefined && now.generation > link.generation
    next.set(vendor, moved ? { ...now, owner: link.owner } : link)
  }
  for (const [vendor, { grant, owner }] of mine) {
    const known = next.get(vendor)
    const link = keeper.link(grant)
    if (link && !link.ended && !(known?.grant === grant && known.generation >= link.generation)) {
      next.set(vendor, { ...link, owner: ownerMark(grant, owner) })
    }
  }
  const before = Object.entries(kept)
  const isSame = before.length === next.size && before.every(([vendor, link]) => next.get(vendor) === link)
  return isSame ? undefined : [...next]
}

/** Whether the user who is signed in now did so in this request. */
export function hasSignedIn({ signedIn, owners }: Pick<SessionState, 'signedIn' | 'owners'>): boolean {
  return [...signedIn].some(([vendor, { owner, connected }]) => !connected && owners(vendor).includes(owner))
}

/** What a link carries of its owner: a hash, bound to the grant. Node's own, since links of sessions are Node's. */
export function ownerMark(grant: string, owner: string): string {
  const { createHash } = process.getBuiltinModule('node:crypto')
  return createHash('sha256')
    .update(JSON.stringify([grant, owner]))
    .digest('base64url')
    .slice(0, 22)
}
