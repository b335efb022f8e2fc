import { defineVendor, type TokenSet, type Vendor } from 'esign-auth'
import type { Clock } from 'esign-auth/keeper'

/** What happens to one request to the token or revocation endpoint. Times are virtual. */
export interface Step {
  /** Milliseconds until the vendor acts on it. */
  readonly arrivesMs?: number
  /** Milliseconds from then until the answer is there. Default: the vendor's latency. */
  readonly takesMs?: number
  /** The connection cannot be opened: the vendor never sees the request. */
  readonly unsent?: 'ECONNREFUSED' | 'ENOTFOUND' | 'CERT_HAS_EXPIRED'
  /** The connection is reset, before the vendor acted or afterwards. */
  readonly cut?: 'before' | 'after'
  /** No answer ever comes; the vendor acted or did not. */
  readonly hang?: 'before' | 'after'
  /** An answer in place of the vendor's own: it did not act. */
  readonly answer?: { readonly status: number; readonly headers?: Record<string, string>; readonly body?: unknown }
  /** The vendor acts, and says this in place of its own answer. */
  readonly rewrite?: (fields: Record<string, unknown>) => unknown
}

/** One request that was sent. */
export interface Post {
  readonly at: number
  readonly from: string
  readonly grantType: string
  readonly token: string
  /** What the vendor did: `pair` it gave one, `refused` the token is no good, `nothing` otherwise. */
  outcome: 'pair' | 'refused' | 'nothing'
  /** The answer as it was sent, or how it was lost. */
  answer: number | 'lost' | 'unsent' | undefined
}

/** How the vendor treats refresh tokens. */
export interface Policy {
  /** `strict`: rotates, and a spent token ends the family. `refuse`: rotates, and refuses a spent one. */
  readonly rotation?: 'never' | 'strict' | 'refuse'
  /** The previous refresh token is accepted again for so long. */
  readonly graceMs?: number
  readonly lifetime?: number
  readonly latencyMs?: number
}

interface Family {
  readonly name: string
  alive: boolean
  count: number
  current: string
  previous: { readonly token: string; readonly spentAt: number } | undefined
}

/** A vendor that does what the test says, and knows what became of its tokens. */
export interface ScriptedVendor {
  readonly definition: Vendor
  readonly posts: Post[]
  /** Bearer tokens the API was asked with. */
  readonly apiCalls: {
    readonly url: string
    readonly token: string
    readonly body: string
    readonly answer: number
    readonly redirect: string
  }[]
  /** Refresh or access tokens that the revocation endpoint was asked to end. */
  readonly revocations: string[]
  /** What happens to the next requests to the token endpoint, in order. */
  next(...steps: Step[]): void
  nextRevocations(...steps: Step[]): void
  /** What happens to every request that `next` says nothing of. */
  always: Step
  /** What happens to every request with this refresh token that `next` says nothing of. */
  answerFor: (refreshToken: string) => Step | undefined
  /** Called when a request leaves, and when the vendor receives it, before it acts. */
  onSend: (post: Post) => void
  onPost: (post: Post) => void
  /** Called when an answer leaves the vendor, or is lost. */
  onAnswer: (post: Post) => void
  /** Forgets what should happen to the next requests. */
  heal(): void
  /** Says what happens to requests that `next` says nothing of. Default: `always`. */
  steps: () => Step
  latencyMs: number
  /** Somebody signs in. */
  signIn(): TokenSet
  /** Somebody revokes the app at the vendor. */
  revoke(tokens: Pick<TokenSet, 'access_token'>): void
  /** From now on the API refuses these access tokens, whatever else. */
  refuse(tokens: string | RegExp): void
  /** The body of the API's answers. */
  apiBody: (() => ReadableStream<Uint8Array>) | undefined
  /** Does the family live, and is this its refresh token, or the previous one inside the grace? */
  isCurrent(refreshToken: string | undefined): boolean
  isAlive(tokens: Pick<TokenSet, 'access_token'>): boolean
  fetch(from: string, url: string, init: RequestInit | undefined): Promise<Response>
}

const host = 'https://acme.example'

