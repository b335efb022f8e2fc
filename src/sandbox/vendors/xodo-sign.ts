import { json, type Vendor } from '../machinery/fake.ts'
import {
  createOAuthFake,
  type FakeClient,
  type OAuthFake,
  type OAuthSwitches,
  openSwitches,
} from '../machinery/oauth-fake.ts'
import { tokenRoute } from '../machinery/oauth-token-endpoint.ts'
import { authorizeRoute, type OriginsAddress, plainNames, userRoute, vendorOf } from '../machinery/oauth-vendor.ts'
import { createUsers } from '../machinery/users.ts'
import { brandOf } from '../pages/brand.ts'

/** There is one Xodo Sign. */
export type XodoSignSettings = object

/** An app as Xodo Sign knows it. */
export type XodoSignClient = FakeClient

/** What the SDK leaves open. A code lives 300 seconds (ours); an access token does not run out. */
export interface XodoSignSwitches extends OAuthSwitches {
  /** Whether the token answer has a `token_type`. Default true, as in the SDK's test; its code reads none. */
  typed: boolean
}

/**
 * A strict fake of Xodo Sign (eversign), written from its PHP SDK (github.com/eversign/eversign-php-sdk): the person comes
 * back to the first registered redirect URI, failures have status 200, and there is nothing to refresh.
 */
export type XodoSignFake = OAuthFake<XodoSignClient, XodoSignSwitches>

const HOST = 'eversign.com'
const API = 'api.eversign.com'
const brand = brandOf('Xodo Sign', '#0c5f78', '#7ed2ee', 'M14 14l20 20M34 14l-9 9M14 34l6-6')

/** The fake, for the engine. */
export function xodoSign(now: () => number): Vendor<XodoSignFake, XodoSignSettings, OriginsAddress<XodoSignSettings>> {
  const switches: XodoSignSwitches = {
    ...openSwitches(),
    ...{ typed: true, codeLifetime: 300 },
    ...{ accessLifetime: Number.POSITIVE_INFINITY, refreshLifetime: 0 },
  }
  const parts = createOAuthFake<XodoSignClient, XodoSignSwitches>(
    { brand, switches, users: createUsers(), complete: (common) => common },
    now,
  )

  return vendorOf({ id: 'xodo-sign', brand, hosts: [HOST, API] }, parts, [
    authorizeRoute({ hosts: [HOST], path: '/oauth/authorize' }, parts.state, {
      ...{ brand, ...plainNames },
      required: ['client_id', 'state'],
      optional: [],
      asks: () => ['Send and read its own documents for you'],
      grants: () => ({ refreshable: false }),
    }),
    tokenRoute({ hosts: [HOST], path: '/oauth/token' }, parts.state, {
      ...{ credentials: 'body', encodings: ['form'], soleGrant: 'authorization_code' },
      fields: { authorization_code: ['code', 'state'] },
      // The SDK asks for nothing but the flag; what else stands beside it is not told.
      refusal: () => json(200, { success: false }),
      answer: ({ accessToken, state }) => ({
        ...{ success: true, access_token: accessToken, expires_in: '', state },
        ...(switches.typed ? { token_type: 'Bearer' } : {}),
      }),
    }),
    userRoute({ hosts: [API], path: '/api/business' }, parts.state, ({ id, name }) => [
      { business_id: id, business_name: `${name} Ltd`, is_primary: 1 },
    ]),
  ])
}
