import type { Handler } from './engine.ts'
import { UnknownHost } from './engine.ts'
import { ConnectionCut } from './play-fault.ts'

/** What `fetch` takes and gives. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

/**
 * A `fetch` whose whole world is the fakes: any other host is a network failure. It follows no redirect, since
 * a vendor's endpoints for clients have none: unless `redirect` is `'manual'`, one is a failure too.
 */
export function createFetch(handle: Handler): Fetch {
  return async (input, init) => {
    const request = new Request(input, init)
    const signal = init?.signal ?? request.signal
    signal.throwIfAborted()
    const body = new Uint8Array(await request.arrayBuffer())
    const { method, headers } = request
    const response = await unlessAborted(handle({ method, url: new URL(request.url), headers, body, signal }), signal)
    if (response.status >= 300 && response.status < 400 && request.redirect !== 'manual') {
      throw new TypeError('fetch failed', {
        cause: new Error(`sandbox: a redirect is not followed; use redirect: 'manual'`),
      })
    }
    return response
  }
}

async function unlessAborted(answer: Promise<Response>, signal: AbortSignal): Promise<Response> {
  let leave = () => {}
  const aborted = new Promise<never>((_, reject) => {
    leave = () => reject(signal.reason)
    signal.addEventListener('abort', leave, { once: true })
  })
  try {
    return await Promise.race([answer, aborted])
  } catch (error) {
    if (error instanceof ConnectionCut || error instanceof UnknownHost)
      throw new TypeError('fetch failed', { cause: error })
    throw error
  } finally {
    signal.removeEventListener('abort', leave)
  }
}
