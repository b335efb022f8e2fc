import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { ownPostgres, ownRedis } from './needs.ts'

interface Server {
  readonly port: number
  readonly folder: string
}

async function isListening({ port }: Server): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

describe.skipIf(ownRedis.skip || ownPostgres.skip)('servers of the tests’ own', () => {
  // Ctrl+C goes to the whole group of processes; the other one leaves nobody the time to tidy up.
  it.each(['SIGINT', 'SIGKILL'] as const)('end, and leave no file, when who started them gets a %s', async (signal) => {
    const holder = spawn(process.execPath, ['--import=tsx', fileURLToPath(new URL('./hold.ts', import.meta.url))], {
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    })
    const servers: Server[] = JSON.parse(String((await once(holder.stdout, 'data'))[0]))
    expect(await Promise.all(servers.map(isListening))).toEqual([true, true])
    process.kill(-Number(holder.pid), signal)
    await expect.poll(() => Promise.all(servers.map(isListening)), { timeout: 10_000 }).toEqual([false, false])
    await expect
      .poll(() => servers.map(({ folder }) => existsSync(folder)), { timeout: 10_000 })
      .toEqual([false, false])
  })
})
