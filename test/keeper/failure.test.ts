import { EsignAuthError } from 'esign-auth'
import { describe, expect, it } from 'vitest'
import {
  type ClassContext,
  classOf,
  type FailureClass,
  retryAfterMs,
  whatFollows,
} from '../../src/keeper/refresh/failure-classes.ts'
import type { ErrorDetails, EsignAuthErrorCode } from '../../src/oauth/errors.ts'

const error = (code: EsignAuthErrorCode, details: ErrorDetails = {}) =>
  new EsignAuthError(code, { id: 'acme', name: 'Acme Sign' }, 'what happened.', details)
/** An answer with an OAuth error in it. */
const says = (word: string, vendorStatus: number) =>
  error('oauth_error', { vendorStatus, sent: 'answered', oauth: { error: word } })
/** An answer that is no OAuth error: a page, an empty body. */
const answers = (vendorStatus: number) => error('http_error', { vendorStatus, sent: 'answered' })
const unsent = (code: EsignAuthErrorCode) => error(code, { sent: 'no' })
const cut = (code: EsignAuthErrorCode, vendorStatus?: number) => error(code, { sent: 'maybe', vendorStatus })

describe('what a failed refresh means for the grant', () => {
  const acme: ClassContext = { terminalErrors: ['bad_refresh_token'] }
  it.each<[what: string, thrown: unknown, means: FailureClass, whose?: ClassContext]>([
    ['41 · `invalid_grant`: only a new sign-in helps', says('invalid_grant', 400), 'terminal'],
    ['41 · `invalid_grant`, whatever the status', says('invalid_grant', 500), 'terminal'],
    ['43 · a word of the vendor’s own for it, with 200', says('bad_refresh_token', 200), 'terminal', acme],
    ['43 · the same word of a vendor that has no such', says('bad_refresh_token', 200), 'transient'],
    ['43 · a vendor with words of its own still knows `invalid_grant`', says('invalid_grant', 400), 'terminal', acme],
    [
      'an app’s own tokens are refused: nobody can sign in again',
      says('invalid_grant', 400),
      'configuration',
      { machine: true },
    ],
    ['42 · `invalid_client`', says('invalid_client', 401), 'configuration'],
    ['42 · `unauthorized_client`', says('unauthorized_client', 400), 'configuration'],

    ['17 · no connection', unsent('network_error'), 'never_sent'],
    ['17 · the deadline came before the connection', unsent('timeout'), 'never_sent'],
    ['an address that nothing may be sent to', unsent('insecure_url'), 'configuration'],
    ['a request that cannot be made', unsent('unsupported'), 'configuration'],

    ['18 · the connection was reset', cut('network_error'), 'unknown'],
    ['16 · no answer within the deadline', cut('timeout'), 'unknown'],
    ['48 · an answer without end', cut('answer_too_large', 200), 'unknown'],
    ['48 · a page without end that forbids', cut('answer_too_large', 403), 'transient'],
    ['an answer that says nothing', error('invalid_answer', { vendorStatus: 200, sent: 'answered' }), 'unknown'],
    ['an answer in another encoding', error('invalid_answer', { sent: 'answered' }), 'unknown'],
    ['39 · 500', answers(500), 'unknown'],
    ['39 · 502', answers(502), 'unknown'],
    ['39 · 503', answers(503), 'unknown'],
    ['39 · 504', answers(504), 'unknown'],
    ['39 · 500 with an OAuth error', says('server_error', 500), 'unknown'],
    ['39 · 503 with an OAuth error', says('temporarily_unavailable', 503), 'unknown'],

    ['38 · 429', answers(429), 'transient'],
    ['38 · 429 with an OAuth error', says('slow_down', 429), 'transient'],
    ['40 · 400 without an OAuth error', answers(400), 'transient'],
    ['40 · 403, a firewall’s page', answers(403), 'transient'],
    ['40 · 404', answers(404), 'transient'],
    ['40 · 499', answers(499), 'transient'],
    ['40 · 302', error('redirect_refused', { vendorStatus: 302, sent: 'answered' }), 'transient'],
    ['40 · 400 with another OAuth error', says('invalid_request', 400), 'transient'],
    ['40 · 200 with another OAuth error', says('try_later', 200), 'transient'],

    ['a mistake of somebody else’s code', new TypeError('x is undefined'), 'unknown'],
    [
      'another error with the same fields',
      Object.assign(new Error(), { code: 'network_error', sent: 'no' }),
      'unknown',
    ],
    ['nothing that could be read', undefined, 'unknown'],
  ])('%s', (_, thrown, means, whose) => {
    expect(classOf(thrown, whose)).toBe(means)
  })
})

