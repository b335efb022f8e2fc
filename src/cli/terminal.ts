import type { Vendor } from '../oauth/vendor.ts'
import { vendors } from '../vendors/index.ts'

/** What the commands see of the world. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>
  out(text: string): void
  err(text: string): void
  /** Resolves when somebody ends the program, with Ctrl+C or SIGTERM. */
  ended(): Promise<void>
}

/** A command that was called wrongly: exit code 2. */
export class UsageError extends Error {}

/** The vendor of an id. */
export function vendorNamed(id: string): Vendor {
  const found = vendors.find((vendor) => vendor.id === id)
  if (found) return found
  throw new UsageError(
    `There is no vendor ${JSON.stringify(id)}: they are ${vendors.map((each) => each.id).join(', ')}.`,
  )
}

/** Where an app is likely to be called back in its first hour; `{vendor}` stands for the vendor's id. */
export const usualCallbacks: readonly string[] = [
  'http://127.0.0.1:3000/callback',
  'http://127.0.0.1:3000/callback/{vendor}',
  'http://127.0.0.1:3000/auth/callback/{vendor}',
  'http://127.0.0.1:3000/api/auth/callback/{vendor}',
]

/** Callback URLs of one vendor from their patterns. */
export function callbacksOf(vendor: Vendor, patterns: readonly string[]): string[] {
  return patterns.map((pattern) => {
    const text = pattern.replaceAll('{vendor}', vendor.id)
    if (!URL.canParse(text)) throw new UsageError(`--redirect-uri must be an absolute URL, and ${text} is none.`)
    return text
  })
}
