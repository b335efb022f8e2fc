import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { vendors } from 'esign-auth'
import * as strategies from 'esign-auth/passport'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')
const blocks = [...readme.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language = '', text = '']) => ({
  language,
  text,
}))
const code = blocks.filter(({ language }) => !['sh', 'text', ''].includes(language))

describe('the README', () => {
  it.each(code.map(({ language, text }) => [language, text.split('\n', 1)[0], text]))(
    'quotes a file that runs under test: %s block "%s …"',
    (language, _, text) => {
      const kind = language === 'js' ? /\.c?js$/ : /\.ts$/
      const sources = filesUnderTest().filter((file) => kind.test(file))
      expect(sources.some((file) => tokensOf(readFileSync(file, 'utf8')).includes(tokensOf(text)))).toBe(true)
    },
  )

  it('has code of no other kind, and some of each', () => {
    expect([...new Set(blocks.map(({ language }) => language))].sort()).toEqual(['js', 'sh', 'ts'])
  })

  // The whole of a block, so that whoever copies it copies the command and nothing else.
  it.each(['npm ci && npm run demo', 'npm ci && npm test'])('has the command `%s` in a block of its own', (command) => {
    expect(blocks).toContainEqual({ language: 'sh', text: `${command}\n` })
  })

  it.each([...readme.matchAll(/\]\(([^)]+)\)/g)].map(([, target = '']) => target))(
    'links to %s, which exists',
    (target) => {
      const [path = '', heading] = target.split('#')
      if (heading !== undefined)
        expect(headings(path === '' ? readme : readFileSync(join(root, path), 'utf8'))).toContain(heading)
      else expect(existsSync(join(root, path))).toBe(true)
    },
  )

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

/** Source without what a formatter changes: blanks, line breaks and the commas before a closing bracket. */
function tokensOf(source: string): string {
  return source.replace(/\s+/g, '').replace(/,(?=[)\]}])/g, '')
}

/** Every test, and every file under test/ and examples/ that one of them names in a string, however indirectly. */
function filesUnderTest(): string[] {
  const tests = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
  const found = new Set(tests.filter((name) => name.endsWith('.test.ts')).map((name) => join(root, 'test', name)))
  found.delete(import.meta.filename)
  for (const file of found) {
    for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(/'([^'\s]+\.(?:ts|cjs))'/g)) {
      const places = [dirname(file), join(root, 'examples')].map((place) => join(place, name))
      for (const place of places.filter((path) => existsSync(path))) found.add(place)
    }
  }
  // The end-to-end tests install and run these whole.
  const install = readFileSync(join(root, 'test/e2e/install.ts'), 'utf8')
  for (const [, name = ''] of install.matchAll(/copyExample\('([\w-]+)'/g)) {
    const files = readdirSync(join(root, 'examples', name), { recursive: true, encoding: 'utf8' })
    for (const file of files.filter((each) => each.endsWith('.ts') && !each.includes('node_modules'))) {
      found.add(join(root, 'examples', name, file))
    }
  }
  return [...found]
}

/** The anchors of a page's headings, as GitHub makes them. */
function headings(page: string): string[] {
  return [...page.matchAll(/^#+ (.+)$/gm)].map(([, text = '']) =>
    text
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  )
}
