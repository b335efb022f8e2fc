import { randomText, type SandboxUser } from './fake.ts'
import type { Refuse } from './strict-request.ts'

/** What a vendor remembers of codes and tokens; times come from the sandbox's clock, lifetimes are in seconds. */
export interface Grants {
  /** A new authorization code, as a UUID. `asked` is what the exchange is compared with. */
  issueCode(grant: Grant, asked: Asked, lifetime: number): string
  /** Spends a code of this client, whatever comes of it. Refuses one that is unknown, foreign, spent or too old. */
  spendCode(code: string, clientId: string, refuse: Refuse): { readonly grant: Grant; readonly asked: Asked }
  issueRefreshToken(grant: Grant, lifetime: number): string
  /** Takes a refresh token, and says which one the answer brings. */
  useRefreshToken(token: string, clientId: string, policy: RefreshPolicy, refuse: Refuse): Refreshed
  /** Whose token this is, of either kind, alive or not. */
  grantOf(token: string): Grant | undefined
  /** Enters an access token, which the vendor has written in its own way. */
  enterAccessToken(token: string, grant: Grant, lifetime: number): void
  /** Whose access token this is. Refuses one that is unknown, expired or revoked. */
  findAccessToken(token: string, refuse: Refuse): Grant
  /** A live access token of the same client, user and scope, with the seconds it still lives, if there is one. */
  findLive(grant: Grant): { readonly token: string; readonly seconds: number } | undefined
  /** Lets every access token, or those of one grant, expire now. Refresh tokens stay good. */
  expireAccessTokens(of?: Grant): void
  /** Ends every grant of a user, as when the user revokes the app at the vendor. */
  revokeUser(id: string): void
}

/** What one person (or, with client credentials, nobody) granted to one client. Ending it ends all its tokens. */
export interface Grant {
  readonly clientId: string
  readonly user: SandboxUser | undefined
  readonly scope?: string | undefined
  /** When it ends, however often its tokens are refreshed, in epoch milliseconds. Without it: never. */
  readonly ends?: number | undefined
  /** Whether it comes with a refresh token. Default true. */
  readonly refreshable?: boolean | undefined
  revoked: boolean
}

/** What was asked at the authorize endpoint and must fit at the token endpoint. */
export interface Asked {
  readonly redirectUri: string
  readonly state: string | undefined
  /** The PKCE challenge, if one was sent. */
  readonly challenge: string | undefined
}

/** How a vendor treats a refresh token that is used. */
export interface RefreshPolicy {
  /** Which refresh token the answer brings. Without it: a new one under rotation, else none. */
  readonly refreshToken?: 'same' | 'new' | 'none'
  /** Whether a refresh token that is followed by a new one is spent. */
  readonly rotation: 'never' | 'always'
  /** Whether using a spent refresh token, after the grace, ends the whole grant (RFC 9700, section 4.14.2). */
  readonly reuseDetection: boolean
  /** How long, in milliseconds, a spent refresh token is still accepted. */
  readonly graceMs: number
  /** Life of a new refresh token, in seconds. */
  readonly refreshLifetime: number
  /** Whether a refresh begins that life anew. Without it only a new refresh token does. */
  readonly refreshExpiry?: 'fixed' | 'extended'
}

/** `next` is the refresh token that the answer brings. */
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
export function createGrants(now: () => number): Grants {
  const codes = new Map<string, Issued & { readonly asked: Asked }>()
  const refreshTokens = new Map<string, Issued>()
  const accessTokens = new Map<string, Issued>()
  const grants = new Set<Grant>()
  const until = (lifetime: number) => now() + lifetime * 1000
  const untilEnd = ({ ends = Number.POSITIVE_INFINITY }: Grant, lifetime: number) => Math.min(until(lifetime), ends)

  const memory: Grants = {
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
      refreshTokens.set(token, { grant, expires: untilEnd(grant, lifetime) })
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
      const brings = policy.refreshToken ?? (policy.rotation === 'always' ? 'new' : 'none')
      if (brings !== 'new') {
        if (policy.refreshExpiry === 'extended') issued.expires = untilEnd(grant, policy.refreshLifetime)
        return { grant, next: brings === 'same' ? token : undefined }
      }
      if (policy.rotation === 'always') issued.spent ??= now()
      const left = (issued.expires - now()) / 1000
      const lifetime = policy.refreshExpiry === 'fixed' ? left : policy.refreshLifetime
      return { grant, next: memory.issueRefreshToken(grant, lifetime) }
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

    findLive({ clientId, user, scope }) {
      for (const [token, { grant, expires }] of accessTokens) {
        const isOther = grant.clientId !== clientId || grant.user !== user || grant.scope !== scope || grant.revoked
        const seconds = Math.floor((expires - now()) / 1000)
        if (!isOther && seconds > 0) return { token, seconds }
      }
      return undefined
    },

    grantOf: (token) => (refreshTokens.get(token) ?? accessTokens.get(token))?.grant,

    expireAccessTokens(of) {
      for (const issued of accessTokens.values()) {
        if (of === undefined || of === issued.grant) issued.expires = Math.min(issued.expires, now())
      }
    },

    revokeUser(id) {
      for (const grant of grants) if (grant.user?.id === id) grant.revoked = true
    },
  }
  return memory
}
