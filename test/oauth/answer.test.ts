import { EsignAuthError } from 'esign-auth'
import { describe, expect, it } from 'vitest'
import type { Asked } from '../../src/oauth/error-answer.ts'
import type { HttpAnswer } from '../../src/oauth/http/exchange.ts'
import { readJsonAnswer } from '../../src/oauth/json-answer.ts'
import { readRevocationAnswer } from '../../src/oauth/revocation.ts'
import { readTokenAnswer, salvagedRefreshToken } from '../../src/oauth/token-answer.ts'
import type { TokenSet } from '../../src/oauth/token-set.ts'
import { tokenFields } from '../evil-vendor.ts'
import { leaks, shown } from './failure.ts'

const vendor = { id: 'a-vendor', name: 'A Vendor' }
/** 15 January 2027, 12:00:00.900. */
const now = 1_800_014_400_900
const nowSeconds = 1_800_014_400
const old = { refresh_token: 'the-old-refresh-token', scope: 'the old scope' }

type Answer = Partial<HttpAnswer>

/** An answer of JSON text, or of anything that is made so. */
function answerOf(body: unknown, { status = 200, headers = {} }: Answer = {}): HttpAnswer {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: text }
}

function asked(more: Partial<Asked> = {}): Asked {
  return { vendor, purpose: 'the code exchange', secrets: [], now, ...more }
}

/** Both ways to ask: a code exchange, and a refresh with a token at hand. */
const purposes = [
  ['a code exchange', asked()],
  ['a refresh', asked({ purpose: 'the refresh', previous: old })],
] as const

function refusal(answer: HttpAnswer, how: Asked = asked()): EsignAuthError {
  try {
    readTokenAnswer(answer, how)
  } catch (error) {
    if (error instanceof EsignAuthError) return error
    throw error
  }
  throw new Error('the answer was taken')
}

function read(changes: Readonly<Record<string, unknown>>, how: Asked = asked()): TokenSet {
  return { ...readTokenAnswer(answerOf(tokenFields(changes)), how) }
}

