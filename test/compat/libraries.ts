import { createRequire } from 'node:module'
import { defineVendor, type Vendor } from 'esign-auth'
import { type EsignStrategy, strategyFor } from 'esign-auth/passport'
import type { Verify } from '../passport/app.ts'
import type { PlainOptions } from './plain-vendor.ts'

/** passport-oauth2 as its users see it, who have no types of it. */
export const passportOAuth2: Base &
  Readonly<Record<'TokenError' | 'AuthorizationError' | 'InternalOAuthError', ErrorClass>> & {
    readonly Strategy: Base
  } = createRequire(import.meta.url)('passport-oauth2')
type ErrorClass = new (message: string, ...more: unknown[]) => Error & { readonly oauthError?: unknown }

/** A vendor of plain OAuth. Where it is, the options say. */
export const plain: Vendor = definePlain({})

/** The same with other facts. */
export function definePlain(changes: Partial<Vendor>): Vendor {
  return defineVendor({
    id: 'plain',
    name: 'Plain',
    endpoints: () => ({ authorization: 'https://plain.example/authorize', token: 'https://plain.example/token' }),
    api: () => ['https://plain.example'],
    identity: 'none',
    pkce: 'unknown',
    token: {
      credentials: 'body',
      encoding: 'form',
      fields: {
        authorization_code: ['grant_type', 'code', 'redirect_uri'],
        refresh_token: ['grant_type', 'refresh_token'],
      },
    },
    rotation: 'unknown',
    ...changes,
  })
}

/** What a test's class extends: either library's, which it cannot tell apart. */
export type Base = new (options: Options, verify: Verify) => EsignStrategy

/** Options as untyped user code gives them. */
// biome-ignore lint/suspicious/noExplicitAny: user code without types is what is tested
export type Options = PlainOptions & Readonly<Record<string, any>>

/** Our class for the plain vendor. */
export const ours: Base = strategyFor(plain) as unknown as Base

/** passport-oauth2 itself, which shows that a test asks for what its users know, and ours in its place. */
export const libraries: readonly { readonly name: string; readonly Base: Base }[] = [
  { name: 'passport-oauth2', Base: passportOAuth2 },
  { name: 'ours', Base: ours },
]

/** A subclass as users write it: the profile comes from the vendor's API, at the option `userProfileURL`. */
export function profiling(Base: Base): Base {
  return class extends Base {
    private readonly _userProfileURL: string
    constructor(options: Options, verify: Verify) {
      super(options, verify)
      this._userProfileURL = options.userProfileURL
      this._oauth2.useAuthorizationHeaderforGET(true)
    }
    override userProfile(accessToken: string, done: (error?: unknown, profile?: unknown) => void): void {
      this._oauth2.get(this._userProfileURL, accessToken, (error, body) => {
        if (error) return done(new passportOAuth2.InternalOAuthError('failed to fetch the profile', error))
        const { sub, name } = JSON.parse(String(body))
        done(null, { id: sub, name })
      })
    }
  }
}
