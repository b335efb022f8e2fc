import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { run } from '../../src/cli/run.ts'

/** The command line as a program of its own, from its source. */
export interface Started {
  readonly process: ChildProcess
  /** Resolves to what it printed so far once that matches. */
  prints(what: RegExp): Promise<string>
  /** Resolves when it has ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>
}

const main = join(import.meta.dirname, '../../src/cli/main.ts')

/** What a command printed and returned, in this process: for the many cases where starting Node proves nothing more. */
export async function runHere(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const printed = { out: [] as string[], err: [] as string[] }
  const code = await run(args, {
    env,
    out: (text) => void printed.out.push(text),
    err: (text) => void printed.err.push(text),
    ended: () => Promise.resolve(),
  })
  return { code, stdout: printed.out.join(''), stderr: printed.err.join('') }
}

/** Starts `esign-auth` with nothing in its environment but `env`. */
export function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Started {
  const child = spawn(process.execPath, ['--conditions=esign-auth:source', '--import=tsx', main, ...args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (part) => (stdout += part))
  child.stderr.setEncoding('utf8').on('data', (part) => (stderr += part))
  const gone = once(child, 'close')
  return {
    process: child,
    async prints(what) {
      while (!what.test(stdout)) {
        const over = await Promise.race([once(child.stdout, 'data').then(() => false), gone.then(() => true)])
        if (over && !what.test(stdout)) throw new Error(`it never printed ${what}:\n${stdout}${stderr}`)
      }
      return stdout
    },
    ended: gone.then(() => ({ code: child.exitCode, stdout, stderr })),
  }
}
