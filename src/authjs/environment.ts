import { settingsIn, variableOf } from '../oauth/environment.ts'
import type { Vendor } from '../oauth/vendor.ts'

/** A variable of the environment; an empty one counts as not set. */
export function environment(name: string): string | undefined {
  return globalThis.process?.env[name] || undefined
}

/** The variable of a provider, as Auth.js spells them: `AUTH_DROPBOX_SIGN_ID`. */
export function providerVariable(providerId: string, name: string): string | undefined {
  return environment(variableOf(providerId, name))
}

/** The vendor's own settings that the environment tells: `AUTH_ESIGNGLOBAL_REGION`, `AUTH_DROPBOX_SIGN_API_KEY`. */
export function settingsFromEnvironment(vendor: Vendor, providerId: string): Record<string, string | boolean> {
  return settingsIn(vendor, providerId, environment)
}

/** Auth.js's secret as its hosts read it: the newest of a rotation comes first. */
export function authSecret(): string | undefined {
  const names = ['AUTH_SECRET_3', 'AUTH_SECRET_2', 'AUTH_SECRET_1', 'AUTH_SECRET', 'NEXTAUTH_SECRET']
  return names.map(environment).find((secret) => secret !== undefined)
}
