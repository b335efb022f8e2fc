import type { Handler } from './engine.ts'
import type { Vendor } from './fake.ts'
import { serveHost } from './serve.ts'
import type { SandboxAddresses, Vendors } from './vendors.ts'

/** Fakes served on loopback. */
export interface ListeningSandbox {
  /** What a client or strategy spreads into its options to talk to the fake instead of the vendor. */
  options<V extends keyof SandboxAddresses>(
    vendor: V,
    settings?: SandboxAddresses[V]['settings'],
  ): SandboxAddresses[V]['address']
  /** The base URL that stands for each vendor host, by host. */
  readonly urls: Readonly<Record<string, string>>
  /** Stops serving and ends every connection, idle or not. Leaves no handle behind. */
  close(): Promise<void>
}

/** Serves every host of every fake. `loopback` is told which of its hosts stands for which vendor host. */
export async function listen(
  vendors: Vendors,
  handle: Handler,
  loopback: Map<string, string>,
): Promise<ListeningSandbox> {
  const hosts = Object.values<Vendor>(vendors).flatMap((vendor) => vendor.hosts)
  const served = await Promise.all(hosts.map((host) => serveHost(host, handle)))
  const urls = Object.fromEntries(hosts.map((host, index) => [host, served[index]?.url ?? '']))
  for (const [host, url] of Object.entries(urls)) loopback.set(new URL(url).host, host)
  return {
    urls,
    options(vendor, settings) {
      return vendors[vendor].options((host) => urls[host] ?? '', settings)
    },
    async close() {
      for (const url of Object.values(urls)) loopback.delete(new URL(url).host)
      await Promise.all(served.map((one) => one.close()))
    },
  }
}
