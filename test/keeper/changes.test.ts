import { describe, expect, it } from 'vitest'
import type { GrantOwner, GrantRecord } from '../../src/keeper/record.ts'
import {
  adopted,
  beaten,
  doubted,
  refused,
  released,
  remembered,
  renewed,
  revoked,
  taken,
  tombstone,
} from '../../src/keeper/record-changes.ts'

const owner: GrantOwner = { vendor: 'acme', clientId: 'a-client', region: '', owner: 'user:ada', account: '' }
const day = 86_400_000
const now = 100 * day
const times = { since: now, accessExpiresAt: now + 3_600_000, refreshAfter: now + 3_000_000 }

/** The fifth pair of a grant, gained by its fourth attempt. */
const record: GrantRecord = {
  ...owner,
  schema: 1,
  consent: 'a-consent',
  generation: 5,
  floor: 2,
  state: 'ok',
  since: now - day,
  accessExpiresAt: now - 1,
  refreshAfter: now - 2,
  attempt: 4,
  pairAttempt: 4,
  tokens: { access_token: 'a-5', refresh_token: 'r-5' },
}
const pair = { access_token: 'a-6', refresh_token: 'r-6' }
const doubt = { n: 1, since: now - 1_000 }
const lease = { id: 'mine', beat: 0 }
/** As a record that is there after much has gone wrong. */
const troubled: GrantRecord = {
  ...record,
  state: 'reauth_required',
  reason: 'lost_response',
  lease,
  doubt,
  suspect: true,
  cooldownUntil: now + 30_000,
}
const nothingWrong = {
  reason: undefined,
  lease: undefined,
  doubt: undefined,
  suspect: undefined,
  cooldownUntil: undefined,
}

describe('a sign-in', () => {
  const signIn = { ...times, consent: 'another' }

  it('begins a grant', () => {
    expect(adopted(undefined, owner, pair, signIn)).toMatchObject({
      ...owner,
      ...times,
      consent: 'another',
      generation: 1,
      floor: 0,
      state: 'ok',
      attempt: 0,
      pairAttempt: 0,
      tokens: pair,
    })
  })

  it('over a tombstone of which the vendor was not asked forgets that', () => {
    const dead = tombstone(owner, now)
    expect(dead).toMatchObject({ ...owner, state: 'revoked', generation: now, floor: now, unasked: true })
    expect(dead.tokens).toBeUndefined()
    const alive = adopted(dead, owner, pair, signIn)
    expect(alive).toMatchObject({ state: 'ok', generation: now + 1, floor: now, consentAt: now, tokens: pair })
    expect(alive.unasked).toBeUndefined()
    // Nothing of a whole record is taken over.
    expect(tombstone(record, now)).toEqual({ ...dead, consent: expect.any(String) })
  })

  it('cures whatever was wrong; links from before a disconnection stay dead, and attempts count on', () => {
    const cured = adopted(troubled, owner, pair, signIn)
    expect(cured).toMatchObject({ ...nothingWrong, state: 'ok', consent: 'another', generation: 6, floor: 2 })
    expect(cured).toMatchObject({ attempt: 4, pairAttempt: 4, tokens: pair })
  })

  it.each<[string, GrantRecord | undefined, string | undefined]>([
    ['a good grant keeps its own', record, 'r-5'],
    ['one that was refused does not', troubled, undefined],
    ['nor one that was ended', revoked(record, now), undefined],
    ['nor one whose tokens cannot be opened here', { ...record, tokens: undefined }, undefined],
    ['nor where there was none', undefined, undefined],
  ])('without a refresh token: %s', (_, before, refreshToken) => {
    const { tokens } = adopted(before, owner, { access_token: 'a-6' }, signIn)
    expect(tokens).toEqual({ access_token: 'a-6', refresh_token: refreshToken })
  })

  it('of nobody: the app’s own tokens, which are still to come', () => {
    const begun = adopted(undefined, { ...owner, owner: 'client' }, undefined, signIn)
    expect(begun).toMatchObject({ machine: true, tokens: undefined })
    expect(adopted(undefined, owner, pair, signIn).machine).toBeUndefined()
  })
})

