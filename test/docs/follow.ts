import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const root = join(import.meta.dirname, '../..')

/** What a page tells its reader to do, in order: commands to run, files to write. */
export type Step =
  | { readonly kind: 'run'; readonly script: string }
  | { readonly kind: 'write'; readonly name: string; readonly text: string }

/** The steps of a page: its `sh` blocks, and its other blocks under "Write `name`:". */
export function stepsOf(page: string): Step[] {
  const blocks = page.matchAll(/(?:Write `([^`]+)`:\n\n)?^```(\w+)\n([\s\S]*?)^```$/gm)
  return [...blocks].map(([, name, language, text = '']) => {
    if (language === 'sh') return { kind: 'run', script: text }
    if (name === undefined) throw new Error(`a block of ${language} that says nowhere where it belongs:\n${text}`)
    return { kind: 'write', name, text }
  })
}

/** A reader who has followed a page: what the page started is running. */
export interface Followed {
  /** The output of each command, by its script. */
  readonly printed: ReadonlyMap<string, string>
  /** What the server printed, the last thing the page started. */
  server(): string
  /** Does what is left of the page. */
  finish(): Promise<void>
  close(): Promise<void>
}

/** Commands that go on running, and what they say when they are ready. */
const lasting: readonly (readonly [RegExp, RegExp])[] = [
  [/^npx esign-auth sandbox/, /The sandbox is ready/],
  [/^node .*server\.js/, /Open http/],
  [/^npx next dev/, /Ready in/],
]

/**
 * Follows a page of docs/ to the letter, in an empty folder: every command as it stands, but that `npm install esign-auth`
 * installs the packed tarball. Stops after the command that starts the app's server.
 */
export async function follow(page: string, tarball: string): Promise<Followed> {
  const folder = await mkdtemp(join(tmpdir(), 'esign-auth-docs-'))
  const started: { child: ChildProcess; output: () => string }[] = []
  const printed = new Map<string, string>()
  const steps = stepsOf(await readFile(join(root, 'docs', page), 'utf8'))
  let cwd = folder

  const start = async (script: string, ready: RegExp | undefined) => {
    const where = join(folder, '.cwd')
    // A process group of its own, so that what npx starts ends with it.
    const child = spawn('bash', ['-c', ready ? script : `set -e\n${script}\npwd > '${where}'`], {
      ...{ cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] },
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], NEXT_TELEMETRY_DISABLED: '1' },
    })
    let output = ''
    const gone = once(child, 'close')
    const saidSo = new Promise<void>((resolve) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream?.setEncoding('utf8').on('data', (part: string) => {
          output += part
          if (ready?.test(output)) resolve()
        })
      }
    })
    started.push({ child, output: () => output })
    await (ready ? Promise.race([saidSo, gone]) : gone)
    printed.set(script.trim(), output)
    if (ready ? child.exitCode !== null : child.exitCode !== 0) {
      throw new Error(`docs/${page}: this command ended with ${child.exitCode}:\n${script}\n${output}`)
    }
    if (!ready) cwd = (await readFile(where, 'utf8')).trim()
  }

  const take = async (step: Step) => {
    if (step.kind === 'write') {
      await mkdir(dirname(join(cwd, step.name)), { recursive: true })
      return writeFile(join(cwd, step.name), step.text)
    }
    const script = step.script.replace(/^npm install esign-auth\b/m, `npm install --prefer-offline ${tarball}`)
    return start(script, lasting.find(([command]) => command.test(script))?.[1])
  }

  const close = async () => {
    for (const { child } of started) {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) continue
      const gone = once(child, 'close')
      process.kill(-child.pid, 'SIGTERM')
      await gone
    }
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }

  const servers = steps.filter(({ kind }) => kind === 'run')
  const isServer = (step: Step) =>
    step.kind === 'run' && lasting.slice(1).some(([command]) => command.test(step.script))
  if (!servers.some(isServer)) throw new Error(`docs/${page} starts no server`)
  try {
    for (let step = steps.shift(); step; step = steps.shift()) {
      await take(step)
      if (isServer(step)) break
    }
  } catch (error) {
    await close()
    throw error
  }
  return {
    printed,
    server: () => started.at(-1)?.output() ?? '',
    async finish() {
      for (const step of steps.splice(0)) await take(step)
    },
    close,
  }
}
