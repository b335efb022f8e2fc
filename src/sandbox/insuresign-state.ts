import type { Brand } from './fake.ts'
import type { Grants } from './grants.ts'
import type { Sign } from './jwt.ts'

/** What the fake's endpoints share. */
export interface InsureSignState {
  readonly clients: ReadonlyMap<string, InsureSignClient>
  readonly switches: InsureSignSwitches
  readonly grants: Grants<Asked>
  readonly now: () => number
  readonly sign: Sign
}

/** A client as InsureSign knows it. */
export interface InsureSignClient {
  readonly clientId: string
  readonly clientSecret: string
  /** Compared letter by letter. Push to register one more. */
  readonly redirectUris: string[]
  /** Whether its credentials are from before 15 January 2021 and so belong to the legacy host. Default false. */
  readonly legacy: boolean
  /** How the consent page names it. Default: the host of the redirect URI. */
  readonly name: string | undefined
}

/** What the pages leave open, or what other servers do. The defaults are what the pages say. */
export interface InsureSignSwitches {
  /** What becomes of `state` on the callback; the pages do not name it. Default `'echo'`. */
  stateEcho: 'echo' | 'drop' | 'alter'
  /**
   * How the callback comes: in the query; as a form POST (the literal reading of the authorize page); or `'bare'`,
   * with neither code nor error. Default `'query'`.
   */
  callback: 'query' | 'form_post' | 'bare'
  /** Whether PKCE (S256) is understood. Default false: each of its parameters is refused, since no page names one. */
  pkce: boolean
  /**
   * Whether a token request may carry `client_id` and `client_secret` in the body, in place of the Authorization header:
   * a public third-party integration does so. Default false.
   */
  bodyCredentials: boolean
  /**
   * Parameters accepted, and ignored, beside the documented ones, e.g. `scope` at authorize, or `username` and
   * `password` in the token request. Default none.
   */
  readonly alsoAccepts: { readonly authorize: string[]; readonly token: string[] }
  /** Random text, or a JWT with `sub`, `username` and `client_id`. Default `'opaque'`. */
  accessToken: 'opaque' | 'jwt'
  /** Whether an `id_token` comes with the tokens of a user. Default false. */
  idToken: boolean
  /** Life of a code, in seconds. Default 300; the pages give none. */
  codeLifetime: number
  /** Life of an access token, in seconds. Default 3600, as in the page's example. */
  accessLifetime: number
  /** Life of a refresh token, in seconds. Default `Infinity`; the pages give none. */
  refreshLifetime: number
  /** `'always'` plays a vendor that spends refresh tokens, which InsureSign is not. Default `'never'`. */
  rotation: 'never' | 'always'
  /** With rotation: whether a spent refresh token that is used again ends the whole grant. Default false. */
  reuseDetection: boolean
  /** With rotation: how long a spent refresh token is still accepted, in milliseconds. Default 0. */
  graceMs: number
}

/** What was asked at the authorize endpoint and must fit at the token endpoint. */
export interface Asked {
  readonly redirectUri: string
  /** The PKCE challenge, if one was sent. */
  readonly challenge: string | undefined
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
