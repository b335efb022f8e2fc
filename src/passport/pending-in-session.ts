import { EsignAuthError } from '../oauth/errors.ts'
import { mostPending, type PendingLogin, type PendingLogins } from '../sign-in/pending-login.ts'
import type { PassportRequest } from './passport-oauth2.ts'

/**
 * Pending logins as entries in `req.session`, for hosts that do not hang the response on the request. An application may
 * give the entries of several clients one `key`, so each login names its `client`.
 */
export function pendingInSession(
  vendor: { readonly id: string; readonly name: string },
  { client, key = `esign-auth:${client}` }: { readonly client: string; readonly key?: string | undefined },
  req: PassportRequest,
): PendingLogins {
  type Entry = PendingLogin & { readonly client?: string | undefined }
  type Entries = Record<string, Entry>
  const isOwn = (login: Entry | undefined) => login?.client === client
  const session = (): Record<string, Entries> => {
    if (req.session) return req.session as Record<string, Entries>
    throw new EsignAuthError(
      'pending_login_impossible',
      vendor,
      'there is neither a response to set a cookie on (`req.res`) nor a session. Add session middleware before passport.',
    )
  }
  const entries = (): Entries => {
    const holder = session()
    holder[key] ??= {}
    return holder[key]
  }
  return {
    async begin(login) {
      const all = entries()
      const newestFirst = Object.entries(all).sort(([, a], [, b]) => b.startedAt - a.startedAt)
      for (const [state] of newestFirst.slice(mostPending - 1)) delete all[state]
      all[login.state] = { ...login, client }
      return login.state
    },
    async open(state) {
      const all = entries()
      return Object.hasOwn(all, state) && isOwn(all[state]) ? all[state] : undefined
    },
    all: async () => Object.values(entries()).filter(isOwn),
    end(login) {
      const { [login.state]: _, ...others } = entries()
      // A new object, since a store in memory may have given this very one to a copy of the callback, which may join.
      session()[key] = others
    },
  }
}
