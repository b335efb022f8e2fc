import type { SettingRule, Vendor } from './vendor.ts'

/** The variable of the environment that holds an option, as Auth.js spells them: `AUTH_DROPBOX_SIGN_API_KEY`. */
export function variableOf(id: string, option: string): string {
  return `AUTH_${id.toUpperCase().replaceAll('-', '_')}_${option.replace(/[a-z](?=[A-Z])/g, '$&_').toUpperCase()}`
}

/** The vendor's own settings among the variables of the environment that `read` knows. */
export function settingsIn(
  vendor: Vendor,
  id: string,
  read: (variable: string) => string | undefined,
): Record<string, string | boolean> {
  const rules: Readonly<Record<string, SettingRule>> = { ...vendor.settings }
  return Object.fromEntries(
    Object.entries(rules).flatMap(([name, { values }]) => {
      const told = read(variableOf(id, name))
      if (told === undefined) return []
      const isSwitch = typeof values !== 'string' && values.includes(true)
      return [[name, isSwitch && /^(true|false)$/.test(told) ? told === 'true' : told]]
    }),
  )
}
