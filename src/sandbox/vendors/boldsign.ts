import type { SandboxUser, Vendor } from '../machinery/fake.ts'
import { createSigner, type Sign } from '../machinery/jwt.ts'
import {
  createOAuthFake,
  type FakeClient,
  type OAuthFake,
  type OAuthSwitches,
  openSwitches,
} from '../machinery/oauth-fake.ts'
import { revokeRoute } from '../machinery/oauth-revocation.ts'
import { type Issued, plainAnswer, tokenRoute } from '../machinery/oauth-token-endpoint.ts'
import {
  authorizeRoute,
  type OriginsAddress,
  plainNames,
  unauthorized,
  userRoute,
  vendorOf,
} from '../machinery/oauth-vendor.ts'
import type { Received } from '../machinery/request.ts'
import { createUsers } from '../machinery/users.ts'
import { brandOf } from '../pages/brand.ts'

/** Where an app belongs. */
export interface BoldSignSettings {
  readonly region?: keyof typeof HOSTS
}

/** An app as BoldSign knows it. */
export interface BoldSignClient extends FakeClient {
  /** The region that knows it. Default `'us'`. */
  readonly region: keyof typeof HOSTS
}

/** What the pages leave open. A code lives 300 seconds (ours). */
export interface BoldSignSwitches extends OAuthSwitches {
  /** The claims of userinfo and of the id_token: all that the scopes allow (default), or `sub` alone. */
  claims: 'all' | 'sub'
  /** Whether the 30 days of a refresh token run from the login (default), or from its last use. */
  refreshExpiry: 'fixed' | 'extended'
}

/**
 * A strict fake of BoldSign, written from developers.boldsign.com and the OAuth helpers of its official SDKs: OpenID
 * Connect with PKCE, one account host for each region.
 */
export type BoldSignFake = OAuthFake<BoldSignClient, BoldSignSwitches>

const HOSTS = {
  us: 'account.boldsign.com',
  eu: 'account-eu.boldsign.com',
  ca: 'account-ca.boldsign.com',
  au: 'account-au.boldsign.com',
} as const
const hosts = Object.values(HOSTS)
const brand = brandOf('BoldSign', '#8a3b12', '#ffb38a', 'M15 12v24M15 12h10a6 6 0 0 1 0 12H15h12a6 6 0 0 1 0 12H15')

/** The fake, for the engine. */
export function boldSign(now: () => number): Vendor<BoldSignFake, BoldSignSettings, OriginsAddress<BoldSignSettings>> {
  const switches: BoldSignSwitches = {
    ...openSwitches(),
    ...{ pkce: true, claims: 'all', rotation: 'always', refreshExpiry: 'fixed' },
    ...{ codeLifetime: 300, accessLifetime: 3600, refreshLifetime: 30 * 86_400 },
  }
  const parts = createOAuthFake<BoldSignClient, BoldSignSwitches>(
    { brand, switches, users: createUsers(), complete: (common, { region = 'us' }) => ({ ...common, region }) },
    now,
  )
  const { state } = parts
  const home = ({ region }: BoldSignClient) => [HOSTS[region]]
  const isAtHome = (clientId: string, { url }: Received) => {
    const client = state.clients.get(clientId)
    return client !== undefined && home(client).some((host) => host === url.host)
  }
  const sign = createSigner('ES256')

  return vendorOf({ id: 'boldsign', brand, hosts }, parts, [
    authorizeRoute({ hosts, path: '/connect/authorize' }, state, {
      ...{ brand, ...plainNames, home },
      required: ['response_type', 'client_id', 'redirect_uri', 'scope', 'code_challenge', 'code_challenge_method'],
      optional: ['state', 'nonce'],
      asks: (query) => scopesOf(query.get('scope')).map((scope) => `Use ${scope}`),
      check({ query }, refuse) {
        const odd = scopesOf(query.get('scope')).find((scope) => !SCOPE.test(scope))
        if (odd !== undefined) throw refuse(`"${odd}" is no scope`)
      },
      grants: (_, query) => ({ refreshable: scopesOf(query.get('scope')).includes('offline_access') }),
    }),
    tokenRoute({ hosts, path: '/connect/token' }, state, {
      ...{ credentials: 'body', encodings: ['form'], home },
      fields: { authorization_code: ['code', 'redirect_uri'], refresh_token: ['refresh_token'] },
      answer: (issued) => answerOf(sign, switches, issued),
    }),
    revokeRoute({ hosts, path: '/connect/revocation' }, state, {
      place: 'client-form',
      serves({ clientId }, request, refuse) {
        if (!isAtHome(clientId, request)) throw refuse('invalid_client')('this app belongs to another region')
      },
    }),
    userRoute({ hosts, path: '/connect/userinfo' }, state, (user, { grant, request }) => {
      if (!isAtHome(grant.clientId, request)) throw unauthorized('this app belongs to another region')
      return claimsOf(user, grant.scope, switches)
    }),
  ])
}

const SCOPE = /^(openid|profile|email|offline_access|BoldSign\.\w+\.\w+)$/

function scopesOf(scope: string | undefined): string[] {
  return (scope ?? '').split(' ')
}

function claimsOf({ id, name, email }: SandboxUser, scope: string | undefined, { claims }: BoldSignSwitches): object {
  const asked = scopesOf(scope)
  const may = (name: string) => claims === 'all' && asked.includes(name)
  return { sub: id, ...(may('profile') ? { name } : {}), ...(may('email') ? { email } : {}) }
}

async function answerOf(sign: Sign, switches: BoldSignSwitches, issued: Issued): Promise<object> {
  const { grant, now, seconds } = issued
  const { user, scope, clientId } = grant
  const times = { iat: now, exp: now + seconds }
  const isOpenId = user && scopesOf(scope).includes('openid')
  const id_token = isOpenId ? await sign({ aud: clientId, ...times, ...claimsOf(user, scope, switches) }) : undefined
  return { ...plainAnswer(issued), id_token, scope }
}
