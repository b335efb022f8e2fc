import type { SettingRule, Vendor } from 'esign-auth'
import type { Sandbox } from 'esign-auth/sandbox'

// What suites over all vendors share. None of them names one.

export type Settings = Record<string, string | boolean>

/** What this suite needs of any fake. */
export interface AnyFake {
  register(given: Readonly<Record<string, unknown>>): { clientId: string; clientSecret: string }
  revokeUser(id: string): void
  readonly users: readonly { readonly id: string; readonly email: string }[]
}

/** Every combination of a vendor's settings that it takes: each switch in each position, required ones always given. */
export function settingsOf(vendor: Vendor): Settings[] {
  const rules = Object.entries({ ...vendor.settings } as Record<string, SettingRule>)
  const combinations = rules.reduce<Settings[]>(
    (all, [name, { values, example = 'a text of sufficient length', requiredUnless }]) => {
      const options = typeof values === 'string' ? [example] : values
      const given = all.flatMap((each) => options.map((value) => ({ ...each, [name]: value })))
      return requiredUnless === undefined ? all.concat(given) : given
    },
    [{}],
  )
  return combinations
}

export function fakeOf(sandbox: Sandbox, id: string): AnyFake {
  const fakes: Readonly<Record<string, unknown>> = { ...sandbox.vendors }
  const fake = fakes[id]
  if (!fake) throw new Error(`src/sandbox/vendors/${id}.ts: no fake of ${id} in src/sandbox/vendors/index.ts`)
  return fake as AnyFake
}

/** Whether PKCE is sent, by what is known of the vendor and by the option. */
export const pkceOf = [
  ['required', undefined, true],
  ['supported', undefined, true],
  ['unknown', undefined, false],
  ['unknown', true, true],
  ['refused', undefined, false],
] as const
