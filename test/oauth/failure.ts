import { inspect } from 'node:util'
import { EsignAuthError } from 'esign-auth'

/** The error that `promise` rejects with, which must be ours. */
export async function failure(promise: Promise<unknown>): Promise<EsignAuthError> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  if ('error' in outcome && outcome.error instanceof EsignAuthError) return outcome.error
  throw new Error(`expected an EsignAuthError, but got ${inspect(outcome)}`)
}

/** The error that `act` throws, which must be ours. */
export async function thrown(act: () => unknown): Promise<EsignAuthError> {
  return failure((async () => act())())
}

/** Everything of an error, a client or tokens that a log, a page or a debugger could show. */
export function shown(value: unknown): string {
  const own = value instanceof Error ? Object.getOwnPropertyNames(value).map((name) => Reflect.get(value, name)) : []
  return [
    String(value),
    inspect(value, { depth: 9, showHidden: true }),
    JSON.stringify(value),
    ...own.map((each) => inspect(each, { depth: 9 })),
  ].join('\n')
}

/**
 * Which of `marks` can be read in `text`, in clear or inside anything that is base64. Let a secret's mark be letters
 * and digits in it: no escape changes those, so a secret that was only half recognised shows.
 */
export function leaks(text: string, marks: readonly string[]): string[] {
  const hidden = [...text.matchAll(/[\w+/-]{6,}/g)].flatMap(([run]) =>
    [0, 1, 2, 3].map((skip) => Buffer.from(run.slice(skip), 'base64').toString('latin1')),
  )
  return marks.filter((mark) => [text, ...hidden].some((place) => place.includes(mark)))
}
