/** The three kinds of endpoint; faults and log entries are sorted by them. */
export type Place = 'authorize' | 'token' | 'api'

/** A request as it came in, complete, whichever way it came. */
export interface Received {
  readonly method: string
  /** With the vendor's own scheme and host, also when it came over loopback. */
  readonly url: URL
  readonly headers: Headers
  readonly body: Uint8Array<ArrayBuffer>
  /** Aborted when the one who asked has gone. */
  readonly signal: AbortSignal
}
