import type { VersionedStore } from 'esign-auth/keeper'
import { describe, expect, it } from 'vitest'

/** What a store under test needs besides itself. */
export interface StoreUnderTest {
  readonly store: VersionedStore
  /** Lets time pass for the store's clock. Default: really waits. */
  readonly pass?: (ms: number) => Promise<void> | void
}

const bytes = (text: string) => new TextEncoder().encode(text)
const text = (value: Uint8Array | undefined) => value && new TextDecoder().decode(value)

/**
 * The contract that every store keeps; the keeper relies on nothing else. Times to live are in hundreds of milliseconds,
 * so that a store without a clock to move can be waited for.
 */
export function storeContract(name: string, makeStore: () => StoreUnderTest | Promise<StoreUnderTest>): void {
  const open = async () => {
    const { store, pass = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)) } = await makeStore()
    const key = `contract-${crypto.randomUUID()}`
    const write = (value: string, expected: string | undefined, ttlMs?: number) =>
      store.compareAndSwap(key, bytes(value), expected, ttlMs === undefined ? undefined : { ttlMs })
    /** The value, as text. */
    const read = async () => text((await store.get(key))?.value)
    return { store, key, write, read, pass }
  }

  describe(`${name} keeps the contract of a store`, () => {
    it('says whom it reaches', async () => {
      const { store } = await open()
      expect(['process', 'shared']).toContain(store.reach)
    })

    it('has nothing where nothing was written', async () => {
      const { store, key } = await open()
      expect(await store.get(key)).toBeUndefined()
      expect(await store.delete(key)).toBe(false)
    })

    it('gives back the very bytes, with the version that the write resolved to', async () => {
      const { store, key } = await open()
      const all = Uint8Array.from({ length: 256 }, (_, i) => i)
      const version = await store.compareAndSwap(key, all, undefined)
      const found = await store.get(key)
      expect(found?.version).toBe(version)
      expect(typeof version).toBe('string')
      expect(Uint8Array.from(found?.value ?? [])).toEqual(all)
    })

    it('keeps an empty value, a large one, and a key of any text', async () => {
      const { store, key } = await open()
      for (const [suffix, size] of [
        ['empty', 0],
        ['large', 200_000],
        [`:'"%{}\\ é`, 3],
      ] as const) {
        await store.compareAndSwap(key + suffix, new Uint8Array(size).fill(7), undefined)
        expect((await store.get(key + suffix))?.value.byteLength).toBe(size)
        await store.delete(key + suffix)
      }
    })

    it('creates only where there is nothing', async () => {
      const { write, read } = await open()
      expect(await write('first', undefined)).toBeTypeOf('string')
      expect(await write('second', undefined)).toBeUndefined()
      expect(await read()).toBe('first')
    })

    it('replaces only the version that was expected', async () => {
      const { write, read } = await open()
      const first = await write('first', undefined)
      const second = await write('second', first)
      expect(second).toBeTypeOf('string')
      expect(await write('third', first)).toBeUndefined()
      expect(await write('third', 'a version that never was')).toBeUndefined()
      expect(await write('third', '')).toBeUndefined()
      expect(await read()).toBe('second')
      expect(await write('third', second)).toBeTypeOf('string')
    })

    it('writes nothing for a version of a record that is gone', async () => {
      const { store, key, write, read } = await open()
      const first = await write('first', undefined)
      await store.delete(key)
      expect(await write('second', first)).toBeUndefined()
      expect(await read()).toBeUndefined()
    })

    it('gives a new version to every write, also of the same value, across deletion and expiry', async () => {
      const { store, key, write, pass } = await open()
      const versions: (string | undefined)[] = []
      for (let round = 0; round < 3; round++) {
        versions.push(await write('the same', undefined))
        versions.push(await write('the same', versions.at(-1)))
        await store.delete(key)
        versions.push(await write('the same', undefined, 100))
        await pass(150)
      }
      expect(versions).not.toContain(undefined)
      expect(new Set(versions).size).toBe(versions.length)
    })

    it('makes versions that nobody can count ahead', async () => {
      const { write } = await open()
      let version = await write('0', undefined)
      for (let round = 1; round < 5; round++) {
        const next = await write(String(round), version)
        expect(Number(next) - Number(version)).not.toBe(1)
        version = next
      }
    })

    it('lets one of many writers win, and no update is lost', async () => {
      const { store, key, write, read } = await open()
      await write('0', undefined)
      const add = async () => {
        for (;;) {
          const found = await store.get(key)
          const next = String(Number(text(found?.value)) + 1)
          if ((await write(next, found?.version)) !== undefined) return
        }
      }
      await Promise.all(
        Array.from({ length: 10 }, async () => {
          for (let round = 0; round < 5; round++) await add()
        }),
      )
      expect(await read()).toBe('50')
    })

    it('lets one of many creators win', async () => {
      const { write } = await open()
      const versions = await Promise.all(Array.from({ length: 20 }, (_, i) => write(String(i), undefined)))
      expect(versions.filter((version) => version !== undefined)).toHaveLength(1)
    })

    it('deletes one version if asked to, else any; and tells whether there was something', async () => {
      const { store, key, write, read } = await open()
      const first = await write('first', undefined)
      const second = await write('second', first)
      expect(await store.delete(key, first)).toBe(false)
      expect(await read()).toBe('second')
      expect(await store.delete(key, second)).toBe(true)
      expect(await store.delete(key, second)).toBe(false)
      await write('third', undefined)
      expect(await store.delete(key)).toBe(true)
      expect(await read()).toBeUndefined()
    })

    it('has no record whose time is over: not to read, not to replace, not to delete, not in the way of a new one', async () => {
      const { store, key, write, read, pass } = await open()
      const first = await write('first', undefined, 100)
      expect(await read()).toBe('first')
      await pass(150)
      expect(await read()).toBeUndefined()
      expect(await write('second', first)).toBeUndefined()
      expect(await store.delete(key, first)).toBe(false)
      expect(await store.delete(key)).toBe(false)
      expect(await write('second', undefined)).toBeTypeOf('string')
      expect(await read()).toBe('second')
    })

    it('sets the time anew with every write', async () => {
      const { write, read, pass } = await open()
      const first = await write('first', undefined, 300)
      await pass(200)
      await write('second', first, 300)
      await pass(200)
      expect(await read()).toBe('second')
      await pass(200)
      expect(await read()).toBeUndefined()
    })

    it('keeps for ever what is written without a time, also over a value that had one', async () => {
      const { write, read, pass } = await open()
      await write('second', await write('first', undefined, 100))
      await pass(250)
      expect(await read()).toBe('second')
    })

    it('gives a time to a value that had none', async () => {
      const { write, read, pass } = await open()
      await write('second', await write('first', undefined), 100)
      await pass(150)
      expect(await read()).toBeUndefined()
    })

    it('takes a time of years', async () => {
      const { write, read } = await open()
      await write('first', undefined, 10 * 365 * 86_400_000)
      expect(await read()).toBe('first')
    })

    it('keeps the keys apart', async () => {
      const { store, key, write, read } = await open()
      await write('first', undefined)
      await store.compareAndSwap(`${key}2`, bytes('other'), undefined)
      await store.delete(`${key}2`)
      expect(await read()).toBe('first')
    })
  })
}
