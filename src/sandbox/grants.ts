import { randomText, type SandboxUser } from './fake.ts'
import type { Refuse } from './read.ts'

/** What a vendor remembers of codes and tokens; times come from the sandbox's clock, lifetimes are in seconds. */
export interface Grants<Asked> {
  /** A new authorization code, as a UUID. `asked` is what the exchange is compared with. */
  issueCode(grant: Grant, asked: Asked, lifetime: number): string
  /** Spends a code of this client, whatever comes of it. Refuses one that is unknown, foreign, spent or too old. */
  spendCode(code: string, clientId: string, refuse: Refuse): { readonly grant: Grant; readonly asked: Asked }
  issueRefreshToken(grant: Grant, lifetime: number): string
  /** Takes a refresh token; under rotation it is spent and followed by the one returned. */
  useRefreshToken(token: string, clientId: string, policy: RefreshPolicy, refuse: Refuse): Refreshed
  /** Enters an access token, which the vendor has written in its own way. */
  enterAccessToken(token: string, grant: Grant, lifetime: number): void
  /** Whose access token this is. Refuses one that is unknown, expired or revoked. */
  findAccessToken(token: string, refuse: Refuse): Grant
  /** Lets every access token expire now. Refresh tokens stay good. */
  expireAccessTokens(): void
  /** Ends every grant of a user, as when the user revokes the app at the vendor. */
  revokeUser(id: string): void
}

/** What one person (or, with client credentials, nobody) granted to one client. Ending it ends all its tokens. */
export interface Grant {
  readonly clientId: string
  readonly user: SandboxUser | undefined
  revoked: boolean
}

/** How a vendor treats a refresh token that is used. */
export interface RefreshPolicy {
  readonly rotation: 'never' | 'always'
  /** Whether using a spent refresh token, after the grace, ends the whole grant (RFC 9700, section 4.14.2). */
  readonly reuseDetection: boolean
  /** How long, in milliseconds, a spent refresh token is still accepted. */
  readonly graceMs: number
  /** Life of a new refresh token, in seconds. */
  readonly refreshLifetime: number
}

/** `next` is the new refresh token under rotation. */
export interface Refreshed {
  readonly grant: Grant
  readonly next: string | undefined
}

interface Issued {
  readonly grant: Grant
  expires: number
  spent?: number
}

/** An empty memory. */
export function createGrants<Asked>(now: () => number): Grants<Asked> {
  const codes = new Map<string, Issued & { readonly asked: Asked }>()
  const refreshTokens = new Map<string, Issued>()
  const accessTokens = new Map<string, Issued>()
  const grants = new Set<Grant>()
  const until = (lifetime: number) => now() + lifetime * 1000

  const memory: Grants<Asked> = {
    issueCode(grant, asked, lifetime) {
      const code = crypto.randomUUID()
      codes.set(code, { grant, asked, expires: until(lifetime) })
      grants.add(grant)
      return code
    },

    spendCode(code, clientId, refuse) {
      const issued = codes.get(code)
      if (!issued) throw refuse('the code is unknown')
      if (issued.grant.clientId !== clientId) throw refuse('the code was issued to another client')
      if (issued.spent !== undefined) throw refuse('the code was used already')
      issued.spent = now()
      if (issued.expires <= now()) throw refuse('the code has expired')
      if (issued.grant.revoked) throw refuse('the user has revoked the access')
      return issued
    },

    issueRefreshToken(grant, lifetime) {
      const token = randomText(198)
      refreshTokens.set(token, { grant, expires: until(lifetime) })
      return token
    },

    useRefreshToken(token, clientId, policy, refuse) {
      const issued = refreshTokens.get(token)
      if (!issued) throw refuse('the refresh token is unknown')
      const { grant } = issued
      if (grant.clientId !== clientId) throw refuse('the refresh token was issued to another client')
      if (grant.revoked) throw refuse('the access was revoked')
      if (issued.expires <= now()) throw refuse('the refresh token has expired')
      if (issued.spent !== undefined && now() - issued.spent >= policy.graceMs) {
        grant.revoked = policy.reuseDetection
        throw refuse(`the refresh token was used already${grant.revoked ? ': the whole grant is revoked' : ''}`)
      }
      if (policy.rotation === 'never') return { grant, next: undefined }
      issued.spent ??= now()
      return { grant, next: memory.issueRefreshToken(grant, policy.refreshLifetime) }
    },

    enterAccessToken(token, grant, lifetime) {
      accessTokens.set(token, { grant, expires: until(lifetime) })
    },

    findAccessToken(token, refuse) {
      const issued = accessTokens.get(token)
      if (!issued) throw refuse('the access token is unknown')
      if (issued.grant.revoked) throw refuse('the access was revoked')
      if (issued.expires <= now()) throw refuse('the access token has expired')
      return issued.grant
    },

    expireAccessTokens() {
      for (const issued of accessTokens.values()) issued.expires = Math.min(issued.expires, now())
    },

    revokeUser(id) {
      for (const grant of grants) if (grant.user?.id === id) grant.revoked = true
    },
  }
  return memory
}
