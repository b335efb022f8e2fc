import type { Client } from '../oauth/client.ts'
import { EsignAuthError } from '../oauth/errors.ts'
import type { AccessToken } from './access-decision.ts'
import type { Clock } from './clock.ts'
import type { GrantRecord } from './record.ts'

/** Asks for a token; above a generation that the API just refused. */
export type AskToken = (options: {
  readonly notGeneration?: number | undefined
  readonly signal?: AbortSignal | undefined
}) => Promise<AccessToken>

/** What a call of the API needs to know of its grant. */
export interface FetchTarget {
  readonly grantId: string
  readonly client: Client
  /** Asks for a token; above a generation that the API just refused. */
  readonly ask: AskToken
  /** The grant as it was last seen. */
  kept(): Pick<GrantRecord, 'generation' | 'since' | 'accessExpiresAt' | 'tokens'> | undefined
}

/** After a refresh that did not help, a 401 is the answer for so long, in milliseconds. */
const pauseMs = 30_000
const mostPauses = 10_000

/**
 * `fetch` with the bearer token, to the vendor's API hosts only. It streams, follows no redirect, and repeats after a 401
 * once, with a newer token, unless the body can be read only once. The deadline is the caller's: `init.signal`.
 *
 * A 401 is handed back where a newer token would be refused too: the token is younger than the client's `minRefreshAge`,
 * or the refresh for an earlier 401 did not help. Otherwise one user whom an API refuses would drive the whole client into
 * the vendor's limit.
 *
 * @throws EsignAuthError `insecure_url` for any other host, `network_error` without an answer; what `ask` throws.
 */
export function createFetch(
  clock: Clock,
): (target: FetchTarget, input: string | URL, init?: RequestInit) => Promise<Response> {
  /** Grants whose refresh did not help, and until when a 401 is the answer. */
  const pauses = new Map<string, number>()
  const isPaused = (grantId: string) => (pauses.get(grantId) ?? 0) > clock.monotonic()
  const pause = (grantId: string) => {
    pauses.delete(grantId)
    pauses.set(grantId, clock.monotonic() + pauseMs)
    for (const oldest of pauses.keys()) {
      if (pauses.size <= mostPauses) break
      pauses.delete(oldest)
    }
  }
  return async ({ grantId, client, ask, kept }, input, init = {}) => {
    const early = client.vendor.captured ? undefined : urlOn(client, client.api, input)
    const signal = init.signal ?? undefined
    const used = await ask({ signal })
    const url = early ?? urlOn(client, client.apiOf(kept()?.tokens ?? {}), input)
    const answer = await send(client, url, init, used)
    if (answer.status !== 401) {
      pauses.delete(grantId)
      return answer
    }
    if (isOneShot(init.body) || isPaused(grantId) || isYoung(kept(), used, clock.now(), client)) return answer
    // Not awaited: a host that keeps a copy of each answer, as Next does, may never be done with it.
    answer.body?.cancel().catch(() => {})
    // Only a newer pair than the refused one will do. If there is none, the error says why.
    const again = await send(client, url, init, await ask({ notGeneration: used.generation, signal }))
    if (again.status === 401) pause(grantId)
    return again
  }
}

async function send(client: Client, url: URL, init: RequestInit, { token }: AccessToken): Promise<Response> {
  const headers = new Headers(init.headers)
  headers.set('authorization', `${client.vendor.apiScheme ?? 'Bearer'} ${token}`)
  try {
    return await client.fetch(url.href, { ...init, headers, redirect: 'manual' })
  } catch {
    // The caller's own abort is the caller's; of anything else the reason may quote the request.
    init.signal?.throwIfAborted()
    throw new EsignAuthError(
      'network_error',
      client.vendor,
      `no answer from ${url.host}. Check the network and try again.`,
      { sent: 'maybe' },
    )
  }
}

/**
 * Whether a refused token was obtained too recently to be refused for its age, and has not run out. Measured both ways,
 * since the clocks of instances differ.
 */
function isYoung(
  record: ReturnType<FetchTarget['kept']>,
  { generation }: AccessToken,
  now: number,
  { minRefreshAge }: Client,
): boolean {
  if (record?.generation !== generation) return false
  return Math.abs(now - record.since) < minRefreshAge && now < record.accessExpiresAt
}

/** The address that is meant, if it is on one of the hosts. */
function urlOn({ vendor }: Client, api: readonly string[], input: string | URL): URL {
  const [first] = api
  const url = URL.canParse(String(input), first) ? new URL(String(input), first) : undefined
  if (url && api.includes(url.origin)) return url
  throw new EsignAuthError(
    'insecure_url',
    vendor,
    `a bearer token goes only to the vendor's API (${api.join(', ') || 'none is known'}). Give the client's option \`api\` if there is another host. Nothing was sent.`,
  )
}

function isOneShot(body: unknown): boolean {
  return typeof body === 'object' && body !== null && (body instanceof ReadableStream || Symbol.asyncIterator in body)
}
