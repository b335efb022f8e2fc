import { randomText, sha256 } from '#crypto'
import type { Client } from '../oauth/client.ts'
import type { PendingLogin, PendingLogins } from './pending-login.ts'

/** What a host decides about a login that begins. */
export interface NewLogin extends Pick<PendingLogin, 'redirectUri' | 'owner' | 'replace' | 'appState' | 'returnTo'> {
  /** The vendor does not send `state` back. Its callback then ends the latest login, so that earlier ones end here. */
  readonly notEchoed: boolean
}

/** A login that has begun and is filed as pending. */
export interface BegunLogin {
  /** The vendor's authorization URL for it, with the scope and the parameters of this request. */
  authorizationUrl(more?: {
    readonly scope?: string | readonly string[] | undefined
    readonly params?: Readonly<Record<string, string>> | undefined
  }): string
}

/** Begins a login: makes its state and PKCE verifier and files it as pending. */
export async function beginSignIn(
  client: Client,
  pending: PendingLogins,
  { notEchoed, ...wanted }: NewLogin,
): Promise<BegunLogin> {
  const verifier = client.pkce ? randomText() : undefined
  const login: PendingLogin = { ...wanted, state: randomText(), startedAt: Date.now(), verifier }
  if (notEchoed) for (const older of await pending.all()) pending.end(older)
  const state = await pending.begin(login)
  // RFC 7636 §4.2
  const codeChallenge = verifier === undefined ? undefined : await sha256(verifier)
  return {
    authorizationUrl: ({ scope, params } = {}) =>
      client.authorizationUrl({ redirectUri: login.redirectUri, state, codeChallenge, scope, params }),
  }
}
