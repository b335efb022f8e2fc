import { type Client, createClient } from '../oauth/client.ts'
import type { ClientOptions } from '../oauth/client-options.ts'
import { optionError } from '../oauth/errors.ts'
import { createFlight } from '../oauth/single-flight.ts'
import { type TokenSet, withVendorState } from '../oauth/token-set.ts'
import type { Vendor } from '../oauth/vendor.ts'
import { needCookieSecret } from '../sign-in/pending-login-binding.ts'
import { callBack } from './call-back.ts'
import { checkOptions, clientOptions, spellingOf, withoutSecrets } from './check-options.ts'
import { deliver, firstOutcomeOf } from './deliver-outcome.ts'
import { createFacade, type OAuth2Facade } from './facade.ts'
import { handleRequest } from './handle-request.ts'
import type { AnyStrategyOptions, AuthenticateOptions, StrategyClass } from './options.ts'
import { keyOf } from './owner.ts'
import { OAuth2Strategy, type PassportRequest } from './passport-oauth2.ts'
import { pendingLogins } from './pending-logins.ts'
import { profileOf } from './profile.ts'
import type { StrategyContext } from './strategy-context.ts'

/**
 * A Passport strategy for a vendor. It is a passport-oauth2 strategy: its options, openings (`authorizationParams`,
 * `tokenParams`, `userProfile`, `parseErrorResponse`) and error classes hold. Printing it shows no secret.
 */
export class EsignStrategy extends OAuth2Strategy {
  /** The vendor's client: `refresh`, `revoke`, `clientCredentials` and so on. */
  declare readonly client: Client
  /** Stands in for node-oauth; passport-oauth2 calls it protected, and other packages use it. */
  declare readonly _oauth2: OAuth2Facade
  /** @internal */
  declare readonly _context: StrategyContext

  /** @throws TypeError with `code: 'invalid_option'`, naming vendor, option and remedy. */
  constructor(vendor: Vendor, options: AnyStrategyOptions, verify: (...args: never[]) => unknown) {
    const settings = checkOptions(vendor, options, verify)
    const sending: { agent?: object | undefined } & ClientOptions = clientOptions(settings)
    const client = createClient(vendor, sending, spellingOf(settings))
    needCookieSecret(vendor, settings)
    settings.keeper?.addClient(client, { owner: (user: unknown) => keyOf({ client, settings }, user) })
    if (!URL.canParse(settings.callbackURL)) {
      process.emitWarning(
        `${vendor.name}: \`callbackURL\` is relative and is resolved against the Host header, which any visitor can forge. Give it absolute.`,
        { code: 'ESIGN_AUTH_RELATIVE_CALLBACK' },
      )
    }
    const { authorization, token } = client.endpoints
    super(
      {
        ...settings,
        authorizationURL: authorization,
        tokenURL: token,
        // None of its business: we send the secret, keep the pending logins and use PKCE ourselves.
        clientSecret: undefined,
        state: undefined,
        store: undefined,
        pkce: undefined,
      },
      verify,
    )
    this.name = vendor.id
    // Not enumerable, so that neither inspect nor JSON walks into them. No `#private`: passport by name calls
    // `authenticate` on `Object.create(strategy)`.
    const hide = (name: string, value: unknown) =>
      Object.defineProperty(this, name, { value, enumerable: false, writable: true, configurable: true })
    hide('client', client)
    const setAgent = (agent: object) => {
      if (settings.fetch) throw optionError(vendor, 'agent', 'has no effect beside `fetch`: give one of them.')
      sending.agent = agent
    }
    hide('_oauth2', createFacade(client, settings.customHeaders ?? {}, setAgent))
    hide('_context', {
      client,
      settings: withoutSecrets(settings),
      pending: pendingLogins(client, settings),
      verify: { verify, passReqToCallback: settings.passReqToCallback === true, verifyStyle: settings.verifyStyle },
      exchanges: createFlight(),
      fresh: new Map(),
    } satisfies StrategyContext)
  }

  /** Passport's entry: begins a login, or ends one at the callback. */
  override authenticate(req: PassportRequest, options: AuthenticateOptions = {}): void {
    const outcome = firstOutcomeOf(this)
    handleRequest(this, this._context, { req, options: options ?? {}, outcome })
      .catch((error) => deliver(error, outcome, this))
      // What `parseErrorResponse` of a subclass made of it could not even be delivered.
      .catch((error) => outcome.error(error))
  }

  /**
   * Who the access token belongs to. Override it to ask the vendor yourself; the profile it yields needs an `id`.
   * During a sign-in the token's claims count too, since it came straight from the token endpoint.
   */
  override userProfile(accessToken: string, done: (error?: unknown, profile?: unknown) => void): void {
    const { client, fresh } = this._context
    const signIn: { tokens: TokenSet } = fresh.get(accessToken) ?? { tokens: { access_token: accessToken } }
    callBack(done, async (): Promise<[unknown]> => {
      const identity = await client.identify(signIn.tokens)
      signIn.tokens = withVendorState(signIn.tokens, identity.vendorState)
      return [profileOf(client.vendor, identity)]
    })
  }
}

/**
 * The strategy class of a vendor, ours or a private one:
 * `const AcmeStrategy = strategyFor(acme)`, then `passport.use(new AcmeStrategy(options, verify))`.
 */
export function strategyFor<Settings extends object>(vendor: Vendor<Settings>): StrategyClass<Settings, EsignStrategy> {
  class VendorStrategy extends EsignStrategy {
    constructor(options: AnyStrategyOptions, verify: (...args: never[]) => unknown) {
      super(vendor, options, verify)
    }
  }
  return VendorStrategy as StrategyClass<Settings, EsignStrategy>
}
