import type { Vendor } from '../machinery/fake.ts'
import {
  createOAuthFake,
  type FakeClient,
  type OAuthFake,
  type OAuthSwitches,
  openSwitches,
} from '../machinery/oauth-fake.ts'
import { tokenRoute } from '../machinery/oauth-token-endpoint.ts'
import { authorizeRoute, type OriginsAddress, plainNames, vendorOf } from '../machinery/oauth-vendor.ts'
import { createUsers } from '../machinery/users.ts'
import { brandOf } from '../pages/brand.ts'

/** Where an app belongs: to production, or to the vendor's sandbox. */
export interface PenneoSettings {
  readonly sandbox?: boolean
}

/** An app as Penneo knows it. */
export interface PenneoClient extends FakeClient {
  /** Whether it belongs to the vendor's sandbox, which has clients of its own. Default false. */
  readonly sandbox: boolean
}

/** What the pages leave open. A code lives 300 seconds, a refresh token 30 days (both ours). */
export interface PenneoSwitches extends OAuthSwitches {
  /** Whether the answer has a `token_type`. Default false: the SDK reads none. */
  typed: boolean
}

/**
 * A strict fake of Penneo, written from its PHP SDK (github.com/Penneo/sdk-php, `src/OAuth`) and penneo.readme.io: PKCE
 * beside the secret, JSON, absolute expiry stamps. It has no call that tells who the user is.
 */
export type PenneoFake = OAuthFake<PenneoClient, PenneoSwitches>

const PRODUCTION = 'login.penneo.com'
const SANDBOX = 'sandbox.oauth.penneo.cloud'
const hosts = [PRODUCTION, SANDBOX]
const brand = brandOf('Penneo', '#24508f', '#9cc0ff', 'M14 34l3-9 12-12 6 6-12 12zM26 16l6 6')

/** The fake, for the engine. */
export function penneo(now: () => number): Vendor<PenneoFake, PenneoSettings, OriginsAddress<PenneoSettings>> {
  const switches: PenneoSwitches = {
    ...openSwitches(),
    ...{ pkce: true, typed: false, rotation: 'always' },
    ...{ codeLifetime: 300, accessLifetime: 600, refreshLifetime: 30 * 86_400 },
  }
  const parts = createOAuthFake<PenneoClient, PenneoSwitches>(
    { brand, switches, users: createUsers(), complete: (common, { sandbox = false }) => ({ ...common, sandbox }) },
    now,
  )
  const home = ({ sandbox }: PenneoClient) => [sandbox ? SANDBOX : PRODUCTION]

  return vendorOf({ id: 'penneo', brand, hosts }, parts, [
    authorizeRoute({ hosts, path: '/oauth/authorize' }, parts.state, {
      ...{ brand, ...plainNames, home },
      required: ['response_type', 'client_id', 'redirect_uri', 'code_challenge', 'code_challenge_method'],
      optional: ['state', 'scope'],
      asks: () => ['Send documents for signature for you'],
    }),
    tokenRoute({ hosts, path: '/oauth/token' }, parts.state, {
      ...{ credentials: 'body', encodings: ['json'], home },
      fields: { authorization_code: ['code', 'redirect_uri'], refresh_token: ['refresh_token'] },
      optionalInRefresh: ['redirect_uri'],
      answer: ({ accessToken, refreshToken, seconds, now }) => ({
        access_token: accessToken,
        access_token_expires_at: now + seconds,
        refresh_token: refreshToken,
        refresh_token_expires_at: now + switches.refreshLifetime,
        ...(switches.typed ? { token_type: 'Bearer' } : {}),
      }),
    }),
  ])
}
