import * as core from 'esign-auth'
import * as authjs from 'esign-auth/authjs'
import * as keeper from 'esign-auth/keeper'
import * as passport from 'esign-auth/passport'
import * as sandbox from 'esign-auth/sandbox'
import * as web from 'esign-auth/web'
import { expect, it } from 'vitest'

// The public names. A change here is a change for users: it belongs into CHANGELOG.md.
it('exports what it promises and nothing else', () => {
  expect(Object.keys(core).sort()).toEqual([
    'EsignAuthError',
    'adobeAcrobatSign',
    'boldSign',
    'boxSign',
    'createClient',
    'defineVendor',
    'docuSign',
    'dropboxSign',
    'eSignGlobal',
    'expiresIn',
    'insureSign',
    'luminSign',
    'pandaDoc',
    'penneo',
    'rightSignature',
    'signNow',
    'signeasy',
    'vendors',
    'xodoSign',
    'zohoSign',
  ])
  expect(Object.keys(passport).sort()).toEqual([
    'AdobeAcrobatSignStrategy',
    'AuthorizationError',
    'BoldSignStrategy',
    'BoxSignStrategy',
    'DocuSignStrategy',
    'DropboxSignStrategy',
    'ESignGlobalStrategy',
    'EsignStrategy',
    'InsureSignStrategy',
    'InternalOAuthError',
    'LuminSignStrategy',
    'PandaDocStrategy',
    'PenneoStrategy',
    'RightSignatureStrategy',
    'SignNowStrategy',
    'SigneasyStrategy',
    'TokenError',
    'XodoSignStrategy',
    'ZohoSignStrategy',
    'strategyFor',
  ])
  expect(Object.keys(authjs).sort()).toEqual([
    'AdobeAcrobatSign',
    'BoldSign',
    'BoxSign',
    'DocuSign',
    'DropboxSign',
    'ESignGlobal',
    'InsureSign',
    'LuminSign',
    'PandaDoc',
    'Penneo',
    'RightSignature',
    'SignNow',
    'Signeasy',
    'XodoSign',
    'ZohoSign',
    'esignConfig',
    'providerFor',
    'withEsign',
  ])
  expect(Object.keys(keeper).sort()).toEqual([
    'AccountMismatch',
    'ClientMisconfigured',
    'KeyUnavailable',
    'ReauthRequired',
    'StoreUnavailable',
    'VendorUnavailable',
    'createTokenKeeper',
    'keepInSession',
    'linkOf',
    'memoryStore',
    'postgresStore',
    'redisStore',
    'sqliteStore',
    'unlink',
  ])
  expect(Object.keys(web).sort()).toEqual(['SignInFailure', 'createSignIn', 'requestFrom', 'sendResponse'])
  expect(Object.keys(sandbox).sort()).toEqual(['SandboxError', 'createSandbox'])
})
