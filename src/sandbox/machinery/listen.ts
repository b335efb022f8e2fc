import type { SandboxAddresses, Vendors } from '../vendors/index.ts'
import type { Handler } from './engine.ts'
import type { Vendor } from './fake.ts'
import { serveHost } from './serve-host.ts'

/** Options of `sandbox.listen`. */
export interface ListenOptions {
  /** Which fakes to serve, by vendor id. Default: all. */
  readonly vendors?: readonly (keyof SandboxAddresses)[] | undefined
  /**
   * The first of the ports. Each vendor host has a place of its own above it, the same whichever vendors are served, so
   * that addresses stay good from one start to the next. Default: free ports, other ones each time.
   */
  readonly port?: number | undefined
}

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

/** Serves the hosts of the fakes. `loopback` is told which of its hosts stands for which vendor host. */
export async function listen(
  vendors: Vendors,
  handle: Handler,
  loopback: Map<string, string>,
  { vendors: wanted, port }: ListenOptions = {},
): Promise<ListeningSandbox> {
  const places = Object.values<Vendor>(vendors).flatMap(({ id, hosts }) => hosts.map((host) => ({ id, host })))
  const chosen = places
    .map((place, index) => ({ ...place, port: port ? port + index : 0 }))
    .filter(({ id }) => wanted === undefined || wanted.some((each) => each === id))
  const attempts = await Promise.allSettled(chosen.map((each) => serveHost(each.host, handle, each.port)))
  const served = attempts.flatMap((attempt) => (attempt.status === 'fulfilled' ? attempt.value : []))
  const failed = attempts.find((attempt) => attempt.status === 'rejected')
  if (failed) {
    await Promise.all(served.map((one) => one.close()))
    throw failed.reason
  }
  const urls = Object.fromEntries(chosen.map(({ host }, index) => [host, served[index]?.url ?? '']))
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
