import crypto from 'node:crypto'

/** SHA-256 as base64url. */
export async function sha256(text: string): Promise<string> {
  return crypto.hash('sha256', text, 'base64url')
}

/**
 * 256 random bits as 43 characters fit for a URL: a `state`, or a PKCE verifier (RFC 7636 §4.1). The pool is state of this
 * module; a second copy of the module has a pool of its own.
 */
export const randomText: () => string = /* @__PURE__ */ randomTexts((bytes) => crypto.randomFillSync(bytes))

const bytesEach = 32
const pooled = 128

/**
 * Random texts out of a pool, since asking the system costs as much for one as for a hundred. No byte is handed out
 * twice, and none stays in memory once it was.
 */
export function randomTexts(fill: (bytes: Uint8Array) => void): () => string {
  let pool: Buffer | undefined
  let at = 0
  return () => {
    if (!pool || at === pool.length) {
      pool ??= Buffer.alloc(bytesEach * pooled)
      fill(pool)
      at = 0
    }
    const end = at + bytesEach
    const text = pool.toString('base64url', at, end)
    pool.fill(0, at, end)
    at = end
    return text
  }
}
