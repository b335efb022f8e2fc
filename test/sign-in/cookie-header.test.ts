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
