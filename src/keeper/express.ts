import type { IncomingMessage, ServerResponse } from 'node:http'
import { linksOn } from '../oauth/request-links.ts'
import type { TokenKeeper } from './keeper.ts'
import type { SessionLink } from './link.ts'
import type { GrantLink } from './targets.ts'

/** A request with whatever session middleware made of it. */
export interface SessionRequest extends IncomingMessage {
  session?: unknown
  readonly sessionID?: string | undefined
  /** express-session's; cookie-session has none. */
  readonly sessionStore?: { get(id: string, done: (error: unknown, session?: unknown) => void): void } | undefined
}

const entry = 'esign-auth'

/**
 * Express middleware that links the session to the grants of whoever signs in: put it behind the session middleware and
 * before the sign-in routes. With the memory store the session also carries a sealed copy of the tokens, so that a
 * restart loses nothing; it is handed to the keeper when a request begins, and replaced by a newer one before the
 * response ends. A session that was destroyed meanwhile is never made again.
 */
export function keepInSession(
  keeper: TokenKeeper,
): (req: SessionRequest, res: ServerResponse, next: (error?: unknown) => void) => void {
  return (req, res, next) => {
    beforeTheEnd(req, res, keeper)
    const links = Object.values(linksIn(req))
    if (links.length === 0) return next()
    // A copy that cannot be restored is no reason to refuse the request: asking for its token says what is wrong.
    Promise.all(links.map((link) => keeper.restore(link).catch(() => {}))).then(() => next(), next)
  }
}

/**
 * The link of a session to its grant at a vendor, or `undefined`: a target for `keeper.access` and `keeper.fetch` where
 * the application does not know its users by a key of its own.
 */
export function linkOf(req: SessionRequest, vendor: string): GrantLink | undefined {
  // Not by a property: `vendor` may have come in a path, and be `constructor`.
  const link = linksOn(req).get(vendor) ?? new Map(Object.entries(linksIn(req))).get(vendor)
  return link && { grant: link.grant, generation: link.generation }
}

/** Writes what has changed into the session as late as it can be written. */
function beforeTheEnd(req: SessionRequest, res: ServerResponse, keeper: TokenKeeper): void {
  const { end, writeHead } = res
  let written = false
  const changes = (): [vendor: string, link: SessionLink][] => {
    const had = linksIn(req)
    // Passport makes a new session at sign-in: what was hung on the request goes into whichever is there now.
    const signedIn = linksOn(req)
    const all = { ...had, ...Object.fromEntries(signedIn) }
    return Object.entries(all).flatMap(([vendor, { grant }]) => {
      const link = keeper.link(grant)
      // A pointer is written at sign-in and stays; one that a session kept from before a disconnect is dead.
      const stays = link?.copy === undefined && !signedIn.has(vendor)
      const same = had[vendor]?.grant === grant && (stays || had[vendor].generation >= (link?.generation ?? 0))
      return same || !link ? [] : [[vendor, link]]
    })
  }
  const write = () => {
    const { session } = req
    if (written || typeof session !== 'object' || session === null) return
    written = true
    const links = changes()
    if (links.length > 0) Object.assign(session, { [entry]: { ...linksIn(req), ...Object.fromEntries(links) } })
  }
  // A session in a cookie goes out with the headers.
  res.writeHead = function (this: ServerResponse, ...args: unknown[]) {
    if (!req.sessionStore) write()
    return Reflect.apply(writeHead, this, args)
  } as typeof writeHead
  res.end = function (this: ServerResponse, ...args: unknown[]) {
    const finish = () => Reflect.apply(end, this, args)
    const { sessionStore, sessionID } = req
    const signedIn = linksOn(req).size > 0
    if (written || !sessionStore || !sessionID || signedIn || changes().length === 0) {
      write()
      return finish()
    }
    // 51: whoever signed out meanwhile stays signed out.
    sessionStore.get(sessionID, (_error, session) => {
      if (session) write()
      finish()
    })
    return this
  } as typeof end
}

function linksIn(req: SessionRequest): Record<string, SessionLink> {
  const { session } = req
  if (typeof session !== 'object' || session === null || !(entry in session)) return {}
  const links = session[entry as keyof typeof session] as unknown
  return typeof links === 'object' && links !== null ? (links as Record<string, SessionLink>) : {}
}
