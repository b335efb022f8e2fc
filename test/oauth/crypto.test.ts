import { describe, expect, it } from 'vitest'
import * as node from '../../src/oauth/crypto-node.ts'
import * as web from '../../src/oauth/crypto-web.ts'

describe.each([
  { kind: 'node:crypto', ...node },
  { kind: 'Web Crypto', ...web },
])('of $kind', ({ randomText, sha256 }) => {
  it('a random text is 32 bytes as base64url, and never the same again', () => {
    // More than a pool holds, several times over.
    const texts = Array.from({ length: 1000 }, randomText)
    for (const text of texts) expect(text).toMatch(/^[\w-]{43}$/)
    expect(new Set(texts).size).toBe(texts.length)
  })

  it('no bit of random texts is always the same', () => {
    const bytes = Array.from({ length: 200 }, () => Buffer.from(randomText(), 'base64url'))
    expect(bytes.every(({ length }) => length === 32)).toBe(true)
    for (let bit = 0; bit < 256; bit++) {
      const ones = bytes.filter((each) => (each[bit >> 3] ?? 0) & (1 << (bit & 7))).length
      expect(ones, `bit ${bit}`).toBeGreaterThan(20)
      expect(ones, `bit ${bit}`).toBeLessThan(180)
    }
  })

  it('the S256 challenge is that of RFC 7636, appendix B', async () => {
    const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
    expect(await sha256('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')).toBe(challenge)
  })

  it('SHA-256 is of the UTF-8 of a text, whatever is in it', async () => {
    expect(await sha256('ü\u{1f512}')).toBe(Buffer.from(await digest('ü\u{1f512}')).toString('base64url'))
    expect(await sha256('')).toBe('47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU')
  })
})

describe('the pool of random bytes', () => {
  const counted = () => {
    const pools: Uint8Array[] = []
    let next = 0
    const text = node.randomTexts((bytes) => {
      pools.push(bytes)
      // No two runs of 32 bytes of these are the same.
      for (let at = 0; at < bytes.length; at += 4) new DataView(bytes.buffer).setUint32(bytes.byteOffset + at, ++next)
    })
    return { text, pools }
  }

  it('hands out every byte once, in order', () => {
    const { text, pools } = counted()
    const drawn = Buffer.concat(Array.from({ length: 300 }, () => Buffer.from(text(), 'base64url')))
    for (let at = 0; at < drawn.length; at += 4) expect(drawn.readUInt32BE(at)).toBe(at / 4 + 1)
    expect(pools.length).toBe(3)
  })

  it('keeps none that it has handed out', () => {
    const { text, pools } = counted()
    for (let drawn = 1; drawn <= 300; drawn++) {
      text()
      const [pool = new Uint8Array()] = pools
      const used = ((drawn - 1) % (pool.length / 32)) * 32 + 32
      expect(pool.subarray(0, used).every((byte) => byte === 0)).toBe(true)
      // What is not drawn yet is there.
      expect(pool.subarray(used, used + 32).every((byte) => byte === 0)).toBe(used === pool.length)
    }
  })

  it('is nobody else’s memory, and not made before the first text is asked for', () => {
    const { text, pools } = counted()
    expect(pools).toEqual([])
    text()
    expect(pools[0]?.buffer.byteLength).toBe(pools[0]?.byteLength)
  })
})

function digest(text: string): Promise<ArrayBuffer> {
  return crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
}
