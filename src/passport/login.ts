import { EsignAuthError } from '../core/errors.ts'
import { challengeOf, randomText } from '../core/pending-login.ts'
import { localPath } from './addresses.ts'
import type { PassportRequest } from './base.ts'
import type { AuthenticateOptions } from './options.ts'
import type { StrategyParts } from './parts.ts'
import type { PendingLogin } from './pending.ts'

/** Begins a login: files it as pending and returns where to send the browser. */
export async function beginLogin(
  parts: StrategyParts,
  req: PassportRequest,
  options: AuthenticateOptions,
  redirectUri: string,
  extra: Readonly<Record<string, string>>,
): Promise<string> {
  const { client, pending, settings } = parts
  const verifier = client.pkce ? randomText() : undefined
  const login: PendingLogin = {
    state: randomText(),
    startedAt: Date.now(),
    redirectUri,
    verifier,
    connecting: options.assignProperty === undefined ? undefined : { owner: ownerOf(parts, req) },
    appState: options.state,
    returnTo: localPath(options.returnTo),
  }
  if (settings.state === 'not-echoed') {
    // Such a callback is accepted only beside exactly one pending login: the latest.
    for (const older of await pending.all(req)) pending.end(req, older)
  }
  const state = await pending.begin(req, login)
  const { scope } = options
  return client.authorizationUrl({
    redirectUri,
    state,
    codeChallenge: verifier && (await challengeOf(verifier)),
    scope: typeof scope === 'string' ? scope : scope?.join(settings.scopeSeparator ?? ' '),
    params: extra,
  })
}

/**
 * The key of whoever is signed in here, to which `passport.authorize` binds; `null` when nobody is.
 *
 * @throws EsignAuthError when nobody is and there is a keeper, whose grants need an owner.
 */
export function ownerOf(parts: StrategyParts, req: PassportRequest): string | null {
  if (req.user !== undefined && req.user !== null) return keyOf(parts, req.user)
  if (!parts.settings.keeper) return null
  throw new EsignAuthError(
    'invalid_argument',
    parts.client.vendor,
    'nobody is signed in here whose account could be connected. Let people sign in first, or use `passport.authenticate`.',
  )
}

/** The application's key of a user. */
export function keyOf({ client, settings }: StrategyParts, user: unknown): string {
  const key = settings.owner ? settings.owner(user as never) : (user as { readonly id?: unknown }).id
  if ((typeof key === 'string' && key.trim() !== '') || Number.isSafeInteger(key) || typeof key === 'bigint') {
    return String(key)
  }
  throw new EsignAuthError(
    'invalid_argument',
    client.vendor,
    settings.owner
      ? 'the option `owner` returned no key for the user: text or a whole number.'
      : 'the user has no `id` to tell whose account this is. Give the option `owner`, which returns the key of a user.',
  )
}
