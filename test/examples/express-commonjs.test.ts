import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startNode } from './run-example.ts'

describe('the CommonJS example', () => {
  const root = join(import.meta.dirname, '../..')
  const program = new URL('../../examples/express-commonjs/sign-in.cjs', import.meta.url)
  let folder: string

  // The package as npm would install it, freshly built. `test/smoke.mjs` does the same with a real tarball.
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'esign-auth-commonjs-'))
    const modules = join(folder, 'node_modules')
    await mkdir(join(modules, 'esign-auth'), { recursive: true })
    await cp(join(root, 'package.json'), join(modules, 'esign-auth/package.json'))
    await cp(new URL('.', program), join(folder, 'app'), { recursive: true })
    for (const name of ['express', 'express-session', 'passport', 'passport-oauth2', 'jose']) {
      await symlink(join(root, 'node_modules', name), join(modules, name), 'dir')
    }
    await promisify(execFile)(process.execPath, [join(root, 'build.mjs'), join(modules, 'esign-auth/dist')])
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('requires the package and signs in, without a warning', async () => {
    const { code, stdout, stderr } = await startNode([join(folder, 'app/sign-in.cjs')], {}).ended
    expect(stderr).toBe('')
    expect(stdout).toMatch(/^Signed in with InsureSign as \S+\n$/)
    expect(code).toBe(0)
  })
})
