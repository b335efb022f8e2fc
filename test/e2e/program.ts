import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/** A server that runs as a process of its own. */
export interface Program {
  readonly process: ChildProcess
  /** What it printed so far, on both streams. */
  output(): string
  /** Ends it, by its own process id, and waits until it is gone. */
  stop(signal?: NodeJS.Signals): Promise<void>
}

/** Starts Node on a program. */
export function startNode(args: readonly string[], options: SpawnOptions): Program {
  const child = spawn(process.execPath, args, options)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (part) => (output += part))
  const gone = once(child, 'close')
  return {
    process: child,
    output: () => output,
    async stop(signal = 'SIGTERM') {
      child.kill(signal)
      const late = setTimeout(() => child.kill('SIGKILL'), 10_000)
      await gone
      clearTimeout(late)
    },
  }
}

/** Waits until a server answers. */
export async function answers(url: string, program: Program): Promise<void> {
  for (let tries = 0; tries < 150; tries += 1) {
    if (program.process.exitCode !== null) break
    const answer = await fetch(url).catch(() => undefined)
    if (answer) return void (await answer.body?.cancel())
    await pause(100)
  }
  throw new Error(`${url} does not answer:\n${program.output()}`)
}

/** A port of loopback that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // a string only for pipes
  server.close()
  await once(server, 'close')
  return port
}

/** Waits until something holds, ten seconds at most. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await holds()) return
    await pause(50)
  }
  throw new Error(`waited in vain for: ${holds}`)
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
