import type { ClientOptions, Fail } from './client-options.ts'
import { withoutUndefined } from './client-options.ts'
import type { SettingRule, Vendor } from './vendor.ts'

/** The vendor's own settings among the options, each checked against its rule. */
export function checkSettings(
  vendor: Vendor,
  given: ClientOptions,
  fail: Fail,
): Readonly<Record<string, string | boolean>> {
  const all: Readonly<Record<string, unknown>> = { ...given }
  const settings: Record<string, string | boolean> = {}
  for (const [name, { values, requiredUnless, choosesEndpoints }] of Object.entries(rulesOf(vendor))) {
    const value = all[name]
    if (value === undefined) {
      if (requiredUnless !== undefined && !all[requiredUnless])
        fail(name, `is missing: it is ${choices(values)}. Without it: \`${requiredUnless}: true\`.`)
      continue
    }
    const fits =
      values === 'label'
        ? typeof value === 'string' && /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(value)
        : typeof values === 'string'
          ? isPlainText(value)
          : values.some((each) => each === value)
    if (!fits) fail(name, `must be ${choices(values)}.`)
    settings[name] = value as string | boolean
    const own = Object.keys(withoutUndefined(given.endpoints ?? {}))
    const clash = choosesEndpoints && value && own.find((each) => each in vendor.endpoints(settings))
    if (clash) fail(name, `chooses the vendor's hosts, and \`endpoints.${clash}\` does too: give one of them.`)
  }
  return settings
}

function choices(values: SettingRule['values']): string {
  if (values === 'label') return 'one label of a host name: lower-case letters, digits and hyphens'
  return typeof values === 'string'
    ? 'text without control characters'
    : values.map((each) => JSON.stringify(each)).join(' or ')
}

function isPlainText(value: unknown): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  return typeof value === 'string' && value !== '' && !/[\u0000-\u001f\u007f]/.test(value)
}

export function rulesOf(vendor: Vendor): Readonly<Record<string, SettingRule>> {
  return { ...vendor.settings }
}
