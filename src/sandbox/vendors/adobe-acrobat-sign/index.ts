import type { Route, Vendor } from '../../machinery/fake.ts'
import type { Grant } from '../../machinery/grants.ts'
import { createOAuthFake, type OAuthFake, openSwitches } from '../../machinery/oauth-fake.ts'
import { revokeRoute } from '../../machinery/oauth-revocation.ts'
import { type Issued, oauthError, plainAnswer, tokenRoute } from '../../machinery/oauth-token-endpoint.ts'
import {
  authorizeRoute,
  type OriginsAddress,
  plainNames,
  unauthorized,
  userRoute,
  vendorOf,
} from '../../machinery/oauth-vendor.ts'
import type { Received } from '../../machinery/request.ts'
import { createUsers } from '../../machinery/users.ts'
import { brandOf } from '../../pages/brand.ts'
import {
  type AdobeAcrobatSignClient,
  type AdobeAcrobatSignSettings,
  type AdobeAcrobatSignState,
  type AdobeAcrobatSignSwitches,
  elsewhere,
  otherPath,
  pointsOf,
  scopeFault,
  spells,
} from './state.ts'

/**
 * A strict fake of Adobe Acrobat Sign, written from opensource.adobe.com/acrobat-sign: the developer guide's
 * `gstarted.html` and `oauth.html`, and the comparison with the government cloud. The tokens of a user are given,
 * refreshed and revoked at the host that the callback named, and nowhere else.
 */
export type AdobeAcrobatSignFake = OAuthFake<AdobeAcrobatSignClient, AdobeAcrobatSignSwitches>

const SHARDS = ['na1', 'eu1', 'jp1']
/** The docs' own sample still has the old name. */
const PARTNERS = ['secure.adobesign.com', 'secure.echosign.com']
const SERVING = SHARDS.flatMap((shard) => [`api.${shard}.adobesign.com`, `secure.${shard}.adobesign.com`])
const GOVERNMENT = SHARDS.map((shard) => `secure.${shard}.adobesign.us`)
const SERVICE = '/api/gateway/adobesignauthservice/api/v1'
const DAY = 86_400
const brand = brandOf(
  'Adobe Acrobat Sign',
  '#a3123a',
  '#ff9fb3',
  'M12 34c8-2 12-10 12-22 2 12 6 18 14 18-10 0-18 1-26 4',
)
const credentials = { credentials: 'body', encodings: ['form'] } as const

/** The fake, for the engine. */
export function adobeAcrobatSign(
  now: () => number,
): Vendor<AdobeAcrobatSignFake, AdobeAcrobatSignSettings, OriginsAddress<AdobeAcrobatSignSettings>> {
  const users = createUsers()
  const [grace, , mei] = users
  const switches: AdobeAcrobatSignSwitches = {
    ...openSwitches(),
    ...{ shards: { [grace?.id ?? '']: 'eu1', [mei?.id ?? '']: 'jp1' }, admins: [], accessPoint: undefined },
    ...{ accessHost: 'api', strayBlanks: false },
    ...{ codeLifetime: 300, accessLifetime: 3600, refreshLifetime: 60 * DAY, refreshExpiry: 'extended' },
  }
  const parts = createOAuthFake<AdobeAcrobatSignClient, AdobeAcrobatSignSwitches>(
    {
      ...{ brand, switches, users },
      complete: (common, { shard, government = false, paths = 'v2', scopes = SCOPES }) => ({
        ...common,
        ...{ shard, government, paths, scopes },
      }),
    },
    now,
  )
  const { state } = parts
  return vendorOf({ id: 'adobe-acrobat-sign', brand, hosts: [...PARTNERS, ...SERVING, ...GOVERNMENT] }, parts, [
    ...routesOf(state, false, '/public/oauth/v2', '/oauth/v2'),
    ...routesOf(state, false, '/public/oauth', '/oauth'),
    ...routesOf(state, true, `${SERVICE}/authorize`, SERVICE),
    userRoute(
      { hosts: [...SERVING, ...GOVERNMENT], path: '/api/rest/v6/users/me' },
      state,
      (user, { grant, request }) => {
        const why = elsewhere(state, grant, request)
        if (why) throw unauthorized(why)
        const [firstName, lastName] = user.name.split(' ')
        return { id: user.id, email: user.email, firstName, lastName, company: 'Acme' }
      },
    ),
  ])
}

const SCOPES = ['user_login:self', 'user_read:self', 'user_read:group', 'agreement_read:self', 'agreement_read:account']

/** The endpoints under one spelling of their paths. */
function routesOf(state: AdobeAcrobatSignState, government: boolean, authorize: string, rest: string): Route[] {
  const { switches } = state
  const hosts = government ? GOVERNMENT : SERVING
  const refusal = (error: string, reason: string) => oauthError(error.toUpperCase(), reason)
  const home = (client: AdobeAcrobatSignClient): string[] => {
    if (client.government) return [`secure.${client.shard ?? 'na1'}.adobesign.us`]
    return client.shard === undefined ? PARTNERS : [`secure.${client.shard}.adobesign.com`]
  }
  const endpoint = {
    ...credentials,
    refusal,
    serves(grant: Grant, _: string, request: Received, refuse: (error: string) => (reason: string) => Error) {
      const why = elsewhere(state, grant, request)
      if (why) throw refuse('invalid_request')(why)
    },
    answer: (issued: Issued) => answerOf(state, issued),
  }
  return [
    authorizeRoute({ hosts: [...PARTNERS, ...hosts], path: authorize }, state, {
      ...{ brand, ...plainNames, home },
      required: ['response_type', 'client_id', 'redirect_uri', 'scope'],
      optional: government ? ['state', 'login_hint'] : ['state'],
      asks: (query) => (query.get('scope') ?? '').split(' ').map((scope) => `Use ${scope}`),
      check({ client, url }, refuse) {
        if (!spells(client, url)) throw refuse(otherPath)
      },
      comeBack([name, value], { client, user, url }) {
        if (name === 'error') return [['error', government ? value : value.toUpperCase()]]
        const fault = scopeFault(client, user, (url.searchParams.get('scope') ?? '').split(' '), switches)
        if (fault) return [['error', fault]]
        const points = Object.entries(government || !user ? {} : pointsOf(switches, client, user))
        return [['code', value], ...points]
      },
    }),
    tokenRoute({ hosts, path: `${rest}/token` }, state, {
      ...endpoint,
      fields: { authorization_code: ['code', 'redirect_uri'] },
    }),
    tokenRoute({ hosts, path: `${rest}/refresh` }, state, {
      ...endpoint,
      fields: { refresh_token: ['refresh_token'] },
    }),
    revokeRoute({ hosts, path: `${rest}/revoke` }, state, {
      ...{ place: 'form', unknown: 'invalid_token', refusal },
      serves: (grant, request, refuse) => endpoint.serves(grant, '', request, refuse),
    }),
  ]
}

function answerOf({ clients, switches }: AdobeAcrobatSignState, issued: Issued): object {
  const { access_token, ...rest } = plainAnswer(issued)
  const { clientId, user } = issued.grant
  const client = clients.get(clientId)
  const points = client && user && !client.government ? pointsOf(switches, client, user) : {}
  const first = switches.strayBlanks ? { 'access_token ': ` ${access_token}` } : { access_token }
  return { ...first, ...rest, ...points }
}
