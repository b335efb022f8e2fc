import { describe, expect, test } from 'vitest'
import { refused } from './app.ts'
import { createDropboxSignApp, TOKEN } from './dropbox-sign-app.ts'

const utf8 = (text: string) => new TextEncoder().encode(text)

/** What a fake that reads this encoding says of a body. */
async function complaint(
  tokenEncoding: 'json' | 'multipart',
  body: string | Uint8Array<ArrayBuffer> | FormData,
  type?: string,
): Promise<string | undefined> {
  const app = createDropboxSignApp()
  app.fake.switches.tokenEncoding = tokenEncoding
  const headers: Record<string, string> = type === undefined ? {} : { 'Content-Type': type }
  const { status, error_description } = await refused(await app.send(TOKEN, { headers, body }))
  expect(status).toBe(400)
  return error_description
}

describe('a strict reader of JSON', () => {
  // Read, and refused only for what is in it.
  test.each([
    ['application/json', '{}', 'the parameter "client_id" is missing'],
    [
      'application/json; charset=utf-8',
      ' {"client_id" : "é\\"\\\\:,{}" }\n',
      'the parameter "client_secret" is missing',
    ],
    ['Application/JSON;charset="UTF-8"', '{"client_id":"\\u0061"}', 'the parameter "client_secret" is missing'],
  ])('takes, as %s, %s', async (type, body, reason) => {
    expect(await complaint('json', body, type)).toBe(reason)
  })

  test.each(['application/json;charset=latin1', 'application/jsonp', 'text/json', 'application/json, text/plain'])(
    'refuses the type %s',
    async (type) => {
      expect(await complaint('json', '{}', type)).toContain('the body must be application/json')
    },
  )

  test('refuses a body without a type', async () => {
    expect(await complaint('json', utf8('{}'))).toContain('its Content-Type is ""')
  })

  test.each([
    ['nothing', '', 'the body is not JSON'],
    ['half an object', '{"a":', 'the body is not JSON'],
    ['a trailing comma', '{"a":"b",}', 'the body is not JSON'],
    ['a byte order mark', '\ufeff{}', 'the body is not JSON'],
    ['an array', '["a"]', 'the body is JSON, but not an object'],
    ['null', 'null', 'the body is JSON, but not an object'],
    ['text', '"a"', 'the body is JSON, but not an object'],
    ['a number as value', '{"code":1}', 'the body\'s "code" is not a string'],
    ['null as value', '{"state":null}', 'the body\'s "state" is not a string'],
    ['an object as value', '{"code":{"a":"b"}}', 'the body\'s "code" is not a string'],
    ['a name twice', '{"code":"a","code":"b"}', 'the body holds a name more than once'],
    ['a name twice, written in two ways', '{"code":"a","\\u0063ode":"a"}', 'the body holds a name more than once'],
    ['a name twice, once not with text', '{"code":1,"code":"b"}', 'the body holds a name more than once'],
  ])('refuses %s', async (_, body, reason) => {
    expect(await complaint('json', utf8(body), 'application/json')).toBe(reason)
  })

  test('refuses what is not UTF-8', async () => {
    const body = new Uint8Array([...utf8('{"a":"'), 255, ...utf8('"}')])
    expect(await complaint('json', body, 'application/json')).toBe('the body is not UTF-8')
  })
})

describe('a strict reader of multipart', () => {
  const part = (name: string, value: string, more = '') =>
    `--b\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`

  // Read, and refused only for what is in it.
  test.each(['multipart/form-data; boundary=b', 'Multipart/Form-Data;boundary="b"'])(
    'takes the type %s',
    async (type) => {
      const body = `${part('client_id', 'é"\r\n--c')}--b--\r\n`
      expect(await complaint('multipart', body, type)).toBe('the parameter "client_secret" is missing')
    },
  )

  test.each([
    'multipart/form-data',
    'multipart/form-data;',
    'multipart/form-data; boundary=',
    'multipart/form-data; charset=utf-8',
  ])('refuses the type %s, which lacks the boundary', async (type) => {
    expect(await complaint('multipart', `${part('a', 'b')}--b--\r\n`, type)).toContain('lacks the boundary')
  })

  test.each(['multipart/mixed; boundary=b', 'multipart/form-database; boundary=b', 'application/json'])(
    'refuses the type %s',
    async (type) => {
      expect(await complaint('multipart', `${part('a', 'b')}--b--\r\n`, type)).toMatch(
        /^the body (must be|is not) multipart/,
      )
    },
  )

  test.each([
    ['nothing', ''],
    ['another boundary', `${part('a', 'b').replace('--b', '--c')}--c--\r\n`],
    ['a form', 'a=b'],
    ['a body that ends too early', part('a', 'b').slice(0, -4)],
  ])('refuses %s', async (_, body) => {
    expect(await complaint('multipart', body, 'multipart/form-data; boundary=b')).toBe(
      'the body is not multipart/form-data with the boundary of its Content-Type',
    )
  })

  test('refuses a field twice', async () => {
    const form = new FormData()
    form.append('code', 'a')
    form.append('code', 'a')
    expect(await complaint('multipart', form)).toBe('the body holds "code" more than once')
  })

  test('refuses a file', async () => {
    const form = new FormData()
    form.append('code', new Blob(['a']), 'a.txt')
    expect(await complaint('multipart', form)).toBe('the body\'s "code" is a file')
  })

  test('refuses what is not UTF-8', async () => {
    const body = new Uint8Array([...utf8(part('a', 'b').slice(0, -2)), 255, ...utf8('\r\n--b--\r\n')])
    expect(await complaint('multipart', body, 'multipart/form-data; boundary=b')).toBe('the body is not UTF-8')
  })
})
