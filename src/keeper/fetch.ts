import type { Client } from '../core/client.ts'
import { EsignAuthError } from '../core/errors.ts'
import type { AccessToken } from './decide.ts'

/** Asks for a token; above a generation that the API just refused. */
export type AskToken = (options: {
  readonly notGeneration?: number | undefined
  readonly signal?: AbortSignal | undefined
}) => Promise<AccessToken>

/**
 * `fetch` with the bearer token, to the vendor's API hosts only. It streams, follows no redirect, and repeats after a
 * 401 once, with a newer token, unless the body can be read only once. The deadline is the caller's: `init.signal`.
 *
 * @throws EsignAuthError `insecure_url` for any other host, `network_error` without an answer; what `ask` throws.
 */
export async function fetchWithToken(
  client: Client,
  ask: AskToken,
  input: string | URL,
  init: RequestInit = {},
): Promise<Response> {
  const [first] = client.api
  const url = URL.canParse(String(input), first) ? new URL(String(input), first) : undefined
  if (!url || !client.api.includes(url.origin)) {
    throw new EsignAuthError(
      'insecure_url',
      client.vendor,
      `a bearer token goes only to the vendor's API (${client.api.join(', ') || 'none is known'}). Give the client's option \`api\` if there is another host. Nothing was sent.`,
    )
  }
  const signal = init.signal ?? undefined
  const send = async ({ token }: AccessToken) => {
    const headers = new Headers(init.headers)
    headers.set('authorization', `Bearer ${token}`)
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
  const answer = await send(used)
  if (answer.status !== 401 || isOneShot(init.body)) return answer
  // Not awaited: a host that keeps a copy of each answer, as Next does, may never be done with it.
  answer.body?.cancel().catch(() => {})
  // 49: only a newer pair than the one refused; if there is none to be had, the error says why.
  return send(await ask({ notGeneration: used.generation, signal }))
}

function isOneShot(body: unknown): boolean {
  return typeof body === 'object' && body !== null && (body instanceof ReadableStream || Symbol.asyncIterator in body)
}
