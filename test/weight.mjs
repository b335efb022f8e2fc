/**
 * Checks what the built package weighs and loads, against limits a bit above today's figures: whoever adds weight raises
 * one on purpose, whoever takes some away lowers it. Timings are `npm run bench`'s. Run by `npm run check:weight`.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as entry from 'esign-auth'
import { vendors as list } from 'esign-auth'
import { programOf, weigh } from '../bench/bundle.mjs'

const root = join(import.meta.dirname, '..')
const limits = [
  { what: 'one vendor with login and refresh, minified and gzipped, bytes', limit: 15_400, goal: 5 * 1024 },
  { what: 'a further vendor, the heaviest, bytes', limit: 600, goal: 400 },
  { what: 'a further vendor, the median, bytes', limit: 220, goal: 200 },
  { what: 'the packed tarball, bytes', limit: 560_000 },
  { what: 'production packages, this one among them', limit: 8 },
  { what: 'modules that importing esign-auth loads', limit: 6 },
]

if (!existsSync(join(root, 'dist'))) throw new Error('there is no dist to weigh: run `npm run build` first')
const vendors = Object.entries(entry).flatMap(([name, value]) => (list.includes(value) ? name : []))
const one = (await weigh(programOf(['insureSign']), root)).gzipped
const others = vendors.filter((name) => name !== 'insureSign')
const further = await Promise.all(
  others.map(async (name) => (await weigh(programOf(['insureSign', name]), root)).gzipped - one),
)
const modules = loadedBy('esign-auth')
const median = further.toSorted((a, b) => a - b)[Math.floor(further.length / 2)]
const figures = [one, Math.max(...further), median, packedSize(), packages(), modules.length]

for (const [place, { what, limit, goal }] of limits.entries()) {
  const figure = figures[place]
  verdict(figure <= limit, `${what}: ${figure}, at most ${limit}${goal === undefined ? '' : `; goal ${goal}`}`)
}
for (const name of ['esign-auth', 'esign-auth/keeper', 'esign-auth/web']) {
  const foreign = loadedBy(name).filter((path) => path.includes('/node_modules/'))
  verdict(foreign.length === 0, `importing ${name} loads no other package${foreign.length ? `: ${foreign[0]}` : ''}`)
}
const jose = loadedBy('esign-auth/passport').filter((path) => /node_modules\/(jose|@auth)\//.test(path))
verdict(
  jose.length === 0,
  `importing esign-auth/passport loads neither jose nor Auth.js${jose.length ? `: ${jose[0]}` : ''}`,
)

function verdict(holds, check) {
  console.log(`${holds ? '✓' : '✗'} ${check}`)
  if (!holds) process.exitCode = 1
}

/** The scripts that a fresh process has parsed once it has imported `name`, ES modules and CommonJS alike. */
function loadedBy(name) {
  const code = `
    import { Session } from 'node:inspector'
    const session = new Session()
    const paths = []
    session.connect()
    session.on('Debugger.scriptParsed', ({ params }) => {
      if (/^(file:|\\/)/.test(params.url)) paths.push(params.url)
    })
    session.post('Debugger.enable')
    const before = paths.length
    await import(${JSON.stringify(name)})
    session.disconnect()
    console.log(JSON.stringify(paths.slice(before)))`
  return JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '--eval', code], { cwd: root, encoding: 'utf8' }),
  )
}

function packedSize() {
  const [{ size }] = JSON.parse(execFileSync('npm', ['pack', '--json', '--dry-run'], { cwd: root, encoding: 'utf8' }))
  return size
}

/** What an install without optional peers brings, by the lock. */
function packages() {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  const isProduction = ({ dev, optional, devOptional, peer }) => !dev && !optional && !devOptional && !peer
  return Object.values(lock.packages).filter(isProduction).length
}
