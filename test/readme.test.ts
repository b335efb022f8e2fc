import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { vendors } from 'esign-auth'
import * as strategies from 'esign-auth/passport'
import { describe, expect, it } from 'vitest'
import { blocksOf, isQuoted, leadsSomewhere, linksOf } from './quotes.ts'

const root = join(import.meta.dirname, '..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const blocks = blocksOf(readme)
const code = blocks.filter(({ language }) => !['sh', 'text', ''].includes(language))

describe('the README', () => {
  it.each(code.map(({ language, text }) => [language, text.split('\n', 1)[0], text]))(
    'quotes a file that runs under test: %s block "%s …"',
    (language, _, text) => {
      expect(isQuoted({ language, text })).toBe(true)
    },
  )

  it('has code of no other kind, and some of each', () => {
    expect([...new Set(blocks.map(({ language }) => language))].sort()).toEqual(['sh', 'ts'])
  })

  // The whole of a block, so that whoever copies it copies the command and nothing else.
  it.each(['npm ci && npm run demo', 'npm ci && npm test'])('has the command `%s` in a block of its own', (command) => {
    expect(blocks).toContainEqual({ language: 'sh', text: `${command}\n` })
  })

  it.each(linksOf(readme))('links to %s, which exists', (target) => {
    expect(leadsSomewhere(target, readme, '.')).toBe(true)
  })

  it('has a row for every vendor, in order, with its name and its strategy', () => {
    const rows =
      readme
        .match(/^\| *vendor .*?\n\n/ms)?.[0]
        .split('\n')
        .filter(Boolean)
        .slice(2) ?? []
    expect(rows).toHaveLength(vendors.length)
    for (const [index, { id, name }] of vendors.entries()) {
      const [, first, second = ''] = rows[index]?.split('|') ?? []
      expect(first).toContain(name)
      const [, strategy = '', strategyName] = /`(\w+)` `([\w-]+)`/.exec(second) ?? []
      expect(Object.keys(strategies)).toContain(strategy)
      expect(strategyName).toBe(id)
    }
  })

  it('names every setting of every vendor', () => {
    const settings = vendors.flatMap((vendor) => Object.keys(vendor.settings ?? {}))
    for (const setting of settings) expect(readme).toMatch(new RegExp(`\`${setting}\\b`))
  })
})