describe.each(purposes)('the answer to %s', (_, how) => {
  it.each([
    ['an HTML page', '<!doctype html><h1>Welcome</h1>', 'text/html'],
    ['form text inside HTML', 'access_token=abc&token_type=Bearer', 'text/html'],
    ['form text', 'access_token=abc&token_type=Bearer', 'application/x-www-form-urlencoded'],
    ['form text labelled JSON', 'access_token=abc&token_type=Bearer', 'application/json'],
    ['JSON labelled text/html', JSON.stringify(tokenFields()), 'text/html'],
    ['JSON labelled text/plain', JSON.stringify(tokenFields()), 'text/plain;charset=utf-8'],
    ['JSON labelled text/json', JSON.stringify(tokenFields()), 'text/json'],
    ['JSON labelled application/jsonp', JSON.stringify(tokenFields()), 'application/jsonp'],
    ['JSON labelled application/x+jsonp', JSON.stringify(tokenFields()), 'application/x+jsonp'],
    ['JSON with two labels', JSON.stringify(tokenFields()), 'text/html, application/json'],
    ['JSON with an empty label', JSON.stringify(tokenFields()), ''],
  ])('1.4 · %s is refused', (_, body, label) => {
    const error = refusal(answerOf(body, { headers: { 'content-type': label } }), how)
    expect(error).toMatchObject({ code: 'invalid_answer', vendorStatus: 200, sent: 'answered', vendor: 'a-vendor' })
    expect(error.message).toMatch(/^A Vendor: the answer to the (code exchange|refresh) is /)
    expect(error.message).not.toContain('abc')
  })

  it('1.4 · JSON without a label is refused', () => {
    expect(refusal({ status: 200, headers: {}, body: JSON.stringify(tokenFields()) }, how).code).toBe('invalid_answer')
  })

  it.each([
    'application/json',
    'Application/JSON; charset=utf-8',
    'application/json;charset=UTF-8',
    'application/vnd.x+json',
  ])('JSON labelled %s is read', (label) => {
    const answer = answerOf(tokenFields(), { headers: { 'content-type': label } })
    expect(readTokenAnswer(answer, how).access_token).toBe('evil-access-token')
  })

  it.each([
    ['null', 'null'],
    ['a string', '"access_token"'],
    ['an array', JSON.stringify([tokenFields()])],
    ['a number', '1'],
    ['nothing', ''],
    ['blanks', '   '],
    ['truncated JSON', JSON.stringify(tokenFields()).slice(0, -3)],
    ['two objects', `${JSON.stringify(tokenFields())}${JSON.stringify(tokenFields())}`],
    ['200 000 brackets', '['.repeat(200_000)],
    ['200 000 brackets, closed', `${'['.repeat(200_000)}${']'.repeat(200_000)}`],
    ['200 000 nested objects', '{"a":'.repeat(200_000)],
    ['a NUL', '\0'],
  ])('1.4 · a body of %s is refused', (_, body) => {
    expect(refusal(answerOf(body), how)).toMatchObject({ code: 'invalid_answer', sent: 'answered' })
  })

  it.each([
    ['missing', undefined],
    ['empty', ''],
    ['blank', '  '],
    ['null', null],
    ['a number', 12_345_678],
    ['an object', { token: 'abc' }],
    ['an array', ['abc']],
    ['true', true],
    ['holding CR LF', 'abc\r\nx-evil: 1'],
    ['holding a space', 'abc def'],
    ['holding NUL', 'abc\0def'],
    ['holding a tab', 'abc\tdef'],
    ['holding DEL', 'abc\x7f'],
    ['not ASCII', 'abcé'],
    ['holding what invalid UTF-8 became', 'abc\ufffd'],
    ['holding a lone surrogate', 'abc\ud800'],
  ])('1.4 · an access_token that is %s is refused', (_, access_token) => {
    const error = refusal(answerOf(tokenFields({ access_token })), how)
    expect(error).toMatchObject({ code: 'invalid_answer', message: expect.stringContaining('access_token') })
  })

  it.each([
    ['missing', undefined],
    ['null', null],
    ['empty', ''],
    ['mac', 'mac'],
    ['bearer and more', 'Bearer x'],
    ['an object', { type: 'Bearer' }],
    ['an array', ['Bearer']],
    ['true', true],
  ])('1.4 · a token_type that is %s is refused', (_, token_type) => {
    const error = refusal(answerOf(tokenFields({ token_type })), how)
    expect(error).toMatchObject({ code: 'invalid_answer', message: expect.stringContaining('token_type') })
  })

  it.each(['BEARER', 'bearer', 'Bearer', ' bearer '])('1.4 · the token_type %j is taken', (token_type) => {
    expect(read({ token_type }, how).access_token).toBe('evil-access-token')
  })

  it.each([
    ['beside a token', tokenFields({ error: 'invalid_grant' })],
    ['alone', { error: 'invalid_grant' }],
    ['written with blanks', tokenFields({ ' error ': 'invalid_grant' })],
  ])('1.4 · a 200 with an `error` %s is refused', (_, body) => {
    expect(refusal(answerOf(body), how)).toMatchObject({
      code: 'oauth_error',
      vendorStatus: 200,
      sent: 'answered',
      oauth: { error: 'invalid_grant' },
    })
  })

  it.each([[{ code: 7 }], [{}], [[]], [true], [false], [0], [401], ['"'], ['\u0007'], ['x'.repeat(101)], ['é']])(
    '1.4 · a 200 with the unreadable error %j beside a token is refused',
    (error) => {
      expect(refusal(answerOf(tokenFields({ error })), how)).toMatchObject({ code: 'http_error', oauth: undefined })
    },
  )

  it.each([201, 202, 204, 206, 299, 300, 302, 400, 401, 403, 429, 500, 503])(
    '1.4 · a token in a %i is refused',
    (status) => {
      expect(refusal(answerOf(tokenFields(), { status }), how)).toMatchObject({
        code: 'http_error',
        vendorStatus: status,
        sent: 'answered',
      })
    },
  )

  it.each([
    ['an object', { token: 'x' }],
    ['a number', 5],
    ['empty', ''],
    ['null', null],
    ['holding CR LF', 'a\r\nb'],
    ['not ASCII', 'é'],
    ['a list', ['abc']],
  ])('1.4 · a refresh_token that is %s is dropped, and the old one kept', (_, refresh_token) => {
    const tokens = read({ refresh_token }, how)
    expect(tokens.access_token).toBe('evil-access-token')
    expect(tokens.refresh_token).toBe(how.previous?.refresh_token)
  })

  it('1.8 · a new refresh_token replaces the old one', () => {
    expect(read({ refresh_token: 'the-new-one' }, how).refresh_token).toBe('the-new-one')
  })

  it('1.8 · without a new refresh_token the old one is kept', () => {
    expect(read({}, how).refresh_token).toBe(how.previous?.refresh_token)
  })

  it('1.4 · null and unknown members, and no expires_in, are accepted', () => {
    const body = { access_token: 'a', token_type: 'bearer', refresh_token: null, scope: null, error: null, x: [{}] }
    expect({ ...readTokenAnswer(answerOf({ ...body, id_token: null, error_code: null }), how) }).toEqual({
      access_token: 'a',
      ...how.previous,
    })
  })
})

