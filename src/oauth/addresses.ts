import { capturedOrigin } from './captured-host.ts'
import type { ClientOptions, Fail } from './client-options.ts'
import { urlFault } from './secure-url.ts'
import type { TokenSet } from './token-set.ts'
import type { Endpoints, Vendor } from './vendor.ts'

/** Where the vendor is. */
export interface Addresses {
  readonly endpoints: Endpoints
  /** Origins that may get a bearer token. */
  readonly api: readonly string[]
}

/** The vendor's addresses for these settings, under the caller's `own`; checked now, and again for a captured host. */
export function addresses(
  vendor: Vendor,
  given: ClientOptions,
  own: Partial<Endpoints>,
  settings: object,
  fail: Fail,
): Addresses & { at(vendorState: TokenSet['vendor_state']): Addresses } {
  const { origins = {} } = given
  const placed = (url: string): string => {
    const origin = URL.canParse(url) ? new URL(url).origin : ''
    return Object.hasOwn(origins, origin) ? `${origins[origin]}${url.slice(origin.length)}` : url
  }
  const resolve = (captured?: string): Addresses => {
    const found = Object.entries<string | undefined>({ ...vendor.endpoints(settings, captured) })
    const theirs: Partial<Endpoints> = Object.fromEntries(
      found.flatMap(([name, url]) => (url === undefined ? [] : [[name, placed(url)]])),
    )
    // A moved token endpoint moves the refreshes with it. Otherwise they would go past a proxy or out of a test.
    const moved = own.token !== undefined && theirs.refresh !== undefined ? { refresh: own.token } : {}
    const endpoints = { ...theirs, ...moved, ...own } as Endpoints
    const api = given.api ?? vendor.api(settings, captured).map(placed)
    const named = Object.entries<unknown>({ ...endpoints }).map(([name, url]) => [`endpoints.${name}`, url] as const)
    for (const [option, url] of [...named, ...api.map((origin) => ['api', origin] as const)]) {
      const fault = urlFault(url, given.allowLoopbackHttp === true)
      if (fault) fail(option, `${fault}.`)
    }
    return { endpoints, api: api.map((origin) => new URL(origin).origin) }
  }
  const plain = resolve()
  const { required = false, requiredUnless } = vendor.captured ?? {}
  const needed = required && !(requiredUnless && (settings as Readonly<Record<string, unknown>>)[requiredUnless])
  const at = (vendorState: TokenSet['vendor_state']) => {
    const captured = capturedOrigin(vendor, vendorState, needed)
    return captured === undefined ? plain : resolve(captured)
  }
  return { ...plain, at }
}
