import { EsignAuthError } from '../oauth/errors.ts'
import { linksOn, ownerText } from '../oauth/request-links.ts'
import { adoptOnce, mayReplace } from '../sign-in/adopt-once.ts'
import { beginSignIn } from '../sign-in/begin.ts'
import { callbackEntries } from '../sign-in/callback-request.ts'
import { type ArrivedCallback, finishSignIn } from '../sign-in/finish.ts'
import { embeddedElsewhere, isEmbeddedElsewhere, refuseForeignConnect } from '../sign-in/foreign-start.ts'
import type { PendingLogin } from '../sign-in/pending-login.ts'
import { localPath } from '../sign-in/return-path.ts'
import { pathOf, rawQuery, resolveCallbackUrl } from './addresses.ts'
import type { Outcome } from './deliver-outcome.ts'
import { asText } from './facade.ts'
import { loadProfile } from './load-profile.ts'
import type { AuthenticateOptions } from './options.ts'
import { keyOf, ownerOf } from './owner.ts'
import type { OAuth2StrategyInstance, PassportRequest } from './passport-oauth2.ts'
import { subjectOf } from './profile.ts'
import type { StrategyContext } from './strategy-context.ts'
import { callVerify } from './verify.ts'

/** What the strategy's subclasses may override for a request. */
type Overridable = Pick<OAuth2StrategyInstance, 'authorizationParams' | 'tokenParams' | 'userProfile'>

/** One request: begins a login, or ends one at its callback. */
export async function handleRequest(
  strategy: Overridable,
  context: StrategyContext,
  { req, options, outcome }: { req: PassportRequest; options: AuthenticateOptions; outcome: Outcome },
): Promise<void> {
  const { client, settings } = context
  const redirectUri = resolveCallbackUrl(options.callbackURL ?? settings.callbackURL, req, settings.proxy === true)
  if (!redirectUri) {
    throw new EsignAuthError(
      'callback_invalid',
      client.vendor,
      'the Host header of this request is no host, and a relative `callbackURL` is resolved against it.',
    )
  }
  // Every answer here holds a code, a state or an address that does.
  if (req.res && !req.res.headersSent) req.res.setHeader('cache-control', 'no-store')
  const maybe = {
    method: req.method ?? 'GET',
    there: pathOf(req) === new URL(redirectUri).pathname,
    query: rawQuery(req),
    fields: typeof req.body === 'object' && req.body !== null ? Object.entries(req.body) : undefined,
  }
  const entries = callbackEntries(client.vendor, maybe, settings.postCallback === true)
  return entries
    ? finish(strategy, context, { req, options, outcome, callback: { entries, redirectUri } })
    : begin(strategy, context, { req, options, outcome, redirectUri })
}

async function begin(
  strategy: Overridable,
  context: StrategyContext,
  at: { req: PassportRequest; options: AuthenticateOptions; outcome: Outcome; redirectUri: string },
): Promise<void> {
  const { client, settings, pending } = context
  const { req, options, outcome, redirectUri } = at
  if (settings.postCallback && isEmbeddedElsewhere((name) => req.headers[name])) {
    const message = `${client.vendor.name}: ${embeddedElsewhere}`
    return outcome.fail({ code: 'pending_login_impossible', message }, 403)
  }
  const connecting = isConnecting(options)
  if (connecting) refuseForeignConnect(client.vendor, (name) => req.headers[name], settings.connectFrom)
  const params = { ...strategy.authorizationParams(options) }
  const login = await beginSignIn(client, pending(req), {
    redirectUri,
    owner: connecting ? ownerOf(context, req) : undefined,
    replace: options.replace === true || undefined,
    appState: options.state,
    returnTo: localPath(options.returnTo),
    notEchoed: settings.state === 'not-echoed',
  })
  const { scope } = options
  const joined = typeof scope === 'string' ? scope : scope?.join(settings.scopeSeparator ?? ' ')
  outcome.redirect(login.authorizationUrl({ scope: joined, params }))
}

async function finish(
  strategy: Overridable,
  context: StrategyContext,
  at: { req: PassportRequest; options: AuthenticateOptions; outcome: Outcome; callback: ArrivedCallback },
): Promise<void> {
  const { client, settings, exchanges } = context
  const { req, options, outcome, callback } = at
  const { login, signIn, failure } = await finishSignIn(
    {
      client,
      id: client.vendor.id,
      notEchoed: settings.state === 'not-echoed',
      exchanges,
      ownerNow: () => (isConnecting(options) ? ownerOf(context, req) : undefined),
      tokenParams: () => asText(strategy.tokenParams(options)),
      identify: (tokens, { owner }) => loadProfile(strategy, context, tokens, owner !== undefined),
    },
    context.pending(req),
    callback,
  )
  if (!signIn) throw failure
  const { tokens, profile } = signIn.who
  const { keeper } = settings
  const subject = subjectOf(profile)
  const replace = mayReplace(login)
  // Before verify, which may note the account as the user's.
  if (keeper && login.owner && !replace) await keeper.checkAccount({ vendor: client, owner: login.owner, subject })
  const { user, info } = await callVerify(context.verify, req, tokens, profile)
  if (!user) return outcome.fail(info)
  if (keeper) {
    const owner = login.owner ?? keyOf(context, user)
    const link = await adoptOnce(keeper, client, signIn, { owner, subject, replace })
    linksOn(req).set(client.vendor.id, { ...link, owner: ownerText(client, owner), connected: isConnecting(options) })
  }
  outcome.success(user, infoWith(info, login))
}

/** Whether `passport.authorize` asks: it assigns the account to another property than `req.user`. */
function isConnecting({ assignProperty }: AuthenticateOptions): boolean {
  return assignProperty !== undefined
}

/** What verify said, with the application's state and return path. A string stays as it is: spreading it would make an object of its letters. */
function infoWith(info: unknown, { appState, returnTo }: PendingLogin): unknown {
  if (typeof info !== 'object' && info !== undefined) return info
  return {
    ...info,
    ...(appState === undefined ? {} : { state: appState }),
    ...(returnTo === undefined ? {} : { returnTo }),
  }
}
