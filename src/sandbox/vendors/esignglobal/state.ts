import type { Brand } from '../../machinery/fake.ts'
import type { Sign } from '../../machinery/jwt.ts'
import type { FakeClient, OAuthState, OAuthSwitches } from '../../machinery/oauth-fake.ts'

/** What the fake's endpoints share. */
export interface EsignGlobalState extends OAuthState<EsignGlobalClient, EsignGlobalSwitches> {
  readonly sign: Sign
}

/** The data centres: Hong Kong, Singapore and the European Union. */
export type EsignGlobalRegion = 'as1' | 'as2' | 'eu1'

/** An app as eSignGlobal knows it: `clientId` is its App ID, `clientSecret` its Secret Key. */
export interface EsignGlobalClient extends FakeClient {
  /** The data centre of the workspace that owns it. Default `'as1'`. Without meaning in the vendor's sandbox. */
  readonly region: EsignGlobalRegion
  /** Whether it belongs to the vendor's sandbox, which has hosts and credentials of its own. Default false. */
  readonly sandbox: boolean
}

/**
 * What the pages leave open, or where they contradict each other. A code lives 300 seconds (ours), an access token 86398,
 * as in the reference's example, a refresh token 30 days.
 */
export interface EsignGlobalSwitches extends OAuthSwitches {
  /** How a callback comes; `'bare'` has neither code nor error, since no page shows an error. Default `'query'`. */
  callback: 'query' | 'bare'
  /** Whether `client_id` and `redirect_uri` may stand beside `clientId` and `redirectUri` at authorize. Default false. */
  bothSpellings: boolean
  /** The one encoding of token requests. Default `'multipart'`, as the pages say; `'form'` is what others send. */
  tokenEncoding: 'multipart' | 'form'
  /** How `token_type` is written. Default `'bearer'`, as in the example; the text says `Bearer`. */
  tokenType: 'bearer' | 'Bearer'
  /**
   * Whether a live access token is handed out again, with the time it still has: `expires_in` is "the time remaining".
   * Default false: every answer has a new one.
   */
  shrinking: boolean
  /** Which refresh token a refresh brings. Default `'new'`; whether the old one dies, `rotation` says. */
  refreshToken: 'new' | 'same' | 'none'
  /**
   * Whether a refresh begins the life of the refresh token anew. Default `'extended'`, within `authorizationLifetime`, as
   * the newer text says; `'fixed'`: after `refreshLifetime` the person must authorize again, as the reference says.
   */
  refreshExpiry: 'fixed' | 'extended'
  /** How long a person's authorization lasts, in seconds. Default 365 days, as the newer text says. */
  authorizationLifetime: number
  /**
   * The errors of the token endpoint, which no page shows: `'oauth'` (default) with status 400; `'envelope'`, as the
   * vendor's other endpoints probably answer: `{ code, message, data }` with status 200.
   */
  errors: 'oauth' | 'envelope'
  /** Whether tokens come inside the `data` of such an envelope. Default false. */
  tokensInData: boolean
  /**
   * Random text, or a JWT (HS256, which no client can verify) with or without `sub`; the example looks like a JWT, its
   * claims are on no page. Default `'opaque'`.
   */
  accessToken: 'opaque' | 'jwt' | 'jwt-without-sub'
}

/** Where people authorize apps of every region. */
export const ACCOUNT = 'account.esignglobal.com'
/** Where they authorize apps of the vendor's sandbox. */
export const ACCOUNT_SANDBOX = 'account-sml.esignglobal.com'
/** The OpenAPI hosts, which give the tokens. */
export const OPENAPI: Readonly<Record<EsignGlobalRegion | 'sandbox', string>> = {
  as1: 'openapi-as1.esignglobal.com',
  as2: 'openapi-as2.esignglobal.com',
  eu1: 'openapi-eu1.esignglobal.com',
  sandbox: 'openapi-sml.esignglobal.com',
}

/** Where an app, or one with these settings, belongs. */
export function homeOf({ region, sandbox }: Pick<EsignGlobalClient, 'region' | 'sandbox'>): {
  readonly account: string
  readonly openapi: string
} {
  return { account: sandbox ? ACCOUNT_SANDBOX : ACCOUNT, openapi: OPENAPI[sandbox ? 'sandbox' : region] }
}

/** The vendor publishes no colours: these, and the mark, are ours. */
export const brand: Brand = {
  name: 'eSignGlobal',
  colour: { light: '#0b6b5d', dark: '#63d2bd' },
  mark:
    '<svg viewBox="0 0 48 48" aria-hidden="true"><rect width="48" height="48" rx="12" fill="#0b6b5d"/>' +
    '<path d="M24 9a15 15 0 1 0 0 30 15 15 0 1 0 0-30M9 24h30M24 9c-9 8-9 22 0 30 9-8 9-22 0-30" fill="none" ' +
    'stroke="#fff" stroke-width="2.4" stroke-linejoin="round"/></svg>',
}
