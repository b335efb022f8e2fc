import type { Vendor } from '../machinery/fake.ts'
import { createSigner } from '../machinery/jwt.ts'
import {
  createOAuthFake,
  type FakeClient,
  type OAuthFake,
  type OAuthSwitches,
  openSwitches,
} from '../machinery/oauth-fake.ts'
import { plainAnswer, tokenRoute } from '../machinery/oauth-token-endpoint.ts'
import { authorizeRoute, type OriginsAddress, plainNames, vendorOf } from '../machinery/oauth-vendor.ts'
import { createUsers } from '../machinery/users.ts'
import { brandOf } from '../pages/brand.ts'

/** There is one Lumin. */
export type LuminSignSettings = object

/** An app as Lumin knows it. */
export interface LuminSignClient extends FakeClient {
  /** Whether it is a public app: no secret, PKCE, no refresh tokens. Default false. */
  readonly public: boolean
}

/** What the pages leave open. A code lives 300 seconds (ours); whether PKCE works for private apps, `pkce` says. */
export interface LuminSignSwitches extends OAuthSwitches {
  /** Whether an id_token comes with the scope `openid`. Default false: no page shows one. */
  idToken: boolean
}

/** A strict fake of Lumin, written from the OAuth pages of developers.luminpdf.com: private and public apps. */
export type LuminSignFake = OAuthFake<LuminSignClient, LuminSignSwitches>

const HOST = 'auth.luminpdf.com'
const brand = brandOf('Lumin Sign', '#6a4a00', '#f0d078', 'M18 12v22h14M26 22l8-8M30 12l6 6')

/** The fake, for the engine. */
export function luminSign(
  now: () => number,
): Vendor<LuminSignFake, LuminSignSettings, OriginsAddress<LuminSignSettings>> {
  const switches: LuminSignSwitches = {
    ...openSwitches(),
    ...{ pkce: true, idToken: false, rotation: 'always' },
    ...{ codeLifetime: 300, accessLifetime: 3600, refreshLifetime: Number.POSITIVE_INFINITY },
  }
  const parts = createOAuthFake<LuminSignClient, LuminSignSwitches>(
    {
      ...{ brand, switches, users: createUsers() },
      complete: (common, given) => ({ ...common, public: given.public ?? false }),
    },
    now,
  )
  const { state } = parts
  const isPublic = (client: LuminSignClient) => client.public
  const sign = createSigner('ES256')

  return vendorOf({ id: 'lumin-sign', brand, hosts: [HOST] }, parts, [
    authorizeRoute({ hosts: [HOST], path: '/oauth2/auth' }, state, {
      ...{ brand, ...plainNames },
      required: ['response_type', 'client_id', 'redirect_uri', 'scope'],
      optional: ['state', 'nonce'],
      asks: (query) => scopesOf(query).map((scope) => `Use ${scope}`),
      check({ client, query }, refuse) {
        const odd = scopesOf(query).find((scope) => !/^(openid|offline_access|[a-z]+:[a-z_.]+)$/.test(scope))
        if (odd !== undefined) throw refuse(`"${odd}" is no scope; several are joined by spaces`)
        if (client.public && !query.has('code_challenge')) throw refuse('a public app needs a code_challenge')
      },
      grants: (_, query) => ({
        refreshable:
          scopesOf(query).includes('offline_access') &&
          state.clients.get(query.get('client_id') ?? '')?.public === false,
      }),
    }),
    tokenRoute({ hosts: [HOST], path: '/oauth2/token' }, state, {
      ...{ credentials: 'body', encodings: ['form'], isPublic },
      fields: { authorization_code: ['code', 'redirect_uri'], refresh_token: ['refresh_token'] },
      async answer(issued) {
        const { user, scope, clientId } = issued.grant
        const opens = switches.idToken && user && scope?.split(' ').includes('openid')
        const claims = { sub: user?.id, aud: clientId, iat: issued.now, exp: issued.now + issued.seconds }
        return { ...plainAnswer(issued), scope, id_token: opens ? await sign(claims) : undefined }
      },
    }),
  ])
}

function scopesOf(query: ReadonlyMap<string, string>): string[] {
  return (query.get('scope') ?? '').split(' ')
}
