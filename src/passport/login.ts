import { createHash, randomBytes } from 'node:crypto'
import { EsignAuthError } from '../core/errors.ts'
import { localPath } from './addresses.ts'
import type { PassportRequest } from './base.ts'
import type { AuthenticateOptions } from './options.ts'
import type { PendingLogin } from './pending.ts'
import type { StrategyParts } from './strategy.ts'

/** Begins a login: files it as pending and returns where to send the browser. */
export async function beginLogin(
  parts: StrategyParts,
  req: PassportRequest,
  options: AuthenticateOptions,
  redirectUri: string,
  extra: Readonly<Record<string, string>>,
): Promise<string> {
  const { client, pending, settings } = parts
  const verifier = client.pkce ? randomBytes(32).toString('base64url') : undefined
  const login: PendingLogin = {
    state: randomBytes(32).toString('base64url'),
    startedAt: Date.now(),
    redirectUri,
    verifier,
    connecting: options.assignProperty === undefined ? undefined : { owner: ownerOf(parts, req) },
    appState: options.state,
    returnTo: localPath(options.returnTo),
  }
  const state = await pending.begin(req, login)
  const { scope } = options
  return client.authorizationUrl({
    redirectUri,
    state,
    codeChallenge: verifier && createHash('sha256').update(verifier).digest('base64url'),
    scope: typeof scope === 'string' ? scope : scope?.join(settings.scopeSeparator ?? ' '),
    params: extra,
  })
}

/** The key of whoever is signed in here, to which `passport.authorize` binds; `null` when nobody is. */
export function ownerOf({ client, settings }: StrategyParts, req: PassportRequest): string | null {
  const user = req.user as { readonly id?: unknown } | undefined | null
  if (user === undefined || user === null) return null
  const owner = settings.owner ? settings.owner(user as never) : user.id
  if ((typeof owner === 'string' && owner.trim() !== '') || Number.isSafeInteger(owner) || typeof owner === 'bigint') {
    return String(owner)
  }
  throw new EsignAuthError(
    'invalid_argument',
    client.vendor,
    'the signed-in user has no `id` to bind this login to. Give the option `owner`, which returns the key of a user.',
  )
}
