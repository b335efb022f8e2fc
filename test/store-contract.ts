import type { VersionedStore } from 'esign-auth/keeper'
import { describe, expect, it, onTestFinished, vi } from 'vitest'

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
 * so that a store without a clock to move can be waited for; its tests then wait side by side (`concurrent`).
 */
export function storeContract(
  name: string,
  makeStore: () => StoreUnderTest | Promise<StoreUnderTest>,
  { concurrent = false }: { readonly concurrent?: boolean } = {},
): void {
  const open = async () => {
    const { store, pass = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)) } = await makeStore()
    const key = `contract-${crypto.randomUUID()}`
    const write = (value: string, expected: string | undefined, ttlMs?: number) =>
      store.compareAndSwap(key, bytes(value), expected, ttlMs === undefined ? undefined : { ttlMs })
    /** The value, as text. */
    const read = async () => text((await store.get(key))?.value)
    return { store, key, write, read, pass }
  }

  describe(`${name} keeps the contract of a store`, { concurrent }, () => {
    it('says whom it reaches', async () => {
      const { store } = await open()
      expect(['process', 'shared']).toContain(store.reach)
    })

    it('has nothing where nothing was written', async () => {
      const { store, key } = await open()
      expect(await store.get(key)).toBeUndefined()
      expect(await store.delete(key)).toBe(false)
    })

    it.each([
      ['every byte there is', Uint8Array.from({ length: 256 }, (_, i) => i)],
      ['nothing', new Uint8Array(0)],
      ['zeros', new Uint8Array(5)],
      ['what is no UTF-8', Uint8Array.of(0xff, 0xfe, 0xc3, 0x28, 0x0d, 0x0a, 0x00)],
      ['a megabyte', Uint8Array.from({ length: 1_000_000 }, (_, i) => (i * 31) ^ (i >> 8))],
      ['a part of a larger buffer', new Uint8Array(100).map((_, i) => i).subarray(10, 20)],
    ])('gives back the very bytes, with the version that the write resolved to: %s', async (_, value) => {
      const { store, key } = await open()
      const first = await store.compareAndSwap(key, value, undefined)
      const version = await store.compareAndSwap(key, value, first)
      const found = await store.get(key)
      expect(found?.version).toBe(version)
      expect(typeof version).toBe('string')
      expect(Buffer.compare(found?.value ?? bytes('none'), value)).toBe(0)
    })

    it('takes keys of any text, and tells them apart by every character', async () => {
      const { store, key } = await open()
      const endings = ['', ' ', 'a', 'A', `:'"%{}\\`, '}{', '*', '?', '\n', 'é', 'e\u0301', '😀', 'x'.repeat(500)]
      for (const ending of endings) {
        expect(await store.compareAndSwap(key + ending, bytes(ending), undefined), ending).toBeTypeOf('string')
      }
      for (const ending of endings) {
        expect(text((await store.get(key + ending))?.value)).toBe(ending)
        expect(await store.delete(key + ending)).toBe(true)
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
      expect(await write('second', '')).toBeUndefined()
      expect(await read()).toBeUndefined()
    })

    it('writes nothing for a version from before the record was deleted and made anew', async () => {
      const { store, key, write, read } = await open()
      const first = await write('the same', undefined)
      await store.delete(key)
      await write('the same', undefined)
      expect(await write('second', first)).toBeUndefined()
      expect(await store.delete(key, first)).toBe(false)
      expect(await read()).toBe('the same')
    })

    it('gives a new version to every write, also of the same value, across deletion and expiry', async () => {
      const { store, key, write, pass } = await open()
      const versions: (string | undefined)[] = []
      for (let round = 0; round < 3; round++) {
        versions.push(await write('the same', undefined))
        versions.push(await write('the same', versions.at(-1)))
        await store.delete(key)
        versions.push(await write('the same', undefined, 50))
        await pass(100)
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

    it('lets one of fifty win, among creators, writers and deleters', async () => {
      const { store, key, write, read } = await open()
      const fifty = <T>(act: (i: number) => Promise<T>) => Promise.all(Array.from({ length: 50 }, (_, i) => act(i)))
      const won = (versions: (string | undefined)[]) =>
        versions.flatMap((version, i) => (version ? [[version, i]] : []))
      const created = won(await fifty((i) => write(String(i), undefined)))
      expect(created).toHaveLength(1)
      const [first] = created[0] ?? []
      const written = won(await fifty((i) => write(String(i), String(first))))
      expect(written).toHaveLength(1)
      const [second, writer] = written[0] ?? []
      expect(await read()).toBe(String(writer))
      const deleted = await fifty(() => store.delete(key, String(second)))
      expect(deleted.filter(Boolean)).toHaveLength(1)
    })

    it('deletes one version if asked to, else any; and tells whether there was something', async () => {
      const { store, key, write, read } = await open()
      const first = await write('first', undefined)
      const second = await write('second', first)
      expect(await store.delete(key, first)).toBe(false)
      expect(await store.delete(key, '')).toBe(false)
      expect(await read()).toBe('second')
      expect(await store.delete(key, second)).toBe(true)
      expect(await store.delete(key, second)).toBe(false)
      await write('third', undefined)
      expect(await store.delete(key)).toBe(true)
      expect(await read()).toBeUndefined()
    })

    it('has no record whose time is over: not to read, not to replace, not to delete, not in the way of a new one', async () => {
      const { store, key, write, read, pass } = await open()
      const first = await write('first', undefined, 500)
      expect(await read()).toBe('first')
      await pass(600)
      expect(await read()).toBeUndefined()
      expect(await write('second', first)).toBeUndefined()
      expect(await store.delete(key, first)).toBe(false)
      expect(await store.delete(key)).toBe(false)
      expect(await write('second', undefined)).toBeTypeOf('string')
      expect(await read()).toBe('second')
    })

    it('lets one of fifty creators have the place of a record whose time is over', async () => {
      const { write, pass } = await open()
      await write('first', undefined, 50)
      await pass(100)
      const versions = await Promise.all(Array.from({ length: 50 }, (_, i) => write(String(i), undefined, 60_000)))
      expect(versions.filter((version) => version !== undefined)).toHaveLength(1)
    })

    it('sets the time anew with every write', async () => {
      const { write, read, pass } = await open()
      const first = await write('first', undefined, 1000)
      await pass(700)
      await write('second', first, 1000)
      await pass(700)
      expect(await read()).toBe('second')
      await pass(700)
      expect(await read()).toBeUndefined()
    })

    it('keeps for ever what is written without a time, also over a value that had one', async () => {
      const { write, read, pass } = await open()
      expect(await write('second', await write('first', undefined, 500))).toBeTypeOf('string')
      await pass(600)
      expect(await read()).toBe('second')
    })

    it('keeps for ever what is created without a time where a record was whose time is over', async () => {
      const { write, read, pass } = await open()
      await write('first', undefined, 50)
      await pass(100)
      expect(await write('second', undefined)).toBeTypeOf('string')
      await pass(100)
      expect(await read()).toBe('second')
    })

    it('gives a time to a value that had none, also one with a fraction', async () => {
      const { write, read, pass } = await open()
      expect(await write('second', await write('first', undefined), 100.5)).toBeTypeOf('string')
      await pass(200)
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

/** What drivers that send commands again make necessary: `resent` sends everything twice and hears the second answer. */
export function resentContract(
  name: string,
  makeStores: () => { readonly store: VersionedStore; readonly resent: VersionedStore },
): void {
  it(`${name} does nothing a second time when a command arrives twice, and a read tells that it was done`, async () => {
    const { store, resent } = makeStores()
    const key = `contract-${crypto.randomUUID()}`
    const first = await store.compareAndSwap(key, bytes('first'), undefined)
    expect(await resent.compareAndSwap(key, bytes('second'), first)).toBeUndefined()
    const found = await store.get(key)
    expect(text(found?.value)).toBe('second')
    expect(found?.version).not.toBe(first)
    expect(await store.compareAndSwap(key, bytes('third'), found?.version)).toBeTypeOf('string')
    expect(await resent.delete(key)).toBe(false)
    expect(await store.get(key)).toBeUndefined()
    expect(await resent.compareAndSwap(key, bytes('created'), undefined)).toBeUndefined()
    expect(text((await store.get(key))?.value)).toBe('created')
  })
}

/** What stores that several machines share make necessary: whoever writes and reads may have a wrong clock. */
export function clockContract(name: string, makeStore: () => VersionedStore): void {
  it(`${name} goes by the clock of the store, and by nobody's who writes or reads`, async () => {
    const store = makeStore()
    const key = `contract-${crypto.randomUUID()}`
    const right = Date.now
    const off = (ms: number) => vi.spyOn(Date, 'now').mockImplementation(() => right() + ms)
    onTestFinished(() => void vi.restoreAllMocks())
    off(3_600_000)
    await store.compareAndSwap(key, bytes('first'), undefined, { ttlMs: 300 })
    off(-3_600_000)
    expect(text((await store.get(key))?.value)).toBe('first')
    await new Promise((resolve) => setTimeout(resolve, 400))
    expect(await store.get(key)).toBeUndefined()
    await store.compareAndSwap(key, bytes('second'), undefined, { ttlMs: 60_000 })
    off(3_600_000)
    expect(text((await store.get(key))?.value)).toBe('second')
    expect(await store.compareAndSwap(key, bytes('third'), undefined)).toBeUndefined()
  })
}

/** `act`, done twice; the second answer counts. */
export function twice<Given extends unknown[], T>(
  act: (...given: Given) => Promise<T>,
): (...given: Given) => Promise<T> {
  return async (...given) => {
    await act(...given)
    return act(...given)
  }
}
