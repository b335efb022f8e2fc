import { createClient, insureSign } from 'esign-auth'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createKeyRing, createSealer } from '../../src/oauth/seal.ts'

const sealer = createSealer('a client secret', 'pending login')
const value = { state: 's', verifier: 'v', list: [1, null, 'é'] }

describe('a sealed value', () => {
  it('opens under the same key, purpose and context', async () => {
    const sealed = await sealer.seal(value, 'a context')
    expect(await sealer.open(sealed, 'a context')).toEqual(value)
    expect(await createSealer('a client secret', 'pending login').open(sealed, 'a context')).toEqual(value)
  })

  it('can hold any JSON', async () => {
    for (const each of [null, 0, '', false, [], {}, 'text']) {
      expect(await sealer.open(await sealer.seal(each, 'c'), 'c')).toEqual(each)
    }
  })

  it('1.3 · cannot be read by who holds it, and is fit for a cookie', async () => {
    const sealed = await sealer.seal({ secret: 'Zq7Wx9Kk2Mn4' }, 'a context')
    const clear = sealed.split('.').map((part) => Buffer.from(part, 'base64url').toString('latin1'))
    expect([sealed, ...clear].join()).not.toContain('Zq7Wx9Kk2Mn4')
    expect(sealed).toMatch(/^[\w.-]+$/)
  })

  it('is different each time', async () => {
    expect(await sealer.seal(value, 'c')).not.toBe(await sealer.seal(value, 'c'))
  })

  it.each([
    ['context', createSealer('a client secret', 'pending login'), 'another context'],
    ['empty context', createSealer('a client secret', 'pending login'), ''],
    ['purpose', createSealer('a client secret', 'session'), 'a context'],
    ['key', createSealer('a client secret!', 'pending login'), 'a context'],
  ])('1.1 · does not open under another %s', async (_, other, context) => {
    expect(await other.open(await sealer.seal(value, 'a context'), context)).toBeUndefined()
  })

  it('1.1 · does not open once any character of it was changed', async () => {
    const sealed = await sealer.seal({ a: 1 }, 'c')
    const changed = [...sealed].map((character, at) => {
      // The last character of a part may hold bits that say nothing; a far one changes the bits that do.
      const other = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
      const next = character === '.' ? '-' : other[(other.indexOf(character) + 32) % 64]
      return sealed.slice(0, at) + next + sealed.slice(at + 1)
    })
    expect(changed).toHaveLength(sealed.length)
    for (const each of changed) expect(await sealer.open(each, 'c'), each).toBeUndefined()
    expect(await sealer.open(sealed.slice(0, -1), 'c')).toBeUndefined()
    expect(await sealer.open(`${sealed}.`, 'c')).toBeUndefined()
  })

  it('does not open with a header that asks for weaker protection', async () => {
    const [, ...rest] = (await sealer.seal(value, 'c')).split('.')
    for (const header of [
      { alg: 'none', ctx: 'c' },
      { alg: 'dir', enc: 'A128GCM', ctx: 'c' },
      { alg: 'dir', enc: 'A256GCM', ctx: 'c', zip: 'DEF' },
      { ctx: 'c' },
    ]) {
      const forged = [Buffer.from(JSON.stringify(header)).toString('base64url'), ...rest].join('.')
      expect(await sealer.open(forged, 'c')).toBeUndefined()
    }
  })

  it.each([
    '',
    '.',
    '....',
    'garbage',
    '{}',
    'a.b.c.d.e',
    '\0',
    'é'.repeat(99),
    'x'.repeat(100_000),
    JSON.stringify(value),
  ])('is not %j', async (garbage) => {
    expect(await sealer.open(garbage, 'c')).toBeUndefined()
  })

  it('is not anything but text', async () => {
    for (const garbage of [undefined, null, 5, {}, []]) expect(await sealer.open(garbage as never, 'c')).toBeUndefined()
  })
})

describe('a key ring', () => {
  const [older, newer] = [
    { kid: 'older', secret: 'a secret of before' },
    { kid: 'newer', secret: 'a secret of now' },
  ]

  it('seals with its first key and opens with all, and says when it was another', async () => {
    const [before, both] = [createKeyRing([older], 'p'), createKeyRing([newer, older], 'p')]
    expect(await both.open(await both.seal(value, 'c'), 'c')).toEqual({ value, old: false })
    expect(await both.open(await before.seal(value, 'c'), 'c')).toEqual({ value, old: true })
    expect(await before.open(await both.seal(value, 'c'), 'c')).toEqual({ kid: 'newer' })
  })

  it('1.1 · opens by the key that is named, and by no other of the ring', async () => {
    const both = createKeyRing([newer, older], 'p')
    const forged = await createKeyRing([{ ...newer, secret: older.secret }], 'p').seal(value, 'c')
    expect(await both.open(forged, 'c')).toEqual({ kid: 'newer' })
    expect(await both.open(await createKeyRing([{ secret: newer.secret }], 'p').seal(value, 'c'), 'c')).toEqual({})
  })

  it('says which key a value asks for, also in another context', async () => {
    const both = createKeyRing([newer, older], 'p')
    expect(await both.open(await createKeyRing([older], 'p').seal(value, 'c'), 'another')).toEqual({ kid: 'older' })
    expect(await both.open('garbage', 'c')).toEqual({})
  })

  it('1.6 · has keys that nothing can export', async () => {
    const derive = vi.spyOn(crypto.subtle, 'deriveKey')
    onTestFinished(() => derive.mockRestore())
    await createKeyRing([newer], 'p').seal(value, 'c')
    expect(await derive.mock.results[0]?.value).toMatchObject({ extractable: false })
  })
})

describe('a client’s sealer', () => {
  it('derives its key once for each purpose, and another one for another', async () => {
    const derive = vi.spyOn(crypto.subtle, 'deriveKey')
    onTestFinished(() => derive.mockRestore())
    const client = createClient(insureSign, { clientId: 'an-id', clientSecret: 'a-client-secret' })
    const sealed = await client.sealer('one').seal(value, 'c')
    expect(await client.sealer('one').open(sealed, 'c')).toEqual(value)
    expect(derive).toHaveBeenCalledTimes(1)
    expect(await client.sealer('other').open(sealed, 'c')).toBeUndefined()
    expect(derive).toHaveBeenCalledTimes(2)
  })
})
