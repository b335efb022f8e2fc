import type { Brand } from '../../machinery/fake.ts'
import type { Sign } from '../../machinery/jwt.ts'
import type { FakeClient, OAuthState, OAuthSwitches } from '../../machinery/oauth-fake.ts'

/** What the fake's endpoints share. */
export interface InsureSignState extends OAuthState<InsureSignClient, InsureSignSwitches> {
  readonly sign: Sign
}

/** A client as InsureSign knows it. */
export interface InsureSignClient extends FakeClient {
  /** Whether its credentials are from before 15 January 2021 and so belong to the legacy host. Default false. */
  readonly legacy: boolean
}

/**
 * What the pages leave open, or what other servers do. The defaults are what the pages say; where they say nothing, a
 * code lives 300 seconds and a refresh token for ever. An access token lives 3600, as in the page's example. Rotation
 * plays a vendor that spends refresh tokens, which InsureSign is not.
 */
export interface InsureSignSwitches extends OAuthSwitches {
  /**
   * How the callback comes: in the query; as a form POST (the literal reading of the authorize page); or `'bare'`,
   * with neither code nor error. Default `'query'`.
   */
  callback: 'query' | 'form_post' | 'bare'
  /**
   * Whether a token request may carry `client_id` and `client_secret` in the body, in place of the Authorization header:
   * a public third-party integration does so. Default false.
   */
  bodyCredentials: boolean
  /** Random text, or a JWT with `sub`, `username` and `client_id`. Default `'opaque'`. */
  accessToken: 'opaque' | 'jwt'
  /** Whether an `id_token` comes with the tokens of a user. Default false. */
  idToken: boolean
}

/** Where credentials issued since 15 January 2021 belong. */
export const CURRENT = 'sign-auth.insuresign.io'
/** Where older credentials belong. */
export const LEGACY = 'auth.insuresign.io'
/** The API, known from a public third-party integration only (INFERRED). */
export const API = 'api-v2.insuresign.io'

/** Whether a client's credentials belong to the host that was asked. */
export function isAtHome({ legacy }: InsureSignClient, url: URL): boolean {
  return url.host === (legacy ? LEGACY : CURRENT)
}

/** What to tell the owner of a client that came to the wrong host. */
export function wrongHost({ legacy }: InsureSignClient): string {
  return legacy
    ? `this client has legacy credentials (issued before 15 January 2021), which belong to https://${LEGACY}`
    : `only legacy credentials belong to this host; this client's belong to https://${CURRENT}`
}

/** The vendor publishes no colours: these, and the mark, are ours. */
export const brand: Brand = {
  name: 'InsureSign',
  colour: { light: '#1f5f8b', dark: '#7cc0ee' },
  mark:
    '<svg viewBox="0 0 48 48" aria-hidden="true"><rect width="48" height="48" rx="12" fill="#1f5f8b"/>' +
    '<path d="M10 29c5-1 8-14 11-14 4 0-4 14 0 14 3 0 5-8 7-8s0 7 3 7 3-2 7-3M10 36h28" fill="none" stroke="#fff" ' +
    'stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round"/></svg>',
}
