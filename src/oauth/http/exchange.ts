import { EsignAuthError } from '../errors.ts'
import { redact } from '../redact.ts'
import { urlFault } from '../secure-url.ts'

/** A request to a vendor, complete. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly url: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array | undefined
  /** Every value in it that must not come back in a message. */
  readonly secrets: readonly string[]
}

/** A vendor's answer, read to its end. */
export interface HttpAnswer {
  readonly status: number
  /** Names in lower case; repeated ones joined by a comma. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What a sender tells while it works. */
export interface Receiver {
  /** Called at the latest when the first byte of the request may be on its way. */
  sending(): void
  /** Called with each piece of the answer's body, in order; after `false` no more is read. */
  take(chunk: Uint8Array): boolean
}

/** A request under way. */
export interface Sent {
  /** The head of the answer, once its body is complete or `take` had enough. Rejects with whatever the network said. */
  readonly answered: Promise<Omit<HttpAnswer, 'body'>>
  /** Ends the request: `answered` rejects at once, and the connection is closed. */
  abandon(): void
}

/** Sends one request, once, without following redirects. Never throws: what fails, fails in `answered`. */
export type Send = (request: HttpRequest, receiver: Receiver) => Sent

/** What an exchange needs besides its request. */
export interface ExchangeContext {
  readonly vendor: { readonly id: string; readonly name: string }
  readonly send: Send
  /** Milliseconds over connect, headers and body together. */
  readonly timeout: number
  readonly allowLoopbackHttp: boolean
}

const maxBytes = 1_048_576
const lateMs = 100

/**
 * The one bounded exchange with a vendor: a deadline over everything, at most 1 MB after any decompression, https only,
 * no redirects. A request that may have reached the vendor is never sent again.
 *
 * @throws EsignAuthError `insecure_url`, `network_error`, `timeout`, `answer_too_large`, `redirect_refused` or
 * `invalid_answer` (no UTF-8); `sent` tells whether the vendor may have acted on it.
 */
export async function exchange(request: HttpRequest, context: ExchangeContext): Promise<HttpAnswer> {
  const { vendor } = context
  const host = (URL.canParse(request.url) && new URL(request.url).host) || 'an unreadable address'
  const fault = urlFault(request.url, context.allowLoopbackHttp)
  if (fault) throw new EsignAuthError('insecure_url', vendor, `the address of ${host} ${fault}. Nothing was sent.`)

  let sent: 'no' | 'maybe' = 'no'
  let late = false
  const received = createBounded()
  const { answered, abandon } = context.send(request, {
    sending: () => {
      sent = 'maybe'
    },
    take: received.take,
  })
  const stopDeadline = startDeadline(context.timeout, () => {
    late = true
    abandon()
  })
  try {
    const { status, headers } = await answered
    const bytes = received.whole()
    if (bytes === undefined) {
      throw new EsignAuthError(
        'answer_too_large',
        vendor,
        `${host} answered with more than 1 MB, which is no answer of a token endpoint. It was cut off.`,
        { vendorStatus: status, sent: 'maybe' },
      )
    }
    // Status 0 is how fetch shows a redirect that it was told not to follow, outside Node.
    if (status === 0 || (status >= 300 && status < 400)) {
      throw new EsignAuthError(
        'redirect_refused',
        vendor,
        `${host} answered with a redirect, which is not followed, so that no secret goes elsewhere. Is the address right?`,
        { vendorStatus: status, sent: 'answered' },
      )
    }
    return { status, headers, body: decode(bytes) }
  } catch (error) {
    if (error instanceof EsignAuthError) throw error
    if (late) {
      throw new EsignAuthError(
        'timeout',
        vendor,
        `${host} did not answer completely within ${context.timeout} ms. Try again later.`,
        { sent },
      )
    }
    if (error instanceof NotUtf8) {
      throw new EsignAuthError('invalid_answer', vendor, `${host} answered in an encoding other than UTF-8.`, {
        sent: 'answered',
      })
    }
    throw new EsignAuthError(
      'network_error',
      vendor,
      `no complete answer from ${host} (${redact(reason(error), request.secrets, 80)}). Check the network and try again.`,
      { sent },
    )
  } finally {
    stopDeadline()
  }
}

/**
 * Calls `expire` after `ms`. When the timer fires more than 100 ms late, the process slept (stopped, suspended, a long
 * pause), and the answer may lie unread in the socket: it is armed once more for 100 ms, so that it is read first.
 */
function startDeadline(ms: number, expire: () => void): () => void {
  const due = performance.now() + ms
  let timer = setTimeout(() => {
    if (performance.now() - due > lateMs) timer = setTimeout(expire, lateMs)
    else expire()
  }, ms)
  return () => clearTimeout(timer)
}

/** A body as it comes, up to the limit; `whole` is `undefined` once it was exceeded. */
function createBounded(): Pick<Receiver, 'take'> & { whole(): Uint8Array | undefined } {
  const chunks: Uint8Array[] = []
  let size = 0
  return {
    take(chunk) {
      size += chunk.byteLength
      if (size <= maxBytes) chunks.push(chunk)
      return size <= maxBytes
    },
    whole() {
      if (size > maxBytes) return undefined
      const [only] = chunks
      if (only && chunks.length === 1) return only
      const whole = new Uint8Array(size)
      let at = 0
      for (const chunk of chunks) {
        whole.set(chunk, at)
        at += chunk.byteLength
      }
      return whole
    },
  }
}

class NotUtf8 extends Error {}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new NotUtf8()
  }
}

/** The network's own code, such as ECONNREFUSED; its message may quote what was sent. */
function reason(error: unknown): string {
  for (let e = error; e instanceof Error; e = e.cause) {
    if ('code' in e && typeof e.code === 'string') return e.code
  }
  return error instanceof Error ? error.name : 'unknown reason'
}
