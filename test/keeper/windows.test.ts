import { describe, expect, it } from 'vitest'
import { defaultAhead, hardAfter, timesOf } from '../../src/keeper/refresh/refresh-windows.ts'

const now = 1_000_000_000
const [second, minute, hour] = [1_000, 60_000, 3_600_000]
/** Grants whose jitter is none, half and nearly all of what there is. */
const [first, middle, last] = ['00000000', '80000000', 'ffffffff'].map((begin) => begin.padEnd(64, 'e'))

describe('when a token falls due', () => {
  it.each<[what: string, livesMs: number, grantId: string | undefined, aheadMs: number]>([
    ['an hour, the last of all grants', hour, first, 150 * second],
    ['an hour, in the middle', hour, middle, 375 * second],
    ['an hour, the first of all grants', hour, last, 600 * second],
    ['a day: ten minutes are the most', 24 * hour, last, 600 * second],
    ['ten minutes: a fifth', 10 * minute, last, 120 * second],
    ['ten minutes, in the middle', 10 * minute, middle, 75 * second],
    ['ten seconds', 10 * second, first, 0.5 * second],
    ['run out when it came', 0, last, 0],
    ['run out long before it came', -hour, last, 0],
  ])('it lives for %s', (_, livesMs, grantId = '', aheadMs) => {
    const times = timesOf({ expires_at: (now + livesMs) / 1000 }, now, { grantId, ahead: defaultAhead })
    expect(times).toMatchObject({ since: now, accessExpiresAt: now + livesMs })
    expect(times.accessExpiresAt - times.refreshAfter).toBeCloseTo(aheadMs, 0)
  })

  it.each([
    ['without jitter all grants are as early as any', { jitter: 0 }, 600 * second],
    ['with the most of it', { jitter: 1 }, 300 * second],
    ['a share of the lifetime', { soft: 0.1 }, 225 * second],
    ['a limit of one’s own', { softMax: 100 * second }, 62.5 * second],
    ['no window at all', { soft: 0 }, 0],
  ])('%s', (_, ahead, aheadMs) => {
    const asked = { grantId: middle ?? '', ahead: { ...defaultAhead, ...ahead } }
    const { accessExpiresAt, refreshAfter } = timesOf({ expires_at: (now + hour) / 1000 }, now, asked)
    expect(accessExpiresAt - refreshAfter).toBe(aheadMs)
  })

  it.each([
    ['the lifetime that the vendor documents', 1_800, 1_800],
    ['an hour, where it documents none', undefined, 3_600],
  ])('34 · nothing is said of its end: %s', (_, accessLifetime, seconds) => {
    const { accessExpiresAt } = timesOf({}, now, { grantId: first ?? '', accessLifetime, ahead: defaultAhead })
    expect(accessExpiresAt - now).toBe(seconds * second)
  })

  it('the app’s own, not asked for yet: at once', () => {
    const times = timesOf(undefined, now, { grantId: first ?? '', ahead: defaultAhead })
    expect(times).toEqual({ since: now, accessExpiresAt: now, refreshAfter: now })
  })
})

describe('36 · from when on callers wait for the refresh', () => {
  it.each<[what: string, livesMs: number, dueMs: number, waitMs: number]>([
    ['of an hour: in its last half minute', hour, 10 * minute, 30 * second],
    ['of two minutes: in its last tenth', 2 * minute, 20 * second, 12 * second],
    ['that falls due later than that: as soon as it does', hour, 5 * second, 5 * second],
    ['that had run out when it came: never before its end', 0, 0, 0],
    ['that had run out long before it came: the same', -hour, 0, 0],
  ])('a token %s', (_, livesMs, dueMs, waitMs) => {
    const end = now + livesMs
    const times = { since: now, accessExpiresAt: end, refreshAfter: end - dueMs }
    expect(end - hardAfter(times, defaultAhead)).toBe(waitMs)
  })
})
