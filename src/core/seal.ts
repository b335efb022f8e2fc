/** Seals small values so that only this application can read or make them. */
export interface Sealer {
  /** Encrypts and authenticates `value` (as JSON), bound to `context`: it opens only under the same one. */
  seal(value: unknown, context: string): Promise<string>
  /** The value, or `undefined` when it was not sealed with this key for this context. Never rejects on bad input. */
  open(sealed: string, context: string): Promise<unknown>
}

/**
 * A sealer (JWE, `dir` + A256GCM, by jose) whose key is derived from `secret` by HKDF-SHA-256 for one `purpose`:
 * another purpose gives another key. jose is loaded and the key derived at first use.
 */
export function createSealer(secret: string, purpose: string): Sealer {
  let key: Promise<Uint8Array> | undefined
  const derived = () => {
    key ??= deriveKey(secret, purpose)
    return key
  }
  return {
    async seal(value, context) {
      const { CompactEncrypt } = await import('jose/jwe/compact/encrypt')
      return new CompactEncrypt(new TextEncoder().encode(JSON.stringify(value)))
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', ctx: context })
        .encrypt(await derived())
    },
    async open(sealed, context) {
      const { compactDecrypt } = await import('jose/jwe/compact/decrypt')
      try {
        const { plaintext, protectedHeader } = await compactDecrypt(sealed, await derived(), {
          keyManagementAlgorithms: ['dir'],
          contentEncryptionAlgorithms: ['A256GCM'],
        })
        if (protectedHeader['ctx'] !== context) return undefined
        return JSON.parse(new TextDecoder().decode(plaintext))
      } catch {
        return undefined
      }
    },
  }
}

async function deriveKey(secret: string, purpose: string): Promise<Uint8Array> {
  const bytes = new TextEncoder()
  const base = await crypto.subtle.importKey('raw', bytes.encode(secret), 'HKDF', false, ['deriveBits'])
  const bits = await crypto.subtle.deriveBits(
    { name: 'HKDF', hash: 'SHA-256', salt: bytes.encode('esign-auth'), info: bytes.encode(purpose) },
    base,
    256,
  )
  return new Uint8Array(bits)
}
