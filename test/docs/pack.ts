import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** The packed package. */
    tarball: string
  }
}

const root = join(import.meta.dirname, '../..')

/** Builds and packs the package, for readers of the docs who have nothing else. */
export default function pack(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'esign-auth-packed-'))
  execFileSync('npm', ['run', 'build'], { cwd: root, stdio: 'ignore' })
  const printed = execFileSync('npm', ['pack', '--json', '--pack-destination', folder], { cwd: root, encoding: 'utf8' })
  project.provide('tarball', join(folder, JSON.parse(printed)[0].filename))
  return () => rmSync(folder, { recursive: true, force: true })
}
