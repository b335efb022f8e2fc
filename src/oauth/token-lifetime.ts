import type { TokenDialect } from './token-dialect.ts'

/** A longer duration than this is read as an epoch. */
const tenYears = 320_000_000

/** Whole epoch seconds, or `undefined` when the vendor said nothing readable. Zero and less: expired now. */
export function expiresAt(
  fields: Readonly<Record<string, unknown>>,
  { at = [], in: lifetimes = ['expires_in'] }: NonNullable<TokenDialect['expiry']> = {},
  now: number,
): number | undefined {
  const read = (names: readonly string[]) => numberOf(fields[names.find((name) => fields[name] != null) ?? ''])
  const nowSeconds = Math.floor(now / 1000)
  const moment = read(at)
  // Long ago is as expired as now.
  if (moment !== undefined) return inTenYears(moment, nowSeconds) ? Math.max(0, Math.floor(moment)) : undefined
  const seconds = read(lifetimes)
  if (seconds === undefined) return undefined
  if (seconds <= tenYears) return nowSeconds + Math.max(0, Math.floor(seconds))
  return seconds > nowSeconds && inTenYears(seconds, nowSeconds) ? Math.floor(seconds) : undefined
}

function inTenYears(moment: number, nowSeconds: number): boolean {
  return moment <= nowSeconds + tenYears
}

function numberOf(value: unknown): number | undefined {
  const isNumber = typeof value === 'number' || (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value))
  return isNumber && Number.isFinite(Number(value)) ? Number(value) : undefined
}
