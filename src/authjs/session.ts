import type { Account, Session, User } from '@auth/core/types'
import { ReauthRequired } from '../keeper/errors.ts'
import type { ReauthReason } from '../keeper/record.ts'
import type { GrantLink } from '../keeper/targets.ts'
import { EsignAuthError } from '../oauth/errors.ts'
import type { Runtime } from './runtime.ts'

/**
 * What a session says of its vendor: a target for `keeper.fetch` and `keeper.access`. It holds no token; the browser may
 * read it.
 */
export interface EsignSession extends GrantLink {
  /** Id of the vendor, such as `insuresign`. */
  readonly vendor: string
  /** Opaque id of the grant. Take it from the server's own session, never out of a request. */
  readonly grant: string
  /** Set when only a new sign-in helps, and why. Gone after it. */
  readonly error?: ReauthReason | undefined
}

/** What the JWT of a session carries: the link, with a sealed copy of the tokens where the store is this process's memory. */
export interface EsignToken extends EsignSession {
  /** The `sub` of the JWT that it was made for, `null` for none. Missing in JWTs of earlier versions. */
  readonly user?: string | null | undefined
  readonly copy?: string | undefined
}

/** The owner of the tokens: the user of an adapter, else the account, since the id in a JWT is new at each sign-in. */
export function ownerOf(account: Account, user: User | undefined, adapter: boolean): string {
  return adapter && user?.id ? user.id : `${account.provider}:${account.providerAccountId}`
}

/** What the session's JWT carries of a grant now. */
export function tokenOf({ keeper }: Runtime, vendor: string, link: GrantLink): EsignToken {
  const { grant, generation } = link
  return { grant, generation, ...keeper.link(grant), vendor }
}

/**
 * A JWT's link, brought up to date: its copy is handed to the keeper, a token that is due is refreshed (once for everybody
 * who asks), and a verdict of the vendor is noted. Never rejects: Auth.js would delete the session.
 */
export async function refreshed(runtime: Runtime, carried: EsignToken): Promise<EsignToken> {
  const { keeper } = runtime
  const { vendor } = carried
  try {
    knowClients(runtime, vendor)
    await keeper.restore(carried)
    await keeper.access(carried)
    const { error: _, ...healthy } = carried
    const link = keeper.link(carried.grant)
    // A pointer stays as it was at sign-in: it tells which sign-ins a disconnect has ended. A copy moves with the tokens.
    return link?.copy === undefined ? healthy : { ...healthy, ...link, vendor }
  } catch (error) {
    if (error instanceof ReauthRequired) {
      const { copy: _, ...pointer } = carried
      // No copy of a disconnected grant stays behind: a restart would bring it back.
      return { ...(keeper.link(carried.grant)?.ended ? pointer : carried), error: error.reason }
    }
    // What the vendor or the store is to blame for passes; anything else is a mistake that somebody must hear of.
    if (!(error instanceof EsignAuthError)) runtime.report(error as Error)
    // As it is: nobody has said that this link is alive, and the newest one may be another sign-in's.
    return carried
  }
}

/** A token asked for by a link needs the link's client, which a new process has not made yet. */
function knowClients({ providers }: Runtime, vendor: string): void {
  for (const { source, client } of providers.values()) {
    try {
      if (source.vendor.id === vendor) client()
    } catch {
      // One that is not configured any more; the keeper says so if it is the one.
    }
  }
}

/** What a session in a database says: the grant its user has at one of the providers, the first in their order. */
export async function findGrant(runtime: Runtime, owner: string): Promise<EsignSession | undefined> {
  for (const { source, client } of runtime.providers.values()) {
    try {
      const link = await runtime.keeper.find({ vendor: client(), owner })
      if (link) return sessionOf(await refreshed(runtime, { ...link, vendor: source.vendor.id }))
    } catch (error) {
      // Not configured, or the store is away: no reason to lose the session.
      if (!(error instanceof EsignAuthError || error instanceof TypeError)) throw error
    }
  }
  return undefined
}

/** Without the copy: what `auth()` returns is what `/api/auth/session` shows the browser. */
export function sessionOf({ vendor, grant, generation, error }: EsignToken): EsignSession {
  return { vendor, grant, generation, ...(error ? { error } : {}) }
}

/** Auth.js's own session, where an application has no callback that makes another. */
export function plainSession(session: Session & { readonly sessionToken?: unknown }, public_: boolean): Session {
  const { user, expires: end } = session as { user?: User; expires: string | Date }
  const expires = end instanceof Date ? end.toISOString() : end
  if (!public_) {
    const { sessionToken: _, ...rest } = session
    return { ...rest, expires }
  }
  return { user: { name: user?.name ?? null, email: user?.email ?? null, image: user?.image ?? null }, expires }
}
