import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { createWaiters } from '../../src/keeper/refresh/waiters.ts'
import { createVirtualClock } from './virtual-clock.ts'

describe('callers who wait for one thing', () => {
  it('whoever waits, waits up to a moment of its own, in whatever order they came; one timer at a time', async () => {
    const clock = createVirtualClock()
    const waiters = createWaiters<string>(clock)
    const ends: number[] = []
    const begun = clock.monotonic()
    for (const ms of [300, 100, 200, 200]) {
      void waiters.wait(begun + ms, undefined).then((outcome) => {
        expect(outcome).toBeUndefined()
        ends.push(clock.monotonic() - begun)
      })
    }
    expect(clock.pending()).toBe(1)
    await clock.advance(250)
    expect(ends).toEqual([100, 200, 200])
    const late = waiters.wait(begun + 5_000, undefined)
    await clock.advance(100)
    expect(ends).toEqual([100, 200, 200, 300])
    waiters.settle('landed')
    expect(await late).toBe('landed')
    expect(clock.pending()).toBe(0)
  })

  it('whose signal ends wait no longer; the others do', async () => {
    const clock = createVirtualClock()
    const waiters = createWaiters<string>(clock)
    const [gone, stays] = [new AbortController(), new AbortController()]
    const [early, late] = [gone, stays].map(({ signal }) => waiters.wait(1_000, signal))
    gone.abort()
    expect(await early).toBeUndefined()
    await clock.advance(500)
    waiters.settle('landed')
    expect(await late).toBe('landed')
    // A signal may live as long as its process.
    expect(getEventListeners(stays.signal, 'abort')).toEqual([])
  })

  it('whose signal has ended before do not wait at all', async () => {
    const clock = createVirtualClock()
    const waiters = createWaiters<string>(clock)
    expect(await waiters.wait(1_000, AbortSignal.abort())).toBeUndefined()
    expect(clock.pending()).toBe(0)
  })

  it('for longer than one who came before them: each of them in turn', async () => {
    const clock = createVirtualClock()
    await clock.advance(10_000)
    const waiters = createWaiters<string>(clock)
    const ends: number[] = []
    for (const ms of [100, 400, 300]) void waiters.wait(10_000 + ms, undefined).then(() => ends.push(clock.monotonic()))
    await clock.advance(1_000)
    expect(ends).toEqual([10_100, 10_300, 10_400])
    expect(clock.pending()).toBe(0)
  })
})
