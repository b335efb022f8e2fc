import type { Client } from '../oauth/client.ts'
import { EsignAuthError } from '../oauth/errors.ts'
import type { TokenSet } from '../oauth/token-set.ts'
import type { AccessToken } from './decide.ts'

/** Asks for a token; above a generation that the API just refused. */
export type AskToken = (options: {
  readonly notGeneration?: number | undefined
  readonly signal?: AbortSignal | undefined
}) => Promise<AccessToken>

/**
 * `fetch` with the bearer token, to the vendor's API hosts only. It streams, follows no redirect, and repeats after a
 * 401 once, with a newer token, unless the body can be read only once. The deadline is the caller's: `init.signal`.
 * `kept`: the tokens last seen, which may name the host that serves this user.
 *
 * @throws EsignAuthError `insecure_url` for any other host, `network_error` without an answer; what `ask` throws.
 */
export async function fetchWithToken(
  client: Client,
  ask: AskToken,
  kept: () => Pick<TokenSet, 'vendor_state'> | undefined,
  input: string | URL,
  init: RequestInit = {},
): Promise<Response> {
  const early = client.vendor.captured ? undefined : urlOn(client, client.api, input)
  const signal = init.signal ?? undefined
  const send = async (url: URL, { token }: AccessToken) => {
    const headers = new Headers(init.headers)
    headers.set('authorization', `${client.vendor.apiScheme ?? 'Bearer'} ${token}`)
    try {
      return await client.fetch(url.href, { ...init, headers, redirect: 'manual' })
    } catch {
      // The caller's own abort is the caller's; of anything else the reason may quote the request.
      signal?.throwIfAborted()
      throw new EsignAuthError(
        'network_error',
        client.vendor,
        `no answer from ${url.host}. Check the network and try again.`,
        { sent: 'maybe' },
      )
    }
  }
  const used = await ask({ signal })
  const url = early ?? urlOn(client, client.apiOf(kept() ?? {}), input)
  const answer = await send(url, used)
  if (answer.status !== 401 || isOneShot(init.body)) return answer
  // Not awaited: a host that keeps a copy of each answer, as Next does, may never be done with it.
  answer.body?.cancel().catch(() => {})
  // 49: only a newer pair than the one refused; if there is none to be had, the error says why.
  return send(url, await ask({ notGeneration: used.generation, signal }))
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
