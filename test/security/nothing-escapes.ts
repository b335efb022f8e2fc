import { afterEach, beforeEach, expect } from 'vitest'

/** Each test of the file fails when anything was thrown outside of a promise, or rejected unheard. */
export function nothingEscapes(): void {
  const escaped: unknown[] = []
  const note = (error: unknown) => void escaped.push(error)
  beforeEach(() => void process.on('uncaughtException', note).on('unhandledRejection', note))
  afterEach(() => {
    process.off('uncaughtException', note).off('unhandledRejection', note)
    expect(escaped.splice(0)).toEqual([])
  })
}
