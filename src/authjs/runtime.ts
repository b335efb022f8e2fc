import { AsyncLocalStorage } from 'node:async_hooks'
import type { Client } from '../core/client.ts'
import { createFlight, type Flight } from '../core/flight.ts'
import { type PendingCookies, pendingCookies } from '../core/pending-cookie.ts'
import type { PendingBasis } from '../core/pending-login.ts'
import { createSealer } from '../core/seal.ts'
import type { TokenKeeper } from '../keeper/keeper.ts'
import type { GrantLink } from '../keeper/targets.ts'
import { clientOf, credentialsOf, type ProviderSource } from './source.ts'
import type { Who } from './who.ts'

/** A login of a provider between its start and its callback. */
export interface PendingLogin extends PendingBasis {
  /** Where the visitor wanted to go, as Auth.js's `redirect` callback allowed it. */
  readonly callbackUrl?: string | undefined
  /** The adapter's user who began it, `null` where nobody was signed in; absent where that is not known. */
  readonly owner?: string | null | undefined
}

/** A provider at work. */
export interface ActiveProvider {
  readonly source: ProviderSource
  /** @throws TypeError `invalid_option` while something is missing. */
  client(): Client
  pending(): PendingCookies<PendingLogin>
}

/** What a callback yields before Auth.js is asked: tokens, and who signed in. */
export interface SignIn extends Who {
  /** State of the login that began it. */
  readonly state: string
  /** Links of the tokens as they were handed to the keeper, by owner. */
  readonly adopted: Map<string, Promise<GrantLink>>
}

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
  /** Why it failed. */
  failure?: unknown
}

/** What the request at hand is about; Auth.js hands nothing of it to a provider or a callback. */
export type Context = Start | End | { readonly kind: 'route' }

/** A login that was begun: what to set, and what to send. */
export interface Begun {
  readonly login: PendingLogin
  readonly challenge: string | undefined
  readonly cookies: Awaited<ReturnType<PendingCookies<PendingLogin>['begin']>>
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
  /** Tells the application's logger of a mistake that must not end a session. */
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
    report() {},
  }
}

/**
 * A provider whose client is made when first needed, and again when its host has read other credentials. Its pending
 * logins are sealed with Auth.js's own secret, where it is known.
 */
export function activate(
  source: ProviderSource,
  host: { readonly clientId?: string | undefined; readonly clientSecret?: string | undefined },
  keeper: TokenKeeper,
  secret: () => string | undefined,
): ActiveProvider {
  let made:
    | { readonly key: string; readonly client: Client; readonly pending: PendingCookies<PendingLogin> }
    | undefined
  const make = () => {
    const credentials = credentialsOf(source, host)
    const key = JSON.stringify(credentials)
    if (made?.key === key) return made
    const client = clientOf(source, credentials)
    const { vendor, clientId, endpoints } = client
    const binding = JSON.stringify([source.id, vendor.id, clientId, endpoints.authorization, endpoints.token])
    const purpose = `pending Auth.js login ${binding}`
    const known = secret()
    const sealer = known === undefined ? client.sealer(purpose) : createSealer(known, purpose)
    made = { key, client, pending: pendingCookies({ vendor, sealer, crossSite: source.options.postCallback === true }) }
    keeper.addClient(client)
    return made
  }
  return { source, client: () => make().client, pending: () => make().pending }
}
