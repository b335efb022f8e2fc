import { describe, expect, it } from 'vitest'
import type { GrantRecord } from '../../src/keeper/record.ts'
import { openedRecords } from '../../src/keeper/record-cache.ts'
import { createVirtualClock } from './virtual-clock.ts'

const cacheMs = 5_000

function opened(most?: number) {
  const clock = createVirtualClock()
  const due = clock.now() + 60_000
  /** A record of which only this is asked. */
  const record = (generation: number, state: GrantRecord['state'] = 'ok') =>
    ({ state, generation, refreshAfter: due }) as GrantRecord
  return { clock, due, record, records: openedRecords(clock, cacheMs, most) }
}

describe('the records that a process has open', () => {
  it('are served without a look at the store for as long as `cache`, counted from when it was asked', async () => {
    const { clock, record, records } = opened()
    const begun = records.begin()
    await clock.advance(2_000)
    records.seen('a', record(1), begun)
    await clock.advance(2_999)
    expect(records.look('a')).toMatchObject({ generation: 1 })
    await clock.advance(1)
    expect(records.look('a')).toBeUndefined()
    expect(records.look('b')).toBeUndefined()
    // It is known all the same.
    expect(records.last('a')).toMatchObject({ generation: 1 })
  })

  it('are served until they fall due, by wall time', async () => {
    const { clock, due, record, records } = opened()
    records.seen('a', record(1), records.begin())
    clock.jump(due - clock.now() - 1)
    expect(records.look('a')).toBeDefined()
    clock.jump(1)
    expect(records.look('a')).toBeUndefined()
  })

  it.each(['reauth_required', 'revoked'] as const)('are never served without a look when they say %s', (state) => {
    const { record, records } = opened()
    records.seen('a', record(1, state), records.begin())
    expect(records.look('a')).toBeUndefined()
    expect(records.lastGood('a')).toBeUndefined()
    expect(records.last('a')).toMatchObject({ state })
    records.wrote('a', record(2), records.begin())
    expect(records.lastGood('a')).toMatchObject({ generation: 2 })
  })

  it('keep what this process has written since a read began, whatever that read has found', () => {
    const { record, records } = opened()
    const [early, earlier] = [records.begin(), records.begin()]
    records.wrote('a', record(2, 'revoked'), records.begin())
    records.seen('a', record(1), early)
    records.seen('a', undefined, earlier)
    expect(records.last('a')).toMatchObject({ generation: 2, state: 'revoked' })
    // Also when a later read came back before an earlier one.
    records.seen('a', record(3), records.begin())
    expect(records.last('a')).toMatchObject({ generation: 3 })
    records.seen('a', record(1), early)
    expect(records.last('a')).toMatchObject({ generation: 3 })
  })

  it('are forgotten when the store has none any more', () => {
    const { record, records } = opened()
    records.wrote('a', record(1), records.begin())
    records.seen('a', undefined, records.begin())
    expect(records.look('a')).toBeUndefined()
    expect(records.last('a')).toBeUndefined()
    expect(records.lastGood('a')).toBeUndefined()
  })

  it('tell reads before a write from reads after it', () => {
    const { record, records } = opened()
    expect(records.writes('a')).toBe(0)
    records.wrote('a', record(1), records.begin())
    const first = records.writes('a')
    records.seen('a', record(1), records.begin())
    expect(records.writes('a')).toBe(first)
    records.wrote('a', record(2), records.begin())
    expect(records.writes('a')).toBeGreaterThan(first)
    expect(records.writes('b')).toBe(0)
  })

  it('are so many at most; those opened longest ago go first', () => {
    const { record, records } = opened(2)
    for (const id of ['a', 'b', 'a', 'c']) records.seen(id, record(1), records.begin())
    expect(['a', 'b', 'c'].map((id) => records.look(id) !== undefined)).toEqual([true, false, true])
  })
})
