/**
 * Prints the package's bill of materials, CycloneDX: what `npm install esign-auth` brings, and nothing else. It is npm's
 * own, cut down to the production tree of the lock file: with `--omit dev` npm also leaves out whatever a development
 * dependency needs too, `jose` among it. Run by `npm run sbom`, offline.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
const tree = new Set()
for (const name of Object.keys(packages[''].dependencies)) walk('', name)

const whole = execFileSync('npm', ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'], {
  cwd: root,
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'ignore'],
  maxBuffer: 64 * 1_048_576,
})
const bom = JSON.parse(whole)
const ours = bom.metadata.component
const refs = new Set([ours['bom-ref'], ...tree])
bom.components = bom.components.filter(({ 'bom-ref': ref }) => tree.has(ref))
bom.dependencies = bom.dependencies
  .filter(({ ref }) => refs.has(ref))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((each) => refs.has(each)) }))
ours.name = packages[''].name
console.log(JSON.stringify(bom, null, 2))

/** Finds a package as Node does, from the folder of whoever needs it upwards. */
function walk(from, name) {
  let folder = from
  while (!packages[`${folder}${folder && '/'}node_modules/${name}`]) {
    if (!folder) throw new Error(`the lock file holds no ${name}, which ${from || 'the package'} needs`)
    folder = folder.replace(/(^|\/)node_modules\/(@[^/]+\/)?[^/]+$/, '')
  }
  const place = `${folder}${folder && '/'}node_modules/${name}`
  const { version, dependencies = {} } = packages[place]
  const ref = `${name}@${version}`
  if (tree.has(ref)) return
  tree.add(ref)
  for (const each of Object.keys(dependencies)) walk(place, each)
}
