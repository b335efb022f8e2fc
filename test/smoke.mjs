/**
 * Checks the packed package as its users get it: packs what the last build left in `dist`, installs the tarball into an
 * empty folder, and signs in from there, in CommonJS and in ESM, against the package's own sandbox. One line per check;
 * ends with 1 at the first that fails. Run by `npm run check:package`, which builds before.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The environment without anybody's credentials. */
const bare = { PATH: process.env.PATH, HOME: process.env.HOME }
const root = join(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'esign-auth-smoke-'))
try {
  smoke()
} catch (error) {
  console.error(`✗ ${error.message}`)
  process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function smoke() {
  if (!existsSync(join(root, 'dist'))) throw new Error('there is no dist to pack: run `npm run build` first')
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const hosts = ['express', 'express-session', 'passport'].map((name) => `${name}@${devDependencies[name]}`)

  const [packed] = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', folder], root))
  say(`packs ${packed.filename}: ${packed.entryCount} files, ${Math.round(packed.size / 1024)} KiB`)

  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
  run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', `./${packed.filename}`, ...hosts])
  say(`installs into an empty folder, beside ${hosts.join(', ')}`)

  cpSync(join(root, 'examples/express-commonjs'), join(folder, 'commonjs'), { recursive: true })
  runQuietly('commonjs/sign-in.cjs')
  say('signs in from CommonJS, without a warning')

  for (const [version, compiler] of compilers()) {
    compile('express', compiler)
    say(`compiles the Express example against the published types: TypeScript ${version}`)
  }

  runQuietly('compiled/express/demo.js', '--once')
  say('plays the Express example from ESM, without a warning')

  const npx = (...args) => spawnSync('npx', ['--no-install', 'esign-auth', ...args], { cwd: folder, env: bare })
  const [help, check] = [npx('sandbox', '--help'), npx('check', 'insuresign')]
  if (!`${help.stdout}`.includes('--redirect-uri') || check.status !== 1) {
    throw new Error(`npx esign-auth does not work: ${help.stderr}${check.stdout}${check.stderr}`)
  }
  say('has a command line')
}

/** The oldest and the newest compiler that our users are promised, among those installed here. */
function compilers() {
  return ['typescript5', 'typescript'].map((name) => {
    const { version } = JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8'))
    return [version, join(root, 'node_modules', name, 'bin/tsc')]
  })
}

/** Compiles an example as a user's project would, with the types of its hosts borrowed from this repository. */
function compile(example, compiler) {
  cpSync(join(root, 'examples', example), join(folder, 'source', example), { recursive: true })
  cpSync(join(root, 'examples/store.ts'), join(folder, 'source/store.ts'))
  // For their types only: drivers are loaded when a store is asked for.
  for (const name of ['redis', 'pg', 'libsql']) borrow(name)
  borrow('@types')
  const { compilerOptions } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8'))
  const changed = { customConditions: [], noEmit: false, declaration: false, isolatedDeclarations: false }
  const places = { rootDir: 'source', outDir: 'compiled' }
  const tsconfig = { compilerOptions: { ...compilerOptions, ...changed, ...places }, include: ['source'] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig))
  run(process.execPath, [compiler, '-p', 'tsconfig.json'])
  cpSync(join(folder, 'source', example, 'public'), join(folder, 'compiled', example, 'public'), { recursive: true })
}

/** Links a package of this repository into the empty folder. */
function borrow(name) {
  const place = join(folder, 'node_modules', name)
  if (!existsSync(place)) symlinkSync(join(root, 'node_modules', name), place)
}

/** Runs a program in the empty folder that must succeed and leave stderr empty. */
function runQuietly(...args) {
  run(process.execPath, args, folder, (stderr) => stderr === '')
}

/** Runs a program and returns what it printed. */
function run(program, args, cwd = folder, accepts = () => true) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: 'utf8', timeout: 120_000 })
  if (error) throw error
  if (status === 0 && accepts(stderr)) return stdout
  throw new Error(`${[program, ...args].join(' ')} ended with ${status}\n${stdout}${stderr}`)
}

function say(check) {
  console.log(`✓ ${check}`)
}
