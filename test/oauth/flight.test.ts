import { describe, expect, it } from 'vitest'
import { createFlight } from '../../src/oauth/single-flight.ts'

describe('a flight', () => {
  it('is shared while it is under way, and then forgotten', async () => {
    const flight = createFlight<number>()
    let started = 0
    const start = async () => ++started
    const first = flight.share('a key', start)
    expect(flight.has('a key')).toBe(true)
    expect(flight.has('another key')).toBe(false)
    expect(await Promise.all([first, flight.share('a key', start), flight.share('another key', start)])).toEqual([
      1, 1, 2,
    ])
    expect(flight.has('a key')).toBe(false)
    expect(await flight.share('a key', start)).toBe(3)
  })

  it('fails for all who share it, once, and is then forgotten', async () => {
    const flight = createFlight<number>()
    const error = new Error('of the tests')
    const calls = [1, 2].map(() => flight.share('a key', () => Promise.reject(error)))
    for (const call of calls) await expect(call).rejects.toBe(error)
    expect(flight.has('a key')).toBe(false)
    expect(await flight.share('a key', async () => 1)).toBe(1)
  })

  it('knows no key but those it was given', () => {
    for (const key of ['__proto__', 'constructor', 'toString']) expect(createFlight().has(key)).toBe(false)
  })
})
