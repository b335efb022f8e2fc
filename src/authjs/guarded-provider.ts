import { customFetch } from '@auth/core'
import type { Profile } from '@auth/core/types'
import { EsignAuthError } from '../oauth/errors.ts'
import { providerBasis } from './bare-provider.ts'
import { discreet } from './hidden-in-print.ts'
import type { Who } from './identify-user.ts'
import type { EsignProvider } from './options.ts'
import type { ProviderSource } from './provider-source.ts'
import type { Context } from './runtime.ts'
import { conform, tokenResponse } from './token-response.ts'

/** Nothing is ever sent there. Should Auth.js leave us out, the browser ends on a page that does not exist. */
const nowhere = 'https://esign-auth.invalid'

/**
 * The provider as `withEsign` gives it to Auth.js: the sign-in is complete, in the vendor's dialect and with every check,
 * before Auth.js sees the callback, and is handed to it here.
 */
export function guardedProvider(source: ProviderSource, current: () => Context | undefined): EsignProvider {
  const signIn = (): Who => {
    const context = current()
    if (context?.kind === 'end' && context.provider.source.id === source.id && context.signIn) return context.signIn.who
    throw new EsignAuthError(
      'callback_invalid',
      source.vendor,
      'a callback went past withEsign. Use the handlers that it returned.',
    )
  }
  const provider = {
    ...providerBasis(source),
    get checks() {
      // State and PKCE are kept by us: one cookie per login, used once.
      return ['none']
    },
    // A redirect proxy finds its way by a `state` of Auth.js's making, which there is none of here; empty means none.
    redirectProxyUrl: '',
    get authorization() {
      // The application's parameters join later: a `response_mode=form_post` here would change how Auth.js reads a callback.
      return { url: `${nowhere}/authorize`, params: { scope: '' } }
    },
    get token() {
      return { url: `${nowhere}/token`, conform: conform(source.vendor) }
    },
    get userinfo() {
      return { url: `${nowhere}/userinfo`, request: async (): Promise<Profile> => signIn().profile }
    },
    profile: () => signIn().user,
    // The keeper is where tokens live; a copy in the accounts table would be old after the first refresh.
    account: source.options.account ?? (({ scope, token_type }) => ({ ...(scope ? { scope } : {}), token_type })),
    [customFetch]: async () => tokenResponse(signIn().tokens),
  } as EsignProvider
  return discreet(provider, { id: source.id, vendor: source.vendor.id })
}
