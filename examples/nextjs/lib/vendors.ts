/** The providers of this example, as buttons know them. */
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
