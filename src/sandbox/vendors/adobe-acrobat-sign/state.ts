import type { SandboxUser } from '../../machinery/fake.ts'
import type { Grant } from '../../machinery/grants.ts'
import type { FakeClient, OAuthState, OAuthSwitches } from '../../machinery/oauth-fake.ts'
import type { Received } from '../../machinery/request.ts'

/** What an app's addresses depend on. */
export interface AdobeAcrobatSignSettings {
  readonly shard?: string
  readonly government?: boolean
  readonly paths?: 'v2' | 'unversioned'
}

/** An app as Adobe Acrobat Sign knows it. */
export interface AdobeAcrobatSignClient extends FakeClient {
  /** The data centre of a "customer" app's account, where alone it works. Default: none, the app is a "partner". */
  readonly shard: string | undefined
  /** Whether it belongs to the government cloud. Default false. */
  readonly government: boolean
  /** Which of the spellings on the vendor's pages works for it. Default `'v2'`. */
  readonly paths: 'v2' | 'unversioned'
  /** The scopes enabled for it. */
  readonly scopes: readonly string[]
}

/** What the pages leave open, or where they contradict each other. */
export interface AdobeAcrobatSignSwitches extends OAuthSwitches {
  /** The data centre of each user's account, by user id. Who is not here lives on `na1`. */
  readonly shards: Record<string, string>
  /** The users who may grant `:group` and `:account`, by id. Default none. */
  readonly admins: string[]
  /** What the callback and the token answer give as `api_access_point`; `undefined`: the user's own. */
  accessPoint: string | undefined
  /** The name in front of the shard in it: `'api'` (default), or `'secure'`, which one page lists. */
  accessHost: 'api' | 'secure'
  /** Whether the token answer has a stray blank in a key and in a value, as the page's sample. Default false. */
  strayBlanks: boolean
}

/** What the fake's endpoints share. */
export type AdobeAcrobatSignState = OAuthState<AdobeAcrobatSignClient, AdobeAcrobatSignSwitches>

/** Scopes must be enabled for the app, and beyond `:self` the user must be an admin. */
export function scopeFault(
  { scopes, government }: AdobeAcrobatSignClient,
  user: SandboxUser | undefined,
  asked: readonly string[],
  { admins }: AdobeAcrobatSignSwitches,
): string | undefined {
  if (government) return undefined
  if (asked.some((scope) => !scopes.includes(scope))) return 'INVALID_SCOPE'
  const wide = asked.some((scope) => /:(group|account)$/.test(scope))
  return wide && !admins.includes(user?.id ?? '') ? 'ACCESS_DENIED' : undefined
}

export const otherPath = 'this app uses another of the documented paths'

/** Whether an app may ask under this path: each of the pages' spellings is another app's, and the API is everybody's. */
export function spells({ government, paths }: AdobeAcrobatSignClient, { pathname }: URL): boolean {
  if (pathname.startsWith('/api/rest/')) return true
  const service = pathname.startsWith('/api/gateway/')
  return government ? service : !service && /\/v2(\/|$)/.test(pathname) === (paths === 'v2')
}

/** Why a request about this grant cannot be served where it came, if so. */
export function elsewhere(
  { clients, switches }: AdobeAcrobatSignState,
  { clientId, user }: Grant,
  { url }: Received,
): string | undefined {
  const client = clients.get(clientId)
  if (!client || !user) return undefined
  if (!spells(client, url)) return otherPath
  if (client.government) return undefined
  const { api_access_point } = pointsOf({ ...switches, accessPoint: undefined }, client, user)
  return url.host === new URL(api_access_point).host ? undefined : `this user is served by ${api_access_point}`
}

/** The hosts that serve a user, as the vendor names them. */
export function pointsOf(
  { shards, accessPoint, accessHost }: AdobeAcrobatSignSwitches,
  client: AdobeAcrobatSignClient,
  user: SandboxUser,
): { api_access_point: string; web_access_point: string } {
  const shard = client.shard ?? shards[user.id] ?? 'na1'
  return {
    api_access_point: accessPoint ?? `https://${accessHost}.${shard}.adobesign.com/`,
    web_access_point: `https://secure.${shard}.adobesign.com/`,
  }
}
