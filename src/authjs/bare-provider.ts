import { customFetch } from '@auth/core'
import { OAuthCallbackError } from '@auth/core/errors'
import type { TokenSet as AuthTokenSet, Profile, User } from '@auth/core/types'
import type { Client } from '../oauth/client.ts'
import { withoutUndefined } from '../oauth/client-options.ts'
import type { TokenSet } from '../oauth/token-set.ts'
import { discreet } from './hidden-in-print.ts'
import { whoSignedIn } from './identify-user.ts'
import type { AnyProviderOptions, EsignProvider } from './options.ts'
import { clientOf, configuredOrigin, credentialsOf, type ProviderSource, sourceKey } from './provider-source.ts'
import { conform, tokenResponse } from './token-response.ts'

/** What the host itself reads of a provider's options; the rest is ours, and Auth.js would merge it in its own way. */
function hostOptions({ clientId, clientSecret, id, name, style, account, ...more }: AnyProviderOptions): object {
  const { allowDangerousEmailAccountLinking } = more
  return withoutUndefined({ clientId, clientSecret, id, name, style, account, allowDangerousEmailAccountLinking })
}

/** Tokens straight from the token endpoint, and the client that got them. */
interface Fresh {
  readonly tokens: TokenSet
  readonly client: Client
}

/** A member of the answer that Auth.js is given, by which its question who it is finds that very exchange. */
const ticketName = 'esign_auth_ticket'

/** The parts of a provider that do not depend on whether `withEsign` stands around it. */
export function providerBasis(
  source: ProviderSource,
): Pick<EsignProvider, 'id' | 'name' | 'type' | 'style' | 'client'> {
  const { vendor, id, style, options } = source
  return {
    [sourceKey]: source,
    id,
    name: vendor.name,
    type: 'oauth',
    style: { ...style },
    // The only form in which Auth.js hands over the credentials as they are.
    client: { token_endpoint_auth_method: 'client_secret_post' },
    options: hostOptions(options),
  } as Pick<EsignProvider, 'id' | 'name' | 'type' | 'style' | 'client'>
}

/**
 * A provider for a plain Auth.js config: its token request and identity are the vendor's. The authorization URL stays
 * Auth.js's, which knows one spelling; `withEsign` cures that, and all else that a provider has no hook for.
 */
export function bareProvider(source: ProviderSource): EsignProvider {
  const { vendor, options } = source
  const fresh = new Map<string, Fresh>()
  const users = new WeakMap<object, User>()
  let made: Client | undefined
  const sketch = () => {
    made ??= sketchOf(source)
    return made
  }
  const endpoints = () => sketch()?.endpoints ?? notConfigured(source)
  const provider = {
    ...providerBasis(source),
    // Getters: nothing happens before Auth.js asks, and it gets fresh objects, since it writes into them.
    get checks() {
      return sketch()?.pkce ? ['state', 'pkce'] : ['state']
    },
    get authorization() {
      return { url: endpoints().authorization, params: authorizationParams(source, sketch()) }
    },
    get token() {
      return { url: endpoints().token, conform: conform(vendor) }
    },
    get userinfo() {
      return { url: endpoints().userinfo ?? endpoints().token, request: whoIsIt }
    },
    profile: (profile: object) => users.get(profile) ?? {},
    async [customFetch](...args: Parameters<typeof fetch>) {
      const form = args[1]?.body
      if (!(form instanceof URLSearchParams)) return fetch(...args)
      const tokens = await readable(exchange(form))
      return tokenResponse(tokens.tokens, { [ticketName]: remember(tokens) })
    },
  } as EsignProvider
  return discreet(provider, { id: source.id, vendor: source.vendor.id })

  async function exchange(form: URLSearchParams): Promise<Fresh> {
    const field = (name: string) => form.get(name) ?? undefined
    const client = clientOf(source, { clientId: field('client_id'), clientSecret: field('client_secret') })
    if (vendor.token.fields.authorization_code?.includes('state')) {
      warnOnce(`${vendor.name}: its code is exchanged without \`state\`, which it asks for. With withEsign it is sent.`)
    }
    const tokens = await client.exchangeCode({
      code: field('code') ?? '',
      redirectUri: field('redirect_uri') ?? '',
      codeVerifier: field('code_verifier'),
      // Auth.js tells a provider nothing of the callback.
      state: null,
    })
    return { tokens, client }
  }

  async function whoIsIt({ tokens }: { tokens: AuthTokenSet }): Promise<Profile> {
    const holder = tokens as AuthTokenSet & { [ticketName]?: unknown }
    const ticket = String(holder[ticketName])
    // Auth.js would store it with the account.
    delete holder[ticketName]
    const { tokens: ours, client } = fresh.get(ticket) ?? {
      tokens: { access_token: String(tokens.access_token) },
      client: clientOf(source, credentialsOf(source)),
    }
    fresh.delete(ticket)
    const { profile, user } = await readable(whoSignedIn(client, ours, options.profile))
    users.set(profile, user)
    return profile
  }

  /** Until Auth.js asks who it is, in the same request. By a ticket: two people may be given the same text as token. */
  function remember(known: Fresh): string {
    for (const oldest of fresh.keys()) {
      if (fresh.size < 1_000) break
      fresh.delete(oldest)
    }
    const ticket = crypto.randomUUID()
    fresh.set(ticket, known)
    return ticket
  }
}

