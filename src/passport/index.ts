/** Passport strategies, one per vendor, and what a private vendor's is made with. */
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
import type { StrategyClass } from './options.ts'
import { type EsignStrategy, strategyFor } from './strategy.ts'

export type {
  AuthenticateOptions,
  AuthInfo,
  Profile,
  StrategyClass,
  StrategyOptions,
  StrategyOptionsWithRequest,
  VerifyFunction,
  VerifyFunctionWithRequest,
} from './options.ts'
export { AuthorizationError, InternalOAuthError, type PassportRequest, TokenError } from './passport-oauth2.ts'
export type { StateMeta, StateStore } from './pending-in-store.ts'
export { EsignStrategy, strategyFor } from './strategy.ts'
export type { TokenParams, VerifyCallback } from './verify.ts'

/** Sign in with InsureSign (Formstack Sign). Strategy name: `insuresign`. */
export const InsureSignStrategy: StrategyClass<InsureSignSettings, EsignStrategy> =
  /* @__PURE__ */ strategyFor(insureSign)
export type InsureSignStrategy = EsignStrategy

/** Sign in with Dropbox Sign (HelloSign). Strategy name: `dropbox-sign`. */
export const DropboxSignStrategy: StrategyClass<DropboxSignSettings, EsignStrategy> =
  /* @__PURE__ */ strategyFor(dropboxSign)
export type DropboxSignStrategy = EsignStrategy

/** Sign in with eSignGlobal (eSign.AI). Strategy name: `esignglobal`. Needs the option `region`, or `sandbox: true`. */
export const ESignGlobalStrategy: StrategyClass<ESignGlobalSettings, EsignStrategy> =
  /* @__PURE__ */ strategyFor(eSignGlobal)
export type ESignGlobalStrategy = EsignStrategy

/** Sign in with DocuSign. Strategy name: `docusign`. `demo: true` for the developer environment. */
export const DocuSignStrategy: StrategyClass<DocuSignSettings, EsignStrategy> = /* @__PURE__ */ strategyFor(docuSign)
export type DocuSignStrategy = EsignStrategy

/** Sign in with Adobe Acrobat Sign. Strategy name: `adobe-acrobat-sign`. `shard` for apps of the kind "customer". */
export const AdobeAcrobatSignStrategy: StrategyClass<AdobeAcrobatSignSettings, EsignStrategy> =
  /* @__PURE__ */ strategyFor(adobeAcrobatSign)
export type AdobeAcrobatSignStrategy = EsignStrategy

/** Sign in with Zoho Sign. Strategy name: `zoho-sign`. `dataCentre` where sign-in begins. */
export const ZohoSignStrategy: StrategyClass<ZohoSignSettings, EsignStrategy> = /* @__PURE__ */ strategyFor(zohoSign)
export type ZohoSignStrategy = EsignStrategy

/** Sign in with Box Sign, by way of Box. Strategy name: `box-sign`. */
export const BoxSignStrategy: StrategyClass<object, EsignStrategy> = /* @__PURE__ */ strategyFor(boxSign)
export type BoxSignStrategy = EsignStrategy

/** Sign in with SignNow. Strategy name: `signnow`. `sandbox: true` for the evaluation hosts. */
export const SignNowStrategy: StrategyClass<SignNowSettings, EsignStrategy> = /* @__PURE__ */ strategyFor(signNow)
export type SignNowStrategy = EsignStrategy

/** Sign in with PandaDoc. Strategy name: `pandadoc`. */
export const PandaDocStrategy: StrategyClass<object, EsignStrategy> = /* @__PURE__ */ strategyFor(pandaDoc)
export type PandaDocStrategy = EsignStrategy

/** Sign in with BoldSign. Strategy name: `boldsign`. `region` where the accounts are. */
export const BoldSignStrategy: StrategyClass<BoldSignSettings, EsignStrategy> = /* @__PURE__ */ strategyFor(boldSign)
export type BoldSignStrategy = EsignStrategy

/** Sign in with Signeasy. Strategy name: `signeasy`. Needs the option `audience`, or `legacy`. */
export const SigneasyStrategy: StrategyClass<SigneasySettings, EsignStrategy> = /* @__PURE__ */ strategyFor(signeasy)
export type SigneasyStrategy = EsignStrategy

/** Sign in with Penneo. Strategy name: `penneo`. `sandbox: true` for the vendor’s sandbox. */
export const PenneoStrategy: StrategyClass<PenneoSettings, EsignStrategy> = /* @__PURE__ */ strategyFor(penneo)
export type PenneoStrategy = EsignStrategy

/** Sign in with Lumin Sign. Strategy name: `lumin-sign`. `clientAuthentication: 'public'` for public apps, with `cookieSecret`. */
export const LuminSignStrategy: StrategyClass<object, EsignStrategy> = /* @__PURE__ */ strategyFor(luminSign)
export type LuminSignStrategy = EsignStrategy

/** Sign in with RightSignature (ShareFile). Strategy name: `rightsignature`. */
export const RightSignatureStrategy: StrategyClass<object, EsignStrategy> = /* @__PURE__ */ strategyFor(rightSignature)
export type RightSignatureStrategy = EsignStrategy

/** Connect with Xodo Sign (eversign), which does not tell who signed in. Strategy name: `xodo-sign`. */
export const XodoSignStrategy: StrategyClass<object, EsignStrategy> = /* @__PURE__ */ strategyFor(xodoSign)
export type XodoSignStrategy = EsignStrategy
