import { createClock, type SandboxClock } from './machinery/clock.ts'
import { createEngine } from './machinery/engine.ts'
import type { SandboxUser, Vendor } from './machinery/fake.ts'
import type { ListeningSandbox, ListenOptions } from './machinery/listen.ts'
import type { SandboxRequest } from './machinery/log.ts'
import { createPendingConsents } from './machinery/pending-consents.ts'
import { createFetch, type Fetch } from './machinery/sandbox-fetch.ts'
import { findUser, type SandboxCallback, SandboxError, visit } from './machinery/visitor.ts'
import { createVendors, type SandboxVendors } from './vendors/index.ts'

export type { SandboxClock } from './machinery/clock.ts'
export type { FakeControls, SandboxUser } from './machinery/fake.ts'
export type { Fault, FaultAnswer, Faults } from './machinery/faults.ts'
export type { ListeningSandbox, ListenOptions } from './machinery/listen.ts'
export type { SandboxRequest } from './machinery/log.ts'
export type { FakeClient, OAuthFake, OAuthSwitches } from './machinery/oauth-fake.ts'
export type { OriginsAddress } from './machinery/oauth-vendor.ts'
export type { Place } from './machinery/request.ts'
export type { Fetch } from './machinery/sandbox-fetch.ts'
export { type SandboxCallback, SandboxError } from './machinery/visitor.ts'
export type { AdobeAcrobatSignFake } from './vendors/adobe-acrobat-sign/index.ts'
export type {
  AdobeAcrobatSignClient,
  AdobeAcrobatSignSettings,
  AdobeAcrobatSignSwitches,
} from './vendors/adobe-acrobat-sign/state.ts'
export type { BoldSignClient, BoldSignFake, BoldSignSettings, BoldSignSwitches } from './vendors/boldsign.ts'
export type { BoxSignClient, BoxSignFake, BoxSignSettings, BoxSignSwitches } from './vendors/box-sign.ts'
export type { DocuSignClient, DocuSignFake, DocuSignSettings, DocuSignSwitches } from './vendors/docusign.ts'
export type { DropboxSignAddress, DropboxSignFake } from './vendors/dropbox-sign/index.ts'
export type { DropboxSignClient, DropboxSignSwitches } from './vendors/dropbox-sign/state.ts'
export type { EsignGlobalAddress, EsignGlobalFake, EsignGlobalSettings } from './vendors/esignglobal/index.ts'
export type { EsignGlobalClient, EsignGlobalRegion, EsignGlobalSwitches } from './vendors/esignglobal/state.ts'
export type { SandboxAddresses, SandboxVendors } from './vendors/index.ts'
export type { InsureSignAddress, InsureSignFake, InsureSignSettings } from './vendors/insuresign/index.ts'
export type { InsureSignClient, InsureSignSwitches } from './vendors/insuresign/state.ts'
export type { LuminSignClient, LuminSignFake, LuminSignSettings, LuminSignSwitches } from './vendors/lumin-sign.ts'
export type { PandaDocClient, PandaDocFake, PandaDocSettings, PandaDocSwitches } from './vendors/pandadoc.ts'
export type { PenneoClient, PenneoFake, PenneoSettings, PenneoSwitches } from './vendors/penneo.ts'
export type {
  RightSignatureClient,
  RightSignatureFake,
  RightSignatureSettings,
  RightSignatureSwitches,
} from './vendors/rightsignature.ts'
export type { SigneasyClient, SigneasyFake, SigneasySettings, SigneasySwitches } from './vendors/signeasy.ts'
export type { SignNowClient, SignNowFake, SignNowSettings, SignNowSwitches } from './vendors/signnow.ts'
export type { XodoSignClient, XodoSignFake, XodoSignSettings, XodoSignSwitches } from './vendors/xodo-sign.ts'
export type { ZohoSignClient, ZohoSignFake, ZohoSignSettings, ZohoSignSwitches } from './vendors/zoho-sign/index.ts'

/**
 * Strict fakes of e-signature vendors, to test a sign-in offline. They are written from the vendors' pages, refuse every
 * path, method, content type, parameter and client authentication that is not on them, and say why.
 *
 * ```ts
 * const sandbox = createSandbox()
 * const { client } = sandbox.vendors.insuresign
 * client.redirectUris.push('https://app.example/callback')
 * // give your strategy client.clientId, client.clientSecret and { fetch: sandbox.fetch }, begin a login, then
 * const callback = await sandbox.approve(location)
 * ```
 */
export function createSandbox(options: SandboxOptions = {}): Sandbox {
  const clock = createClock(options.time ?? Date.now)
  const vendors = createVendors(clock.now)
  const hosts = Object.values<Vendor>(vendors).flatMap((vendor) => vendor.hosts.map((host) => [host, vendor] as const))
  const byHost = new Map(hosts)
  const log: SandboxRequest[] = []
  const consents = createPendingConsents()
  const handle = createEngine(byHost, consents, log, clock.now)
  const fetch = createFetch(handle)
  const loopback = new Map<string, string>()

  /** The vendor of an authorization URL, and that URL on the vendor's own host. */
  const locate = (authorizationUrl: string | URL): [Vendor, URL] => {
    const url = new URL(authorizationUrl)
    const host = loopback.get(url.host)
    const own = host === undefined ? url : new URL(`https://${host}${url.pathname}${url.search}`)
    const vendor = byHost.get(own.host)
    if (!vendor) throw new SandboxError(`sandbox: no fake vendor lives at ${url.origin}`)
    return [vendor, own]
  }

  return {
    fetch,
    clock,
    log,
    vendors: Object.fromEntries(Object.entries(vendors).map(([id, { fake }]) => [id, fake])) as SandboxVendors,
    async listen(options) {
      const { listen } = await import('./machinery/listen.ts')
      return listen(vendors, handle, loopback, options)
    },
    async approve(authorizationUrl, as) {
      const [vendor, url] = locate(authorizationUrl)
      return visit(vendor, { fetch, consents }, url, findUser(vendor, as))
    },
    async deny(authorizationUrl) {
      const [vendor, url] = locate(authorizationUrl)
      return visit(vendor, { fetch, consents }, url, 'deny')
    },
  }
}

/** Options of {@link createSandbox}. */
export interface SandboxOptions {
  /** Where the clock takes the time from, in epoch milliseconds. Default `Date.now`. */
  readonly time?: () => number
}

/** Fake vendors and the world around them. Each sandbox stands alone. */
export interface Sandbox {
  /**
   * Give it to a client as its `fetch`: it answers under the vendors' real URLs, in process. Any other host is a network
   * failure (`TypeError: fetch failed`), so a test cannot reach the real world by mistake.
   */
  readonly fetch: Fetch
  /** The fakes' time. */
  readonly clock: SandboxClock
  /** What clients and browsers asked of the vendors, oldest first; the last 10,000. */
  readonly log: readonly SandboxRequest[]
  /** The fakes by vendor id. */
  readonly vendors: SandboxVendors
  /** Serves the fakes on 127.0.0.1, each vendor host on a port of its own, so that paths stay the vendor's. */
  listen(options?: ListenOptions): Promise<ListeningSandbox>
  /**
   * Does what a person does on the consent page: opens the authorization URL, approves and is sent back. `as` is the user,
   * or the id, e-mail address or name of one; default the first. Takes URLs of a listening sandbox too.
   * Throws a {@link SandboxError} with the page's text where the vendor refused.
   */
  approve(authorizationUrl: string | URL, as?: SandboxUser | string): Promise<SandboxCallback>
  /** As `approve`, but the person refuses. */
  deny(authorizationUrl: string | URL): Promise<SandboxCallback>
}
