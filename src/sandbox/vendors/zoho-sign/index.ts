import { json, Refusal, type SandboxUser, type Vendor } from '../../machinery/fake.ts'
import type { Grant } from '../../machinery/grants.ts'
import {
  createOAuthFake,
  type FakeClient,
  type OAuthFake,
  type OAuthSwitches,
  openSwitches,
} from '../../machinery/oauth-fake.ts'
import { revokeRoute } from '../../machinery/oauth-revocation.ts'
import { type Issued, tokenRoute } from '../../machinery/oauth-token-endpoint.ts'
import { authorizeRoute, type OriginsAddress, plainNames, userRoute, vendorOf } from '../../machinery/oauth-vendor.ts'
import type { Received } from '../../machinery/request.ts'
import { createUsers } from '../../machinery/users.ts'
import { brandOf } from '../../pages/brand.ts'
import { createLimits } from './limits.ts'

/** What an app's options depend on: where sign-in begins, and whether the user is asked each time. */
export interface ZohoSignSettings {
  readonly dataCentre?: keyof typeof LOCATIONS
  readonly prompt?: 'consent'
}

/** An app as Zoho Accounts knows it, with Multi-DC on: one id and secret for every data centre. */
export type ZohoSignClient = FakeClient

/** What the pages leave open, or where they contradict each other. */
export interface ZohoSignSwitches extends OAuthSwitches {
  /** The data centre of each user, by user id, as the end of its host's name. Who is not here lives at `com`. */
  readonly dataCentres: Record<string, keyof typeof LOCATIONS>
  /** What the callback gives as `accounts-server`; `undefined`: the user's own; `'none'`: only `location` comes. */
  accountsServer: string | undefined
  /** `expires_in` in seconds (default), or, as an older page shows, `expires_in_sec` beside milliseconds. */
  expiry: 'expires_in' | 'expires_in_sec'
  /** The members of the userinfo answer: Zoho's own (default), or OpenID Connect's. */
  profile: 'zoho' | 'oidc'
  /** What the 21st refresh token of a user does: it ends the oldest (default), or, by another page, it is refused. */
  tooMany: 'ends-oldest' | 'refused'
}

/**
 * A strict fake of Zoho Accounts with Zoho Sign's API beside it, written from zoho.com/accounts/protocol/oauth and
 * zoho.com/sign/api. A user is known at the accounts host of one data centre only. The token endpoint answers errors
 * with status 200.
 */
export type ZohoSignFake = OAuthFake<ZohoSignClient, ZohoSignSwitches>

/** What the callback calls each data centre. */
const LOCATIONS = {
  com: 'us',
  eu: 'eu',
  in: 'in',
  'com.au': 'au',
  jp: 'jp',
  'zohocloud.ca': 'ca',
  sa: 'sa',
  uk: 'uk',
  'com.cn': 'cn',
} as const
const CENTRES = Object.keys(LOCATIONS) as (keyof typeof LOCATIONS)[]
const host = (name: string, centre: string) => `${name}.${centre === 'zohocloud.ca' ? '' : 'zoho.'}${centre}`
const ACCOUNTS = CENTRES.map((centre) => host('accounts', centre))
const SIGN = CENTRES.filter((centre) => centre !== 'uk' && centre !== 'com.cn').map((centre) => host('sign', centre))
const SCOPE =
  /^(AaaServer\.profile\.READ|ZohoSign\.(documents|templates|account)\.(READ|CREATE|UPDATE|DELETE|ALL)|email)$/
const brand = brandOf('Zoho Sign', '#226b45', '#8fdcae', 'M12 34l6-16 8 12 4-8 6 12M10 14h28')

