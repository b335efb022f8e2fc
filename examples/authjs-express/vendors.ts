import type { ExpressAuthConfig } from '@auth/express'
import { DropboxSign, ESignGlobal, InsureSign } from 'esign-auth/authjs'

/** A provider as Auth.js takes it: one that was made, or the function that makes it from the environment. */
export type Provider = ExpressAuthConfig['providers'][number]

/** The vendors of this example, in the order of their buttons. */
export const vendors = [
  { id: 'insuresign', name: 'InsureSign', path: '/my/documents' },
  { id: 'dropbox-sign', name: 'Dropbox Sign', path: '/v3/account' },
  // It documents no API call that shows something of whoever signed in.
  { id: 'esignglobal', name: 'eSignGlobal', path: undefined },
] as const

/** An API call that shows something of whoever signed in, where the vendor documents one. */
export function accountPath(vendor: string): string | undefined {
  return vendors.find(({ id }) => id === vendor)?.path
}

/** The vendor's name, for people. */
export function nameOf(vendor: string): string {
  return vendors.find(({ id }) => id === vendor)?.name ?? vendor
}

/**
 * The providers whose credentials are in the environment: `AUTH_INSURESIGN_ID` and `_SECRET`, `AUTH_DROPBOX_SIGN_ID` and
 * `_SECRET`, `AUTH_ESIGNGLOBAL_ID` and `_SECRET` with `AUTH_ESIGNGLOBAL_REGION`.
 */
export function providersFromEnvironment(env: NodeJS.ProcessEnv): Provider[] {
  return [
    ...(env['AUTH_INSURESIGN_ID'] ? [InsureSign] : []),
    ...(env['AUTH_DROPBOX_SIGN_ID'] ? [DropboxSign] : []),
    ...(env['AUTH_ESIGNGLOBAL_ID'] ? [ESignGlobal] : []),
  ]
}
