import type { TokenKeeper } from '../keeper/keeper.ts'
import type { Subject } from '../keeper/subject.ts'
import type { GrantLink } from '../keeper/targets.ts'
import type { Client } from '../oauth/client.ts'
import type { Exchanged, SignedIn } from './finish.ts'
import type { PendingLogin } from './pending-login.ts'

/**
 * Hands the tokens of a sign-in to the keeper, once per owner. Copies of one callback share the exchange, and handing
 * its tokens over a second time would undo a refresh.
 *
 * @throws AccountMismatch without `replace`, and what else the keeper throws.
 */
export function adoptOnce(
  keeper: TokenKeeper,
  client: Client,
  { who, adopted }: Exchanged<SignedIn>,
  { owner, ...subject }: Subject & { readonly owner: string },
): Promise<GrantLink> {
  const known = adopted.get(owner)
  if (known) return known
  const link = keeper.adopt(who.tokens, { vendor: client, owner, ...subject })
  adopted.set(owner, link)
  return link
}

/** Whether a login may take the place of another account: a sign-in may, a connect only if it was begun so. */
export function mayReplace({ owner, replace }: Pick<PendingLogin, 'owner' | 'replace'>): boolean {
  return owner === undefined || replace === true
}
