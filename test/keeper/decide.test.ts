import { createClient, type EsignAuthError, insureSign } from 'esign-auth'
import { describe, expect, it } from 'vitest'
import { canRefresh, decide, isAlive, isNew, settle } from '../../src/keeper/access-decision.ts'
import { systemClock } from '../../src/keeper/clock.ts'
import { StoreUnavailable, VendorUnavailable } from '../../src/keeper/errors.ts'
import type { GrantRecord } from '../../src/keeper/record.ts'
import { defaultAhead } from '../../src/keeper/refresh/refresh-windows.ts'

const client = createClient(insureSign, { clientId: 'a-client', clientSecret: 'a-client-secret' })
const minute = 60_000
/** When the token of `record` falls due, when callers begin to wait, and when it has run out. */
const [due, hard, end] = [50 * minute, 59.5 * minute, 60 * minute]

/** A token that lives for an hour: the fifth pair of a grant whose links up to the second are dead. */
const record: GrantRecord = {
  schema: 1,
  vendor: 'insuresign',
  clientId: 'a-client',
  region: '',
  owner: 'user:ada',
  account: '',
  consent: 'a-consent',
  generation: 5,
  floor: 2,
  state: 'ok',
  since: 0,
  refreshAfter: due,
  accessExpiresAt: end,
  attempt: 4,
  pairAttempt: 4,
  tokens: { access_token: 'a-token', refresh_token: 'a-refresh-token' },
}
const userWithoutRefreshToken = { tokens: { access_token: 'a-token' } }
const appsOwn = { owner: 'client', machine: true, tokens: { access_token: 'a-token' } }
const refused = { state: 'reauth_required', reason: 'lost_response' } as const

/** An outcome in a word or two: what is handed out, or the code and the reason of the error. */
function told(act: () => string): string {
  try {
    return act()
  } catch (error) {
    const { code, reason } = error as EsignAuthError & { reason?: string }
    return reason ? `sign in again: ${reason}` : code
  }
}

describe('what a caller gets for a record as it was read', () => {
  type Asked = Parameters<typeof decide>[3]
  const linked = (generation: number): Asked => ({ link: { grant: 'a-grant', generation } })
  it.each<[what: string, now: number, changed: Partial<GrantRecord> | undefined, asked: Asked, outcome: string]>([
    ['nothing is kept for the owner', 0, undefined, {}, 'sign in again: unknown'],
    ['the user has disconnected', 0, { state: 'revoked', tokens: undefined }, {}, 'sign in again: revoked'],
    ['a link from before the disconnection', 0, {}, linked(2), 'sign in again: revoked'],
    ['a link that says nothing of its age', 0, {}, linked(Number.NaN), 'sign in again: revoked'],
    ['a link from after the disconnection', 0, {}, linked(3), 'its token'],

    ['fresh', 0, {}, {}, 'its token'],
    ['about to fall due', due - 1, {}, {}, 'its token'],
    ['due', due, {}, {}, 'its token, and a refresh behind'],
    ['about to be waited for', hard - 1, {}, {}, 'its token, and a refresh behind'],
    ['in its last half minute', hard, {}, {}, 'a wait'],
    ['just run out', end, {}, {}, 'a wait'],
    [
      'of two minutes, in its last twelve seconds',
      108_000,
      { accessExpiresAt: 120_000, refreshAfter: 100_000 },
      {},
      'a wait',
    ],

    ['fresh, and wanted for longer than any token lives', 0, {}, { minValidMs: Number.POSITIVE_INFINITY }, 'its token'],
    ['due, with more left than is wanted', due, {}, { minValidMs: 10 * minute - 1 }, 'its token, and a refresh behind'],
    ['due, with just what is wanted left', due, {}, { minValidMs: 10 * minute }, 'a wait'],

    ['fresh, but refused by the API', 0, {}, { notGeneration: 5 }, 'a wait'],
    ['the next one after that which the API refused', 0, {}, { notGeneration: 4 }, 'its token'],
    ['due, but refused by the API', due, {}, { notGeneration: 5 }, 'a wait'],

    ['due, while nobody may post', due, { cooldownUntil: due + 1 }, {}, 'its token'],
    ['in its last half minute, while nobody may post', hard, { cooldownUntil: end + 1 }, {}, 'its token'],
    ['run out, while nobody may post', end, { cooldownUntil: end + 1 }, {}, 'a wait'],
    ['refused by the API, while nobody may post', due, { cooldownUntil: end }, { notGeneration: 5 }, 'a wait'],
    ['due, and one may post again', due, { cooldownUntil: due }, {}, 'its token, and a refresh behind'],

    ['the vendor refuses the refresh token, the token works', end - 1, refused, {}, 'its token'],
    ['the vendor refuses the refresh token, the token has run out', end, refused, {}, 'sign in again: lost_response'],
    [
      'the vendor refuses the refresh token, the API the token',
      0,
      refused,
      { notGeneration: 5 },
      'sign in again: lost_response',
    ],

    ['of a user without a refresh token, due', end - 1, userWithoutRefreshToken, {}, 'its token'],
    ['of a user without a refresh token, run out', end, userWithoutRefreshToken, {}, 'sign in again: no_refresh_token'],
    [
      'of a user without a refresh token, refused by the API',
      0,
      userWithoutRefreshToken,
      { notGeneration: 5 },
      'sign in again: no_refresh_token',
    ],
    ['the app’s own, due', due, appsOwn, {}, 'its token, and a refresh behind'],
    ['the app’s own, run out', end, appsOwn, {}, 'a wait'],
    [
      'the app’s own, not asked for yet, begun by an instance whose clock is fast',
      0,
      { ...appsOwn, tokens: undefined, refreshAfter: end },
      {},
      'a wait',
    ],
  ])('%s', (_, now, changed, asked, outcome) => {
    const parts = { clock: { ...systemClock, now: () => now }, ahead: defaultAhead }
    const asRead = changed && { ...record, ...changed }
    const got = told(() => {
      const decision = decide(parts, { client }, asRead, asked)
      if ('wait' in decision) return decision.wait ? 'a wait' : 'nothing'
      const { token, generation, expiresAt, stale } = decision.token
      expect({ token, generation, expiresAt }).toEqual({ token: 'a-token', generation: 5, expiresAt: 3600 })
      // Who is told of a newer one on its way can rely on it.
      expect(stale).toBe(decision.refresh)
      return decision.refresh ? 'its token, and a refresh behind' : 'its token'
    })
    expect(got).toBe(outcome)
  })
})

