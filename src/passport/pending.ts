import { EsignAuthError } from '../core/errors.ts'
import { mostPending, type PendingBasis } from '../core/pending-login.ts'
import type { PassportRequest } from './base.ts'

/** What is kept of a login between its start and its callback. */
export interface PendingLogin extends PendingBasis {
  /** It came out of an application's own store, which answers for its one use and its time. */
  readonly ownStore?: boolean | undefined
  /** Whether `passport.authorize` began it, and for whom; `null` when nobody was signed in. */
  readonly connecting?: { readonly owner: string | null } | undefined
  /** The application's own state, as it was given. */
  readonly appState?: unknown
  /** A path of this site. */
  readonly returnTo?: string | undefined
}

/** Where pending logins live: bound to the browser, several at once. */
export interface PendingLogins {
  /** Files the login and returns the `state` for the wire, which is the login's own unless a store has its own mind. */
  begin(req: PassportRequest, login: PendingLogin): Promise<string>
  /** The login of this state in this browser, or `undefined`. What cannot be opened is left alone. */
  open(req: PassportRequest, state: string, redirectUri: string): Promise<PendingLogin | undefined>
  /** All logins that pend in this browser, for vendors that do not echo `state`. */
  all(req: PassportRequest): Promise<PendingLogin[]>
  /** Removes a login whose callback has come. */
  end(req: PassportRequest, login: PendingLogin): void
}

/** Entries in `req.session`, for hosts that do not hang the response on the request. */
export function sessionPending(vendor: { readonly id: string; readonly name: string }, key: string): PendingLogins {
  type Entries = Record<string, PendingLogin>
  const sessionOf = (req: PassportRequest): Record<string, Entries> => {
    const session = req.session as Record<string, Entries> | undefined
    if (!session) {
      throw new EsignAuthError(
        'pending_login_impossible',
        vendor,
        'there is neither a response to set a cookie on (`req.res`) nor a session. Add session middleware before passport.',
      )
    }
    return session
  }
  const entries = (req: PassportRequest): Entries => {
    const session = sessionOf(req)
    session[key] ??= {}
    return session[key]
  }
  return {
    async begin(req, login) {
      const all = entries(req)
      const oldest = Object.entries(all).sort(([, a], [, b]) => b.startedAt - a.startedAt)
      for (const [name] of oldest.slice(mostPending - 1)) delete all[name]
      all[login.state] = login
      return login.state
    },
    async open(req, state) {
      const all = entries(req)
      return Object.hasOwn(all, state) ? all[state] : undefined
    },
    all: async (req) => Object.values(entries(req)),
    end(req, login) {
      const { [login.state]: _, ...others } = entries(req)
      // A new object, since a store in memory may have given this very one to a copy of the callback, which may join.
      sessionOf(req)[key] = others
    },
  }
}
