import { EsignAuthError } from '../oauth/errors.ts'
import type { TokenSet } from '../oauth/token-set.ts'
import { pause } from './clock.ts'
import type { Grant, KeeperParts } from './keeper-context.ts'

const longestPauseMs = 3_600_000

/**
 * Revokes tokens at the vendor in the background: the record is dead already. Tries again, in growing pauses, while
 * the token may still exist (RFC 7009 §2.2.1), until this process ends. A vendor without a revocation endpoint has
 * nothing to be asked.
 */
export function revokeAtVendor(parts: KeeperParts, { client, id }: Grant, tokens: TokenSet): void {
  const { clock, emit, closed } = parts
  const attempt = async () => {
    for (let round = 0; !closed.aborted; round++) {
      try {
        return await client.revoke(tokens)
      } catch (error) {
        const failed = error instanceof EsignAuthError ? error : undefined
        if (failed?.code === 'unsupported') return
        emit({ name: 'revocation.failed', grant: id, vendor: client.vendor.id, code: failed?.code ?? 'unknown' })
        const again = failed?.sent !== 'answered' || (failed.vendorStatus ?? 0) >= 500 || failed.vendorStatus === 429
        if (!again) return
        await pause(clock, Math.min((failed?.retryAfter ?? 2 ** round) * 1000, longestPauseMs))
      }
    }
  }
  if (tokens.access_token || tokens.refresh_token) attempt().catch(() => {})
}
