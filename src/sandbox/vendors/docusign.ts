import { json, Refusal, type SandboxUser, type Vendor } from '../machinery/fake.ts'
import {
  createOAuthFake,
  type FakeClient,
  type OAuthFake,
  type OAuthSwitches,
  openSwitches,
} from '../machinery/oauth-fake.ts'
import { oauthError, plainAnswer, tokenRoute } from '../machinery/oauth-token-endpoint.ts'
import { authorizeRoute, type OriginsAddress, plainNames, userRoute, vendorOf } from '../machinery/oauth-vendor.ts'
import { createUsers } from '../machinery/users.ts'
import { brandOf } from '../pages/brand.ts'

/** Where an app belongs: to production, or to the developer environment. */
export interface DocuSignSettings {
  readonly demo?: boolean
}

/** An app as DocuSign knows it: `clientId` is its integration key. */
export interface DocuSignClient extends FakeClient {
  /** Whether it belongs to the developer environment, which has hosts and credentials of its own. Default false. */
  readonly demo: boolean
}

/** What the pages leave open. PKCE is understood; a code lives 120 seconds (ours). */
export interface DocuSignSwitches extends OAuthSwitches {
  /** The app setting that makes PKCE mandatory. Default false. */
  pkceRequired: boolean
  /** How a refusal comes back: as `error` (default), or as `error_code` and `error_message`, which the SDK expects too. */
  errorCallback: 'error' | 'error_code'
  /** Whether the `error` of the token endpoint is text (default) or an object, which the SDK expects too. */
  errors: 'oauth' | 'object'
  /** The accounts of a user: two, one of them the default (default), or none flagged as such. */
  accounts: 'one-default' | 'no-default'
  /** How often an hour userinfo may be asked for a user: the pages name no number, this one is ours. */
  userinfoPerHour: number
}

/**
 * A strict fake of DocuSign, written from developers.docusign.com/platform/auth: the authorization code grant with and
 * without PKCE, userinfo, and refresh tokens that die 30 days after the login unless it was granted `extended`.
 */
export type DocuSignFake = OAuthFake<DocuSignClient, DocuSignSwitches>

const PRODUCTION = 'account.docusign.com'
const DEMO = 'account-d.docusign.com'
const SCOPES = ['signature', 'extended', 'openid', 'impersonation', 'cors']
const DAY = 86_400
const brand = brandOf('DocuSign', '#3d2f8f', '#b3a8ff', 'M12 14h24v20H12zM17 27c4-8 5 4 9-3 2-3 3 2 6 1')

/** The fake, for the engine. */
export function docuSign(now: () => number): Vendor<DocuSignFake, DocuSignSettings, OriginsAddress<DocuSignSettings>> {
  const switches: DocuSignSwitches = {
    ...openSwitches(),
    ...{ pkce: true, pkceRequired: false, errorCallback: 'error', errors: 'oauth', accounts: 'one-default' },
    ...{ rotation: 'always', codeLifetime: 120, accessLifetime: 28_800, refreshLifetime: 30 * DAY },
    userinfoPerHour: 100,
  }
  const parts = createOAuthFake<DocuSignClient, DocuSignSwitches>(
    { brand, switches, users: createUsers(), complete: (common, { demo = false }) => ({ ...common, demo }) },
    now,
  )
  const { state } = parts
  const hosts = [PRODUCTION, DEMO]
  const home = ({ demo }: DocuSignClient) => [demo ? DEMO : PRODUCTION]
  const asked = new Map<string, number>()

  return vendorOf({ id: 'docusign', brand, hosts: [...hosts, ...API_HOSTS] }, parts, [
    authorizeRoute({ hosts, path: '/oauth/auth' }, state, {
      ...{ brand, ...plainNames, home },
      required: ['response_type', 'scope', 'client_id', 'redirect_uri'],
      optional: ['state', 'prompt', 'ui_locales'],
      asks: () => ['Create and send envelopes for you', 'See your name and e-mail address'],
      check({ query }, refuse) {
        const odd = (query.get('scope') ?? '').split(' ').find((scope) => !SCOPES.includes(scope))
        if (odd !== undefined) throw refuse(`"${odd}" is none of the scopes ${SCOPES.join(', ')}`)
        if (query.has('prompt') && query.get('prompt') !== 'login') throw refuse('prompt must be "login"')
        if (switches.pkceRequired && !query.has('code_challenge')) throw refuse('the app demands a code_challenge')
      },
      grants: (_, query) =>
        (query.get('scope') ?? '').split(' ').includes('extended') ? {} : { ends: now() + 30 * DAY * 1000 },
      comeBack([name, value]) {
        if (name === 'code' || switches.errorCallback === 'error') return [[name, value]]
        return [
          ['error_code', value],
          ['error_message', 'the person said no'],
        ]
      },
    }),
    tokenRoute({ hosts, path: '/oauth/token' }, state, {
      ...{ credentials: 'basic', encodings: ['form'], home },
      fields: { authorization_code: ['code'], refresh_token: ['refresh_token'] },
      optional: ['redirect_uri'],
      refusal: (error, reason) =>
        switches.errors === 'object'
          ? json(400, { error: { code: error, message: reason } })
          : oauthError(error, reason),
      answer: plainAnswer,
    }),
    userRoute({ hosts, path: '/oauth/userinfo' }, state, (user, { request }) => {
      const hour = `${user.id} ${Math.floor(now() / 3_600_000)}`
      asked.set(hour, (asked.get(hour) ?? 0) + 1)
      if ((asked.get(hour) ?? 0) > switches.userinfoPerHour) {
        const reason = 'userinfo was asked for too often this hour'
        throw new Refusal(reason, json(429, { error: 'rate_limit', message: reason }))
      }
      return infoOf(user, request.url.host === DEMO, switches.accounts)
    }),
  ])
}

/** The hosts of accounts, as userinfo names them. */
const API_HOSTS = ['na3.docusign.net', 'eu.docusign.net', 'demo.docusign.net']

function infoOf({ id, name, email }: SandboxUser, demo: boolean, accounts: DocuSignSwitches['accounts']): object {
  const [given_name, family_name] = name.split(' ')
  const account = (at: number, is_default: boolean) => ({
    account_id: `${id.slice(0, -1)}${at}`,
    is_default: is_default && accounts === 'one-default',
    account_name: at === 1 ? 'Acme' : 'Acme Europe',
    base_uri: `https://${demo ? API_HOSTS[2] : API_HOSTS[at - 1]}`,
  })
  const created = '2026-01-05T10:00:00.00'
  return { sub: id, name, given_name, family_name, email, created, accounts: [account(1, false), account(2, true)] }
}
