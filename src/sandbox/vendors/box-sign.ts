import type { Vendor } from '../machinery/fake.ts'
import {
  createOAuthFake,
  type FakeClient,
  type OAuthFake,
  type OAuthSwitches,
  openSwitches,
} from '../machinery/oauth-fake.ts'
import { revokeRoute } from '../machinery/oauth-revocation.ts'
import { plainAnswer, tokenRoute } from '../machinery/oauth-token-endpoint.ts'
import { authorizeRoute, type OriginsAddress, plainNames, userRoute, vendorOf } from '../machinery/oauth-vendor.ts'
import { createUsers } from '../machinery/users.ts'
import { brandOf } from '../pages/brand.ts'

/** There is one Box. */
export type BoxSignSettings = object

/** An app as Box knows it. */
export type BoxSignClient = FakeClient

/** What the pages leave open. */
export interface BoxSignSwitches extends OAuthSwitches {
  /** How `token_type` is written. Default `'bearer'`. */
  tokenType: 'bearer' | 'Bearer'
}

/**
 * A strict fake of Box, as far as signing in for Box Sign goes, written from developer.box.com: codes of 30 seconds,
 * refresh tokens of 60 days or one use.
 */
export type BoxSignFake = OAuthFake<BoxSignClient, BoxSignSwitches>

const ACCOUNT = 'account.box.com'
const API = 'api.box.com'
const brand = brandOf('Box Sign', '#0061d5', '#8ab8ff', 'M12 17l12-6 12 6v14l-12 6-12-6zM12 17l12 6 12-6M24 23v14')

/** The fake, for the engine. */
export function boxSign(now: () => number): Vendor<BoxSignFake, BoxSignSettings, OriginsAddress<BoxSignSettings>> {
  const switches: BoxSignSwitches = {
    ...openSwitches(),
    ...{ tokenType: 'bearer', rotation: 'always', codeLifetime: 30, accessLifetime: 3600 },
    refreshLifetime: 60 * 86_400,
  }
  const users = createUsers().map((user, at) => ({ ...user, id: String(30_000_000_001 + at) }))
  const parts = createOAuthFake<BoxSignClient, BoxSignSwitches>(
    { brand, switches, users, complete: (common) => common },
    now,
  )
  const { state } = parts

  return vendorOf({ id: 'box-sign', brand, hosts: [ACCOUNT, API] }, parts, [
    authorizeRoute({ hosts: [ACCOUNT], path: '/api/oauth2/authorize' }, state, {
      ...{ brand, ...plainNames },
      required: ['response_type', 'client_id'],
      optional: ['redirect_uri', 'state', 'scope'],
      asks: () => ['Read and write your files', 'Create and see your sign requests'],
    }),
    tokenRoute({ hosts: [API], path: '/oauth2/token' }, state, {
      ...{ credentials: 'body', encodings: ['form'] },
      fields: { authorization_code: ['code'], refresh_token: ['refresh_token'] },
      optional: ['redirect_uri'],
      answer: (issued) => ({
        ...plainAnswer(issued),
        token_type: switches.tokenType,
        restricted_to: [],
        issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      }),
    }),
    revokeRoute({ hosts: [API], path: '/oauth2/revoke' }, state, { place: 'client-form' }),
    userRoute({ hosts: [API], path: '/2.0/users/me' }, state, ({ id, name, email }) => ({
      ...{ type: 'user', id, name, login: email },
      avatar_url: `https://app.box.com/api/avatar/large/${id}`,
    })),
  ])
}
