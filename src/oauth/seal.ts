/** Seals small values so that only this application can read or make them. */
export interface Sealer {
  /** Encrypts and authenticates `value` (as JSON), bound to `context`: it opens only under the same one. */
  seal(value: unknown, context: string): Promise<string>
  /** The value, or `undefined` when it was not sealed with this key for this context. Never rejects on bad input. */
  open(sealed: string, context: string): Promise<unknown>
}

/** A secret to seal with, and the name by which a sealed value tells which. */
export interface SealingKey {
  /** Letters, digits, `.`, `_` and `-`, at most 64. It stands in clear beside what it seals; a new secret, a new name. */
  readonly kid: string
  /** At least 32 characters that nobody can guess, as from `openssl rand -base64 32`. */
  readonly secret: string
}

/** Seals with the first of several keys and opens with all of them, so that keys can be replaced. */
export interface KeyRing {
  seal(value: unknown, context: string): Promise<string>
  /** The value, and whether another than the first key opened it; or the name of the key that it asks for. Never rejects. */
  open(sealed: string, context: string): Promise<Opened>
}

export type Opened = { readonly value: unknown; readonly old: boolean } | { readonly kid: string | undefined }

/** A ring of one nameless key, derived from `secret` for one `purpose`: another purpose gives another key. */
export function createSealer(secret: string, purpose: string): Sealer {
  const ring = createKeyRing([{ secret }], purpose)
  return {
    seal: ring.seal,
    async open(sealed, context) {
      const opened = await ring.open(sealed, context)
      return 'value' in opened ? opened.value : undefined
    },
  }
}

/**
 * A key ring (JWE, `dir` + A256GCM, by jose), its keys derived from the secrets by HKDF-SHA-256 for one `purpose`. jose is
 * loaded and a key derived at first use.
 */
export function createKeyRing(
  keys: readonly [Partial<SealingKey> & Pick<SealingKey, 'secret'>, ...SealingKey[]],
  purpose: string,
): KeyRing {
  const [first] = keys
  const derived = new Map<string | undefined, Promise<CryptoKey>>()
  const keyOf = (kid: unknown) => {
    const key = keys.find((each) => each.kid === kid)
    if (!key) throw new Error('the key is not in the ring')
    const known = derived.get(key.kid) ?? deriveKey(key.secret, purpose)
    derived.set(key.kid, known)
    return known
  }
  return {
    async seal(value, context) {
      const { CompactEncrypt } = await import('jose/jwe/compact/encrypt')
      return new CompactEncrypt(new TextEncoder().encode(JSON.stringify(value)))
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', ctx: context, ...(first.kid ? { kid: first.kid } : {}) })
        .encrypt(await keyOf(first.kid))
    },
    async open(sealed, context) {
      const { compactDecrypt } = await import('jose/jwe/compact/decrypt')
      let kid: string | undefined
      try {
        const keyFor = (header: { kid?: unknown }) => {
          kid = typeof header.kid === 'string' ? header.kid : undefined
          return keyOf(header.kid)
        }
        const { plaintext, protectedHeader } = await compactDecrypt(sealed, keyFor, {
          keyManagementAlgorithms: ['dir'],
          contentEncryptionAlgorithms: ['A256GCM'],
        })
        if (protectedHeader['ctx'] !== context) return { kid }
        return { value: JSON.parse(new TextDecoder().decode(plaintext)), old: kid !== first.kid }
      } catch {
        return { kid }
      }
    },
  }
}

/** Imported once, so that no use of it has to; it cannot be exported. */
async function deriveKey(secret: string, purpose: string): Promise<CryptoKey> {
  const bytes = new TextEncoder()
  const base = await crypto.subtle.importKey('raw', bytes.encode(secret), 'HKDF', false, ['deriveKey'])
  return crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: bytes.encode('esign-auth'), info: bytes.encode(purpose) },
    base,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt', 'decrypt'],
  )
}
