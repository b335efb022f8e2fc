import { json, type Vendor } from '../machinery/fake.ts'
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

/** There is one RightSignature. */
export type RightSignatureSettings = object

/** An app as RightSignature knows it. */
export type RightSignatureClient = FakeClient

/** What the pages leave open, or where they contradict each other. A code lives 300 seconds (ours). */
export interface RightSignatureSwitches extends OAuthSwitches {
  /** What the callback calls the code: as the sample (default), or as the prose. */
  codeName: 'code' | 'authorization_code'
}

/** A strict fake of RightSignature, written from api.rightsignature.com/documentation. Its errors come with status 403. */
export type RightSignatureFake = OAuthFake<RightSignatureClient, RightSignatureSwitches>

const HOST = 'api.rightsignature.com'
const SCOPES = ['read', 'write', 'read write']
const brand = brandOf('RightSignature', '#23653a', '#93dba9', 'M12 26l8 8 16-20M12 38h24')

/** The fake, for the engine. */
export function rightSignature(
  now: () => number,
): Vendor<RightSignatureFake, RightSignatureSettings, OriginsAddress<RightSignatureSettings>> {
  const switches: RightSignatureSwitches = {
    ...openSwitches(),
    ...{ codeName: 'code', rotation: 'always' },
    ...{ codeLifetime: 300, accessLifetime: 7200, refreshLifetime: Number.POSITIVE_INFINITY },
  }
  const parts = createOAuthFake<RightSignatureClient, RightSignatureSwitches>(
    { brand, switches, users: createUsers(), complete: (common) => common },
    now,
  )
  const { state } = parts

  return vendorOf({ id: 'rightsignature', brand, hosts: [HOST] }, parts, [
    authorizeRoute({ hosts: [HOST], path: '/oauth/authorize' }, state, {
      ...{ brand, ...plainNames },
      required: ['response_type', 'client_id', 'redirect_uri', 'scope'],
      optional: ['state'],
      asks: (query) => (query.get('scope') ?? '').split(' ').map((scope) => `${scope} your documents`),
      check({ query }, refuse) {
        if (!SCOPES.includes(query.get('scope') ?? '')) throw refuse(`scope must be one of ${SCOPES.join(', ')}`)
      },
      comeBack: ([name, value]) => [[name === 'code' ? switches.codeName : name, value]],
    }),
    tokenRoute({ hosts: [HOST], path: '/oauth/token' }, state, {
      ...{ credentials: 'body', encodings: ['form', 'multipart'] },
      fields: { authorization_code: ['code', 'redirect_uri'], refresh_token: ['refresh_token'] },
      refusal: (error, reason) => json(403, { error, error_description: reason }),
      answer: (issued) => ({ ...plainAnswer(issued), scope: issued.grant.scope, created_at: issued.now }),
    }),
    userRoute({ hosts: [HOST], path: '/public/v2/me' }, state, ({ id, name, email }) => ({
      user: { id, name, email, locale: 'en' },
    })),
  ])
}