describe('what follows a failure', () => {
  const never = (_: number) => false
  const always = (_: number) => true
  const asks = (seconds: number) => error('http_error', { vendorStatus: 503, sent: 'answered', retryAfter: seconds })
  const pauses = (kind: FailureClass, thrown: EsignAuthError | undefined, nth: number, safe = always) =>
    [0, 0.5, 1].map((chance) => whatFollows(kind, thrown, { nth, random: () => chance, safe }))
  const again = (...ms: number[]) => ms.map((againMs) => ({ againMs }))
  const rests = (restMs: number) => Array(3).fill({ restMs })

  it('17 · never sent: two more tries after growing pauses, spread wide; then it rests', () => {
    const refused = unsent('network_error')
    expect(pauses('never_sent', refused, 0, never)).toEqual(again(100, 300, 500))
    expect(pauses('never_sent', refused, 1, never)).toEqual(again(100, 500, 900))
    expect(pauses('never_sent', refused, 2, never)).toEqual(rests(30_000))
    expect(pauses('never_sent', refused, 2, always)).toEqual(rests(30_000))
  })

  it.each<[FailureClass, EsignAuthError]>([
    ['transient', answers(403)],
    ['configuration', says('invalid_client', 401)],
  ])('40, 42 · %s: it rests, also where the token could be sent again', (kind, thrown) => {
    for (const nth of [0, 1]) expect(pauses(kind, thrown, nth)).toEqual(rests(30_000))
  })

  it('18 · an answer was lost, and the token may be sent again: at once, then after growing pauses up to 2 s', () => {
    for (const lost of [cut('network_error'), undefined]) {
      expect(pauses('unknown', lost, 0)).toEqual(again(0, 0, 0))
      expect(pauses('unknown', lost, 1)).toEqual(again(375, 500, 625))
      expect(pauses('unknown', lost, 2)).toEqual(again(750, 1_000, 1_250))
      expect(pauses('unknown', lost, 3)).toEqual(again(1_500, 2_000, 2_500))
      expect(pauses('unknown', lost, 9)).toEqual(again(1_500, 2_000, 2_500))
    }
  })

  it('39 · a vendor that says it is in trouble is not asked again at once', () => {
    expect(pauses('unknown', answers(503), 0)).toEqual(again(187.5, 250, 312.5))
    expect(pauses('unknown', answers(503), 1)).toEqual(again(375, 500, 625))
  })

  it('13 · the token may be spent, and is not sent again: it rests', () => {
    for (const thrown of [cut('network_error'), answers(503)]) {
      expect(pauses('unknown', thrown, 0, never)).toEqual(rests(30_000))
    }
  })

  it('18 · what counts is whether the grace still runs after the pause', () => {
    const safe = (ms: number) => ms < 500
    expect(pauses('unknown', undefined, 1, safe)).toEqual([{ againMs: 375 }, { restMs: 30_000 }, { restMs: 30_000 }])
  })

  it.each<FailureClass>(['unknown', 'transient', 'configuration', 'never_sent'])(
    '38 · %s, and the vendor says when: it is obeyed, also where another try were safe',
    (kind) => {
      expect(pauses(kind, asks(120), 0)).toEqual(rests(120_000))
      expect(pauses(kind, asks(0), 0)).toEqual(rests(0))
    },
  )

  it('38 · an hour is the longest that a vendor is waited for', () => {
    expect([3_599, 3_600, 3_601, 99_999_999].map((seconds) => retryAfterMs(asks(seconds)))).toEqual([
      3_599_000, 3_600_000, 3_600_000, 3_600_000,
    ])
    expect(retryAfterMs(answers(503))).toBeUndefined()
    expect(retryAfterMs(undefined)).toBeUndefined()
  })
})
