import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

/** What a program left behind. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** An example that was started as a program of its own. */
export interface StartedExample {
  readonly process: ChildProcess
  readonly ended: Promise<Ended>
}

const examples = join(import.meta.dirname, '../../examples')

/** Starts an example from its TypeScript source, as `npm run demo` does, with nothing in its environment but `env`. */
export function startExample(
  path: string,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
  flags: readonly string[] = [],
): StartedExample {
  const source = ['--conditions=esign-auth:source', '--import=tsx', ...flags, join(examples, path)]
  return startNode([...source, ...args], { env })
}

/** Starts Node. */
export function startNode(args: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv }): StartedExample {
  const child = spawn(process.execPath, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = async (): Promise<Ended> => {
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
    return { code: child.exitCode, stdout, stderr }
  }
  return { process: child, ended: ended() }
}
