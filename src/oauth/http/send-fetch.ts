import type { Receiver, Send } from './exchange.ts'

/** Sends through `fetch`: where there is no `node:https`, or the caller's own. */
export function createSend(options: { readonly fetch?: typeof globalThis.fetch | undefined } = {}): Send {
  return (request, receiver) => {
    const controller = new AbortController()
    const { signal } = controller
    // A caller's `fetch` may not look at the signal.
    const cutOff = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    })
    cutOff.catch(() => {})
    const ask = async () => {
      // Looked up per call, so that a `fetch` that is replaced later (instrumentation) is used.
      const send = options.fetch ?? globalThis.fetch
      try {
        const asked = send(request.url, {
          method: request.method,
          headers: { ...request.headers },
          redirect: 'manual',
          signal,
          // Bytes are a body too; TypeScript's DOM types, which some hosts pull in, have it otherwise.
          ...(request.body === undefined ? {} : { body: request.body as string }),
        })
        const answer = await Promise.race([asked, cutOff])
        receiver.sending()
        return answer
      } catch (error) {
        // fetch does not tell when it began to send: only these reasons prove that it had not.
        if (!neverConnected(error)) receiver.sending()
        throw error
      }
    }
    const answered = ask().then(async ({ status, headers, body }) => {
      await read(body, cutOff, receiver)
      return { status, headers: Object.fromEntries(headers) }
    })
    return { answered, abandon: () => controller.abort() }
  }
}

function neverConnected(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  return /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|CERT_.*|ERR_TLS_.*|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_.*)$/.test(
    code,
  )
}

/** Reads the body to its end, or until there is enough. Not every runtime lets one iterate over a stream itself. */
async function read(
  body: ReadableStream<Uint8Array> | null,
  cutOff: Promise<never>,
  { take }: Receiver,
): Promise<void> {
  if (!body) return
  const reader = body.getReader()
  let ended = false
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), cutOff])
      ended = done
      if (done) return
      // A caller's own fetch may give anything.
      if (!ArrayBuffer.isView(value)) throw new TypeError('a body that is not made of bytes')
      if (!take(value)) return
    }
  } finally {
    // Not waited for: a body that ignored the signal may ignore this too.
    if (!ended) reader.cancel().catch(() => {})
  }
}
