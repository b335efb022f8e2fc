import { EsignAuthError } from './errors.ts'
import type { TokenSet } from './token-set.ts'
import type { CapturedHost } from './vendor.ts'

interface Capturing {
  readonly id: string
  readonly name: string
  readonly captured?: CapturedHost
}

/**
 * The origin of a host that came with the callback, checked against the vendor's list: https, no port, no user name, no
 * path. `undefined` where none came and none is needed.
 *
 * @throws EsignAuthError `callback_invalid` before anything is sent there.
 */
export function capturedOrigin(
  vendor: Capturing,
  vendorState: TokenSet['vendor_state'],
  required: boolean = vendor.captured?.required === true && vendor.captured.requiredUnless === undefined,
): string | undefined {
  if (!vendor.captured) return undefined
  const { parameter } = vendor.captured
  const value = vendorState?.[parameter]
  if (value === undefined && !required) return undefined
  const origin = originOf(vendor.captured, value)
  if (origin !== undefined) return origin
  throw new EsignAuthError(
    'callback_invalid',
    vendor,
    `${parameter} ${value === undefined ? 'is missing' : "names a host that is not the vendor's"}. Nothing was sent there; sign in again.`,
  )
}

/** What of an answer's fields is kept with the tokens: short plain text, and of hosts only the vendor's own. */
export function keptOf(
  { captured }: Pick<Capturing, 'captured'>,
  found: Readonly<Record<string, unknown>>,
): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(found)) {
    if (typeof value !== 'string' || !/^[\x21-\x7e]{1,500}$/.test(value)) continue
    if (name !== captured?.parameter || originOf(captured, value) !== undefined) kept[name] = value
  }
  return kept
}

/** The host that a callback names by a code of the vendor's, as an origin. */
export function originOfCode({ codes }: CapturedHost, code: string | undefined): string | undefined {
  if (!codes || code === undefined || !Object.hasOwn(codes.hosts, code)) return undefined
  return `https://${codes.hosts[code]}`
}

function originOf({ hosts }: CapturedHost, value: string | undefined): string | undefined {
  const url = value !== undefined && URL.canParse(value) ? new URL(value) : undefined
  const plain =
    url && (value === url.origin || value === `${url.origin}/`) && url.protocol === 'https:' && url.port === ''
  return plain && hosts.some((host) => matches(url.hostname, host)) ? url.origin : undefined
}

function matches(hostname: string, host: string): boolean {
  const labels = hostname.split('.')
  const wanted = host.split('.')
  const fits = (label: string, at: number) => (wanted[at] === '*' ? /^[a-z0-9-]+$/.test(label) : label === wanted[at])
  return labels.length === wanted.length && labels.every(fits)
}
