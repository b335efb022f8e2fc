import type { SandboxRequest } from './log.ts'
import type { Place } from './request.ts'

/** What goes wrong at one fake: faults wait in a queue per endpoint and are played in order. */
export interface Faults {
  /** Queues a fault for the next requests to an endpoint. */
  add(place: Place, fault: Fault): void
  /** Forgets the queued faults of one endpoint, or all of them. */
  clear(place?: Place): void
}

/** One fault. Without `answer` the vendor's own answer comes, only late. */
export interface Fault {
  /** How long the answer takes, in real milliseconds. Default 0. */
  readonly latency?: number
  /** What comes instead of the vendor's answer. */
  readonly answer?: FaultAnswer
  /**
   * `'before'` (default): the vendor never processed the request. `'after'`: it did, so the code or refresh token is
   * spent and only the answer is lost. Answers made from the vendor's own are always `'after'`.
   */
  readonly when?: 'before' | 'after'
  /** How many requests it meets. Default 1; `Infinity` lasts until `clear()`. */
  readonly times?: number
  /** Which requests it meets, e.g. `(request) => request.body['grant_type'] === 'refresh_token'`. Default: all. */
  readonly where?: (request: SandboxRequest) => boolean
}

/**
 * - `'hang'`: no answer, until the client gives up or the listening sandbox closes
 * - `'cut'`: the connection is reset before the first byte
 * - `'html'`: a proxy's error page with status 200
 * - `'truncated'`: the vendor's answer, complete as HTTP, with only half of its body
 * - `'cut-body'`: the connection is reset in the middle of the vendor's body
 * - `'drip'`: the vendor's answer, then one more byte every 50 ms for ever
 * - an object: any status (default 200), headers and body
 * - a function: makes the answer from the vendor's own
 */
export type FaultAnswer =
  | 'hang'
  | 'cut'
  | 'html'
  | 'truncated'
  | 'cut-body'
  | 'drip'
  | { readonly status?: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  | ((answer: Response) => Response | Promise<Response>)

/** The queue of one fake, and the engine's way to take from it. */
export interface FaultQueue extends Faults {
  take(place: Place, request: SandboxRequest): Fault | undefined
}

/** An empty queue. */
export function createFaults(): FaultQueue {
  let queue: { place: Place; fault: Fault; left: number }[] = []
  return {
    add(place, fault) {
      queue.push({ place, fault, left: fault.times ?? 1 })
    },
    clear(place) {
      queue = place === undefined ? [] : queue.filter((item) => item.place !== place)
    },
    take(place, request) {
      const item = queue.find((one) => one.place === place && one.left > 0 && (one.fault.where?.(request) ?? true))
      if (!item) return undefined
      item.left -= 1
      queue = queue.filter((one) => one.left > 0)
      return item.fault
    },
  }
}

/** How the log names a fault. */
export function faultName({ answer, latency }: Fault): string {
  if (typeof answer === 'function') return 'rewritten'
  if (typeof answer === 'object') return `status ${answer.status ?? 200}`
  return answer ?? `latency ${latency ?? 0}`
}
