import type { Vendor } from '../machinery/fake.ts'
import type { OriginsAddress } from '../machinery/oauth-vendor.ts'
import { type AdobeAcrobatSignFake, adobeAcrobatSign } from './adobe-acrobat-sign/index.ts'
import type { AdobeAcrobatSignSettings } from './adobe-acrobat-sign/state.ts'
import { type BoldSignFake, type BoldSignSettings, boldSign } from './boldsign.ts'
import { type BoxSignFake, type BoxSignSettings, boxSign } from './box-sign.ts'
import { type DocuSignFake, type DocuSignSettings, docuSign } from './docusign.ts'
import { type DropboxSignAddress, type DropboxSignFake, dropboxSign } from './dropbox-sign/index.ts'
import {
  type EsignGlobalAddress,
  type EsignGlobalFake,
  type EsignGlobalSettings,
  esignGlobal,
} from './esignglobal/index.ts'
import { type InsureSignAddress, type InsureSignFake, type InsureSignSettings, insureSign } from './insuresign/index.ts'
import { type LuminSignFake, type LuminSignSettings, luminSign } from './lumin-sign.ts'
import { type PandaDocFake, type PandaDocSettings, pandaDoc } from './pandadoc.ts'
import { type PenneoFake, type PenneoSettings, penneo } from './penneo.ts'
import { type RightSignatureFake, type RightSignatureSettings, rightSignature } from './rightsignature.ts'
import { type SigneasyFake, type SigneasySettings, signeasy } from './signeasy.ts'
import { type SignNowFake, type SignNowSettings, signNow } from './signnow.ts'
import { type XodoSignFake, type XodoSignSettings, xodoSign } from './xodo-sign.ts'
import { type ZohoSignFake, type ZohoSignSettings, zohoSign } from './zoho-sign/index.ts'

/** The list of fakes. A vendor is added in this file, and nowhere else outside its own. */
export type SandboxVendors = {
  readonly insuresign: InsureSignFake
  readonly 'dropbox-sign': DropboxSignFake
  readonly esignglobal: EsignGlobalFake
  readonly docusign: DocuSignFake
  readonly 'adobe-acrobat-sign': AdobeAcrobatSignFake
  readonly 'zoho-sign': ZohoSignFake
  readonly 'box-sign': BoxSignFake
  readonly signnow: SignNowFake
  readonly pandadoc: PandaDocFake
  readonly boldsign: BoldSignFake
  readonly signeasy: SigneasyFake
  readonly penneo: PenneoFake
  readonly 'lumin-sign': LuminSignFake
  readonly rightsignature: RightSignatureFake
  readonly 'xodo-sign': XodoSignFake
}

/** What each vendor's address depends on, and what it is. */
export type SandboxAddresses = {
  readonly insuresign: { readonly settings: InsureSignSettings; readonly address: InsureSignAddress }
  readonly 'dropbox-sign': { readonly settings: never; readonly address: DropboxSignAddress }
  readonly esignglobal: { readonly settings: EsignGlobalSettings; readonly address: EsignGlobalAddress }
  readonly docusign: ByOrigins<DocuSignSettings>
  readonly 'adobe-acrobat-sign': ByOrigins<AdobeAcrobatSignSettings>
  readonly 'zoho-sign': ByOrigins<ZohoSignSettings>
  readonly 'box-sign': ByOrigins<BoxSignSettings>
  readonly signnow: ByOrigins<SignNowSettings>
  readonly pandadoc: ByOrigins<PandaDocSettings>
  readonly boldsign: ByOrigins<BoldSignSettings>
  readonly signeasy: ByOrigins<SigneasySettings>
  readonly penneo: ByOrigins<PenneoSettings>
  readonly 'lumin-sign': ByOrigins<LuminSignSettings>
  readonly rightsignature: ByOrigins<RightSignatureSettings>
  readonly 'xodo-sign': ByOrigins<XodoSignSettings>
}

type ByOrigins<Settings> = { readonly settings: Settings; readonly address: OriginsAddress<Settings> }

/** The fakes as the engine sees them. */
export type Vendors = {
  readonly [V in keyof SandboxVendors]: Vendor<
    SandboxVendors[V],
    SandboxAddresses[V]['settings'],
    SandboxAddresses[V]['address']
  >
}

/** Every fake, new, on the sandbox's clock. */
export function createVendors(now: () => number): Vendors {
  return {
    insuresign: insureSign(now),
    'dropbox-sign': dropboxSign(now),
    esignglobal: esignGlobal(now),
    docusign: docuSign(now),
    'adobe-acrobat-sign': adobeAcrobatSign(now),
    'zoho-sign': zohoSign(now),
    'box-sign': boxSign(now),
    signnow: signNow(now),
    pandadoc: pandaDoc(now),
    boldsign: boldSign(now),
    signeasy: signeasy(now),
    penneo: penneo(now),
    'lumin-sign': luminSign(now),
    rightsignature: rightSignature(now),
    'xodo-sign': xodoSign(now),
  }
}
