import type { Vendor } from '../oauth/vendor.ts'
import { adobeAcrobatSign } from './adobe-acrobat-sign.ts'
import { boldSign } from './boldsign.ts'
import { boxSign } from './box-sign.ts'
import { docuSign } from './docusign.ts'
import { dropboxSign } from './dropbox-sign.ts'
import { eSignGlobal } from './esignglobal.ts'
import { insureSign } from './insuresign.ts'
import { luminSign } from './lumin-sign.ts'
import { pandaDoc } from './pandadoc.ts'
import { penneo } from './penneo.ts'
import { rightSignature } from './rightsignature.ts'
import { signeasy } from './signeasy.ts'
import { signNow } from './signnow.ts'
import { xodoSign } from './xodo-sign.ts'
import { zohoSign } from './zoho-sign.ts'

export { type AdobeAcrobatSignSettings, adobeAcrobatSign } from './adobe-acrobat-sign.ts'
export { type BoldSignSettings, boldSign } from './boldsign.ts'
export { boxSign } from './box-sign.ts'
export { type DocuSignSettings, docuSign } from './docusign.ts'
export { type DropboxSignSettings, dropboxSign } from './dropbox-sign.ts'
export { type ESignGlobalSettings, eSignGlobal } from './esignglobal.ts'
export { type InsureSignSettings, insureSign } from './insuresign.ts'
export { luminSign } from './lumin-sign.ts'
export { pandaDoc } from './pandadoc.ts'
export { type PenneoSettings, penneo } from './penneo.ts'
export { rightSignature } from './rightsignature.ts'
export { type SigneasySettings, signeasy } from './signeasy.ts'
export { type SignNowSettings, signNow } from './signnow.ts'
export { xodoSign } from './xodo-sign.ts'
export { type ZohoSignSettings, zohoSign } from './zoho-sign.ts'

/** Every vendor of this package, in the order of the README's table. */
export const vendors: readonly Vendor[] = [
  insureSign,
  dropboxSign,
  eSignGlobal,
  docuSign,
  adobeAcrobatSign,
  zohoSign,
  boxSign,
  signNow,
  pandaDoc,
  boldSign,
  signeasy,
  penneo,
  luminSign,
  rightSignature,
  xodoSign,
]
