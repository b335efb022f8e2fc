import type { AuthConfig } from '@auth/core'
import type { AdapterAccount, AdapterUser } from '@auth/core/adapters'
import { decode } from '@auth/core/jwt'
import type { TokenKeeper } from '../keeper/keeper.ts'
import { EsignAuthError } from '../oauth/errors.ts'
import { cookiesIn } from '../sign-in/cookie-header.ts'
import type { Context, End } from './runtime.ts'

type Adapter = NonNullable<AuthConfig['adapter']>

/**
 * Who is signed in, by the cookies of a request: the id of the adapter's user, or `null` for nobody. Read as Auth.js reads
 * it, with the application's own names, keys and ways. `secure` says whether the site is on https.
 */
export async function signedInUser(
  config: AuthConfig,
  secret: string | undefined,
  cookies: string | undefined,
  secure: boolean,
): Promise<string | null> {
  const { adapter, session, jwt, useSecureCookies = secure } = config
  const prefix = useSecureCookies ? '__Secure-' : ''
  const name = config.cookies?.sessionToken?.name ?? `${prefix}authjs.session-token`
  const token = sessionToken(cookies, name)
  if (!adapter || !token) return null
  try {
    if ((session?.strategy ?? 'database') === 'database') {
      return (await adapter.getSessionAndUser?.(token))?.user.id ?? null
    }
    const read = jwt?.decode ?? decode
    const claims = await read({ secret: config.secret ?? secret ?? '', ...jwt, token, salt: name })
    return claims?.sub ?? null
  } catch {
    // As Auth.js: a session that cannot be read is none.
    return null
  }
}

/** A session token, whose cookie Auth.js cuts into numbered pieces where it is long. Of a name that repeats it takes the first. */
function sessionToken(cookies: string | undefined, name: string): string {
  const pieces = new Map<string, string>()
  for (const [key, value] of cookiesIn(cookies)) {
    if (key.startsWith(name) && !pieces.has(key)) pieces.set(key, decoded(value))
  }
  const numberOf = (key: string) => Number.parseInt(key.split('.').pop() ?? '', 10)
  return [...pieces]
    .sort(([a], [b]) => numberOf(a) - numberOf(b))
    .map(([, value]) => value)
    .join('')
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

/**
 * The adapter, which links an account to a user only where this user began the sign-in: another may have signed in at this
 * browser since. A user who was just created has the account linked as always. An account of a vendor whose tokens are kept for
 * that user takes no other one's place.
 */
export function guardedAdapter(adapter: Adapter, keeper: TokenKeeper, current: () => Context | undefined): Adapter {
  const made = new WeakMap<object, Set<string>>()
  const madeIn = (context: object) => {
    const known = made.get(context) ?? new Set()
    made.set(context, known)
    return known
  }
  return {
    ...adapter,
    async createUser(user: AdapterUser) {
      const created = await (adapter.createUser as (user: AdapterUser) => Promise<AdapterUser>)(user)
      const context = current()
      if (context) madeIn(context).add(created.id)
      return created
    },
    async linkAccount(account: AdapterAccount): Promise<undefined> {
      const context = current()
      if (context?.kind === 'end') {
        const isNew = madeIn(context).has(account.userId)
        if (!isNew) {
          await checkLink(keeper, context, account.userId).catch((failure) => {
            context.failure = failure
            throw failure
          })
        }
        context.isLinking = true
      }
      // What it returns nobody reads.
      await adapter.linkAccount?.(account)
    },
  }
}

async function checkLink(keeper: TokenKeeper, { owner, provider, signIn }: End, userId: string): Promise<void> {
  if (owner !== undefined && owner !== userId) {
    throw new EsignAuthError(
      'owner_mismatch',
      provider.source.vendor,
      'this sign-in was begun by somebody else than who is signed in here now. Begin a new one.',
    )
  }
  await keeper.checkAccount({ vendor: provider.client(), owner: userId, subject: signIn?.who.user.id })
}
