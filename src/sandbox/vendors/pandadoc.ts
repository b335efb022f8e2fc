import type { SandboxUser, Vendor } from '../machinery/fake.ts'
import {
  createOAuthFake,
  type FakeClient,
  type OAuthFake,
  type OAuthSwitches,
  openSwitches,
} from '../machinery/oauth-fake.ts'
import { plainAnswer, tokenRoute } from '../machinery/oauth-token-endpoint.ts'
import { authorizeRoute, type OriginsAddress, plainNames, userRoute, vendorOf } from '../machinery/oauth-vendor.ts'
import { createUsers } from '../machinery/users.ts'
import { brandOf } from '../pages/brand.ts'

/** There is one PandaDoc: its sandbox takes API keys only. */
export type PandaDocSettings = object

/** An app as PandaDoc knows it. */
export type PandaDocClient = FakeClient

/** What the pages leave open. A code lives 300 seconds (ours). */
export interface PandaDocSwitches extends OAuthSwitches {
  /** How the answer writes the scope. Default `'read+write'`; somebody saw `'read write read+write'`. */
  scopeEcho: string
  /** Which refresh token a refresh brings: the schema has one. Default `'new'`; whether the old dies, `rotation` says. */
  refreshToken: 'new' | 'same' | 'none'
  /** Whether a user has a first and a last name. Both may be empty. Default true. */
  names: boolean
}

/** A strict fake of PandaDoc, written from its OpenAPI file (github.com/PandaDoc/pandadoc-openapi-specification). */
export type PandaDocFake = OAuthFake<PandaDocClient, PandaDocSwitches>

const APP = 'app.pandadoc.com'
const API = 'api.pandadoc.com'
const brand = brandOf('PandaDoc', '#17744f', '#7fdcb3', 'M16 12h12l6 6v18H16zM21 30v-9h4a3 3 0 0 1 0 6h-4')

/** The fake, for the engine. */
export function pandaDoc(now: () => number): Vendor<PandaDocFake, PandaDocSettings, OriginsAddress<PandaDocSettings>> {
  const switches: PandaDocSwitches = {
    ...openSwitches(),
    ...{ scopeEcho: 'read+write', refreshToken: 'new', names: true, rotation: 'always' },
    ...{ codeLifetime: 300, accessLifetime: 31_535_999, refreshLifetime: Number.POSITIVE_INFINITY },
  }
  const parts = createOAuthFake<PandaDocClient, PandaDocSwitches>(
    { brand, switches, users: createUsers(), complete: (common) => common },
    now,
  )
  const { state } = parts

  return vendorOf({ id: 'pandadoc', brand, hosts: [APP, API] }, parts, [
    authorizeRoute({ hosts: [APP], path: '/oauth2/authorize' }, state, {
      ...{ brand, ...plainNames },
      required: ['response_type', 'client_id', 'redirect_uri', 'scope'],
      optional: ['state'],
      asks: () => ['Read and write your documents and templates'],
      check({ url }, refuse) {
        if (/[?&]scope=read\+write(&|$)/.test(url.search)) return
        throw refuse('scope must be read+write, its plus as it is and not percent-encoded')
      },
    }),
    tokenRoute({ hosts: [API], path: '/oauth2/access_token' }, state, {
      ...{ credentials: 'body', encodings: ['form'] },
      fields: { authorization_code: ['code'], refresh_token: ['refresh_token'] },
      ...{ optional: ['scope'], optionalInRefresh: ['scope'] },
      answer: (issued) => ({ ...plainAnswer(issued), scope: switches.scopeEcho }),
    }),
    userRoute({ hosts: [API], path: '/public/v1/members/current' }, state, (user) => memberOf(user, switches.names)),
  ])
}

function memberOf({ id, name, email }: SandboxUser, named: boolean): object {
  const [first_name, last_name] = named ? name.split(' ') : ['', '']
  return {
    ...{ user_id: id, membership_id: `m${id.slice(0, 21)}`, email, email_verified: true },
    ...{ first_name, last_name, is_active: true, role: 'Admin', workspace: 'w-1', workspace_name: 'Acme' },
  }
}
