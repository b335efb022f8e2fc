import { EsignAuthError } from '../oauth/errors.ts'
import { expiresIn, type TokenSet } from '../oauth/token-set.ts'
import type { Vendor } from '../oauth/vendor.ts'

const marker = 'x-esign-auth'

/**
 * Tokens in the words of RFC 6749 §5.1, for the strict reader in Auth.js. Without the id_token, whose issuer it would
 * compare with one that most vendors do not publish.
 */
export function tokenResponse(tokens: TokenSet, more: Readonly<Record<string, string>> = {}): Response {
  const { access_token, refresh_token, scope } = tokens
  const seconds = expiresIn(tokens)
  return Response.json(
    {
      access_token,
      token_type: 'bearer',
      ...(refresh_token === undefined ? {} : { refresh_token }),
      ...(scope === undefined ? {} : { scope }),
      ...(seconds === undefined ? {} : { expires_in: Math.max(0, seconds) }),
      ...more,
    },
    { headers: { [marker]: '1' } },
  )
}

/**
 * Auth.js's `token.conform`, which it finds by name: refuses an answer that did not come through our fetch hook, which
 * it finds by a symbol of its own copy.
 *
 * @throws EsignAuthError `unsupported` with the way to mend it.
 */
export function conform(vendor: Vendor): (response: Response) => Promise<undefined> {
  return async (response) => {
    if (!response.headers.has(marker)) throw twoCopies(vendor)
    return undefined
  }
}

/** Two copies of Auth.js's core do not see each other's hooks. */
export function twoCopies(vendor: Vendor): EsignAuthError {
  return new EsignAuthError(
    'unsupported',
    vendor,
    'two copies of @auth/core are installed, and the one at work does not see this provider. Remove @auth/core from your own dependencies, then `npm ls @auth/core` must show one version; your host package (next-auth, @auth/express) brings it.',
  )
}