describe('the answer of a token endpoint', () => {
  it('1.4 · with access_token twice gives the last one, never a mixture', () => {
    const body = '{"access_token":"first","token_type":"Bearer","access_token":"last"}'
    expect(readTokenAnswer(answerOf(body), asked()).access_token).toBe('last')
    const spelled = '{"access_token":"first","token_type":"Bearer"," access_token":"last"}'
    expect(readTokenAnswer(answerOf(spelled), asked()).access_token).toBe('last')
  })

  it.each([
    '{"__proto__":{"access_token":"a","token_type":"Bearer"}}',
    '{"constructor":{"prototype":{"access_token":"a","token_type":"Bearer"}}}',
    '{" __proto__ ":{"access_token":"a","token_type":"Bearer"}}',
  ])('1.4 · %s gives no token', (body) => {
    expect(refusal(answerOf(body)).code).toBe('invalid_answer')
  })

  it('1.4 · pollutes nothing with prototype keys beside a token', () => {
    const evil = '"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"toString":1'
    const body = `{"access_token":"a","token_type":"Bearer",${evil}}`
    const tokens = readTokenAnswer(answerOf(body), asked())
    expect(Object.keys(tokens)).toEqual(['access_token'])
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    expect(Reflect.get(tokens, 'polluted')).toBeUndefined()
    const fields = readJsonAnswer(answerOf(body), asked())
    expect(Reflect.get(fields, 'polluted')).toBeUndefined()
    expect(Reflect.get({ ...fields }, 'polluted')).toBeUndefined()
  })

  it('has its keys and text trimmed', () => {
    expect({
      ...readTokenAnswer(answerOf({ ' access_token': ' a ', 'token_type ': 'Bearer\n', '\tscope': ' b ' }), asked()),
    }).toEqual({ access_token: 'a', scope: 'b' })
  })

  it('is read with a byte order mark cut off by the transport, and refused with one inside', () => {
    expect(refusal(answerOf(`\ufeff${JSON.stringify(tokenFields())}`)).code).toBe('invalid_answer')
  })

  describe.each([
    ['a number', 3600, nowSeconds + 3600],
    ['a numeric string', '3600', nowSeconds + 3600],
    ['a numeric string with blanks', ' 3600 ', nowSeconds + 3600],
    ['a fraction', 3599.7, nowSeconds + 3599],
    ['a fraction as text', '3599.7', nowSeconds + 3599],
    ['zero', 0, nowSeconds],
    ['zero as text', '0', nowSeconds],
    ['less than a second', 0.4, nowSeconds],
    ['negative', -5, nowSeconds],
    ['negative as text', '-5', nowSeconds],
    ['very negative', -1e30, nowSeconds],
    ['missing', undefined, undefined],
    ['null', null, undefined],
    ['empty', '', undefined],
    ['words', 'abc', undefined],
    ['words with a number', '1h', undefined],
    ['hexadecimal', '0x10', undefined],
    ['exponential text', '1e3', undefined],
    ['Infinity as text', 'Infinity', undefined],
    ['NaN as text', 'NaN', undefined],
    ['an object', {}, undefined],
    ['an array', [3600], undefined],
    ['true', true, undefined],
    ['absurd', 1e30, undefined],
    ['absurd as text', '1'.repeat(400), undefined],
    ['1e15', 1e15, undefined],
    ['ten years', 320_000_000, nowSeconds + 320_000_000],
    ['an epoch ahead', nowSeconds + 7200, nowSeconds + 7200],
    ['an epoch ahead as text', String(nowSeconds + 7200), nowSeconds + 7200],
    ['an epoch ten years ahead', nowSeconds + 320_000_000, nowSeconds + 320_000_000],
    ['an epoch more than ten years ahead', nowSeconds + 320_000_001, undefined],
    ['an epoch that is past', nowSeconds - 1, undefined],
    ['an epoch in milliseconds', now + 3_600_000, undefined],
  ])('with an expires_in that is %s (%j)', (_, expires_in, expires_at) => {
    it.each(purposes)(`1.4 · expires at ${expires_at}, as %s`, (_, how) => {
      const tokens = read({ expires_in, refresh_token: 'the-new-one' }, how)
      expect(tokens.expires_at).toBe(expires_at)
      expect('expires_at' in tokens).toBe(expires_at !== undefined)
      expect(tokens.refresh_token).toBe('the-new-one')
    })
  })

  it('1.4 · with the expires_in 1e400 has no expiry', () => {
    expect(
      readTokenAnswer(answerOf('{"access_token":"a","token_type":"Bearer","expires_in":1e400}'), asked()).expires_at,
    ).toBeUndefined()
  })

  it.each([
    ['text', 'read write', 'read write'],
    ['an array', ['read', 'write'], 'read write'],
    ['empty', '', undefined],
    ['an empty array', [], undefined],
    ['an array of other things', ['read', 1], undefined],
    ['a number', 5, undefined],
    ['an object', { read: true }, undefined],
  ])('with a scope that is %s', (_, scope, expected) => {
    expect(read({ scope }).scope).toBe(expected)
    expect(read({ scope }, asked({ previous: old })).scope).toBe(expected ?? old.scope)
  })

  it('keeps an id_token, and drops one that is no text fit for a header', () => {
    expect(read({ id_token: 'a.b.c' }).id_token).toBe('a.b.c')
    for (const id_token of [{}, 5, '', 'a b', 'é']) expect('id_token' in read({ id_token })).toBe(false)
  })
})