describe('what a caller gets who has waited', () => {
  type Circumstances = Parameters<typeof settle>[3]
  const away = new StoreUnavailable(client.vendor)
  const busy = new VendorUnavailable(client.vendor, 30_000, 'it rests')
  it.each<[what: string, now: number, changed: Partial<GrantRecord> | undefined, how: Circumstances, outcome: string]>([
    ['the token works', end - 1, {}, {}, 'a-token'],
    ['the token works, though the refresh failed', end - 1, {}, { failure: busy }, 'a-token'],
    ['the refresh failed', end, {}, { failure: away }, 'store_unavailable'],
    ['the refresh failed, and the API refused the token', 0, {}, { bar: 5, failure: busy }, 'vendor_unavailable'],
    ['no newer token came, for no reason known', end, {}, {}, 'vendor_unavailable'],
    ['a new token that had run out when it came', end, {}, { fresh: true }, 'a-token'],
    ['the app’s own, run out when it came', end, appsOwn, { fresh: true }, 'a-token'],
    [
      'a new token that had run out and was refused',
      end,
      { ...refused },
      { fresh: true },
      'sign in again: lost_response',
    ],
    [
      'a new token that had run out, without a refresh token',
      end,
      userWithoutRefreshToken,
      { fresh: true },
      'sign in again: no_refresh_token',
    ],
    ['the user disconnected meanwhile', 0, { state: 'revoked', tokens: undefined }, {}, 'sign in again: revoked'],
    ['the record was deleted meanwhile', 0, undefined, {}, 'sign in again: unknown'],
    ['the store failed, and nothing is known of the grant', 0, undefined, { failure: away }, 'store_unavailable'],
    ['a verdict without a reason', end, { state: 'reauth_required' }, {}, 'sign in again: revoked'],
    [
      'a verdict that was found before the refresh failed',
      end,
      refused,
      { failure: busy },
      'sign in again: lost_response',
    ],
  ])('%s', (_, now, changed, how, outcome) => {
    expect(told(() => settle(client, changed && { ...record, ...changed }, now, how).token)).toBe(outcome)
  })

  it('is told the second at which the token runs out, rounded down', () => {
    expect(settle(client, { ...record, accessExpiresAt: 3_600_999 }, 0).expiresAt).toBe(3600)
  })

  it('is asked to try again in a second when nothing is known against it', () => {
    expect(() => settle(client, record, end)).toThrow('Try again in 1 s.')
  })
})

it('a pair is new for those who waited when it is younger than the longest wait', () => {
  expect(isNew({ ...record, since: 1_000 }, 15_999, 15_000)).toBe(true)
  // 24: one that comes back to the store after it was lost there is as old as it was.
  expect(isNew({ ...record, since: 1_000 }, 16_000, 15_000)).toBe(false)
})

it('only the app’s own tokens can be renewed without a refresh token', () => {
  expect(canRefresh(record)).toBe(true)
  expect(canRefresh({ ...record, ...userWithoutRefreshToken })).toBe(false)
  expect(canRefresh({ ...record, ...appsOwn, tokens: undefined })).toBe(true)
  expect(canRefresh({ ...record, tokens: undefined })).toBe(false)
})

it('a link lives when it is younger than the last disconnection', () => {
  const alive = (generation: number) => isAlive({ grant: 'a-grant', generation }, record)
  expect([1, 2, 3, 5, Number.NaN].map(alive)).toEqual([false, false, true, true, false])
})