/** The only errors that Auth.js takes to the sign-in page; it tells them by their class. */
async function readable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    // Its first parameter may be an error, whatever the declaration says: see AuthError in @auth/core.
    throw new OAuthCallbackError(error as string)
  }
}

/** A client without credentials: for its addresses. `undefined` while a setting is missing. */
function sketchOf(source: ProviderSource): Client | undefined {
  try {
    const { clientId, clientSecret } = credentialsOf(source)
    return clientOf(source, { clientId: clientId ?? 'unknown', clientSecret: clientSecret ?? 'unknown' })
  } catch (error) {
    warnOnce(`${source.id} cannot sign anybody in. ${error instanceof Error ? error.message : ''}`)
    return undefined
  }
}

/** Addresses that lead nowhere and say why, since Auth.js wants some even of a provider that nobody can use. */
function notConfigured({ id }: ProviderSource): { authorization: string; token: string; userinfo?: string } {
  const nowhere = `https://provider-${id}-is-not-configured.invalid/`
  return { authorization: nowhere, token: nowhere }
}

/**
 * Beside Auth.js's own spelling the vendor's, since unrecognized parameters are ignored (RFC 6749 §3.1). An empty scope
 * keeps Auth.js from asking for `openid profile email`.
 */
function authorizationParams(source: ProviderSource, sketch: Client | undefined): Record<string, string> {
  const { vendor, options, id } = source
  const names = vendor.authorize?.names ?? {}
  const scope = typeof options.scope === 'string' ? options.scope : options.scope?.join(' ')
  const params: Record<string, string> = {
    ...options.authorization?.params,
    scope: scope ?? options.authorization?.params?.['scope'] ?? vendor.authorize?.scope ?? '',
  }
  // What is said of a provider that nobody can use is enough.
  if (!sketch) return params
  if (names.client_id) params[names.client_id] = sketch.clientId
  if (names.redirect_uri) {
    const redirectUri = options.redirectUri ?? redirectUriFromEnvironment(id)
    if (redirectUri) params[names.redirect_uri] = redirectUri
    warnOnce(
      redirectUri
        ? `${vendor.name}: its authorization URL is sent in two spellings. With withEsign it is the vendor's alone.`
        : `${vendor.name}: its authorization URL lacks ${names.redirect_uri}. Use withEsign, or give the option \`redirectUri\`.`,
    )
  }
  return params
}

/** `AUTH_URL` with the base path in it tells the whole address. */
function redirectUriFromEnvironment(id: string): string | undefined {
  const origin = configuredOrigin()
  const path =
    origin === undefined ? '/' : new URL(String(process.env['AUTH_URL'] ?? process.env['NEXTAUTH_URL'])).pathname
  return path === '/' ? undefined : `${origin}${path.replace(/\/$/, '')}/callback/${id}`
}

/** A bare provider is made at every request; what it has to say is said once. */
function warnOnce(message: string): void {
  const home = globalThis as { [key: symbol]: { warned?: Set<string> } | undefined }
  const name = Symbol.for('esign-auth')
  home[name] ??= {}
  home[name].warned ??= new Set()
  if (home[name].warned.has(message)) return
  home[name].warned.add(message)
  globalThis.process?.emitWarning?.(message, { code: 'ESIGN_AUTH_PROVIDER' })
}