describe('the refresh token in a refused answer', () => {
  const refresh = asked({ previous: old })
  const renewed = { refresh_token: 'the-new-refresh-token' }
  const salvage = (answer: HttpAnswer, how = refresh) => salvagedRefreshToken(refusal(answer, how))

  it.each([
    ['without an access_token', answerOf(renewed)],
    ['with an unusable access_token', answerOf(tokenFields({ ...renewed, access_token: 'a\r\nb' }))],
    ['with another token_type', answerOf(tokenFields({ ...renewed, token_type: 'mac' }))],
    ['labelled HTML', answerOf(tokenFields(renewed), { headers: { 'content-type': 'text/html' } })],
    ['without a label', { status: 200, headers: {}, body: JSON.stringify(tokenFields(renewed)) }],
    ['with nulls for an error', answerOf({ ...renewed, error: null })],
  ])('is saved from a complete 200 %s', (_, answer) => {
    expect(salvage(answer)).toBe('the-new-refresh-token')
  })

  it.each([
    ['an error beside it', answerOf({ ...renewed, error: 'server_error' })],
    ['an error spelled with blanks beside it', answerOf({ ...renewed, 'error ': 'server_error' })],
    ['an error in the words of another vendor beside it', answerOf({ ...renewed, error_code: 'E12' })],
    ['an error that is no code beside it', answerOf({ ...renewed, error: { x: 1 } })],
    [
      'an error beside it, labelled HTML',
      answerOf({ ...renewed, error: 'x' }, { headers: { 'content-type': 'text/html' } }),
    ],
    [
      'an error spelled with blanks beside it, labelled HTML',
      answerOf({ ...renewed, ' error': 'x' }, { headers: { 'content-type': 'text/html' } }),
    ],
    [
      'another error beside it, labelled HTML',
      answerOf({ ...renewed, error_code: 'E12' }, { headers: { 'content-type': 'text/html' } }),
    ],
    ['the status 201', answerOf(renewed, { status: 201 })],
    ['the status 500', answerOf(renewed, { status: 500 })],
    ['a text that is no token', answerOf({ refresh_token: 'a b' })],
    ['an object in its place', answerOf({ refresh_token: { a: 1 } })],
    ['truncated JSON', answerOf(JSON.stringify(renewed).slice(0, -1))],
    ['an array around it', answerOf([renewed])],
    ['a prototype in its place', answerOf('{"__proto__":{"refresh_token":"the-new-refresh-token"}}')],
    [
      'a prototype in its place, labelled HTML',
      answerOf('{"__proto__":{"refresh_token":"x"}}', { headers: { 'content-type': 'text/html' } }),
    ],
  ])('is not saved from an answer with %s', (_, answer) => {
    expect(salvage(answer)).toBeUndefined()
  })

  it('is not saved from a code exchange, where no old one can have been spent', () => {
    expect(salvage(answerOf(renewed), asked())).toBeUndefined()
  })

  it('can be seen by nobody who looks at the error', () => {
    const error = refusal(answerOf(renewed), refresh)
    expect(leaks(shown(error), ['the-new-refresh-token'])).toEqual([])
    expect(Reflect.ownKeys(error).sort()).toEqual(
      ['code', 'message', 'oauth', 'retryAfter', 'sent', 'stack', 'vendorStatus', 'vendor'].sort(),
    )
  })

  it('is not looked for in other errors', () => {
    for (const other of [undefined, null, 'text', {}, new Error('other')])
      expect(salvagedRefreshToken(other)).toBeUndefined()
  })
})

