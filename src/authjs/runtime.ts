import { AsyncLocalStorage } from 'node:async_hooks'
import type { TokenKeeper } from '../keeper/keeper.ts'
import type { Client } from '../oauth/client.ts'
import { createFlight, type Flight } from '../oauth/single-flight.ts'
import type { BegunLogin } from '../sign-in/begin.ts'
import type { Exchanged } from '../sign-in/finish.ts'
import type { PendingLogin } from '../sign-in/pending-login.ts'
import { pendingLoginPurpose } from '../sign-in/pending-login-binding.ts'
import { type PendingCookie, type PendingCookies, pendingCookies } from '../sign-in/pending-login-cookies.ts'
import type { Who } from './identify-user.ts'
import { printError } from './print-log.ts'
import { clientOf, credentialsOf, type ProviderSource } from './provider-source.ts'

/** A provider at work. */
export interface ActiveProvider {
  readonly source: ProviderSource
  /** @throws TypeError `invalid_option` while something is missing. */
  client(): Client
  pending(): PendingCookies
}

/** What a callback yields before Auth.js is asked: tokens, and who signed in. */
export type SignIn = Exchanged<Who>

/** A login that begins in the request at hand. */
export interface Start {
  readonly kind: 'start'
  readonly provider: ActiveProvider
  /** The browser's `Cookie` header, where it is known. */
  readonly cookies: string | undefined
  /** Of the login that begins here. */
  readonly owner?: PendingLogin['owner']
  /** Filled as soon as the origin is known. */
  begun?: Begun | undefined
  /** Why it cannot begin. */
  failure?: unknown
}

/** A login that ends in the request at hand. */
export interface End {
  readonly kind: 'end'
  readonly provider: ActiveProvider
  readonly signIn: SignIn | undefined
  /** Of the login that ends here. */
  readonly owner?: PendingLogin['owner']
  /** Auth.js links the account to a user now. */
  isLinking?: boolean | undefined
  /** Why it failed. */
  failure?: unknown
}

/** What the request at hand is about; Auth.js hands nothing of it to a provider or a callback. */
export type Context = Start | End | { readonly kind: 'route' }

/** A login that has begun, and the cookies that file it. */
export interface Begun extends BegunLogin {
  readonly cookies: readonly PendingCookie[]
}

/** What stands behind one config. */
export interface Runtime {
  /** By Auth.js's id. */
  readonly providers: Map<string, ActiveProvider>
  readonly keeper: TokenKeeper
  readonly context: AsyncLocalStorage<Context>
  /** Sign-ins under way, which copies of their callback may join. */
  readonly signIns: Flight<SignIn>
  /** Whether server code is given all of a user that an adapter knows, as next-auth's `auth()` does. Others show it to none. */
  wholeSessions: boolean
  /** The adapter's user who is signed in at an origin, by a `Cookie` header; `undefined` without an adapter. */
  whoIs(cookies: string | undefined, origin: string): Promise<string | null | undefined>
  /** Tells the application's logger of a mistake that must not end a session, or that has nobody else to hear of it. */
  report(error: Error): void
}

export function createRuntime(keeper: TokenKeeper): Runtime {
  const context = new AsyncLocalStorage<Context>()
  return {
    providers: new Map(),
    keeper,
    context,
    signIns: createFlight(),
    wholeSessions: false,
    whoIs: async () => undefined,
    report: printError,
  }
}

/**
 * A provider whose client is made when first needed, and again when its host has read other credentials. Its pending
 * logins, and copies of tokens in a session, are sealed with Auth.js's own secret, where it is known.
 */
export function activate(
  source: ProviderSource,
  host: { readonly clientId?: string | undefined; readonly clientSecret?: string | undefined },
  keeper: TokenKeeper,
  secret: () => string | undefined,
): ActiveProvider {
  let made: { readonly key: string; readonly client: Client; readonly pending: PendingCookies } | undefined
  const make = () => {
    const credentials = credentialsOf(source, host)
    const cookieSecret = secret()
    const key = JSON.stringify([credentials, cookieSecret])
    if (made?.key === key) return made
    const client = clientOf(source, credentials, cookieSecret)
    const sealer = client.sealer(pendingLoginPurpose('pending Auth.js login', client, source.id))
    const crossSite = source.options.postCallback === true
    made = { key, client, pending: pendingCookies({ vendor: client.vendor, sealer, crossSite }) }
    keeper.addClient(client)
    return made
  }
  return { source, client: () => make().client, pending: () => make().pending }
}
