import { createHash, randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { serve } from '../passport/serve.ts'

/** Where the tests' apps believe to be. */
export const callbackURL = 'https://app.example/callback'

/** A vendor that speaks nothing but RFC 6749, as passport-oauth2 expects it: form, client secret in the body. */
export interface PlainVendor {
  readonly url: string
  /** The options of a strategy for it, in passport-oauth2's names; `allowLoopbackHttp` is ours, and ignored there. */
  readonly options: PlainOptions
  /** Everything that came, oldest first. */
  readonly log: PlainRequest[]
  readonly switches: {
    /** A refresh brings a new refresh token and spends the old one. */
    rotation: boolean
    /** A spent refresh token that is used again ends the whole grant (RFC 9700 §4.14.2). */
    reuseDetection: boolean
    /** Milliseconds before a token request is answered. */
    latency: number
    /** Answers every token request in place of the vendor's own answer. */
    tokenAnswer: { readonly status: number; readonly body: string } | undefined
  }
  /** What a person does on the consent page: checks the request, approves, and is sent back. */
  approve(authorizationUrl: string, user?: string): { readonly method: 'GET'; readonly url: string }
  /** The requests of the token endpoint. */
  tokenRequests(): PlainRequest[]
  /** Lets every access token run out. */
  expireAccessTokens(): void
  /** Whether tokens of this user are still good. */
  isAlive(refreshToken: string): boolean
}

export interface PlainOptions {
  readonly clientID: string
  readonly clientSecret: string
  readonly callbackURL: string
  readonly authorizationURL: string
  readonly tokenURL: string
  readonly userProfileURL: string
  readonly allowLoopbackHttp: true
}

export interface PlainRequest {
  readonly path: string
  /** The form of a token request, the query of any other. */
  readonly params: Readonly<Record<string, string>>
  readonly headers: IncomingMessage['headers']
}

interface Grant {
  readonly user: string
  revoked: boolean
}
interface Answer {
  readonly status: number
  readonly body: string
}

/** Serves the vendor on loopback until the test at hand has finished. */
export async function plainVendor(): Promise<PlainVendor> {
  const log: PlainRequest[] = []
  const codes = new Map<string, { grant: Grant; redirectUri: string; challenge: string | null }>()
  const accessTokens = new Map<string, Grant>()
  const refreshTokens = new Map<string, { grant: Grant; spent: boolean }>()
  const switches: PlainVendor['switches'] = {
    rotation: false,
    reuseDetection: false,
    latency: 0,
    tokenAnswer: undefined,
  }
  const client = { clientID: 'a-plain-client', clientSecret: 'a plain secret' }

  const tokensOf = (grant: Grant, refreshToken: string | undefined): Answer => {
    const accessToken = `at-${randomUUID()}`
    accessTokens.set(accessToken, grant)
    return json(200, { access_token: accessToken, token_type: 'Bearer', expires_in: 3600, refresh_token: refreshToken })
  }
  const newRefreshToken = (grant: Grant): string => {
    const token = `rt-${randomUUID()}`
    refreshTokens.set(token, { grant, spent: false })
    return token
  }
  const exchangeCode = (form: Record<string, string>): Answer => {
    const issued = codes.get(form['code'] ?? '')
    codes.delete(form['code'] ?? '')
    const verifier = form['code_verifier'] ?? ''
    const challenge = verifier ? createHash('sha256').update(verifier).digest('base64url') : null
    if (issued?.redirectUri !== form['redirect_uri'] || issued?.challenge !== challenge) return invalidGrant
    return tokensOf(issued.grant, newRefreshToken(issued.grant))
  }
  const refresh = (form: Record<string, string>): Answer => {
    const token = form['refresh_token'] ?? ''
    const issued = refreshTokens.get(token)
    if (issued?.spent && switches.reuseDetection) issued.grant.revoked = true
    if (!issued || issued.spent || issued.grant.revoked) return invalidGrant
    if (!switches.rotation) return tokensOf(issued.grant, undefined)
    issued.spent = true
    return tokensOf(issued.grant, newRefreshToken(issued.grant))
  }
  const answerToken = (form: Record<string, string>): Answer => {
    if (switches.tokenAnswer) return switches.tokenAnswer
    if (form['client_id'] !== client.clientID || form['client_secret'] !== client.clientSecret) {
      return json(401, { error: 'invalid_client', error_description: 'who are you?' })
    }
    if (form['grant_type'] === 'authorization_code') return exchangeCode(form)
    return form['grant_type'] === 'refresh_token' ? refresh(form) : json(400, { error: 'unsupported_grant_type' })
  }
  const answerApi = (headers: IncomingMessage['headers']): Answer => {
    const grant = accessTokens.get(headers.authorization?.replace(/^Bearer /, '') ?? '')
    if (!grant || grant.revoked) return { status: 401, body: 'no' }
    const documents = [1, 2].map((number) => ({ id: `${grant.user}-${number}`, owner: grant.user }))
    return json(200, { sub: grant.user, name: `The user ${grant.user}`, documents })
  }

  const url = await serve(async (req, res) => {
    const { pathname, searchParams } = new URL(req.url ?? '/', 'http://vendor')
    const isToken = req.method === 'POST' && pathname === '/token'
    const params = Object.fromEntries(isToken ? new URLSearchParams(await text(req)) : searchParams)
    log.push({ path: pathname, params, headers: req.headers })
    if (isToken && switches.latency > 0) await new Promise((resolve) => setTimeout(resolve, switches.latency))
    const { status, body } = isToken
      ? answerToken(params)
      : pathname === '/api/me' && req.method === 'GET'
        ? answerApi(req.headers)
        : { status: 404, body: '' }
    res.writeHead(status, { 'content-type': body.startsWith('{') ? 'application/json' : 'text/plain' }).end(body)
  })

  return {
    url,
    options: {
      ...client,
      callbackURL,
      authorizationURL: `${url}/authorize`,
      tokenURL: `${url}/token`,
      userProfileURL: `${url}/api/me`,
      allowLoopbackHttp: true,
    },
    log,
    switches,
    approve(authorizationUrl, user = 'grace') {
      const { origin, pathname, searchParams } = new URL(authorizationUrl)
      const redirectUri = searchParams.get('redirect_uri')
      const asked = [origin + pathname, searchParams.get('client_id'), searchParams.get('response_type')]
      if (asked.join() !== [`${url}/authorize`, client.clientID, 'code'].join() || !redirectUri) {
        throw new Error(`the plain vendor refuses ${authorizationUrl}`)
      }
      const code = randomUUID()
      const challenge = searchParams.get('code_challenge')
      codes.set(code, { grant: { user, revoked: false }, redirectUri, challenge })
      const callback = new URL(redirectUri)
      callback.searchParams.set('code', code)
      const state = searchParams.get('state')
      if (state !== null) callback.searchParams.set('state', state)
      return { method: 'GET', url: callback.href }
    },
    tokenRequests: () => log.filter(({ path }) => path === '/token'),
    expireAccessTokens: () => accessTokens.clear(),
    isAlive(refreshToken) {
      const issued = refreshTokens.get(refreshToken)
      return issued !== undefined && !issued.spent && !issued.grant.revoked
    },
  }
}

function json(status: number, body: unknown): Answer {
  return { status, body: JSON.stringify(body) }
}

const invalidGrant = json(400, { error: 'invalid_grant', error_description: 'no good' })