/** The fake, for the engine. */
export function zohoSign(now: () => number): Vendor<ZohoSignFake, ZohoSignSettings, OriginsAddress<ZohoSignSettings>> {
  const users = createUsers().map((user, at) => ({
    ...user,
    id: `${at + 1}0023${user.id.replace(/\D/g, '').slice(0, 6)}`,
  }))
  const [grace, , mei] = users
  const switches: ZohoSignSwitches = {
    ...openSwitches(),
    ...{ dataCentres: { [grace?.id ?? '']: 'eu', [mei?.id ?? '']: 'in' }, accountsServer: undefined },
    ...{ expiry: 'expires_in', profile: 'zoho', tooMany: 'ends-oldest' },
    ...{ codeLifetime: 60, accessLifetime: 3600, refreshLifetime: Number.POSITIVE_INFINITY },
  }
  const parts = createOAuthFake<ZohoSignClient, ZohoSignSwitches>(
    { brand, switches, users, complete: (common) => common },
    now,
  )
  const { state } = parts
  const limits = createLimits(() => switches.tooMany, now)
  const centreOf = (user: SandboxUser | undefined) => switches.dataCentres[user?.id ?? ''] ?? 'com'
  const elsewhere = ({ user }: Grant, { url }: Received) => {
    const name = url.host.startsWith('sign.') ? 'sign' : 'accounts'
    const own = host(name, centreOf(user))
    return url.host === own ? undefined : `this user is known at https://${own}`
  }
  const refusal = (error: string) => json(200, { error: error === 'invalid_grant' ? 'invalid_code' : error })
  const known = (grant: Grant, request: Received) => {
    const why = elsewhere(grant, request)
    if (why) throw new Refusal(why, json(200, { error: 'invalid_oauthtoken' }))
  }

  return vendorOf({ id: 'zoho-sign', brand, hosts: [...ACCOUNTS, ...SIGN] }, parts, [
    authorizeRoute({ hosts: ACCOUNTS, path: '/oauth/v2/auth' }, state, {
      ...{ brand, ...plainNames },
      required: ['response_type', 'client_id', 'redirect_uri', 'scope'],
      optional: ['state', 'access_type', 'prompt'],
      asks: (query) => (query.get('scope') ?? '').split(',').map((scope) => `Use ${scope}`),
      check({ query }, refuse) {
        for (const scope of (query.get('scope') ?? '').split(',')) {
          if (!SCOPE.test(scope)) throw refuse(`"${scope}" is no scope; several are joined by commas`)
        }
        if (!/^(online|offline)$/.test(query.get('access_type') ?? 'online')) throw refuse('access_type is no such')
        if (query.has('prompt') && query.get('prompt') !== 'consent') throw refuse('prompt must be "consent"')
      },
      grants: (user, query) => ({ refreshable: limits.bringsRefreshToken(user, query) }),
      comeBack([name, value], { user }) {
        if (name === 'error') return [[name, value]]
        const server = switches.accountsServer ?? `https://${host('accounts', centreOf(user))}`
        const location: [string, string] = ['location', LOCATIONS[centreOf(user)]]
        return [['code', value], location, ...(server === 'none' ? [] : [['accounts-server', server] as const])]
      },
    }),
    tokenRoute({ hosts: ACCOUNTS, path: '/oauth/v2/token' }, state, {
      ...{ credentials: 'body', encodings: ['form'], refusal },
      fields: { authorization_code: ['code', 'redirect_uri'], refresh_token: ['refresh_token'] },
      serves(grant, grantType, request, refuse) {
        const why = elsewhere(grant, request)
        if (why) throw refuse('invalid_grant')(why)
        limits.count(grant, grantType, refuse('access_denied'))
      },
      answer: (issued) => answerOf(switches, centreOf(issued.grant.user), issued),
    }),
    revokeRoute({ hosts: ACCOUNTS, path: '/oauth/v2/token/revoke' }, state, {
      ...{ place: 'query', unknown: 'invalid_token', body: { status: 'success' }, serves: known },
    }),
    userRoute(
      { hosts: ACCOUNTS, path: '/oauth/user/info' },
      state,
      (user, { grant, request }) => {
        known(grant, request)
        return infoOf(user, switches.profile)
      },
      ['Zoho-oauthtoken', 'Bearer'],
    ),
    userRoute(
      { hosts: SIGN, path: '/api/v1/requests' },
      state,
      (_, { grant, request }) => {
        known(grant, request)
        return { code: 0, status: 'success', requests: [] }
      },
      ['Zoho-oauthtoken'],
    ),
  ])
}

function answerOf(
  { expiry }: ZohoSignSwitches,
  centre: string,
  { accessToken, refreshToken, seconds }: Issued,
): object {
  return {
    access_token: accessToken,
    refresh_token: refreshToken,
    api_domain: `https://${centre === 'zohocloud.ca' ? 'www.zohoapis.ca' : `www.zohoapis.${centre}`}`,
    token_type: 'Bearer',
    ...(expiry === 'expires_in' ? { expires_in: seconds } : { expires_in_sec: seconds, expires_in: seconds * 1000 }),
  }
}

function infoOf({ id, name, email }: SandboxUser, profile: ZohoSignSwitches['profile']): object {
  const [First_Name, Last_Name] = name.split(' ')
  if (profile === 'oidc') return { sub: id, email, name }
  return { ZUID: Number(id), Email: email, First_Name, Last_Name, Display_Name: name }
}
