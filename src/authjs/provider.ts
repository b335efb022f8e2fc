import type { Vendor } from '../oauth/vendor.ts'
import { bareProvider } from './bare-provider.ts'
import { markOf } from './button-logo.ts'
import { discreet } from './hidden-in-print.ts'
import type { ProviderFactory, ProviderOptions } from './options.ts'
import { type ProviderSource, sourceKey } from './provider-source.ts'

/** How a vendor's button looks. */
export interface ProviderLook {
  /** A CSS colour. Default: a dark grey. */
  readonly color?: string | undefined
}

/**
 * The Auth.js provider of a vendor, ours or a private one: `const Acme = providerFor(acme)`, then
 * `withEsign(NextAuth, { providers: [Acme] })`. Calling it checks nothing and throws nothing: Auth.js calls it often,
 * also without credentials, and one vendor's mistake must not stop the others.
 */
export function providerFor<Settings extends object>(
  vendor: Vendor<Settings>,
  { color = '#444444' }: ProviderLook = {},
): ProviderFactory<Settings> {
  const style = { brandColor: color, logo: markOf(vendor.name, color) }
  return (options = {} as ProviderOptions<Settings>) => {
    const id = options.id ?? vendor.id
    return bareProvider(discreet({ vendor: vendor as Vendor, id, options, style }, { id, vendor: vendor.id }))
  }
}

/** The source of a provider of ours, or `undefined` for others. */
export function sourceOf(provider: unknown): ProviderSource | undefined {
  const made: unknown = typeof provider === 'function' ? provider({}) : provider
  return typeof made === 'object' && made !== null && sourceKey in made
    ? (made[sourceKey as keyof typeof made] as ProviderSource)
    : undefined
}
