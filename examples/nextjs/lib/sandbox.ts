import * as esign from 'esign-auth/authjs'

/** Where a fake vendor lives. */
interface Address {
  readonly endpoints: { readonly authorization: string; readonly token: string }
  readonly api: readonly string[]
  readonly allowLoopbackHttp: true
}

/** Where to find a vendor's fake when `start.mjs` has started the sandbox; nothing when it has not. */
function at(vendor: string): Address | undefined {
  const addresses: Readonly<Record<string, Address>> = JSON.parse(process.env['ESIGN_SANDBOX'] || '{}')
  return addresses[vendor]
}

// The providers of esign-auth/authjs, which find the sandbox where it runs.
export const InsureSign: typeof esign.InsureSign = (options) => esign.InsureSign({ ...at('insuresign'), ...options })
export const DropboxSign: typeof esign.DropboxSign = (options) =>
  esign.DropboxSign({ ...at('dropbox-sign'), ...options })
export const ESignGlobal: typeof esign.ESignGlobal = (options) =>
  esign.ESignGlobal({ ...at('esignglobal'), ...options })
