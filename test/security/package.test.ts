import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
const npm = (...args: string[]) =>
  JSON.parse(execFileSync('npm', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))
const agreed = JSON.parse(readFileSync(join(root, 'test/package-expected.json'), 'utf8'))

/** What ships, and what it brings along. Whoever changes either changes `test/package-expected.json` on purpose. */
describe('the package', () => {
  it('has a bill of materials that is what was agreed on, each part with version, licence and hash', () => {
    const bom = JSON.parse(execFileSync('node', [join(root, 'test/sbom.mjs')], { encoding: 'utf8' }))
    expect(bom).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.5' })
    const parts = bom.components as { purl: string; licenses?: unknown[]; hashes?: { alg: string }[] }[]
    expect(parts.map(({ purl }) => purl).sort()).toEqual(agreed.productionTree)
    for (const part of parts) {
      expect(part.hashes?.[0]?.alg, part.purl).toBe('SHA-512')
    }
    const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    expect(dependencies).toEqual(agreed.dependencies)
  })

  it('packs no file but those of src and what they are built to: that is what was agreed on', () => {
    const [packed] = npm('pack', '--dry-run', '--json', '--ignore-scripts') as [{ files: { path: string }[] }]
    const paths = packed.files.map(({ path }) => path)
    // The build is not there at every run of the tests; it has declarations for each file of the source, code for each
    // entry, and what entries share.
    const rest = paths.filter((path) => !path.startsWith('dist/'))
    const sources = rest.filter((path) => /^src\/[\w/-]+\.ts$/.test(path))
    expect(rest.filter((path) => !sources.includes(path)).sort()).toEqual(agreed.otherFiles)
    const compiled = new Set(sources.map((path) => path.replace(/^src/, 'dist').replace(/\.ts$/, '')))
    for (const path of paths.filter(
      (each) => each.startsWith('dist/') && !/^dist\/shared\/\w{8}\.js(\.map)?$/.test(each),
    )) {
      const stem = path.replace(/\.(js|d\.ts)(\.map)?$/, '')
      expect(compiled.has(stem), path).toBe(true)
    }
    expect(sources.map((path) => path.split('/')[1]).filter((folder) => !agreed.folders.includes(folder))).toEqual([])
  })
})
