import type { TokenKeeper } from '../keeper/keeper.ts'
import type { GrantLink } from '../keeper/targets.ts'
import type { Client } from '../oauth/client.ts'
import type { Exchanged, SignedIn } from './finish.ts'

/**
 * Hands the tokens of a sign-in to the keeper, once per owner. Copies of one callback share the exchange, and handing
 * its tokens over a second time would undo a refresh.
 */
export function adoptOnce(
  keeper: TokenKeeper,
  client: Client,
  { who, adopted }: Exchanged<SignedIn>,
  owner: string,
): Promise<GrantLink> {
  const known = adopted.get(owner)
  if (known) return known
  const link = keeper.adopt(who.tokens, { vendor: client, owner })
  adopted.set(owner, link)
  return link
}
