import type { Instance } from './instances.ts'
import type { Outcome, Settings, Usage } from './protocol.ts'
import { type FleetVendor, familyOf } from './vendor.ts'

/** What one run came to. */
export interface Run {
  /** Refresh requests that the vendor got. */
  readonly posts: number
  readonly failed: readonly string[]
  /** How many different tokens were handed out. */
  readonly tokens: number
  /** Whether the next refresh succeeds: reuse of a spent refresh token would have ended the grant. */
  readonly alive: boolean
  /** Milliseconds that each caller waited. */
  readonly waits: readonly number[]
  /** Milliseconds from the vendor's answer until each caller had its token. */
  readonly lags: readonly number[]
  /** Used by all processes together, the next refresh not counted. */
  readonly used: Omit<Usage, 'events'>
}

export const keys: Settings['keys'] = [{ kid: 'first', secret: 'a secret of the tests, 32 characters' }]

/** One token that has run out, and `requests` callers of it at once, spread over the processes, which never saw it. */
export async function stampede(
  instances: readonly Instance[],
  vendor: FleetVendor,
  requests: number,
  adopter: Instance,
): Promise<Run> {
  const owner = crypto.randomUUID()
  const tokens = vendor.signIns([owner])
  await adopter.ask({ do: 'adopt', tokens: [...tokens] })
  const before = await Promise.all(instances.map((instance) => instance.usage()))
  const at = Date.now() + 30
  const share = (index: number) =>
    Math.floor(requests / instances.length) + (index < requests % instances.length ? 1 : 0)
  const outcomes = await Promise.all(instances.map((each, index) => each.access([owner], share(index), { at })))
  const after = await Promise.all(instances.map((instance) => instance.usage()))
  const family = familyOf(tokens.get(owner)?.refresh_token)
  const posts = vendor.posts.get(family) ?? 0
  const answered = vendor.answered.get(family) ?? 0
  const all: Outcome[] = outcomes.flat()
  const [next] = (await instances.at(-1)?.access([owner], 1, { notGeneration: 2 })) ?? []
  const used = (what: 'reads' | 'writes' | 'clientReads' | 'cpuMs') =>
    after.reduce((sum, usage, index) => sum + usage[what] - (before[index]?.[what] ?? 0), 0)
  return {
    posts,
    failed: all.flatMap(({ error }) => error ?? []),
    tokens: new Set(all.map(({ token }) => token)).size,
    alive: next?.error === undefined && next?.generation === 3,
    waits: all.map(({ ms }) => ms),
    lags: all.map(({ at }) => at - answered),
    used: { reads: used('reads'), writes: used('writes'), clientReads: used('clientReads'), cpuMs: used('cpuMs') },
  }
}
