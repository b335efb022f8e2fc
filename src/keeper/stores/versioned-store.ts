/**
 * Where records live. Three methods and no listing; a lease, a fence or a journal is in the record, written by the
 * keeper, so that a back end has nothing to get wrong but the comparison.
 */
export interface VersionedStore {
  /**
   * `shared`: every instance that may serve a grant sees the same records, and they outlive the instances. `process`:
   * they are this process's alone, and session links carry a copy of the tokens, so that a restart loses none. It does
   * forget who was disconnected.
   */
  readonly reach: 'process' | 'shared'
  get(key: string): Promise<StoredValue | undefined>
  /**
   * Writes only if the record still has the version `expected` (`undefined`: only if there is none) and resolves to the
   * new version, or to `undefined` on conflict. A version is random and never repeats for a key, also not across
   * deletion and expiry. Every write sets the time to live anew; none means for ever. An expired record does not exist.
   */
  compareAndSwap(
    key: string,
    value: Uint8Array,
    expected: string | undefined,
    options?: { readonly ttlMs?: number | undefined },
  ): Promise<string | undefined>
  /** Removes the record, with `expected` only that version. Resolves to whether there was something to remove. */
  delete(key: string, expected?: string): Promise<boolean>
}

/** A record's bytes and version. */
export interface StoredValue {
  readonly value: Uint8Array
  readonly version: string
}
