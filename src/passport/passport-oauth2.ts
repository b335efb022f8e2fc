import type { IncomingMessage, ServerResponse } from 'node:http'
// @ts-expect-error -- untyped on purpose: its published declarations drag in three more packages; ours are below.
import untyped from 'passport-oauth2'

/** A request as Passport's hosts hand it over: Node's, with whatever middleware hung on it. */
export interface PassportRequest extends IncomingMessage {
  readonly originalUrl?: string | undefined
  readonly body?: unknown
  readonly session?: unknown
  readonly user?: unknown
  readonly res?: ServerResponse | undefined
  readonly app?: unknown
}

/** What Passport assigns to a strategy before it calls `authenticate` (passport-strategy 1.0). */
export interface Outcomes {
  success(user: unknown, info?: unknown): void
  fail(challenge?: unknown, status?: number): void
  redirect(url: string, status?: number): void
  pass(): void
  error(error: unknown): void
}

/** What of passport-oauth2's strategy its subclasses and users rely on. */
export interface OAuth2StrategyInstance extends Outcomes {
  name: string
  authenticate(req: PassportRequest, options?: object): void
  userProfile(accessToken: string, done: (error?: unknown, profile?: unknown) => void): void
  authorizationParams(options: object): object
  tokenParams(options: object): object
  parseErrorResponse(body: string, status: number): Error | null | undefined
  /** @internal Wraps an error of the token endpoint; calls `parseErrorResponse`. */
  _createOAuthError(message: string, error: unknown): Error & { code?: unknown }
}

/** An error class of passport-oauth2. */
export interface OAuthErrorClass<A extends unknown[]> {
  new (...args: A): Error & { code?: string; status?: number; uri?: string; oauthError?: unknown }
}

interface PassportOAuth2 {
  new (options: object, verify: (...args: never[]) => unknown): OAuth2StrategyInstance
  readonly TokenError: OAuthErrorClass<[message?: string, code?: string, uri?: string, status?: number]>
  readonly AuthorizationError: OAuthErrorClass<[message?: string, code?: string, uri?: string, status?: number]>
  readonly InternalOAuthError: OAuthErrorClass<[message: string, error: unknown]>
}

/** The base class: passport-oauth2's own, so that `instanceof` holds. */
export const OAuth2Strategy: PassportOAuth2 = untyped

/** An error answer of the token endpoint, in the words of RFC 6749 §5.2. passport-oauth2's own class. */
export const TokenError: PassportOAuth2['TokenError'] = OAuth2Strategy.TokenError

/** An error that came to the callback, RFC 6749 §4.1.2.1. passport-oauth2's own class. */
export const AuthorizationError: PassportOAuth2['AuthorizationError'] = OAuth2Strategy.AuthorizationError

/** Anything else; its `oauthError` is the `EsignAuthError`. passport-oauth2's own class. */
export const InternalOAuthError: PassportOAuth2['InternalOAuthError'] = OAuth2Strategy.InternalOAuthError
