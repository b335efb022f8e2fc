import type { Vendor } from '../machinery/fake.ts'
import {
  createOAuthFake,
  type FakeClient,
  type OAuthFake,
  type OAuthSwitches,
  openSwitches,
} from '../machinery/oauth-fake.ts'
import { revokeRoute } from '../machinery/oauth-revocation.ts'
import { plainAnswer, type TokenEndpoint, tokenRoute } from '../machinery/oauth-token-endpoint.ts'
import { authorizeRoute, type OriginsAddress, plainNames, vendorOf } from '../machinery/oauth-vendor.ts'
import { createUsers } from '../machinery/users.ts'
import { brandOf } from '../pages/brand.ts'

/** Where an app belongs: to version 3, to the legacy API, or to the latter's development host. */
export interface SigneasySettings {
  readonly audience?: string
  readonly legacy?: boolean | 'development'
}

/** An app as Signeasy knows it. */
export interface SigneasyClient extends FakeClient {
  /** Default false: version 3. */
  readonly legacy: boolean | 'development'
  /** What version 3 calls the app's identifier. */
  readonly audience: string
}

/** What the pages leave open. A code lives 300 seconds, an access token 30 days (both ours). */
export interface SigneasySwitches extends OAuthSwitches {
  /** The one encoding of version 3's token requests. Default `'form'`. The legacy API takes multipart only. */
  tokenEncoding: 'form' | 'json'
}

/**
 * A strict fake of Signeasy, written from docs.signeasy.com: version 3 with its `audience`, and the legacy API beside
 * it. It has no call that tells who the user is, since no page shows what such a call answers.
 */
export type SigneasyFake = OAuthFake<SigneasyClient, SigneasySwitches>

const V3 = 'auth.signeasy.com'
const LEGACY = ['api.signeasy.com', 'api-ext-dev.getsigneasy.com'] as const
const brand = brandOf('Signeasy', '#1b5a7a', '#8fd0f0', 'M12 32c6 0 6-16 12-16s6 16 12 16M12 16h6')

/** The fake, for the engine. */
export function signeasy(now: () => number): Vendor<SigneasyFake, SigneasySettings, OriginsAddress<SigneasySettings>> {
  const switches: SigneasySwitches = {
    ...openSwitches(),
    ...{ tokenEncoding: 'form', rotation: 'always' },
    ...{ codeLifetime: 300, accessLifetime: 30 * 86_400, refreshLifetime: Number.POSITIVE_INFINITY },
  }
  const parts = createOAuthFake<SigneasyClient, SigneasySwitches>(
    {
      ...{ brand, switches, users: createUsers() },
      complete: (common, { legacy = false, audience = 'https://api-ext.signeasy.com/' }) => ({
        ...common,
        ...{ legacy, audience },
      }),
    },
    now,
  )
  const { state } = parts
  const home = ({ legacy }: SigneasyClient) => [legacy ? LEGACY[legacy === true ? 0 : 1] : V3]
  const page = { brand, ...plainNames, home, required: ['response_type', 'client_id', 'redirect_uri', 'scope'] }
  const asks = (query: ReadonlyMap<string, string>) => scopesOf(query).map((scope) => `Use ${scope}`)
  const endpoint: Omit<TokenEndpoint<SigneasyClient>, 'encodings'> = {
    ...{ credentials: 'body', home, answer: plainAnswer },
    fields: { authorization_code: ['code', 'redirect_uri'], refresh_token: ['refresh_token'] },
  }

  return vendorOf({ id: 'signeasy', brand, hosts: [V3, ...LEGACY] }, parts, [
    authorizeRoute({ hosts: [V3], path: '/authorize' }, state, {
      ...{ ...page, asks, required: [...page.required, 'audience'], optional: ['state'] },
      check({ client, query }, refuse) {
        if (query.get('audience') !== client.audience) throw refuse(`audience must be "${client.audience}"`)
        const odd = scopesOf(query).find((scope) => !/^(offline_access|[a-z]+:[a-z]+)$/.test(scope))
        if (odd !== undefined) throw refuse(`"${odd}" is no scope; several are joined by spaces`)
      },
      grants: (_, query) => ({ refreshable: scopesOf(query).includes('offline_access') }),
    }),
    tokenRoute({ hosts: [V3], path: '/oauth/token' }, state, {
      ...endpoint,
      get encodings() {
        return [switches.tokenEncoding]
      },
    }),
    authorizeRoute({ hosts: LEGACY, path: '/oauth2/authorize' }, state, { ...page, asks, optional: ['state'] }),
    tokenRoute({ hosts: LEGACY, path: '/oauth2/token' }, state, {
      ...{ ...endpoint, encodings: ['multipart'], refreshEndsAccess: true },
    }),
    revokeRoute({ hosts: LEGACY, path: '/oauth2/tokens/revoke' }, state, {
      ...{ place: 'bearer', body: { message: 'Access Revoked' } },
    }),
  ])
}

function scopesOf(query: ReadonlyMap<string, string>): string[] {
  return (query.get('scope') ?? '').split(' ')
}
