import { EsignAuthError } from './errors.ts'
import type { TokenSet } from './token-set.ts'
import type { CapturedHost } from './vendor.ts'

/**
 * The origin of a host that came with the callback, checked against the vendor's list: https, no port, no user name, no
 * path. `undefined` where none came and none is needed.
 *
 * @throws EsignAuthError `callback_invalid` before anything is sent there.
 */
export function capturedOrigin(
  vendor: { readonly id: string; readonly name: string; readonly captured?: CapturedHost },
  vendorState: TokenSet['vendor_state'],
): string | undefined {
  if (!vendor.captured) return undefined
  const { parameter, hosts, required } = vendor.captured
  const value = vendorState?.[parameter]
  if (value === undefined && !required) return undefined
  const url = value !== undefined && URL.canParse(value) ? new URL(value) : undefined
  const plain =
    url && (value === url.origin || value === `${url.origin}/`) && url.protocol === 'https:' && url.port === ''
  if (plain && hosts.some((host) => matches(url.hostname, host))) return url.origin
  throw new EsignAuthError(
    'callback_invalid',
    vendor,
    `${parameter} ${value === undefined ? 'is missing' : "names a host that is not the vendor's"}. Nothing was sent there; sign in again.`,
  )
}

function matches(hostname: string, host: string): boolean {
  if (!host.startsWith('*.')) return hostname === host
  const label = hostname.slice(0, -host.length + 1)
  return hostname.endsWith(host.slice(1)) && /^[a-z0-9-]+$/.test(label)
}
