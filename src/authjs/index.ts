/** Auth.js providers, one per vendor, what a private vendor's is made with, and the wrapper that makes them work. */
import {
  type DropboxSignSettings,
  dropboxSign,
  type ESignGlobalSettings,
  eSignGlobal,
  type InsureSignSettings,
  insureSign,
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
