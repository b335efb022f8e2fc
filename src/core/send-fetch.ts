import type { Send } from './transport.ts'

/** Sends through `fetch`: where there is no `node:https`, or the caller's own. */
export function createSend(options: { readonly fetch?: typeof globalThis.fetch | undefined } = {}): Send {
  return async (request, signal, sending) => {
    // Looked up per call, so that a `fetch` that is replaced later (instrumentation) is used.
    const send = options.fetch ?? globalThis.fetch
    const cutOff = aborted(signal)
    let answer: Response
    try {
      const asked = send(request.url, {
        method: request.method,
        headers: { ...request.headers },
        redirect: 'manual',
        signal,
        // Bytes are a body too; TypeScript's DOM types, which some hosts pull in, have it otherwise.
        ...(request.body === undefined ? {} : { body: request.body as string }),
      })
      answer = await Promise.race([asked, cutOff])
    } catch (error) {
      // fetch does not tell when it began to send: only these reasons prove that it had not.
      if (!neverConnected(error)) sending()
      throw error
    }
    return { status: answer.status, headers: Object.fromEntries(answer.headers), body: chunks(answer.body, cutOff) }
  }
}

function neverConnected(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  return /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|CERT_.*|ERR_TLS_.*|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_.*)$/.test(
    code,
  )
}

/** Rejects when `signal` ends, since a caller's `fetch` may not look at it. */
function aborted(signal: AbortSignal): Promise<never> {
  const cutOff = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  cutOff.catch(() => {})
  return cutOff
}

/** Not every runtime lets one iterate over a stream itself. */
async function* chunks(
  body: ReadableStream<Uint8Array> | null,
  cutOff: Promise<never>,
): AsyncGenerator<Uint8Array, void> {
  if (!body) return
  const reader = body.getReader()
  let ended = false
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), cutOff])
      ended = done
      if (done) return
      yield value
    }
  } finally {
    // Not waited for: a body that ignored the signal may ignore this too.
    if (!ended) reader.cancel().catch(() => {})
  }
}
