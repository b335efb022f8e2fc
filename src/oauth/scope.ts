import type { AuthorizationDialect } from './vendor.ts'

/** Scope as the wire writes it; `undefined` when there is none to send. */
export function joinScope(
  scope: string | readonly string[] | undefined,
  separator: AuthorizationDialect['scopeSeparator'] = ' ',
): string | undefined {
  const joined = typeof scope === 'string' ? scope : scope?.join(' ')
  // No scope holds a space (RFC 6749 §3.3).
  const between = separator === ',' ? /[ ,]+/g : / +/g
  return (separator === ' ' ? joined : joined?.trim().replaceAll(between, separator)) || undefined
}