export function createScriptedVendor(clock: Clock, policy: Policy & { vendor?: Partial<Vendor> } = {}): ScriptedVendor {
  const { rotation = 'strict', graceMs = 0, lifetime = 3600, latencyMs = 150, vendor = {} } = policy
  const families = new Map<string, Family>()
  const accessTokens = new Map<string, { family: Family; until: number }>()
  const script: Step[] = []
  const revocationScript: Step[] = []
  let refused = (_: string) => false
  let names = 0
  let issued = 0

  const pair = (family: Family, extra: Record<string, unknown>) => {
    const access = `access-${family.name}-${++issued}`
    accessTokens.set(access, { family, until: clock.now() + lifetime * 1000 })
    return { access_token: access, token_type: 'Bearer', expires_in: lifetime, scope: 'sign', ...extra }
  }
  const rotate = (family: Family) => {
    family.current = `refresh-${family.name}-${++family.count}`
    return pair(family, { refresh_token: family.current })
  }
  const familyOf = (token: string | undefined) => families.get(String(token).split('-')[1] ?? '')
  const inGrace = (family: Family, token: string) =>
    family.previous?.token === token && clock.now() - family.previous.spentAt < graceMs

  const refresh = (token: string): Record<string, unknown> => {
    const family = familyOf(token)
    if (!family?.alive) return { error: 'invalid_grant' }
    if (rotation === 'never') return pair(family, {})
    if (token === family.current) {
      family.previous = { token, spentAt: clock.now() }
      return rotate(family)
    }
    if (inGrace(family, token)) return rotate(family)
    if (rotation === 'strict') family.alive = false
    return { error: 'invalid_grant' }
  }
  const machine: Family = { name: 'machine', alive: true, count: 0, current: '', previous: undefined }

  const pause = (ms: number) => new Promise<void>((resolve) => clock.after(ms, resolve))
  const lost = () =>
    Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error(), { code: 'ECONNRESET' }) })
  const never = new Promise<never>(() => {})

  /** Plays a step around what the vendor does. */
  const play = async (post: Post, step: Step, act: () => Record<string, unknown>): Promise<Response> => {
    if (step.unsent) {
      post.answer = 'unsent'
      throw Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error(), { code: step.unsent }) })
    }
    self.onSend(post)
    await pause(step.arrivesMs ?? 0)
    self.posts.push(post)
    self.onPost(post)
    const acts = !step.answer && step.cut !== 'before' && step.hang !== 'before'
    const fields = acts ? act() : {}
    if (acts) post.outcome = fields['error'] ? 'refused' : 'pair'
    await pause(step.takesMs ?? self.latencyMs)
    const status = step.answer?.status ?? (fields['error'] ? 400 : 200)
    post.answer = step.cut || step.hang ? 'lost' : status
    self.onAnswer(post)
    if (step.hang) return never
    if (step.cut) throw lost()
    const said = step.answer ? (step.answer.body ?? {}) : step.rewrite ? step.rewrite(fields) : fields
    return new Response(typeof said === 'string' ? said : JSON.stringify(said), {
      status,
      headers: { 'content-type': 'application/json', ...step.answer?.headers },
    })
  }

  const self: ScriptedVendor = {
    definition: defineVendor({
      id: 'acme',
      name: 'Acme Sign',
      endpoints: () => ({ authorization: `${host}/authorize`, token: `${host}/token`, revocation: `${host}/revoke` }),
      api: () => ['https://api.acme.example'],
      identity: 'none',
      pkce: 'unknown',
      token: {
        credentials: 'basic-raw',
        encoding: 'form',
        fields: {
          authorization_code: ['grant_type', 'code', 'redirect_uri'],
          refresh_token: ['grant_type', 'refresh_token'],
          client_credentials: ['grant_type'],
        },
      },
      rotation: rotation === 'never' ? 'never' : 'always',
      ...(graceMs ? { graceMs } : {}),
      ...vendor,
    }),
    posts: [],
    apiCalls: [],
    revocations: [],
    next: (...steps) => void script.push(...steps),
    nextRevocations: (...steps) => void revocationScript.push(...steps),
    always: {},
    answerFor: () => undefined,
    onSend: () => {},
    onPost: () => {},
    onAnswer: () => {},
    heal: () => {
      script.length = 0
    },
    steps: () => self.always,
    latencyMs,
    signIn() {
      const family: Family = { name: `f${++names}`, alive: true, count: 0, current: '', previous: undefined }
      families.set(family.name, family)
      const { expires_in: _, token_type: __, ...tokens } = rotate(family)
      return { ...tokens, expires_at: Math.floor(clock.now() / 1000) + lifetime } as TokenSet
    },
    revoke(tokens) {
      const family = familyOf(tokens.access_token)
      if (family) family.alive = false
    },
    refuse(tokens) {
      refused = (token) => (typeof tokens === 'string' ? token === tokens : tokens.test(token))
    },
    apiBody: undefined,
    isCurrent(token) {
      const family = familyOf(token)
      if (!family?.alive || token === undefined) return false
      return rotation === 'never' || token === family.current || inGrace(family, token)
    },
    isAlive: (tokens) => familyOf(tokens.access_token)?.alive === true,
    async fetch(from, url, init) {
      const { origin, pathname } = new URL(url)
      if (origin !== host) return api(url, init)
      const body = new URLSearchParams(String(init?.body))
      const post: Post = {
        at: clock.now(),
        from,
        grantType: body.get('grant_type') ?? 'revocation',
        token: body.get('refresh_token') ?? body.get('token') ?? '',
        outcome: 'nothing',
        answer: undefined,
      }
      if (pathname === '/revoke') return revocation(post)
      const step = script.shift() ?? self.answerFor(post.token) ?? self.steps()
      return play(post, step, () => (post.grantType === 'client_credentials' ? pair(machine, {}) : refresh(post.token)))
    },
  }
  return self

  async function revocation(post: Post): Promise<Response> {
    const step = revocationScript.shift() ?? {}
    await pause(self.latencyMs)
    self.revocations.push(post.token)
    if (step.cut) throw lost()
    if (step.answer) return new Response('{}', { status: step.answer.status, headers: step.answer.headers ?? {} })
    const family = familyOf(post.token)
    if (family) family.alive = false
    return new Response(null, { status: 200 })
  }

  async function api(url: string, init: RequestInit | undefined): Promise<Response> {
    const token = (new Headers(init?.headers).get('authorization') ?? '').replace('Bearer ', '')
    const body = init?.body ? await new Response(init.body).text() : ''
    const known = accessTokens.get(token)
    const good = known?.family.alive === true && clock.now() < known.until && !refused(token)
    const moved = good && new URL(url).pathname === '/moved'
    const answer = moved ? 302 : good ? 200 : 401
    self.apiCalls.push({ url, token, body, answer, redirect: init?.redirect ?? 'follow' })
    if (moved) return new Response(null, { status: 302, headers: { location: 'https://evil.example/' } })
    return new Response(self.apiBody?.() ?? JSON.stringify({ token }), { status: answer })
  }
}
