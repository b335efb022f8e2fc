/**
 * Gives what `work` resolves to to a callback, in node's form. The results are made inside the promise; the callback runs
 * outside of it, so that what it throws is its own exception, once, and never an unhandled rejection.
 *
 * @throws TypeError without a callback. Nothing has begun then.
 */
export function callBack<Results extends unknown[]>(
  done: (error: unknown, ...results: Partial<Results>) => void,
  work: () => Promise<Results>,
): void {
  if (typeof done !== 'function') throw new TypeError('the last argument must be a callback')
  Promise.resolve()
    .then(work)
    .then(
      (results) => process.nextTick(done, null, ...results),
      (error) => process.nextTick(done, error),
    )
}
