/** Calls under way. Callers that ask for the same thing share one. */
export interface Flight<T> {
  /** Joins the call under way for `key`, or starts one. Everyone gets its one outcome; then the key is forgotten. */
  share(key: string, start: () => Promise<T>): Promise<T>
  has(key: string): boolean
}

/**
 * Single flight: the one place where callers share an answer. A key must hold everything that changes the answer
 * (a code without its verifier would let a stolen code ride along). Keys live as long as their call and are never
 * evicted earlier.
 */
export function createFlight<T>(): Flight<T> {
  const underWay = new Map<string, Promise<T>>()
  return {
    has: (key) => underWay.has(key),
    share(key, start) {
      const known = underWay.get(key)
      if (known) return known
      const call = start().finally(() => underWay.delete(key))
      underWay.set(key, call)
      return call
    },
  }
}
