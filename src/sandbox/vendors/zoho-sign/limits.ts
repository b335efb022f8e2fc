import type { SandboxUser } from '../../machinery/fake.ts'
import type { Grant } from '../../machinery/grants.ts'
import type { Refuse } from '../../machinery/strict-request.ts'

/** What Zoho Accounts counts. */
export interface Limits {
  /** Only with `access_type=offline`, and then at the first consent or one that was asked for. */
  bringsRefreshToken(user: SandboxUser, query: ReadonlyMap<string, string>): boolean
  /** Refuses the 11th refresh within ten minutes, and sees to the 21st refresh token of a user. */
  count(grant: Grant, grantType: string, refuse: Refuse): void
}

/** What is counted: consents, refreshes within ten minutes, and the refresh tokens of each user. */
export function createLimits(tooMany: () => 'ends-oldest' | 'refused', now: () => number): Limits {
  const consented = new Set<string>()
  const refreshes = new WeakMap<Grant, number[]>()
  const living = new Map<string, Grant[]>()
  return {
    bringsRefreshToken(user: SandboxUser, query: ReadonlyMap<string, string>): boolean {
      if (query.get('access_type') !== 'offline') return false
      const who = `${query.get('client_id')} ${user.id}`
      const isFirst = !consented.has(who)
      consented.add(who)
      return isFirst || query.get('prompt') === 'consent'
    },
    count(grant: Grant, grantType: string, refuse: Refuse): void {
      if (grantType === 'refresh_token') {
        const recent = (refreshes.get(grant) ?? []).filter((time) => now() - time < TEN_MINUTES)
        refreshes.set(grant, [...recent, now()])
        if (recent.length >= 10) throw refuse('more than 10 refreshes within 10 minutes')
      } else if (grant.refreshable) {
        const who = `${grant.clientId} ${grant.user?.id}`
        const grants = (living.get(who) ?? []).filter(({ revoked }) => !revoked)
        if (grants.length >= 20 && tooMany() === 'refused') throw refuse('the user has 20 refresh tokens')
        const [oldest] = grants
        if (oldest && grants.length >= 20) oldest.revoked = true
        living.set(who, [...grants, grant])
      }
    },
  }
}

const TEN_MINUTES = 600_000
