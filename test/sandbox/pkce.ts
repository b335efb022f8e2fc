import { createHash } from 'node:crypto'

export const verifier = 'a-verifier-of-at-least-forty-three-characters~._'
export const challenge: string = createHash('sha256').update(verifier).digest('base64url')
/** The parameters of an authorization request. */
export const pkce: Record<'code_challenge' | 'code_challenge_method', string> = {
  code_challenge: challenge,
  code_challenge_method: 'S256',
}
