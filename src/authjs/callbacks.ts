import type { AuthConfig } from '@auth/core'
import type { JWT } from '@auth/core/jwt'
import type { Account, User } from '@auth/core/types'
import { adoptOnce } from '../sign-in/adopt-once.ts'
import { configuredOrigin } from './provider-source.ts'
import type { Runtime } from './runtime.ts'
import {
  type EsignSession,
  type EsignToken,
  findGrant,
  ownerOf,
  plainSession,
  refreshed,
  sessionOf,
  tokenOf,
} from './session.ts'
import { begin } from './start-login.ts'

type Callbacks = NonNullable<AuthConfig['callbacks']>
type Events = NonNullable<AuthConfig['events']>
type Jwt = NonNullable<Callbacks['jwt']>
type SessionParams = Parameters<NonNullable<Callbacks['session']>>[0]

/** Our callbacks around the application's own, never instead of them: hers see what ours did, and cannot lose it by chance. */
export function callbacksAround(given: AuthConfig, runtime: Runtime, basePath: () => string): Callbacks {
  const own: Callbacks = given.callbacks ?? {}
  return {
    ...own,

    async redirect({ url, baseUrl }) {
      const origin = configuredOrigin() ?? baseUrl
      const to = await (own.redirect ?? ownSite)({ url, baseUrl: origin })
      const context = runtime.context.getStore()
      // Each login remembers its own destination, so that two tabs do not take each other's.
      if (context?.kind === 'start') await begin(context, origin, basePath(), to)
      return to
    },

    async jwt(params) {
      const esign = await linkFor(params)
      const token = linked(params.token, esign)
      const made = own.jwt ? await own.jwt({ ...params, token }) : token
      // At a sign-in the application chooses whose JWT this is. Later it may make it another user's.
      const isSwitched = !params.account && made?.sub !== params.token.sub
      return made && linked(made, esign && !isSwitched ? { ...esign, user: made.sub ?? null } : undefined)
    },

    async session(params: SessionParams) {
      const { session, token, user } = params as SessionParams & { readonly token?: JWT; readonly user?: User }
      // A request to Auth.js's own routes is answered to the browser, and so is what `getSession` returns, often enough.
      const forServer = runtime.wholeSessions && runtime.context.getStore() === undefined
      const made = own.session ? await own.session(params) : plainSession(session, !forServer)
      const carried = token?.['esign'] as EsignToken | undefined
      const esign = carried ? sessionOf(carried) : user?.id && !token ? await findGrant(runtime, user.id) : undefined
      return made && linked(made, esign)
    },
  }

  /** The link that a JWT is to carry: of the sign-in at hand, or its own, brought up to date. */
  async function linkFor({ token, account, user }: Parameters<Jwt>[0]): Promise<EsignToken | undefined> {
    if (account) {
      const link = await adopted(given, runtime, account, user)
      return link && tokenOf(runtime, link.vendor, link)
    }
    const carried = token['esign'] as EsignToken | undefined
    const isTheirs = carried?.user === undefined || carried.user === (token.sub ?? null)
    return carried && isTheirs ? refreshed(runtime, carried) : undefined
  }
}

/** With our link, or with none: an application may copy an update from the browser, where anybody can name a grant. */
function linked<Holder extends object>(holder: Holder, esign: EsignSession | EsignToken | undefined): Holder {
  const { esign: _, ...rest } = holder as Holder & { readonly esign?: unknown }
  return (esign ? { ...rest, esign } : rest) as Holder
}

/** Sessions in a database have no JWT: their tokens are adopted when Auth.js has made the user. */
export function eventsAround(given: AuthConfig, runtime: Runtime): Events {
  return {
    ...given.events,
    async signIn(params) {
      try {
        if (given.adapter && params.account) await adopted(given, runtime, params.account, params.user)
      } finally {
        await given.events?.signIn?.(params)
      }
    },
  }
}

async function adopted(
  given: AuthConfig,
  runtime: Runtime,
  account: Account,
  user: User | undefined,
): Promise<EsignToken | undefined> {
  const context = runtime.context.getStore()
  if (context?.kind !== 'end' || !context.signIn || context.provider.source.id !== account.provider) return undefined
  const owner = ownerOf(account, user, given.adapter !== undefined)
  try {
    const subject = context.signIn.who.user.id
    const replace = !context.isLinking
    const link = await adoptOnce(runtime.keeper, context.provider.client(), context.signIn, { owner, subject, replace })
    return { ...link, vendor: context.provider.source.vendor.id }
  } catch (error) {
    // Auth.js wraps it; this way the reason reaches the sign-in page.
    context.failure = error
    throw error
  }
}

/** Auth.js's own rule: a path of this site, or an address on it. */
function ownSite({ url, baseUrl }: { url: string; baseUrl: string }): string {
  // What a URL parser drops, and a Location header refuses.
  const to = url.replaceAll(/[\t\n\r]/g, '')
  if (to.startsWith('/')) return `${baseUrl}${to}`
  return URL.canParse(to) && new URL(to).origin === baseUrl ? to : baseUrl
}
