import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder with the installed and built examples. */
    examples: string
    /** Where tests note their figures, a line each. */
    figures: string
  }
}

const root = join(import.meta.dirname, '../..')

/**
 * Packs the package, unpacks the tarball where the examples expect the package's folder, and installs and builds each
 * example there by its lock file. Prints the figures when all tests have run.
 */
export default async function install(project: TestProject): Promise<() => Promise<void>> {
  // Each must be a whole program of its own: no `node_modules` of this repository above it.
  const folder = await mkdtemp(join(tmpdir(), 'esign-auth-e2e-'))
  const figures: string[] = []
  const timed = async (what: string, work: Promise<unknown>) => {
    const start = performance.now()
    await work
    figures.push(`${what}: ${((performance.now() - start) / 1000).toFixed(1)} s`)
  }
  try {
    await run('npm', ['run', 'build'], root)
    const [packed] = JSON.parse(await run('npm', ['pack', '--json', '--pack-destination', folder], root))
    await run('tar', ['-xzf', packed.filename, '--strip-components=1'], folder)
    const installed = await Promise.allSettled([
      copyExample('authjs-express', folder).then(async (example) => {
        await timed('authjs-express: npm ci', run('npm', ['ci', ...quietly], example))
        await timed('authjs-express: types', run('npm', ['run', 'types'], example))
      }),
      copyExample('nextjs', folder).then(async (example) => {
        await timed('nextjs: npm ci', run('npm', ['ci', ...quietly], example))
        await timed('nextjs: next build', run('npm', ['run', 'build'], example))
      }),
    ])
    for (const each of installed) if (each.status === 'rejected') throw each.reason
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
  project.provide('examples', join(folder, 'examples'))
  project.provide('figures', join(folder, 'figures.txt'))
  return async () => {
    const noted = await readFile(join(folder, 'figures.txt'), 'utf8').catch(() => '')
    console.log(['', 'Figures', ...figures, ...noted.trim().split('\n')].join('\n  '))
    await rm(folder, { recursive: true, force: true })
  }
}

const quietly = ['--prefer-offline', '--no-audit', '--no-fund']

/** Copies what is in the repository of an example, without what building and installing left there. */
async function copyExample(name: string, folder: string): Promise<string> {
  const target = join(folder, 'examples', name)
  await mkdir(target, { recursive: true })
  const made = /^(node_modules|\.next|next-env\.d\.ts|.*\.tsbuildinfo)$/
  await cp(join(root, 'examples', name), target, { recursive: true, filter: (path) => !made.test(basename(path)) })
  return target
}

/** Runs a program to its end and returns what it printed; it must succeed. */
async function run(program: string, args: readonly string[], cwd: string): Promise<string> {
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: undefined }
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: 180_000 })
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  if (child.exitCode === 0) return stdout
  throw new Error(`${[program, ...args].join(' ')} ended with ${child.exitCode}\n${stdout}${stderr}`)
}
