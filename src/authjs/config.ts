import type { AuthConfig } from '@auth/core'
import { createTokenKeeper, type TokenKeeper } from '../keeper/keeper.ts'
import { optionError } from '../oauth/errors.ts'
import { guardedAdapter, signedInUser } from './account-linking.ts'
import { callbacksAround, eventsAround } from './callbacks.ts'
import { authSecret } from './environment.ts'
import { guardedProvider } from './guarded-provider.ts'
import { guardedLogger } from './logger.ts'
import { sourceOf } from './provider.ts'
import { configuredOrigin } from './provider-source.ts'
import { activate, createRuntime, type Runtime } from './runtime.ts'

/** Options of {@link withEsign}. */
export interface EsignOptions {
  /**
   * Keeps the tokens. Default: one of our own in this process's memory, right for one instance. Give yours to call the
   * vendor's API with it, and give it a shared store for several instances.
   */
  readonly keeper?: TokenKeeper | undefined
}

const runtimeKey: unique symbol = Symbol.for('esign-auth.runtime') as never

/** What stands behind a config that has been through {@link esignConfig}. */
export function runtimeOf(config: object): Runtime | undefined {
  return (config as { readonly [runtimeKey]?: Runtime })[runtimeKey]
}

/**
 * The config half of `withEsign`, for hosts that ask for the config again, such as `getSession(req, config)` of
 * \@auth/express: our providers, and callbacks around the application's own. A config that has been through it stays as
 * it is.
 *
 * @throws TypeError with `code: 'invalid_option'` for another keeper than such a config has.
 */
export function esignConfig<Config extends object>(config: Config, { keeper }: EsignOptions = {}): Config {
  const runtime = runtimeOf(config)
  if (!runtime) return guardConfig(config, createRuntime(keeper ?? createTokenKeeper()))
  if (keeper && keeper !== runtime.keeper) {
    throw optionError(
      { name: 'withEsign' },
      'keeper',
      'comes too late: give it to esignConfig, which made this config.',
    )
  }
  return config
}

/** The config with our providers and callbacks, which work with `runtime`. */
export function guardConfig<Config extends object>(config: Config, runtime: Runtime): Config {
  const given = config as unknown as AuthConfig
  const current = () => runtime.context.getStore()
  const basePath = () => guarded.basePath ?? '/auth'
  const secret = () => [given.secret].flat()[0] || authSecret()
  const providers = given.providers.map((provider) => {
    const source = sourceOf(provider)
    if (!source) return provider
    const guardedOne = guardedProvider(source, current)
    // Of two with one id Auth.js takes the first.
    if (!runtime.providers.has(source.id)) {
      runtime.providers.set(source.id, activate(source, guardedOne, runtime.keeper, secret))
    }
    return guardedOne
  })
  const logger = guardedLogger(given, current)
  runtime.report = logger.error
  runtime.whoIs = async (cookies, origin) =>
    given.adapter &&
    signedInUser(guarded, secret(), cookies, new URL(configuredOrigin() ?? origin).protocol === 'https:')
  const guarded: AuthConfig & { [runtimeKey]: Runtime } = {
    ...given,
    providers,
    ...(given.adapter && { adapter: guardedAdapter(given.adapter, runtime.keeper, current) }),
    logger,
    callbacks: callbacksAround(given, runtime, basePath),
    events: eventsAround(given, runtime),
    pages: {
      ...given.pages,
      // Auth.js's own error page blames the server's configuration for everything that ends a sign-in.
      get error() {
        const ours = current()?.kind !== 'route' && current() && (given.pages?.signIn ?? `${basePath()}/signin`)
        return (given.pages?.error ?? (ours || undefined)) as string
      },
    },
    [runtimeKey]: runtime,
  }
  return guarded as unknown as Config
}
