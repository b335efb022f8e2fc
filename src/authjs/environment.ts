import type { SettingRule, Vendor } from '../core/vendor.ts'

/** A variable of the environment; an empty one counts as not set. */
export function environment(name: string): string | undefined {
  return globalThis.process?.env[name] || undefined
}

/** The variable of a provider, as Auth.js spells them: `AUTH_DROPBOX_SIGN_ID`. */
export function providerVariable(providerId: string, name: string): string | undefined {
  return environment(variableName(providerId, name))
}

/** Its name. */
export function variableName(providerId: string, name: string): string {
  return `AUTH_${providerId.toUpperCase().replaceAll('-', '_')}_${name}`
}

/** How the environment spells a setting: `API_KEY`. */
export function settingName(setting: string): string {
  return setting.replace(/[A-Z]/g, '_$&').toUpperCase()
}

/** The vendor's own settings that the environment tells: `AUTH_ESIGNGLOBAL_REGION`, `AUTH_DROPBOX_SIGN_API_KEY`. */
export function settingsFromEnvironment(vendor: Vendor, providerId: string): Record<string, string | boolean> {
  const rules: Readonly<Record<string, SettingRule>> = { ...vendor.settings }
  return Object.fromEntries(
    Object.entries(rules).flatMap(([name, { values }]) => {
      const told = providerVariable(providerId, settingName(name))
      if (told === undefined) return []
      const isSwitch = typeof values !== 'string' && values.includes(true)
      return [[name, isSwitch && /^(true|false)$/.test(told) ? told === 'true' : told]]
    }),
  )
}

/** Auth.js's secret as its hosts read it: the newest of a rotation comes first. */
export function authSecret(): string | undefined {
  const names = ['AUTH_SECRET_3', 'AUTH_SECRET_2', 'AUTH_SECRET_1', 'AUTH_SECRET', 'NEXTAUTH_SECRET']
  return names.map(environment).find((secret) => secret !== undefined)
}
