import { describe, expect, it } from 'vitest'
import { useUp } from '../../src/sign-in/used-states.ts'

const lifetime = 600_000

describe('1.1 · the memory of used states', () => {
  it('1.1 · lets a state pass once within its lifetime', () => {
    const start = Date.now()
    expect(useUp('one', start, lifetime)).toBe(true)
    expect(useUp('one', start, lifetime)).toBe(false)
    expect(useUp('other', start + lifetime, lifetime)).toBe(true)
    expect(useUp('one', start + lifetime, lifetime)).toBe(false)
  })

  it('1.1 · is bounded: it forgets what has run out, and the oldest beyond 100 000', () => {
    const start = Date.now() + 10 * lifetime
    for (let n = 0; n < 100_000; n += 1) useUp(`state ${n}`, start, lifetime)
    expect(useUp('state 0', start, lifetime)).toBe(false)
    expect(useUp('one more', start, lifetime)).toBe(true)
    expect(useUp('state 99999', start, lifetime)).toBe(false)
    expect(useUp('state 0', start, lifetime), 'the oldest was forgotten').toBe(true)
    expect(useUp('later', start + lifetime + 1, lifetime)).toBe(true)
    expect(useUp('state 99999', start + lifetime + 1, lifetime), 'it has run out').toBe(true)
  })

  it('1.1 · is one for all copies of the module, as bundlers make them', async () => {
    const copy = (await import(`${'../../src/sign-in/used-states.ts'}?copy`)) as { useUp: typeof useUp }
    expect(copy.useUp).not.toBe(useUp)
    const now = Date.now() + 100 * lifetime
    expect(useUp('shared', now, lifetime)).toBe(true)
    expect(copy.useUp('shared', now, lifetime)).toBe(false)
  })
})
