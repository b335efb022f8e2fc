/** Auth.js providers, one per vendor, what a private vendor's is made with, and the wrapper that makes them work. */
import {
  type AdobeAcrobatSignSettings,
  adobeAcrobatSign,
  type BoldSignSettings,
  boldSign,
  boxSign,
  type DocuSignSettings,
  type DropboxSignSettings,
  docuSign,
  dropboxSign,
  type ESignGlobalSettings,
  eSignGlobal,
  type InsureSignSettings,
  insureSign,
  luminSign,
  type PenneoSettings,
  pandaDoc,
  penneo,
  rightSignature,
  type SigneasySettings,
  type SignNowSettings,
  signeasy,
  signNow,
  xodoSign,
  type ZohoSignSettings,
  zohoSign,
} from '../vendors/index.ts'
import type { ProviderFactory } from './options.ts'
import { providerFor } from './provider.ts'

export { type EsignOptions, esignConfig } from './config.ts'
export type { EsignProvider, ProviderFactory, ProviderOptions } from './options.ts'
export { type ProviderLook, providerFor } from './provider.ts'
export type { EsignSession, EsignToken } from './session.ts'
export { withEsign } from './with-esign.ts'

/** Sign in with InsureSign (Formstack Sign). Provider id: `insuresign`. */
export const InsureSign: ProviderFactory<InsureSignSettings> = /* @__PURE__ */ providerFor(insureSign, {
  color: '#1a6fb5',
})

/** Sign in with Dropbox Sign (HelloSign). Provider id: `dropbox-sign`. */
export const DropboxSign: ProviderFactory<DropboxSignSettings> = /* @__PURE__ */ providerFor(dropboxSign, {
  color: '#0061fe',
})

/** Sign in with eSignGlobal (eSign.AI). Provider id: `esignglobal`. Needs the option `region`, or `sandbox: true`. */
export const ESignGlobal: ProviderFactory<ESignGlobalSettings> = /* @__PURE__ */ providerFor(eSignGlobal, {
  color: '#0b8f6a',
})

/** Sign in with DocuSign. Provider id: `docusign`. `demo: true` for the developer environment. */
export const DocuSign: ProviderFactory<DocuSignSettings> = /* @__PURE__ */ providerFor(docuSign, {
  color: '#4c00ff',
})

/** Sign in with Adobe Acrobat Sign. Provider id: `adobe-acrobat-sign`. `shard` for apps of the kind "customer". */
export const AdobeAcrobatSign: ProviderFactory<AdobeAcrobatSignSettings> = /* @__PURE__ */ providerFor(
  adobeAcrobatSign,
  {
    color: '#d7373f',
  },
)

/** Sign in with Zoho Sign. Provider id: `zoho-sign`. `dataCentre` where sign-in begins. */
export const ZohoSign: ProviderFactory<ZohoSignSettings> = /* @__PURE__ */ providerFor(zohoSign, {
  color: '#167a5a',
})

/** Sign in with Box Sign, by way of Box. Provider id: `box-sign`. */
export const BoxSign: ProviderFactory<object> = /* @__PURE__ */ providerFor(boxSign, {
  color: '#0061d5',
})

/** Sign in with SignNow. Provider id: `signnow`. `sandbox: true` for the evaluation hosts. */
export const SignNow: ProviderFactory<SignNowSettings> = /* @__PURE__ */ providerFor(signNow, {
  color: '#1f5fd6',
})

/** Sign in with PandaDoc. Provider id: `pandadoc`. */
export const PandaDoc: ProviderFactory<object> = /* @__PURE__ */ providerFor(pandaDoc, {
  color: '#248567',
})

/** Sign in with BoldSign. Provider id: `boldsign`. `region` where the accounts are. */
export const BoldSign: ProviderFactory<BoldSignSettings> = /* @__PURE__ */ providerFor(boldSign, {
  color: '#c2410c',
})

/** Sign in with Signeasy. Provider id: `signeasy`. Needs the option `audience`, or `legacy`. */
export const Signeasy: ProviderFactory<SigneasySettings> = /* @__PURE__ */ providerFor(signeasy, {
  color: '#0b6fc2',
})

/** Sign in with Penneo. Provider id: `penneo`. `sandbox: true` for the vendor’s sandbox. */
export const Penneo: ProviderFactory<PenneoSettings> = /* @__PURE__ */ providerFor(penneo, {
  color: '#1f4b99',
})

/** Sign in with Lumin Sign. Provider id: `lumin-sign`. `clientAuthentication: 'public'` for public apps. */
export const LuminSign: ProviderFactory<object> = /* @__PURE__ */ providerFor(luminSign, {
  color: '#b42318',
})

/** Sign in with RightSignature (ShareFile). Provider id: `rightsignature`. */
export const RightSignature: ProviderFactory<object> = /* @__PURE__ */ providerFor(rightSignature, {
  color: '#3f6b21',
})

/** Xodo Sign (eversign), which does not tell who signed in: give `profile`. Provider id: `xodo-sign`. */
export const XodoSign: ProviderFactory<object> = /* @__PURE__ */ providerFor(xodoSign, {
  color: '#0c5f78',
})
