import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSync } from 'esbuild'

const here = import.meta.dirname
const root = join(here, '..')

/**
 * Installs the peers (once per lock) and, beside them, the package as its users get it: built, packed, unpacked where npm
 * puts it. Returns the packed size.
 */
export function prepare() {
  const lock = createHash('sha256')
    .update(readFileSync(join(here, 'package-lock.json')))
    .digest('hex')
  const mark = join(here, 'node_modules/.installed-from')
  if (!existsSync(mark) || readFileSync(mark, 'utf8') !== lock) {
    run('npm', ['ci', '--no-audit', '--no-fund'], here)
    writeFileSync(mark, lock)
  }
  run('npm', ['run', '--silent', 'build'], root)
  const work = join(here, '.work')
  mkdirSync(work, { recursive: true })
  const [packed] = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', work], root))
  const place = join(here, 'node_modules/esign-auth')
  rmSync(place, { recursive: true, force: true })
  mkdirSync(place, { recursive: true })
  run('tar', ['-xzf', join(work, packed.filename), '-C', place, '--strip-components=1'], work)
  // What is measured by itself though the package does not export it, built as the package is.
  buildSync({
    entryPoints: ['oauth/crypto-node.ts', 'keeper/record-cache.ts'].map((file) => join(root, 'src', file)),
    outdir: join(place, 'inside'),
    outbase: join(root, 'src'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    external: ['#*', 'jose/*'],
  })
  return packed.size
}

function run(program, args, cwd) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: 'utf8' })
  if (error) throw error
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}\n${stdout}${stderr}`)
  return stdout
}
