import { json, type SandboxUser, type Vendor } from '../machinery/fake.ts'
import {
  createOAuthFake,
  type FakeClient,
  type OAuthFake,
  type OAuthSwitches,
  openSwitches,
} from '../machinery/oauth-fake.ts'
import { revokeRoute } from '../machinery/oauth-revocation.ts'
import { type Issued, oauthError, plainAnswer, tokenRoute } from '../machinery/oauth-token-endpoint.ts'
import { authorizeRoute, type OriginsAddress, plainNames, userRoute, vendorOf } from '../machinery/oauth-vendor.ts'
import { createUsers } from '../machinery/users.ts'
import { brandOf } from '../pages/brand.ts'

/** Where an app belongs: to production, or to the evaluation hosts. */
export interface SignNowSettings {
  readonly sandbox?: boolean
}

/** An app as SignNow knows it. */
export interface SignNowClient extends FakeClient {
  /** Whether it belongs to the evaluation hosts. Default false. */
  readonly sandbox: boolean
}

/** What the pages leave open, or where they contradict each other. A code lives 300 seconds (ours). */
export interface SignNowSwitches extends OAuthSwitches {
  /** `expires_in` as a number (default), as text, or as the moment itself in text: all three are on the pages. */
  expiresIn: 'number' | 'text' | 'epoch'
  /** The errors of the token endpoint: OAuth's (default), or a sentence beside a number. */
  errors: 'oauth' | 'numbered'
  /** Whether a user's `primary_email` is there (default), or the address stands in `emails` only. */
  email: 'primary' | 'list'
}

/**
 * A strict fake of SignNow, written from docs.signnow.com/sn/ref/oauth, the three-legged example and the official Node
 * SDK. No page says whether a refresh token works twice: here it does not.
 */
export type SignNowFake = OAuthFake<SignNowClient, SignNowSwitches>

const APPS = ['app.signnow.com', 'app-eval.signnow.com'] as const
const APIS = ['api.signnow.com', 'api-eval.signnow.com'] as const
const brand = brandOf('SignNow', '#1f5fae', '#94c2ff', 'M12 30c4-14 10-14 8-4s6 4 8-2 4 0 8 2')

/** The fake, for the engine. */
export function signNow(now: () => number): Vendor<SignNowFake, SignNowSettings, OriginsAddress<SignNowSettings>> {
  const switches: SignNowSwitches = {
    ...openSwitches(),
    ...{ expiresIn: 'number', errors: 'oauth', email: 'primary', rotation: 'always' },
    ...{ codeLifetime: 300, accessLifetime: 30 * 86_400, refreshLifetime: Number.POSITIVE_INFINITY },
  }
  const parts = createOAuthFake<SignNowClient, SignNowSwitches>(
    { brand, switches, users: createUsers(), complete: (common, { sandbox = false }) => ({ ...common, sandbox }) },
    now,
  )
  const { state } = parts
  const at =
    ([production, evaluation]: readonly [string, string]) =>
    ({ sandbox }: SignNowClient) => [sandbox ? evaluation : production]

  return vendorOf({ id: 'signnow', brand, hosts: [...APPS, ...APIS] }, parts, [
    authorizeRoute({ hosts: APPS, path: '/authorize' }, state, {
      ...{ brand, ...plainNames, home: at(APPS) },
      required: ['response_type', 'client_id', 'redirect_uri'],
      optional: ['state'],
      asks: () => ['See your documents and send them for signature', 'See your name and e-mail address'],
    }),
    tokenRoute({ hosts: APIS, path: '/oauth2/token' }, state, {
      ...{ credentials: 'basic', encodings: ['form', 'multipart'], home: at(APIS) },
      fields: { authorization_code: ['code', 'scope'], refresh_token: ['refresh_token'] },
      optional: ['expiration_time'],
      optionalInRefresh: ['scope'],
      refusal: (error, reason) =>
        switches.errors === 'numbered'
          ? json(400, { error: 'Invalid credentials.', code: 826 })
          : oauthError(error, reason),
      answer: (issued) => answerOf(switches, issued),
    }),
    userRoute({ hosts: APIS, path: '/oauth2/token' }, state, (_, { grant }) => ({
      ...{ scope: grant.scope ?? '*', token_type: 'bearer', expires_in: String(switches.accessLifetime) },
    })),
    revokeRoute({ hosts: APIS, path: '/oauth2/token' }, state, { place: 'bearer', body: { status: 'success' } }),
    userRoute({ hosts: APIS, path: '/user' }, state, (user) => userOf(user, switches.email)),
  ])
}

function answerOf({ expiresIn }: SignNowSwitches, issued: Issued): object {
  const { seconds, now } = issued
  const expires_in = { number: seconds, text: String(seconds), epoch: String(now + seconds) }[expiresIn]
  return { ...plainAnswer(issued), token_type: 'bearer', expires_in, scope: '*', last_login: now }
}

function userOf({ id, name, email }: SandboxUser, which: SignNowSwitches['email']): object {
  const [first_name, last_name] = name.split(' ')
  return { id, first_name, last_name, ...(which === 'primary' ? { primary_email: email } : {}), emails: [email] }
}
