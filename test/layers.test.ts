import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { vendors } from 'esign-auth'
import { describe, expect, it } from 'vitest'

const src = fileURLToPath(new URL('../src', import.meta.url))
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))

/** Which folder may import from which, and which packages. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  oauth: [
    'oauth',
    '#crypto',
    '#send',
    'node:crypto',
    'node:http',
    'node:https',
    'jose/jwe/compact/encrypt',
    'jose/jwe/compact/decrypt',
  ],
  vendors: ['vendors', 'oauth'],
  // Of the keeper only types: a test below sees to that.
  'sign-in': ['sign-in', 'oauth', 'keeper', '#crypto'],
  web: ['web', 'sign-in', 'oauth', 'keeper', 'node:http'],
  passport: ['passport', 'sign-in', 'oauth', 'vendors', 'keeper', 'passport-oauth2', 'node:crypto', 'node:http'],
  authjs: [
    'authjs',
    'sign-in',
    'oauth',
    'vendors',
    'keeper',
    '@auth/core',
    '@auth/core/adapters',
    '@auth/core/errors',
    '@auth/core/jwt',
    '@auth/core/providers',
    '@auth/core/types',
    'node:async_hooks',
    'node:http',
  ],
  keeper: ['keeper', 'oauth', 'node:http'],
  sandbox: ['sandbox', 'node:http', 'node:net', 'node:events', 'jose'],
  cli: ['cli', 'oauth', 'vendors', 'sandbox', 'node:fs', 'node:process', 'node:util'],
  '.': ['oauth', 'vendors'],
}

describe('the source', () => {
  it.each(files)('src/%s imports only what its folder may', (file) => {
    const folder = file.includes('/') ? (file.split('/')[0] ?? '') : '.'
    const imports = [...read(file).matchAll(/(?:from|import\(|^import) ?'([^']+)'/gm)].map((match) => String(match[1]))
    const targets = imports.map((name) => {
      if (!name.startsWith('.')) return name
      return relative(src, resolve(join(src, file), '..', name)).split('/')[0] ?? ''
    })
    for (const target of targets) expect(mayImport[folder], `src/${file} imports ${target}`).toContain(target)
  })

  it('takes nothing but types of the keeper into the strategies', () => {
    for (const file of files.filter((each) => /^(passport|sign-in|web)\//.test(each))) {
      const imports = read(file).match(/^import (?:type )?\{[^}]*\} from '\.\.\/keeper\/[^']+'/gm) ?? []
      for (const each of imports) expect(each, `src/${file}`).toMatch(/^import type /)
    }
  })

  it('has no circle of files, type imports included', () => {
    expect(circlesOf(importsOf(files))).toEqual([])
    // A planted one is found, also by way of a third file.
    const planted = new Map(importsOf(files)).set('oauth/errors.ts', ['keeper/keeper.ts'])
    expect(circlesOf(planted).flat()).toEqual(expect.arrayContaining(['oauth/errors.ts', 'keeper/keeper.ts']))
  })

  // A vendor has files of its own, which begin with its id, and stands in the tables of contents.
  const isVendors = (file: string) =>
    file.startsWith('vendors/') ||
    /(^|\/)index\.ts$/.test(file) ||
    vendors.some(({ id }) => new RegExp(`^sandbox/vendors/${id}[./]`).test(file))
  const words = vendors.flatMap(({ id, name }) => [id, name, name.replaceAll(' ', '')]).concat('hellosign', 'formstack')

  it.each(files.filter((file) => !isVendors(file)))('src/%s names no vendor', (file) => {
    const code = read(file).replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
    for (const word of words) {
      expect(code.toLowerCase().includes(word.toLowerCase()), `${word} in src/${file}`).toBe(false)
    }
  })
})

/** The files of ours that each file imports. */
function importsOf(all: readonly string[]): Map<string, readonly string[]> {
  return new Map(
    all.map((file) => {
      const names = [...read(file).matchAll(/(?:from|import\(|^import) ?'(\.[^']+)'/gm)].map((match) =>
        String(match[1]),
      )
      return [file, names.map((name) => relative(src, resolve(join(src, file), '..', name)))]
    }),
  )
}

/** Groups of files that reach each other (Tarjan). */
function circlesOf(imports: ReadonlyMap<string, readonly string[]>): string[][] {
  const circles: string[][] = []
  const order = new Map<string, number>()
  const stack: string[] = []
  const visit = (file: string): number => {
    const own = order.size
    order.set(file, own)
    stack.push(file)
    let low = own
    for (const next of imports.get(file) ?? []) {
      if (!order.has(next)) low = Math.min(low, visit(next))
      else if (stack.includes(next)) low = Math.min(low, order.get(next) ?? low)
    }
    if (low === own) {
      const circle = stack.splice(stack.indexOf(file))
      if (circle.length > 1) circles.push(circle)
    }
    return low
  }
  for (const file of imports.keys()) if (!order.has(file)) visit(file)
  return circles
}

function read(file: string): string {
  return readFileSync(join(src, file), 'utf8')
}
