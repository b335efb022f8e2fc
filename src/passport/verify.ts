import { withoutUndefined } from '../oauth/client-options.ts'
import { expiresIn, type TokenSet } from '../oauth/token-set.ts'
import type { PassportRequest } from './passport-oauth2.ts'

/** Ends verify: an error, or the user (falsy: nobody) and, if one likes, more to say about it. */
export type VerifyCallback = (error?: unknown, user?: unknown, info?: unknown) => void

/** What the vendor answered, as passport-oauth2 hands it to a verify with `params`. */
export interface TokenParams {
  readonly access_token: string
  readonly token_type: 'Bearer'
  readonly refresh_token?: string | undefined
  /** Seconds from now. */
  readonly expires_in?: number | undefined
  /** Whole epoch seconds. */
  readonly expires_at?: number | undefined
  readonly scope?: string | undefined
  readonly id_token?: string | undefined
  /** What the vendor said besides and needs back with a refresh or an API call. */
  readonly vendor_state?: Readonly<Record<string, string>> | undefined
}

/** How verify is to be called. */
export interface VerifyStyle {
  readonly verify: (...args: never[]) => unknown
  readonly passReqToCallback: boolean
  /** `tokens`: `([req,] tokens, profile[, done])`, whatever the function's length. */
  readonly verifyStyle: 'tokens' | undefined
}

/**
 * Calls the application's verify, in any of passport-oauth2's forms, and waits for its verdict: `done`, or what it
 * returned, where that is a promise or it declares no `done`. The first of both counts. `undefined` out of a promise means "done will be called" where verify
 * declares `done` (or nothing, as wrapped functions do), and "nobody" where it does not.
 */
export function callVerify(
  style: VerifyStyle,
  req: PassportRequest,
  tokens: TokenSet,
  profile: unknown,
): Promise<{ user: unknown; info: unknown }> {
  const { verify, passReqToCallback, verifyStyle } = style
  const first: unknown[] = passReqToCallback ? [req] : []
  const { length } = verify
  const withParams = length === first.length + 5
  const args =
    verifyStyle === 'tokens'
      ? [...first, tokens, profile]
      : [...first, tokens.access_token, tokens.refresh_token, ...(withParams ? [tokenParams(tokens)] : []), profile]
  const declaresDone = length === 0 || length > args.length
  return new Promise((resolve, reject) => {
    const done: VerifyCallback = (error, user, info) => (error ? reject(error) : resolve({ user, info }))
    // An async verify that counts on another form takes `done` for the profile: no user must be made of its `undefined`.
    Object.defineProperty(done, 'id', {
      get() {
        throw new TypeError(
          `verify takes ${length} arguments, so it is called as (${passReqToCallback ? 'req, ' : ''}accessToken, refreshToken, ${withParams ? 'params, ' : ''}profile, done): this is \`done\`, not the profile. With verifyStyle: 'tokens' it is (tokens, profile), whatever its length.`,
        )
      },
    })
    const returned: unknown = (verify as (...args: unknown[]) => unknown)(...args, done)
    if (!isThenable(returned)) {
      // Without `done` there is nothing else to wait for.
      if (!declaresDone) resolve({ user: returned, info: undefined })
      return
    }
    Promise.resolve(returned).then(
      (user) => (user === undefined && declaresDone ? undefined : resolve({ user, info: undefined })),
      (error) => reject(error),
    )
  })
}

/** The token set in the words of the wire, for verify functions and callers of the facade. */
export function tokenParams(tokens: TokenSet, now: number = Date.now()): TokenParams {
  const { access_token, refresh_token, expires_at, scope, id_token, vendor_state } = tokens
  const expires_in = expiresIn(tokens, now)
  return withoutUndefined({
    access_token,
    token_type: 'Bearer',
    refresh_token,
    expires_in,
    expires_at,
    scope,
    id_token,
    vendor_state,
  })
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
