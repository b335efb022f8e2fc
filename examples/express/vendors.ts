import type { DropboxSignSettings, ESignGlobalSettings, InsureSignSettings } from 'esign-auth'
import {
  DropboxSignStrategy,
  ESignGlobalStrategy,
  type EsignStrategy,
  InsureSignStrategy,
  type StrategyClass,
  type StrategyOptions,
} from 'esign-auth/passport'

/** A vendor that people can sign in with here. */
export interface Vendor {
  /** The strategy's name. In capitals, with underscores, also the stem of `AUTH_<ID>_ID` and `AUTH_<ID>_SECRET`. */
  readonly id: 'insuresign' | 'dropbox-sign' | 'esignglobal'
  readonly Strategy: StrategyClass<Settings, EsignStrategy>
  /** A call of the vendor's API that shows something of whoever signed in, where one is known. */
  readonly call: ApiCall | undefined
  /** The vendor's own settings; `read` gives the variable `AUTH_<ID>_<name>` of the environment. */
  settings(read: (name: string) => string | undefined): Settings
}

/** A GET with the user's access token, behind a button. */
export interface ApiCall {
  readonly button: string
  readonly path: string
}

type Settings = InsureSignSettings & DropboxSignSettings & ESignGlobalSettings

/** The vendors of this example. */
export const vendors: readonly Vendor[] = [
  {
    // InsureSign publishes no account call, so the user is whoever the access token, a JWT, says. If yours is not a JWT,
    // add the option `profile`, which returns the user's stable id. Host and path of the API call are known from a public
    // third-party integration only.
    id: 'insuresign',
    Strategy: InsureSignStrategy,
    call: { button: 'List my documents', path: '/my/documents' },
    settings: (read) => ({ legacy: read('LEGACY') === 'true' }),
  },
  {
    id: 'dropbox-sign',
    Strategy: DropboxSignStrategy,
    call: { button: 'Show my account', path: '/v3/account' },
    settings: (read) => ({ apiKey: read('API_KEY') }),
  },
  {
    // Nothing under eSignGlobal's scopes tells who the user is: as with InsureSign, the JWT does, or your `profile`.
    id: 'esignglobal',
    Strategy: ESignGlobalStrategy,
    call: undefined,
    settings: (read) => (read('SANDBOX') === 'true' ? { sandbox: true } : { region: regionOf(read('REGION')) }),
  },
]

/** A vendor, and this app as its client. */
export interface VendorSetup extends Vendor {
  readonly options: Settings &
    Pick<StrategyOptions, 'clientID' | 'clientSecret' | 'endpoints' | 'api' | 'allowLoopbackHttp'>
}

/** Where a vendor sends the browser back to. The vendor must know it to the letter. */
export function callbackUrl(publicUrl: string, { id }: Vendor): string {
  return new URL(`/callback/${id}`, publicUrl).href
}

/**
 * The vendors whose credentials are in the environment.
 *
 * @throws Error when only a part of what a vendor needs is there.
 */
export function vendorsFromEnvironment(env: NodeJS.ProcessEnv): VendorSetup[] {
  return vendors.flatMap((vendor) => {
    const stem = `AUTH_${vendor.id.toUpperCase().replaceAll('-', '_')}`
    const read = (name: string) => env[`${stem}_${name}`] || undefined
    const [clientID, clientSecret] = [read('ID'), read('SECRET')]
    if (!clientID && !clientSecret) return []
    if (!clientID || !clientSecret) throw new Error(`Set both ${stem}_ID and ${stem}_SECRET, or neither.`)
    const more = JSON.parse(read('OPTIONS') ?? '{}') as Partial<VendorSetup['options']>
    return { ...vendor, options: { clientID, clientSecret, ...vendor.settings(read), ...more } }
  })
}

function regionOf(name: string | undefined): 'as1' | 'as2' | 'eu1' {
  if (name === 'as1' || name === 'as2' || name === 'eu1') return name
  throw new Error('Set AUTH_ESIGNGLOBAL_REGION to as1, as2 or eu1, or AUTH_ESIGNGLOBAL_SANDBOX to true.')
}
