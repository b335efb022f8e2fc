import { describe, expect, it } from 'vitest'
import { createCodec } from '../../src/keeper/record-sealing.ts'
import { failure } from '../oauth/failure.ts'

const keys = [{ kid: '2026-11', secret: 'a secret of the tests, 32 characters' }] as const
const bytesOf = (text: string) => new TextEncoder().encode(text)

describe.each([
  ['with keys', keys],
  ['without', undefined],
])('56 · what is no record at all, %s', (_, given) => {
  const codec = createCodec({ keys: given, nameOf: (id) => ({ id, name: id }), oldKey: () => {} })

  it.each(['', '{', 'null', '5', '"consent"', '[]', '{}', 'true'])('%j is not taken for one', async (text) => {
    const error = await failure(codec.decode('a-grant', bytesOf(text), undefined))
    expect(error).toMatchObject({ code: 'key_unavailable', vendor: 'unknown' })
    expect(error.message).toMatch(/^keeper: the tokens that are kept cannot be opened/)
  })

  it('a record without tokens is one, and needs no key', async () => {
    const { record, locked } = await codec.decode('a-grant', bytesOf('{"consent":"a","state":"revoked"}'), undefined)
    expect(record).toMatchObject({ consent: 'a', state: 'revoked' })
    expect([record.tokens, locked]).toEqual([undefined, undefined])
  })
})
