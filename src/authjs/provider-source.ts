import { type Client, createClient } from '../oauth/client.ts'
import type { ClientOptions } from '../oauth/client-options.ts'
import { withoutUndefined } from '../oauth/client-options.ts'
import type { Vendor } from '../oauth/vendor.ts'
import { isNotEchoed } from '../sign-in/state-option.ts'
import { environment, providerVariable, settingsFromEnvironment } from './environment.ts'
import type { AnyProviderOptions } from './options.ts'

/** What a provider is made from. Nothing is checked until somebody signs in. */
export interface ProviderSource {
  readonly vendor: Vendor
  /** Auth.js's id of the provider. */
  readonly id: string
  readonly options: AnyProviderOptions
  /** Name, colour and mark of its button. */
  readonly style: { readonly brandColor: string; readonly logo: string }
}

/** Where a provider keeps its source: a registered symbol, since bundlers load a module more than once. */
export const sourceKey: unique symbol = Symbol.for('esign-auth.provider') as never

/** Credentials of a client. */
export interface Credentials {
  readonly clientId: string | undefined
  readonly clientSecret: string | undefined
}

/** What was given, else what the host read from its own environment, else this process's. */
export function credentialsOf({ id, options }: ProviderSource, host: Partial<Credentials> = {}): Credentials {
  return {
    clientId: options.clientId ?? host.clientId ?? providerVariable(id, 'ID'),
    clientSecret: options.clientSecret ?? host.clientSecret ?? providerVariable(id, 'SECRET'),
  }
}

/**
 * The client of a provider. `cookieSecret`: what it seals with.
 *
 * @throws TypeError with `code: 'invalid_option'`, naming vendor, option and remedy.
 */
export function clientOf(source: ProviderSource, credentials: Credentials, cookieSecret?: string): Client {
  const { vendor, id, options } = source
  // Auth.js's own, or read elsewhere.
  const { profile, account, name, style, authorization, postCallback, redirectUri, state, id: _, ...given } = options
  isNotEchoed(vendor, state)
  const all = { ...settingsFromEnvironment(vendor, id), ...withoutUndefined(given), ...credentials, cookieSecret }
  return createClient(vendor, all as ClientOptions)
}

/** The origin that people reach the app at, where the environment tells: `AUTH_URL`, as Auth.js has it. */
export function configuredOrigin(): string | undefined {
  const url = environment('AUTH_URL') ?? environment('NEXTAUTH_URL')
  return url !== undefined && URL.canParse(url) ? new URL(url).origin : undefined
}
