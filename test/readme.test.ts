import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type SettingRule, type Vendor, vendors } from 'esign-auth'
import { describe, expect, it } from 'vitest'
import { confidences, exportsOf } from '../docs/tables.ts'
import { blocksOf, headingsOf, linksOf } from './markdown.ts'
import { isQuoted } from './quotes.ts'

const root = join(import.meta.dirname, '..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const blocks = blocksOf(readme)
const contributing = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8')
const suites = blocksOf(contributing).flatMap(({ text }) => text.match(/test\/\S+/g) ?? [])
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
    const [path = '', heading] = target.split('#')
    if (heading !== undefined)
      expect(headingsOf(path === '' ? readme : readFileSync(join(root, path), 'utf8'))).toContain(heading)
    else expect(existsSync(join(root, path))).toBe(true)
  })

  const rows =
    readme
      .match(/^\| *vendor .*?\n\n/ms)?.[0]
      .trim()
      .split('\n')
      .slice(2) ?? []

  it('has a row for every vendor, in order', () => {
    expect(rows).toHaveLength(vendors.length)
  })

  it.each(vendors.map((vendor, place) => [vendor.id, vendor, place] as const))(
    'has the row of %s',
    (id, vendor, place) => {
      const [, name, passport, authjs, who, sure] = rows[place]?.split('|').map((cell) => cell.trim()) ?? []
      const { strategy, provider } = exportsOf(vendor)
      expect(name).toContain(`[${vendor.name}](docs/vendors/${id}.md)`)
      expect([passport, authjs]).toEqual([`\`${strategy}\` \`${id}\``, `\`${provider}\``])
      expect(who).toBe(whoSignedIn(vendor))
      expect(sure).toBe(confidences[vendor.confidence ?? 'token-only'])
    },
  )

  it('says which vendors have a setting without a default', () => {
    for (const { name, settings } of vendors) {
      for (const [setting, { requiredUnless }] of Object.entries<SettingRule>({ ...settings })) {
        if (requiredUnless !== undefined)
          expect(readme).toMatch(new RegExp(`${name}\\s(wants\\s)?its\\s\`${setting}\``))
      }
    }
  })
})

it.each(linksOf(contributing))('CONTRIBUTING.md links to %s, which exists', (target) => {
  expect(existsSync(join(root, target))).toBe(true)
})

it.each(suites)('CONTRIBUTING.md runs %s, which exists', (suite) => {
  expect(existsSync(join(root, suite))).toBe(true)
})

/** What a vendor tells of the user. */
function whoSignedIn({ confidence, identity }: Vendor): string {
  const [first] = identity === 'none' || confidence === 'token-only' ? [] : identity
  if (!first) return 'yours to say'
  return ['id', ...(first.email ? ['e-mail'] : []), ...(first.name ? ['name'] : [])].join(', ')
}
