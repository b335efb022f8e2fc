import { describe, expect, it } from 'vitest'
import { cookiesIn } from '../../src/sign-in/cookie-header.ts'

/** Every character that `trim` takes away, but the two that are white space in a Cookie header. */
const trimmed = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code)).filter(
  (character) => character.trim() === '' && !' \t'.includes(character),
)
/** Bytes above ASCII, as Node hands them over: each a character of its own. */
const highBytes = Array.from({ length: 0x80 }, (_, at) => String.fromCharCode(0x80 + at))

describe('a Cookie header', () => {
  it('is read in order, blanks and tabs around each pair taken away', () => {
    expect(cookiesIn('a=1; b=2;\tc = 3 ;d=')).toEqual([
      ['a', '1'],
      ['b', '2'],
      ['c ', ' 3'],
      ['d', ''],
    ])
    expect(cookiesIn('x=a=b; none; =empty;')).toEqual([['x', 'a=b']])
    expect(cookiesIn(undefined)).toEqual([])
  })

  it.each([
    ['blanks within a value', `a=${' '.repeat(16_000)}x`],
    ['blanks around a pair', `${' '.repeat(8_000)}a=x${'\t'.repeat(8_000)}`],
    ['many pairs', 'a= ;'.repeat(4_000)],
  ])('1.3 · is read in no time, however long: %s', (_, header) => {
    const start = performance.now()
    for (let n = 0; n < 10; n += 1) cookiesIn(header)
    expect(performance.now() - start).toBeLessThan(300)
  })

  it('1.3 · keeps every other character around and inside a name, so that no name passes for another', () => {
    expect(trimmed.length).toBeGreaterThan(20)
    for (const odd of [...trimmed, ...highBytes]) {
      for (const name of [`${odd}__Host-x`, `__Host-x${odd}`, `__Ho${odd}st-x`]) {
        expect(cookiesIn(`a=1; ${name}=v; b=2`)).toEqual([
          ['a', '1'],
          [name, 'v'],
          ['b', '2'],
        ])
      }
    }
  })
})
