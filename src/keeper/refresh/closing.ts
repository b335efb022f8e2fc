/** Whether the keeper is closed, for background work. */
export interface Closing {
  readonly aborted: boolean
  /** What `work` comes to, or `undefined` when the keeper closes first. */
  unless<T>(work: Promise<T>): Promise<T | undefined>
  abort(): void
}

/** An open keeper. Not an `AbortSignal`, which warns of a leak when more than ten refreshes listen to it. */
export function createClosing(): Closing {
  const listeners = new Set<() => void>()
  let aborted = false
  return {
    get aborted() {
      return aborted
    },
    unless: (work) =>
      new Promise((resolve, reject) => {
        const stop = () => resolve(undefined)
        listeners.add(stop)
        work.then(resolve, reject).finally(() => listeners.delete(stop))
      }),
    abort() {
      aborted = true
      for (const stop of listeners) stop()
    },
  }
}
