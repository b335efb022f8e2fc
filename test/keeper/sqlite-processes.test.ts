import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { sqliteStore } from 'esign-auth/keeper'
import Database from 'libsql'
import { afterAll, describe, expect, it } from 'vitest'

const bytes = (text: string) => new TextEncoder().encode(text)
const text = (value: Uint8Array | undefined) => value && new TextDecoder().decode(value)

describe('31 · processes on one SQLite file', { timeout: 60_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'esign-auth-sqlite-'))
  const opened: Database.Database[] = []
  const started: ChildProcess[] = []
  afterAll(() => {
    for (const child of started) child.kill('SIGKILL')
    for (const db of opened) db.close()
    rmSync(folder, { recursive: true })
  })
  const increment = (path: string, count: number) => {
    const program = fileURLToPath(new URL('./increment.ts', import.meta.url))
    const flags = ['--conditions=esign-auth:source', '--import=tsx']
    const child = spawn(process.execPath, [...flags, program, path, String(count)], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    started.push(child)
    return child
  }
  const opensAt = (path: string, journal: string) => {
    const db = new Database(path)
    opened.push(db)
    db.exec(`PRAGMA journal_mode = ${journal}`)
    const store = sqliteStore(db)
    db.exec(store.schema.create)
    return {
      db,
      sums: async () =>
        new Set(
          text((await store.get('sum'))?.value)
            ?.split(',')
            .map(Number),
        ),
      store,
    }
  }

  // Without a write-ahead log, commits are slow, and a writer waits for every reader.
  it.each([
    ['WAL', 500],
    ['DELETE', 100],
  ])('lose no update: with %s four add %d each', async (journal, count) => {
    const path = join(folder, `sums-${journal}.db`)
    const { sums, store } = opensAt(path, journal)
    await store.compareAndSwap('sum', bytes('0'), undefined)
    const exits = await Promise.all(Array.from({ length: 4 }, () => once(increment(path, count), 'exit')))
    expect(exits.map(([code]) => code)).toEqual([0, 0, 0, 0])
    expect(await sums()).toEqual(new Set([4 * count]))
  })

  it.each(['WAL', 'DELETE'])('leave the old record or the new one when they are killed (%s)', async (journal) => {
    const path = join(folder, `killed-${journal}.db`)
    const { db, sums, store } = opensAt(path, journal)
    await store.compareAndSwap('sum', bytes('0'), undefined)
    let last = 0
    for (let round = 0; round < 5; round++) {
      const child = increment(path, 1_000_000)
      await expect.poll(async () => [...(await sums())][0], { interval: 2, timeout: 20_000 }).not.toBe(last)
      await sleep(Math.random() * 20)
      child.kill('SIGKILL')
      await once(child, 'exit')
      const found = await sums()
      expect(found.size).toBe(1)
      expect([...found][0]).toBeGreaterThan(last)
      expect(db.prepare('PRAGMA integrity_check').get()).toMatchObject({ integrity_check: 'ok' })
      last = [...found][0] ?? 0
    }
  })
})
