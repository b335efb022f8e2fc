import { type Client, createClient } from '../oauth/client.ts'
import { EsignAuthError } from '../oauth/errors.ts'
import type { Identity } from '../oauth/identity.ts'
import { createFlight } from '../oauth/single-flight.ts'
import { type TokenSet, withVendorState } from '../oauth/token-set.ts'
import type { Vendor } from '../oauth/vendor.ts'
import { adoptOnce, mayReplace } from '../sign-in/adopt-once.ts'
import { beginSignIn } from '../sign-in/begin.ts'
import { callbackEntries } from '../sign-in/callback-request.ts'
import { type Exchanged, finishSignIn, type SignInRules } from '../sign-in/finish.ts'
import { embeddedElsewhere, isEmbeddedElsewhere, refuseForeignConnect } from '../sign-in/foreign-start.ts'
import { readForm } from '../sign-in/form.ts'
import type { PendingLogin, PendingLogins } from '../sign-in/pending-login.ts'
import { needCookieSecret, pendingLoginPurpose } from '../sign-in/pending-login-binding.ts'
import { cookieText, type PendingCookie, pendingCookies } from '../sign-in/pending-login-cookies.ts'
import { localPath } from '../sign-in/return-path.ts'
import { isNotEchoed } from '../sign-in/state-option.ts'
import { SignInFailure } from './failure.ts'
import { checkOptions, type SignInOptions } from './options.ts'
import type { BeginOptions, FinishedConnect, FinishedSignIn, SignIn } from './sign-in.ts'

/** Who the tokens belong to, where that is known. */
interface WebUser {
  readonly tokens: TokenSet
  readonly identity: Identity | undefined
}

/**
 * Sign-in with `vendor` for any host that speaks web-standard `Request` and `Response`. It needs no session and no
 * framework: pending logins live in sealed cookies.
 *
 * @throws TypeError with `code: 'invalid_option'`, naming vendor, option and remedy.
 */
export function createSignIn<Settings extends object>(
  vendor: Vendor<Settings>,
  options: SignInOptions & Settings,
): SignIn {
  checkOptions(vendor, options)
  const notEchoed = isNotEchoed(vendor, options.state)
  const client = createClient(vendor, options)
  needCookieSecret(vendor, options)
  const { callbackUrl: redirectUri, postCallback = false, keeper } = options
  keeper?.addClient(client)
  const sealer = client.sealer(pendingLoginPurpose('pending web login', client))
  const inCookies = pendingCookies({ vendor, sealer, crossSite: postCallback })
  const exchanges = createFlight<Exchanged<WebUser>>()
  const ownerFor = async (identity: Identity) => {
    const owner = options.owner ? await options.owner(identity) : defaultOwner(client, identity)
    checkOwner(vendor, owner)
    return owner
  }

  /** The pending logins of a request, and the headers that its answer needs. */
  const pendingOf = (request: Request) => {
    const headers = new Headers({ 'cache-control': 'no-store' })
    const set = (cookie: PendingCookie) => headers.append('set-cookie', cookieText(cookie))
    return { headers, pending: inCookies(request.headers.get('cookie') ?? undefined, set) }
  }

  async function begin(
    request: Request,
    { returnTo, scope, state, owner, replace }: BeginOptions = {},
  ): Promise<Response> {
    if (owner !== undefined) checkOwner(vendor, owner)
    const header = (name: string) => request.headers.get(name)
    if (owner !== undefined) refuseForeignConnect(vendor, header, options.connectFrom)
    if (postCallback && isEmbeddedElsewhere(header)) {
      throw new EsignAuthError('pending_login_impossible', vendor, embeddedElsewhere)
    }
    const { headers, pending } = pendingOf(request)
    const login = await beginSignIn(client, pending, {
      ...{ redirectUri, owner, appState: state, returnTo: localPath(returnTo), notEchoed },
      replace: replace === true || undefined,
    })
    headers.set('location', login.authorizationUrl({ scope }))
    return new Response(null, { status: 302, headers })
  }

  /** Of a callback: its login and the shared result of its exchange. */
  async function exchanged(
    request: Request,
    pending: PendingLogins,
    ownerNow: string | null,
  ): Promise<{ login: PendingLogin; signIn: Exchanged<WebUser> }> {
    const { method } = request
    const fields = method === 'POST' && postCallback ? await formOf(vendor, request) : undefined
    const asked = { method, there: true, query: new URL(request.url).search, fields }
    const rules: SignInRules<WebUser> = {
      client,
      id: vendor.id,
      notEchoed,
      exchanges,
      ownerNow: ({ owner }) => (owner === undefined ? undefined : ownerNow),
      identify: (tokens, { owner }) => identify(client, tokens, owner !== undefined),
    }
    const entries = callbackEntries(vendor, asked, postCallback) ?? []
    const { login, signIn, failure } = await finishSignIn(rules, pending, { entries, redirectUri })
    if (!signIn) throw failure
    return { login, signIn }
  }

  return {
    client,
    begin,
    connect: async (request, options) => {
      checkOwner(vendor, options.owner)
      return begin(request, options)
    },
    async finish(request, { owner: ownerNow = null } = {}) {
      const { headers, pending } = pendingOf(request)
      try {
        const { login, signIn } = await exchanged(request, pending, ownerNow)
        const { returnTo, appState: state } = login
        const { tokens, identity } = signIn.who
        const connected = login.owner !== undefined
        const owner = login.owner ?? (await ownerFor(identity as Identity))
        const adopted = { owner, subject: identity?.id, replace: mayReplace(login) }
        const link = keeper && (await adoptOnce(keeper, client, signIn, adopted))
        return { connected, owner, identity, tokens, returnTo, state, link, headers } as
          | FinishedSignIn
          | FinishedConnect
      } catch (error) {
        throw error instanceof EsignAuthError ? new SignInFailure(vendor, error, headers) : error
      }
    },
  }
}

/**
 * Who the tokens belong to. A user who connects an account is signed in already, so that nothing has to be known.
 *
 * @throws EsignAuthError `identity_unknown`, or what asking the vendor throws.
 */
async function identify(client: Client, tokens: TokenSet, connecting: boolean): Promise<WebUser> {
  try {
    const identity = await client.identify(tokens)
    return { tokens: withVendorState(tokens, identity.vendorState), identity }
  } catch (error) {
    const unknown = error instanceof EsignAuthError && error.code === 'identity_unknown'
    if (unknown && connecting) return { tokens, identity: undefined }
    throw error
  }
}

/** Users of one region are unknown in another, so that the key of a user names it too. */
function defaultOwner({ vendor, region }: Client, { id }: Identity): string {
  return [vendor.id, ...(region === '' ? [] : [region]), id].join(':')
}

function checkOwner(vendor: Vendor, owner: unknown): void {
  if (typeof owner === 'string' && owner.trim() !== '') return
  throw new EsignAuthError(
    'invalid_argument',
    vendor,
    '`owner` must be the key of your user, as text that is not empty.',
  )
}

/** The fields of a posted form. Node and edge runtimes let one iterate over a stream; the DOM types do not know yet. */
function formOf(vendor: Vendor, { body }: Request): ReturnType<typeof readForm> {
  return readForm(vendor, body as AsyncIterable<Uint8Array> | null)
}