describe('a lease', () => {
  it.each([
    ['free: no doubt', undefined, true, undefined],
    ['taken over from a holder that is silent: the token may be spent', lease, true, { n: 1, since: now }],
    ['taken over, and a request spends nothing: no doubt', lease, false, undefined],
  ])('%s', (_, from, spends, doubted) => {
    const mine = { id: 'new', beat: 0 }
    const next = taken({ ...record, lease: from }, mine, from, now, spends)
    expect(next).toMatchObject({ lease: mine, attempt: 5, pairAttempt: 4, generation: 5 })
    expect(next.doubt).toEqual(doubted)
  })

  it('shows a sign of life, and nothing else', () => {
    expect(beaten(troubled, 'mine')).toEqual({ ...troubled, lease: { id: 'mine', beat: 1 } })
    expect(beaten({ ...record, lease: { id: 'mine', beat: 7 } }, 'mine').lease).toEqual({ id: 'mine', beat: 8 })
  })

  it('given back: the pair stays, and so does every doubt', () => {
    const { lease: _, cooldownUntil: __, ...rest } = troubled
    expect(released(troubled, now + 5)).toEqual({ ...rest, lease: undefined, cooldownUntil: now + 5 })
    expect(released(troubled, undefined).cooldownUntil).toBeUndefined()
  })

  it('a doubt more is counted, and dated from the first', () => {
    expect(doubted(record, now).doubt).toEqual({ n: 1, since: now })
    expect(doubted({ ...record, doubt }, now).doubt).toEqual({ n: 2, since: now - 1_000 })
  })
})

describe('a new pair', () => {
  it('ends lease, doubt, cool-down and verdict; the consent is the same', () => {
    expect(renewed(troubled, pair, { ...times, attempt: 5, suspect: false })).toEqual({
      ...troubled,
      ...nothingWrong,
      ...times,
      state: 'ok',
      generation: 6,
      attempt: 5,
      pairAttempt: 5,
      tokens: pair,
    })
  })

  it('of an earlier attempt than the latest: attempts never count back', () => {
    expect(renewed({ ...record, attempt: 7 }, pair, { ...times, attempt: 5, suspect: true })).toMatchObject({
      attempt: 7,
      pairAttempt: 5,
      suspect: true,
    })
  })
})

describe('24 · a pair that the store had lost, over what it has instead', () => {
  const older: GrantRecord = { ...record, generation: 4, attempt: 3, pairAttempt: 3 }
  it.each<[string, Partial<GrantRecord>, Partial<GrantRecord>, boolean, true | undefined]>([
    ['nobody touched it', {}, {}, true, undefined],
    ['the same attempt was under way', { attempt: 4 }, {}, true, undefined],
    ['somebody may be refreshing', { lease }, {}, true, true],
    ['somebody has tried once more', { attempt: 5 }, {}, true, true],
    ['somebody lost an answer', { doubt }, {}, true, true],
    ['it was suspect before', {}, { suspect: true }, true, true],
    ['somebody may be refreshing, which spends nothing', { lease, attempt: 5, doubt }, {}, false, undefined],
    ['it was suspect before, though nothing is spent', {}, { suspect: true }, false, true],
  ])('%s', (_, there, known, spends, suspect) => {
    const back = remembered({ ...record, ...known }, { ...older, ...there }, spends)
    expect(back.suspect).toBe(suspect)
    expect(back).toMatchObject({ generation: 5, tokens: record.tokens, pairAttempt: 4 })
    expect(back.attempt).toBe(Math.max(4, there.attempt ?? 3))
  })
})

describe('41 · the vendor refuses the refresh token', () => {
  const idle = 30 * 86_400
  it.each<[string, Partial<GrantRecord>, number | undefined, GrantRecord['reason']]>([
    ['it was ended there', {}, undefined, 'revoked'],
    ['it was ended there, within the idle life', { since: now - 30 * day }, idle, 'revoked'],
    ['it was unused for longer than the vendor allows', { since: now - 30 * day - 1 }, idle, 'expired'],
    ['it was unused for long, at a vendor that names no limit', { since: 0 }, undefined, 'revoked'],
    ['an answer was lost', { doubt }, undefined, 'lost_response'],
    ['the pair may not have been the current one', { suspect: true }, undefined, 'lost_response'],
    ['an answer was lost, long ago', { doubt, since: 0 }, idle, 'lost_response'],
  ])('%s', (_, changed, idleLifetime, reason) => {
    const before = { ...record, ...changed, lease, cooldownUntil: now + 1 }
    expect(refused(before, now, idleLifetime)).toEqual({
      ...before,
      state: 'reauth_required',
      reason,
      lease: undefined,
      cooldownUntil: undefined,
    })
  })
})

it('a tombstone: no tokens, nothing under way, and every link so far is dead', () => {
  expect(revoked(troubled, now)).toEqual({
    ...troubled,
    ...nothingWrong,
    state: 'revoked',
    floor: 5,
    since: now,
    tokens: undefined,
  })
})
