import { createKeyRing } from '../oauth/seal.ts'
import type { TokenSet } from '../oauth/token-set.ts'
import { KeyUnavailable } from './errors.ts'
import type { GrantRecord } from './record.ts'
import type { SealingKeys } from './sealing-keys.ts'

/** Records as bytes: JSON, in which the tokens are sealed. What is needed to decide can be read without a key. */
export interface Codec {
  encode(grantId: string, record: GrantRecord): Promise<Uint8Array>
  /**
   * The record; with `known`, what this process has open of it, nothing is opened twice. Tokens that cannot be opened are
   * left out, and `locked` says why.
   *
   * @throws KeyUnavailable when the bytes are no record at all.
   */
  decode(grantId: string, bytes: Uint8Array, known: GrantRecord | undefined): Promise<Decoded>
}

export interface Decoded {
  readonly record: GrantRecord
  readonly locked?: KeyUnavailable | undefined
}

/** What is sealed with, and who is told of a record that an old key opened. */
export interface CodecOptions {
  readonly keys: SealingKeys | undefined
  nameOf(vendor: string): { readonly id: string; readonly name: string }
  oldKey(grantId: string, record: GrantRecord): void
}

/** Fields of a later version of this package are kept as they are. */
export function createCodec({ keys, nameOf, oldKey }: CodecOptions): Codec {
  const ring = keys && createKeyRing(keys, 'tokens in a store')
  /** How tokens that this process has open are sealed in the store: a beat does not seal them anew. */
  const sealed = new WeakMap<TokenSet, { readonly grantId: string; readonly text: string; readonly old: boolean }>()
  return {
    async encode(grantId, record) {
      const { tokens } = record
      if (!ring || !tokens) return bytesOf(record)
      const as = sealed.get(tokens)
      if (as?.grantId === grantId && !as.old) return bytesOf({ ...record, tokens: as.text })
      const text = await ring.seal(tokens, grantId)
      sealed.set(tokens, { grantId, text, old: false })
      return bytesOf({ ...record, tokens: text })
    },
    async decode(grantId, bytes, known) {
      const whole = parse(bytes)
      const { tokens: stored } = whole
      // The order of the fields stays: what was written is recognised by its text.
      const having = (tokens: TokenSet | undefined): GrantRecord => ({ ...whole, tokens })
      if (stored === undefined) return { record: having(undefined) }
      // Sealed without a key here, or in clear where it should be sealed, is nothing that could be trusted.
      if (!ring && typeof stored === 'object') return { record: having(stored as TokenSet) }
      const cannot = (kid?: string) => ({
        record: having(undefined),
        locked: new KeyUnavailable(nameOf(whole.vendor), kid),
      })
      if (!ring || typeof stored !== 'string') return cannot()
      if (known?.tokens && sealed.get(known.tokens)?.text === stored) {
        return { record: having(known.tokens) }
      }
      const opened = await ring.open(stored, grantId)
      if (!('value' in opened)) return cannot(opened.kid)
      const tokens = opened.value as TokenSet
      sealed.set(tokens, { grantId, text: stored, old: opened.old })
      const record = having(tokens)
      if (opened.old) oldKey(grantId, record)
      return { record }
    },
  }
}

/** As it is in the store. */
type Stored = Omit<GrantRecord, 'tokens'> & { readonly tokens?: unknown }

function parse(bytes: Uint8Array): Stored {
  try {
    const record: unknown = JSON.parse(new TextDecoder().decode(bytes))
    if (typeof record === 'object' && record !== null && 'consent' in record) return record as Stored
  } catch {}
  throw new KeyUnavailable({ id: 'unknown', name: 'keeper' })
}

function bytesOf(record: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(record))
}