describe('an error answer', () => {
  const badRequest = (body: unknown, more: Answer = {}) => refusal(answerOf(body, { status: 400, ...more }))

  it.each([
    ['as RFC 6749 says', { error: 'invalid_grant', error_description: 'used up' }, 'invalid_grant', 'used up'],
    ['without a description', { error: 'invalid_grant' }, 'invalid_grant', undefined],
    ['as an object', { error: { error_name: 'unauthorized', error_msg: 'no' } }, 'unauthorized', 'no'],
    ['as another object', { error: { code: 'bad_token', message: 'no' } }, 'bad_token', 'no'],
    [
      'as an object with a path',
      { error: { error_name: 'bad_request', error_msg: 'no', error_path: 'code' } },
      'bad_request',
      'no',
    ],
    ['as an object that says little', { error: { error_name: 'failed_operation' } }, 'failed_operation', undefined],
    ['as error_code', { error_code: 'E-12', error_message: 'no' }, 'E-12', 'no'],
    ['as code and message', { code: 403, message: 'no' }, '403', 'no'],
    ['as code and msg', { code: 'E12', msg: 'no', data: null }, 'E12', 'no'],
  ])('written %s is understood', (_, body, error, error_description) => {
    const found = badRequest(body)
    expect(found).toMatchObject({ code: 'oauth_error', vendorStatus: 400, sent: 'answered' })
    expect(found.oauth).toEqual({ error, error_description, error_uri: undefined })
    expect(found.message).toContain(error)
  })

  it('1.8 · invalid_grant says that the user has to sign in again', () => {
    expect(badRequest({ error: 'invalid_grant' }).message).toMatch(
      /^A Vendor: the code exchange was refused \(invalid_grant\).*sign in again/,
    )
  })

  it.each([
    ['invalid_client', 'client secret'],
    ['unauthorized_client', 'app approved'],
    ['invalid_request', 'callback URL'],
    ['other', "vendor's page"],
  ])('of %s says to look at the %s', (error, remedy) => {
    expect(badRequest({ error }).message).toContain(remedy)
  })

  // One code, several causes: where the vendor's words tell them apart, the remedy does.
  it.each([
    ['invalid_grant', 'The code has expired.', 'is expired: the user'],
    ['invalid_grant', 'Authorization code was already redeemed', 'is used already: the user'],
    ['invalid_grant', 'Refresh token can be used once only', 'is used already: the user'],
    ['invalid_grant', 'revoked by the user', "another client's: the user"],
    ['invalid_grant', 'redirect_uri does not match', 'The callback URL must be the registered one'],
    ['invalid_request', 'Invalid redirectUrl', 'The callback URL must be the registered one'],
    ['redirect_uri_mismatch', undefined, 'The callback URL must be the registered one'],
    ['invalid_client', 'no such client', 'region, sandbox or production'],
    ['invalid_scope', undefined, 'Ask only for scopes'],
    ['unsupported_grant_type', undefined, 'may not use this grant'],
    ['temporarily_unavailable', undefined, 'Try again later'],
  ])('of %s with the words "%s" says: … %s', (error, error_description, remedy) => {
    expect(badRequest({ error, error_description }).message).toContain(remedy)
  })

  it('keeps a code as the vendor sent it', () => {
    for (const error of [
      'a',
      'Some Error!',
      'x'.repeat(100),
      "it's",
      'authorization_pending',
      'https://vendor.example/errors#1',
    ]) {
      expect(badRequest({ error }).oauth?.error).toBe(error)
    }
  })

  it.each([['a"b'], ['a\\b'], ['é'], ['a\nb'], [''], ['x'.repeat(101)], [5], [{}], [['invalid_grant']]])(
    'with the code %j, which is none, is an error without a reason',
    (error) => {
      expect(badRequest({ error })).toMatchObject({ code: 'http_error', vendorStatus: 400, oauth: undefined })
    },
  )

  it('of prototype keys is an error without a reason', () => {
    expect(badRequest('{"__proto__":{"error":"invalid_grant"}}').code).toBe('http_error')
    expect(badRequest('{"error":{"__proto__":{"code":"invalid_grant"}}}').code).toBe('http_error')
  })

  it.each(['<html>', '', 'null', '[]', '"x"', '{"error":'])('with the body %j is an error without a reason', (body) => {
    expect(badRequest(body)).toMatchObject({ code: 'http_error', vendorStatus: 400 })
    expect(badRequest(body, { headers: { 'content-type': 'text/html' } }).code).toBe('http_error')
  })

  it('cleans a description of control characters and cuts it short', () => {
    const error_description = `one\r\ntwo\0\u001b[31m\u2028three\u0085${'x'.repeat(2000)}`
    const { oauth, message } = badRequest({ error: 'e', error_description, error_uri: `javascript:${'y'.repeat(900)}` })
    expect(oauth?.error_description).toMatch(/^one two \[31m three x+…$/)
    expect(oauth?.error_description).toHaveLength(300)
    expect(oauth?.error_uri).toHaveLength(300)
    expect(message.length).toBeLessThan(600)
  })

  it('does not show a description that is no message, for its length', () => {
    const { oauth } = badRequest({ error: 'e', error_description: 'x'.repeat(5000) })
    expect(oauth).toEqual({ error: 'e', error_description: '(a text too long to show)', error_uri: undefined })
  })

  it.each([
    ['seconds', '120', 120],
    ['zero', '0', 0],
    ['a date ahead', new Date(now + 90_000).toUTCString(), 90],
    ['a date past', 'Wed, 21 Oct 2015 07:28:00 GMT', 0],
    ['words', 'soon', undefined],
    ['nothing', '', undefined],
    ['a negative number', '-5', undefined],
    ['a fraction', '1.5', undefined],
    ['two numbers', '5, 10', undefined],
  ])('with a Retry-After of %s (%s)', (_, value, expected) => {
    const error = refusal(answerOf('', { status: 503, headers: { 'retry-after': value } }))
    expect(error.retryAfter).toBe(expected)
  })

  it('with status 429 or 5xx says to try later, and others to look at the credentials', () => {
    for (const status of [429, 500, 503]) expect(badRequest('', { status }).message).toContain('Try again later')
    for (const status of [400, 401, 404]) expect(badRequest('', { status }).message).toContain('credentials')
  })
})

describe('an answer in an envelope', () => {
  const enveloping = { ...vendor, token: { envelope: 'data' } }
  const how = asked({ vendor: enveloping })
  const tokens = tokenFields({ refresh_token: 'a-refresh-token' })

  it.each([
    ['a code of zero', { code: 0, message: 'success', data: tokens }],
    ['a code of zero as text', { code: '0', msg: 'success', data: tokens }],
    ['a code of null', { code: null, data: tokens }],
    ['nothing beside it', { data: tokens }],
    ['blanks in its name', { ' data ': tokens }],
    ['nothing around it', tokens],
  ])('with %s is read', (_, body) => {
    expect({ ...readTokenAnswer(answerOf(body), how) }).toEqual({
      access_token: 'evil-access-token',
      refresh_token: 'a-refresh-token',
      expires_at: nowSeconds + 3600,
    })
  })

  it('is not opened where a token stands outside of it, whatever that is', () => {
    const data = tokenFields({ access_token: 'inner' })
    expect(readTokenAnswer(answerOf({ ...tokenFields(), data }), how).access_token).toBe('evil-access-token')
    for (const access_token of ['', null, 5, 'a b']) {
      expect(refusal(answerOf({ ...tokenFields({ access_token }), data }), how).code).toBe('invalid_answer')
    }
  })

  it.each([
    ['text', 'x'],
    ['null', null],
    ['an array', [tokens]],
    ['a number', 5],
    ['nothing', undefined],
  ])('1.4 · that holds %s is refused', (_, data) => {
    expect(refusal(answerOf({ code: 0, data }), how)).toMatchObject({ code: 'invalid_answer', sent: 'answered' })
  })

  it('1.4 · is refused of a vendor that uses none', () => {
    expect(refusal(answerOf({ data: tokens })).code).toBe('invalid_answer')
  })

  it('1.4 · is found among own members only', () => {
    const how = asked({ vendor: { ...vendor, token: { envelope: '__proto__' } } })
    expect(refusal(answerOf({ code: 0 }), how).code).toBe('invalid_answer')
  })

  it.each([
    ['a number', { code: 40_001, message: 'bad code', data: null }, '40001', 'bad code'],
    ['text', { code: 'E-7', msg: 'bad code' }, 'E-7', 'bad code'],
    ['a negative number', { code: -1, message: '' }, '-1', undefined],
    ['a number beside tokens', { code: 7, message: 'no', data: tokens }, '7', 'no'],
  ])('1.4 · with a code of its own (%s) is an error, though it comes with 200', (_, body, error, error_description) => {
    for (const answer of [answerOf(body), answerOf(body, { status: 400 })]) {
      expect(refusal(answer, how)).toMatchObject({ code: 'oauth_error', oauth: { error, error_description } })
    }
  })

  it('1.4 · is an error for one inside of it', () => {
    const inside = { error: 'invalid_grant', error_description: 'no' }
    for (const data of [inside, { ...tokens, ...inside }]) {
      expect(refusal(answerOf({ code: 0, data }), how).oauth).toMatchObject(inside)
    }
    expect(refusal(answerOf({ code: 0, data: { code: 9, message: 'no' } }), how).oauth?.error).toBe('9')
  })

  it('is no error for a `code` and a `message` beside a token', () => {
    const body = tokenFields({ code: 7, message: 'welcome' })
    expect(readTokenAnswer(answerOf(body), how).access_token).toBe('evil-access-token')
  })

  it.each<unknown>([{ toString: 'x' }, { toString: null, valueOf: null }, true])(
    '1.4 · is refused, by an error of ours, with %j as `code`',
    (code) => {
      expect(refusal(answerOf({ code, id_token: 'a-token' }), how)).toMatchObject({ code: 'invalid_answer' })
      expect(refusal(answerOf({ code }, { status: 400 }), how)).toMatchObject({ code: 'http_error' })
    },
  )

  it('1.6 · shows nothing secret of its message, and drops a code that repeats a secret', () => {
    const secrets = ['a-client-secret']
    const shows = refusal(answerOf({ code: 7, message: 'for a-client-secret' }), { ...how, secrets })
    expect(shows.oauth).toEqual({ error: '7', error_description: 'for [redacted]', error_uri: undefined })
    const drops = refusal(answerOf({ code: 'a-client-secret', message: 'no' }), { ...how, secrets })
    expect(drops.oauth).toBeUndefined()
    expect(leaks(shown(drops), secrets)).toEqual([])
  })

  it('gives its new refresh token to whoever keeps the grant, when it is refused for another reason', () => {
    const how = asked({ vendor: enveloping, previous: old })
    const data = { refresh_token: 'the-new-refresh-token' }
    const html = { headers: { 'content-type': 'text/html' } }
    const salvage = (answer: HttpAnswer) => salvagedRefreshToken(refusal(answer, how))
    expect(salvage(answerOf({ code: 0, data }))).toBe('the-new-refresh-token')
    expect(salvage(answerOf({ code: 0, data: { ...tokens, ...data } }, html))).toBe('the-new-refresh-token')
    for (const answer of [
      answerOf({ code: 7, data }),
      answerOf({ code: 7, data }, html),
      answerOf({ code: 7, message: 'no', ...data }, html),
      answerOf({ error: 'x', data }, html),
      answerOf({ code: 0, data: { ...data, error: 'x' } }, html),
    ]) {
      expect(salvage(answer)).toBeUndefined()
    }
  })
})

describe('an answer that echoes our request', () => {
  // Every special character, and a mark of letters and digits which no escape changes.
  const mark = 'Zq7Wx9Kk2Mn4'
  const secret = `+/=&<>"'\`%\\ ?#${mark}:;~é`
  const echoes: readonly (readonly [how: string, encode: (text: string) => string])[] = [
    ['as it was', (text) => text],
    ['percent-encoded', encodeURIComponent],
    ['percent-encoded in lower case', (text) => encodeURIComponent(text).replace(/%../g, (hex) => hex.toLowerCase())],
    [
      'percent-encoded to the last sign',
      (text) => encodeURIComponent(text).replace(/[~'!()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`),
    ],
    ['percent-encoded twice', (text) => encodeURIComponent(encodeURIComponent(text))],
    ['as a form', (text) => new URLSearchParams({ text }).toString()],
    [
      'as a form in a form',
      (text) => new URLSearchParams({ text: new URLSearchParams({ text }).toString() }).toString(),
    ],
    ['as JSON', JSON.stringify],
    ['as JSON in JSON', (text) => JSON.stringify(JSON.stringify(text))],
    ['as JSON with slashes escaped', (text) => JSON.stringify(text).replaceAll('/', '\\/')],
    ['as JSON by Go', (text) => JSON.stringify(text).replace(/[<>&]/g, unicodeEscape)],
    ['as JSON by Gson', (text) => JSON.stringify(text).replace(/[<>&='\u007f-\uffff]/g, unicodeEscape)],
    ['as HTML by Express', (text) => named(text).replaceAll("'", '&#39;')],
    ['as HTML by PHP', (text) => named(text).replaceAll("'", '&#039;')],
    ['as HTML by Python', (text) => named(text).replaceAll("'", '&#x27;')],
    [
      'as HTML by mustache',
      (text) => named(text).replace(/['/`=]/g, (c) => `&#x${c.charCodeAt(0).toString(16).toUpperCase()};`),
    ],
    ['as HTML by Go', (text) => text.replace(/[&<>"'+]/g, (c) => `&#${c.charCodeAt(0)};`)],
    ['as XML', (text) => named(text).replaceAll("'", '&apos;')],
    ['as HTML in JSON', (text) => JSON.stringify(named(text).replaceAll("'", '&#39;'))],
    ['as base64', (text) => Buffer.from(text).toString('base64')],
    ['as base64 after one byte', (text) => Buffer.from(`:${text}`).toString('base64')],
    ['as base64 after two bytes', (text) => Buffer.from(`::${text}`).toString('base64')],
    ['as base64 inside something', (text) => Buffer.from(`before ${text} after`).toString('base64')],
    ['as base64url', (text) => Buffer.from(`a${text}b`).toString('base64url')],
    ['as base64 in percent-encoding', (text) => encodeURIComponent(Buffer.from(text).toString('base64'))],
    ['as hex', (text) => Buffer.from(text).toString('hex')],
    ['as hex in upper case, after a digit', (text) => `0${Buffer.from(text).toString('hex').toUpperCase()}`],
    ['as bytes of a C string', (text) => Buffer.from(text).toString('hex').replace(/../g, '\\x$&')],
    [
      'as bytes of a C string in JSON',
      (text) => JSON.stringify(Buffer.from(text).toString('hex').replace(/../g, '\\x$&')),
    ],
    ['as base64 of base64', (text) => btoa(Buffer.from(text).toString('base64'))],
    ['as base64 of base64 inside something', (text) => btoa(`before ${Buffer.from(text).toString('base64')} after`)],
    ['as base64 of base64 of base64', (text) => btoa(btoa(Buffer.from(text).toString('base64')))],
    ['as base64 of hex', (text) => btoa(Buffer.from(text).toString('hex'))],
    ['as hex of base64', (text) => Buffer.from(Buffer.from(text).toString('base64')).toString('hex')],
    ['as base64 of a percent-encoding', (text) => btoa(encodeURIComponent(text))],
    [
      'as hex in percent-encoding twice',
      (text) => encodeURIComponent(encodeURIComponent(`=${Buffer.from(text).toString('hex')}`)),
    ],
    ['in upper case', (text) => text.toUpperCase()],
  ]
  const marks = [mark, mark.toUpperCase()]

  describe.each(purposes)('to %s', (_, how) => {
    it.each(echoes)('1.6 · %s shows no secret in its error', (_, encode) => {
      const text = `Bad request: ${encode(secret)}!`
      for (const body of [
        { error: 'invalid_request', error_description: text, error_uri: text },
        { error: { error_name: 'invalid_request', error_msg: text } },
        { error: { code: text, message: text } },
        { error: text, error_description: text },
        { error_code: text, error_message: text },
      ]) {
        const error = refusal(answerOf(body, { status: 400 }), { ...how, secrets: ['', 'short', secret] })
        expect(leaks(shown(error), marks)).toEqual([])
      }
    })
  })

  it('1.6 · keeps the words around a secret, and secrets of fewer than eight characters', () => {
    const error_description = 'code "abcdefgh" was not found for open'
    const error = refusal(
      answerOf({ error: 'e', error_description }, { status: 400 }),
      asked({ secrets: ['abcdefgh', 'open'] }),
    )
    expect(error.oauth?.error_description).toBe('code "[redacted]" was not found for open')
  })

  it('1.6 · shows no secret behind four layers of escapes, of whichever kinds', () => {
    const secret = 'Zq7Wx9 & Kk2<Mn4'
    const layers = [encodeURIComponent, (text: string) => JSON.stringify(text).slice(1, -1)]
    for (const [first, second] of [layers, layers.toReversed()] as [
      typeof encodeURIComponent,
      (text: string) => string,
    ][]) {
      const error_description = `x ${second(first(second(first(secret))))} y`
      const error = refusal(answerOf({ error: 'e', error_description }, { status: 400 }), asked({ secrets: [secret] }))
      expect(error.oauth?.error_description).toBe('x [redacted] y')
    }
  })

  it('1.6 · shows its words whole where the secret is longer than any message', () => {
    const secrets = ['s'.repeat(5000)]
    const error = refusal(
      answerOf({ error: 'e', error_description: 'plain words' }, { status: 400 }),
      asked({ secrets }),
    )
    expect(error.oauth?.error_description).toBe('plain words')
  })

  it('1.6 · looks for no secret that is longer than any text it may stand in, escaped or not', () => {
    // Half a megabyte of escapes took half a second for each text.
    const secrets = ['\\"'.repeat(500_000), mark]
    const error = refusal(
      answerOf({ error: 'e', error_description: `for ${mark}` }, { status: 400 }),
      asked({ secrets }),
    )
    expect(error.oauth?.error_description).toBe('for [redacted]')
  })

  it('1.6 · shows no rest of a secret that begins with another one', () => {
    const secrets = ['abcdefgh', `abcdefgh-${mark}`]
    const error_description = `unknown: abcdefgh-${mark}`
    const error = refusal(answerOf({ error: 'e', error_description }, { status: 400 }), asked({ secrets }))
    expect(error.oauth?.error_description).toBe('unknown: [redacted]')
  })

  it('1.6 · never rewrites an error code, and drops one that repeats a secret', () => {
    const secrets = ['grant', 'invalid', 'abcdefgh']
    const taken = refusal(answerOf({ error: 'invalid_grant' }, { status: 400 }), asked({ secrets }))
    expect(taken.oauth?.error).toBe('invalid_grant')
    const dropped = refusal(answerOf({ error: 'unknown code abcdefgh' }, { status: 400 }), asked({ secrets }))
    expect(dropped).toMatchObject({ code: 'http_error', oauth: undefined })
  })

  it.each(purposes)('1.6 · to %s in its content type shows no secret', (_, how) => {
    const headers = { 'content-type': `text/x-${mark}` }
    const error = refusal(answerOf('{}', { headers }), { ...how, secrets: [`x-${mark}`] })
    expect(leaks(shown(error), [mark, mark.toLowerCase()])).toEqual([])
  })

  it('1.6 · takes no time over a text made to take time', () => {
    const secrets = [
      '\\'.repeat(500),
      '%25'.repeat(500),
      'a'.repeat(900),
      '&amp;'.repeat(100),
      'x'.repeat(900_000),
      '+ '.repeat(300),
    ]
    const start = performance.now()
    for (const piece of ['\\', '%25', 'a', '&amp;', '&#', '%', 'x', '+', 'YWFh']) {
      for (const length of [3990, 1_000_000]) {
        const error_description = piece.repeat(length / piece.length)
        refusal(answerOf({ error: 'e', error_description }, { status: 400 }), asked({ secrets }))
      }
    }
    expect(performance.now() - start).toBeLessThan(1000)
  })

  it('1.6 · shows nothing of a body that could not be read', () => {
    const body = `{"access_token":"${mark}","token_type":"Bearer"`
    for (const answer of [answerOf(body), answerOf(body, { headers: { 'content-type': 'text/html' } })]) {
      expect(leaks(shown(refusal(answer, asked({ previous: old }))), [mark, old.refresh_token])).toEqual([])
    }
    const label = refusal(answerOf('{}', { headers: { 'content-type': `text/${'x'.repeat(500)}\u001b` } }))
    expect(label.message.length).toBeLessThan(200)
  })
})

describe('any other JSON answer', () => {
  it('gives its fields, trimmed', () => {
    expect({ ...readJsonAnswer(answerOf({ ' sub': ' a-user ', n: { x: ' y ' } }), asked()) }).toEqual({
      sub: 'a-user',
      n: { x: ' y ' },
    })
  })

  it.each([201, 204, 302, 401, 500])('1.5 · with status %i is refused, whatever its body', (status) => {
    expect(() => readJsonAnswer(answerOf({ sub: 'a-user' }, { status }), asked())).toThrow(
      expect.objectContaining({ code: 'http_error', vendorStatus: status }),
    )
  })

  it.each(['null', '[]', '"x"', ''])('1.5 · of %j is refused', (body) => {
    expect(() => readJsonAnswer(answerOf(body), asked())).toThrow(expect.objectContaining({ code: 'invalid_answer' }))
  })

  it('may have a `code` and a `message` of its own, which with another status are an error', () => {
    const body = { code: 7, message: 'hello', sub: 'a-user' }
    expect({ ...readJsonAnswer(answerOf(body), asked()) }).toEqual(body)
    expect({ ...readJsonAnswer(answerOf({ code: 'x' }), asked()) }).toEqual({ code: 'x' })
    expect(() => readJsonAnswer(answerOf(body, { status: 403 }), asked())).toThrow(
      expect.objectContaining({ code: 'oauth_error', oauth: expect.objectContaining({ error: '7' }) }),
    )
  })

  it('is not taken out of an envelope', () => {
    const how = asked({ vendor: { ...vendor, token: { envelope: 'data' } } })
    expect({ ...readJsonAnswer(answerOf({ data: { sub: 'a-user' } }), how) }).toEqual({ data: { sub: 'a-user' } })
  })

  it('with an `error` is refused', () => {
    expect(() => readJsonAnswer(answerOf({ sub: 'a-user', error: 'x' }), asked())).toThrow(
      expect.objectContaining({ code: 'oauth_error' }),
    )
  })
})

describe('the answer to a revocation', () => {
  it('means done with 200, whatever the body', () => {
    for (const body of ['', '{}', '<html>', 'null']) readRevocationAnswer({ status: 200, headers: {}, body }, asked())
  })

  it('of any other status is an error', () => {
    const read = (answer: HttpAnswer) => () => readRevocationAnswer(answer, asked())
    expect(read(answerOf('', { status: 503, headers: { 'retry-after': '9' } }))).toThrow(
      expect.objectContaining({ code: 'http_error', vendorStatus: 503, retryAfter: 9 }),
    )
    expect(read(answerOf({ error: 'unsupported_token_type' }, { status: 400 }))).toThrow(
      expect.objectContaining({
        code: 'oauth_error',
        oauth: expect.objectContaining({ error: 'unsupported_token_type' }),
      }),
    )
  })
})

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

function named(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
