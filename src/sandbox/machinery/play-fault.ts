import type { Fault, FaultAnswer } from './faults.ts'

/** Plays a fault around `work`, which makes the vendor's own answer. */
export async function playFault(fault: Fault, signal: AbortSignal, work: () => Promise<Response>): Promise<Response> {
  const own = fault.when === 'after' || isMadeFromOwn(fault.answer) ? await work() : undefined
  if (fault.latency) await pause(fault.latency, signal)
  if (fault.answer === undefined) return own ?? work()
  return replace(fault.answer, own ?? new Response(), signal)
}

/** Thrown where the connection breaks: a `fetch` turns it into a network failure, a server resets the socket. */
export class ConnectionCut extends Error {
  readonly code = 'ECONNRESET'

  constructor() {
    super('sandbox: the connection was cut by a fault')
  }
}

function isMadeFromOwn(answer: FaultAnswer | undefined): boolean {
  return typeof answer === 'function' || answer === 'truncated' || answer === 'cut-body' || answer === 'drip'
}

async function replace(answer: FaultAnswer, own: Response, signal: AbortSignal): Promise<Response> {
  if (typeof answer === 'function') return answer(own)
  if (typeof answer === 'object') {
    return new Response(answer.body ?? null, { status: answer.status ?? 200, headers: { ...answer.headers } })
  }
  switch (answer) {
    case 'hang':
      return forEver(signal)
    case 'cut':
      throw new ConnectionCut()
    case 'html':
      return new Response('<!doctype html><h1>Bad gateway</h1>', { headers: { 'Content-Type': 'text/html' } })
    case 'truncated':
      return new Response(await firstHalf(own), own)
    case 'cut-body':
      return new Response(
        stream([await firstHalf(own)], () =>
          Promise.reject(new TypeError('terminated', { cause: new ConnectionCut() })),
        ),
        own,
      )
    case 'drip':
      return new Response(
        stream([new Uint8Array(await own.arrayBuffer())], () => dripped(signal)),
        own,
      )
  }
}

async function firstHalf(response: Response): Promise<Uint8Array<ArrayBuffer>> {
  const body = new Uint8Array(await response.arrayBuffer())
  return body.slice(0, Math.floor(body.length / 2))
}

async function dripped(signal: AbortSignal): Promise<Uint8Array> {
  await pause(50, signal)
  return new TextEncoder().encode(' ')
}

/** A body that begins with `ready` and goes on with whatever `more` gives, or breaks where it rejects. */
function stream(ready: Uint8Array[], more: () => Promise<Uint8Array>): ReadableStream {
  return new ReadableStream({
    async pull(controller) {
      controller.enqueue(ready.shift() ?? (await more()))
    },
  })
}

/** Never resolves; rejects as soon as the one who asked has gone. */
function forEver(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

/** Waits; rejects as soon as the one who asked has gone, and leaves no timer behind. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', leave)
      resolve()
    }, ms)
    if (signal.aborted) leave()
    else signal.addEventListener('abort', leave, { once: true })
  })
}
