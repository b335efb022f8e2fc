import { EsignAuthError } from '../oauth/errors.ts'
import type { PendingLogins } from '../sign-in/pending-login.ts'
import type { PassportRequest } from './passport-oauth2.ts'

/** What passport-oauth2 tells a state store of the login. */
export interface StateMeta {
  readonly authorizationURL: string
  readonly tokenURL: string
  readonly clientID: string
  readonly callbackURL: string
}

/**
 * A state store of an application's own, as passport-oauth2 takes it. Which arguments it gets is told by its functions'
 * length, so each may leave out the middle ones:
 * `store(req[, [[verifier, ]state, ]meta], done)` and `verify(req, handle[, meta], done)`.
 */
export interface StateStore {
  /** Ends with `done(error, handle)`; the handle travels as `state`. */
  store(...args: never[]): void
  /** Ends with `done(error, ok, state)`; `ok` is the PKCE verifier where there is one, `state` says why not where not. */
  verify(...args: never[]): void
}

/** A store said no: its own words go to Passport's `fail`. */
export class StoreRefusal {
  readonly info: unknown
  constructor(info: unknown) {
    this.info = info
  }
}

type AnyFunction = (...args: unknown[]) => unknown

/**
 * Pending logins in an application's own store. It keeps what passport-oauth2 would give it. What has no place there
 * stays in our own place (`ours`): to whom a `passport.authorize` is bound, `returnTo`, and the PKCE verifier where its
 * `store` does not take one.
 */
export function pendingInStore(
  vendor: { readonly id: string; readonly name: string },
  { store, meta, ours }: { store: StateStore; meta: Omit<StateMeta, 'callbackURL'>; ours: PendingLogins },
  req: PassportRequest,
): PendingLogins {
  return {
    async begin(login) {
      const { length } = store.store
      const full = { ...meta, callbackURL: login.redirectUri }
      const all: unknown[] = [login.verifier, login.appState, full]
      // The last ones first: (req, cb), (req, meta, cb), (req, state, meta, cb), (req, verifier, state, meta, cb).
      const given = all.slice(Math.max(0, 5 - length))
      const handle = await new Promise<unknown>((resolve, reject) => {
        const done = (error: unknown, handle: unknown) => (error ? reject(error) : resolve(handle))
        // It may be async; what it rejects with must not go unhandled.
        Promise.resolve((store.store as unknown as AnyFunction).call(store, req, ...given, done)).catch(reject)
      })
      if (typeof handle !== 'string' || handle === '') {
        throw new EsignAuthError(
          'pending_login_impossible',
          vendor,
          'the option `store` gave no state to send, and without one anybody could sign the visitor in. Its `store` must end with done(null, handle).',
        )
      }
      const verifier = given.includes(login.verifier) ? undefined : login.verifier
      if (login.owner !== undefined || login.returnTo || verifier) {
        await ours.begin({ ...login, state: handle, verifier, appState: undefined })
      }
      return handle
    },
    async open(state, redirectUri) {
      const full = { ...meta, callbackURL: redirectUri }
      const { ok, info } = await new Promise<{ ok: unknown; info: unknown }>((resolve, reject) => {
        const done = (error: unknown, ok: unknown, info: unknown) => (error ? reject(error) : resolve({ ok, info }))
        const given = store.verify.length === 4 ? [req, state, full] : [req, state]
        Promise.resolve((store.verify as unknown as AnyFunction).call(store, ...given, done)).catch(reject)
      })
      if (!ok) throw new StoreRefusal(info)
      // A host may have neither; then nothing was put there.
      const beside = req.res || req.session ? await ours.open(state, redirectUri) : undefined
      if (beside) ours.end(beside)
      return {
        state,
        ownStore: true,
        startedAt: Date.now(),
        redirectUri,
        verifier: typeof ok === 'string' ? ok : beside?.verifier,
        owner: beside?.owner,
        replace: beside?.replace,
        appState: info,
        returnTo: beside?.returnTo,
      }
    },
    all: async () => [],
    end() {},
  }
}
