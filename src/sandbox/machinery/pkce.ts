import { base64url } from './fake.ts'
import type { Refuse } from './strict-request.ts'

/** The parameters of PKCE at the authorize endpoint; none while its switch is off. */
export function pkceNames({ pkce }: { readonly pkce: boolean }): string[] {
  return pkce ? ['code_challenge', 'code_challenge_method'] : []
}

/** The S256 challenge of an authorization request, if there is one. */
export function readChallenge(query: ReadonlyMap<string, string>, refuse: Refuse): string | undefined {
  const challenge = query.get('code_challenge')
  const method = query.get('code_challenge_method')
  if (challenge === undefined && method === undefined) return undefined
  if (method !== 'S256') throw refuse('code_challenge_method must be "S256"')
  if (!/^[\w-]{43}$/.test(challenge ?? '')) throw refuse('code_challenge is not the base64url of a SHA-256')
  return challenge
}

/** Compares a verifier with the challenge: RFC 7636, section 4.6. */
export async function checkVerifier(
  verifier: string | undefined,
  challenge: string | undefined,
  malformed: Refuse,
  badCode: Refuse,
): Promise<void> {
  if (!challenge && verifier === undefined) return
  if (!challenge) throw malformed('there is a code_verifier, but the authorization request had no code_challenge')
  if (verifier === undefined) throw malformed('the parameter "code_verifier" is missing')
  if (!/^[\w.~-]{43,128}$/.test(verifier)) throw malformed('code_verifier is not 43 to 128 unreserved characters')
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))
  if (base64url(new Uint8Array(digest)) !== challenge) throw badCode('code_verifier does not fit the code_challenge')
}
