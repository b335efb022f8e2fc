import { InsureSignStrategy, type StrategyOptions } from 'esign-auth/passport'

/** A vendor that people can sign in with here. */
export interface Vendor {
  /** Stem of `AUTH_<ID>_ID` and `AUTH_<ID>_SECRET`, and the strategy's name. */
  readonly id: 'insuresign'
  readonly Strategy: typeof InsureSignStrategy
  /** Where the vendor's API lists the documents of whoever signed in. */
  readonly documents: string
}

/** The vendors of this example. */
export const vendors: readonly Vendor[] = [
  // InsureSign publishes no account call, so the user is whoever the access token, a JWT, says. If yours is not a JWT,
  // add the option `profile`, which returns the user's stable id. Host and path of the API call are known from a public
  // third-party integration only.
  { id: 'insuresign', Strategy: InsureSignStrategy, documents: '/my/documents' },
]

/** A vendor, and this app as its client. */
export interface VendorSetup extends Vendor {
  readonly options: Pick<StrategyOptions, 'clientID' | 'clientSecret' | 'endpoints' | 'api' | 'allowLoopbackHttp'>
}

/** Where a vendor sends the browser back to. The vendor must know it to the letter. */
export function callbackUrl(publicUrl: string, { id }: Vendor): string {
  return new URL(`/callback/${id}`, publicUrl).href
}

/**
 * The vendors whose credentials are in the environment.
 *
 * @throws Error when only half of a vendor's credentials is there.
 */
export function vendorsFromEnvironment(env: NodeJS.ProcessEnv): VendorSetup[] {
  return vendors.flatMap((vendor) => {
    const stem = `AUTH_${vendor.id.toUpperCase()}`
    const { [`${stem}_ID`]: clientID, [`${stem}_SECRET`]: clientSecret } = env
    if (!clientID && !clientSecret) return []
    if (!clientID || !clientSecret) throw new Error(`Set both ${stem}_ID and ${stem}_SECRET, or neither.`)
    return { ...vendor, options: { clientID, clientSecret } }
  })
}
