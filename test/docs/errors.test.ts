import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/errors.md'), 'utf8')
const source = readFileSync(join(root, 'src/oauth/errors.ts'), 'utf8')
const union = /export type EsignAuthErrorCode =([\s\S]*?)\n\n/.exec(source)?.[1] ?? ''
const codes = [...union.matchAll(/'(\w+)'/g)].map(([, code = '']) => code)
const sections = new Map(
  [...page.matchAll(/^### (\w+)\n([\s\S]*?)(?=\n##|$(?![\s\S]))/gm)].map(([, code = '', text = '']) => [code, text]),
)

it('docs/errors.md has a section for every code, and for nothing else', () => {
  expect(codes.length).toBeGreaterThan(25)
  expect([...sections.keys()].sort()).toEqual(codes.toSorted())
})

it.each(codes)('docs/errors.md says of %s what the user sees and what to do', (code) => {
  expect(sections.get(code)).toMatch(/\*\*The user sees\*\*[\s\S]*\*\*Do\*\*/)
})

it('every message ends as a sentence', () => {
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  const code = files.filter((name) => name.endsWith('.ts')).map((file) => readFileSync(join(root, 'src', file), 'utf8'))
  const thrown = /new EsignAuthError\(\s*'\w+',\s*[\w.]+,\s*(['"`])((?:\\.|(?!\1).)*)\1/gs
  const messages = code.flatMap((text) => [...text.matchAll(thrown)].map(([, , message = '']) => message))
  expect(messages.length).toBeGreaterThan(20)
  expect(messages.filter((message) => !/[.?}]$/.test(message))).toEqual([])
})
