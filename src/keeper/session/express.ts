import type { IncomingMessage, ServerResponse } from 'node:http'
import { linksOn } from '../../oauth/request-links.ts'
import type { TokenKeeper } from '../keeper.ts'
import type { GrantLink } from '../targets.ts'
import { hasSignedIn, linksFor, type OwnedLink, ownerMark } from './session-links.ts'

/** A request with whatever session middleware and Passport made of it. */
export interface SessionRequest extends IncomingMessage {
  session?: unknown
  readonly sessionID?: string | undefined
  /** express-session's; cookie-session has none. */
  readonly sessionStore?: { get(id: string, done: (error: unknown, session?: unknown) => void): void } | undefined
  /** The user who is signed in now. */
  readonly user?: unknown
}

const entry = 'esign-auth'
const ownersKey = Symbol.for('esign-auth.owners')

/** The user who is signed in now as each client of a vendor knows them. */
type OwnersNow = (vendor: string) => readonly string[]

/**
 * Express middleware that links the session to the grants of the user who signs in: put it behind the session middleware
 * and `passport.session()`, before the sign-in routes. A link belongs to one user and is ignored while another one, or
 * nobody, is signed in.
 *
 * With the memory store the session also carries a sealed copy of the tokens, so that a restart loses nothing; it is
 * handed to the keeper when a request begins, and replaced by a newer one before the response ends. A session that was
 * destroyed meanwhile is never made again.
 */
export function keepInSession(
  keeper: TokenKeeper,
): (req: SessionRequest, res: ServerResponse, next: (error?: unknown) => void) => void {
  return (req, res, next) => {
    const owners: OwnersNow = (vendor) => keeper.ownersOf(req.user, vendor)
    Object.defineProperty(req, ownersKey, { value: owners, configurable: true })
    beforeTheEnd(req, res, keeper, owners)
    // Before passport.session() nobody knows yet whose session this is; the keeper files a copy under its own owner.
    const isKnown = req.user !== undefined || 'isAuthenticated' in req
    const links = Object.entries(linksIn(req)).filter(([vendor, link]) => !isKnown || isOwned(link, owners(vendor)))
    if (links.length === 0) return next()
    // A copy that cannot be restored is no reason to refuse the request: asking for its token says what is wrong.
    Promise.all(links.map(([, link]) => keeper.restore(link).catch(() => {}))).then(() => next(), next)
  }
}

/**
 * The link of a session to the grant that the signed-in user has at a vendor, or `undefined`: a target for
 * `keeper.access` and `keeper.fetch`. Needs {@link keepInSession} on the way of this request.
 */
export function linkOf(req: SessionRequest, vendor: string): GrantLink | undefined {
  const owners = (req as { [ownersKey]?: OwnersNow })[ownersKey]?.(vendor) ?? []
  const signedIn = linksOn(req).get(vendor)
  // Not by a property: `vendor` may have come in a path, and be `constructor`.
  const kept = new Map(Object.entries(linksIn(req))).get(vendor)
  const link = signedIn && owners.includes(signedIn.owner) ? signedIn : kept && isOwned(kept, owners) ? kept : undefined
  return link && { grant: link.grant, generation: link.generation }
}

/** Takes the links, and the copies with them, out of a session: all of them, or that of one vendor. Revokes nothing. */
export function unlink(req: SessionRequest, vendor?: string): void {
  if (vendor === undefined) linksOn(req).clear()
  else linksOn(req).delete(vendor)
  writeLinks(req, vendor === undefined ? [] : Object.entries(linksIn(req)).filter(([each]) => each !== vendor))
}

/** Writes what has changed into the session as late as it can be written. */
function beforeTheEnd(req: SessionRequest, res: ServerResponse, keeper: TokenKeeper, owners: OwnersNow): void {
  const { end, writeHead } = res
  const { sessionID: begun } = req
  let written = false
  // Passport makes a new session at sign-in: what was hung on the request goes into whichever is there now.
  const links = () => linksFor({ kept: linksIn(req), signedIn: linksOn(req), owners, keeper, user: req.user })
  const write = () => {
    if (written || typeof req.session !== 'object' || req.session === null) return
    written = true
    const changed = links()
    if (changed) writeLinks(req, changed)
  }
  // A session in a cookie goes out with the headers.
  res.writeHead = function (this: ServerResponse, ...args: unknown[]) {
    if (!req.sessionStore) write()
    return Reflect.apply(writeHead, this, args)
  } as typeof writeHead
  res.end = function (this: ServerResponse, ...args: unknown[]) {
    const finish = () => Reflect.apply(end, this, args)
    const { sessionStore, sessionID } = req
    // A session made in this request is not in the store yet, and nobody else can have ended it.
    const isNew = sessionID !== begun || hasSignedIn({ signedIn: linksOn(req), owners })
    if (written || !sessionStore || !sessionID || isNew || !links()) {
      write()
      return finish()
    }
    // A user who signed out meanwhile stays signed out.
    sessionStore.get(sessionID, (_error, session) => {
      if (session) write()
      finish()
    })
    return this
  } as typeof end
}

function isOwned({ grant, owner }: OwnedLink, owners: readonly string[]): boolean {
  return owner !== undefined && owners.some((key) => ownerMark(grant, key) === owner)
}

function linksIn(req: SessionRequest): Record<string, OwnedLink> {
  const { session } = req
  if (typeof session !== 'object' || session === null || !(entry in session)) return {}
  const links = session[entry as keyof typeof session] as unknown
  if (typeof links !== 'object' || links === null) return {}
  const isLink = (link: unknown) => typeof link === 'object' && link !== null
  return Object.fromEntries(Object.entries(links as Record<string, OwnedLink>).filter(([, link]) => isLink(link)))
}

function writeLinks(req: SessionRequest, links: [vendor: string, link: OwnedLink][]): void {
  const session = req.session as { [entry]?: unknown } | null | undefined
  if (typeof session !== 'object' || session === null) return
  if (links.length > 0) session[entry] = Object.fromEntries(links)
  else delete session[entry]
}
