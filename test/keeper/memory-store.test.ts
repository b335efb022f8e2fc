import { memoryStore } from 'esign-auth/keeper'
import { describe, expect, it, vi } from 'vitest'
import { processStore } from '../../src/keeper/stores/memory.ts'
import { type StoreUnderTest, storeContract } from '../store-contract.ts'
import { rewindableStore } from './faulty-store.ts'

function inMovableTime(make: (now: () => number) => StoreUnderTest['store']): StoreUnderTest {
  let passed = 0
  return {
    store: make(() => 1_000_000 + passed),
    pass: (ms) => {
      passed += ms
    },
  }
}

storeContract('memoryStore', () => inMovableTime((now) => memoryStore({ now })))
storeContract('the tests’ own store', () => inMovableTime((now) => rewindableStore(now)))
storeContract('processStore', () => {
  // Its clock is the machine's.
  let passed = 0
  const begun = Date.now()
  vi.spyOn(Date, 'now').mockImplementation(() => begun + passed)
  return {
    store: processStore(),
    pass: (ms) => {
      passed += ms
    },
  }
})

describe('the memory store', () => {
  const one = new Uint8Array([1])

  it('holds at most so many records; the least recently written goes first', async () => {
    const store = memoryStore({ maxRecords: 2 })
    const version = await store.compareAndSwap('a', one, undefined)
    await store.compareAndSwap('b', one, undefined)
    await store.compareAndSwap('a', one, version)
    await store.compareAndSwap('c', one, undefined)
    expect(await Promise.all(['a', 'b', 'c'].map(async (key) => (await store.get(key)) !== undefined))).toEqual([
      true,
      false,
      true,
    ])
  })

  it('is one per call, while the process’s is one for all', async () => {
    await memoryStore().compareAndSwap('x', one, undefined)
    expect(await memoryStore().get('x')).toBeUndefined()
    const key = crypto.randomUUID()
    await processStore().compareAndSwap(key, one, undefined)
    expect(await processStore().get(key)).toBeDefined()
    expect(await processStore().delete(key)).toBe(true)
  })

  it('reaches this process, and lives where every copy of the module finds it', () => {
    expect(memoryStore().reach).toBe('process')
    expect(Reflect.get(globalThis, Symbol.for('esign-auth')).records).toBeInstanceOf(Map)
  })
})
