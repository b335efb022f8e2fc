import { EsignAuthError } from '../oauth/errors.ts'
import type { PendingLogin, PendingLogins } from './pending-login.ts'

/**
 * The pending login of this browser that a callback names by its state.
 *
 * @throws EsignAuthError `state_unknown` or `state_missing`.
 */
export async function findPending(
  vendor: { readonly id: string; readonly name: string },
  pending: PendingLogins,
  state: string | undefined,
  { redirectUri, notEchoed }: { readonly redirectUri: string; readonly notEchoed: boolean },
): Promise<PendingLogin> {
  if (state !== undefined) {
    const login = await pending.open(state, redirectUri)
    if (login) return login
    throw new EsignAuthError(
      'state_unknown',
      vendor,
      'no sign-in with this state is pending in this browser. Begin a new one, and check that cookies are allowed.',
    )
  }
  if (!notEchoed) {
    throw new EsignAuthError(
      'state_missing',
      vendor,
      "the callback came without `state`. If this vendor never sends it back, the option `state: 'not-echoed'` accepts that, at a price its documentation names.",
    )
  }
  const [only, ...more] = await pending.all()
  if (only && more.length === 0) return only
  throw new EsignAuthError(
    'state_missing',
    vendor,
    'the callback came without `state`, and not exactly one sign-in is pending in this browser. Begin a new one.',
  )
}
