import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Block, headingsOf, linksOf, tokensOf } from './markdown.ts'

const root = join(import.meta.dirname, '..')

/** Whether a block of code stands in a file under test. */
export function isQuoted({ language, text }: Block): boolean {
  const kind = language === 'js' ? /\.c?js$/ : /\.ts$/
  const sources = filesUnderTest().filter((file) => kind.test(file))
  return sources.some((file) => tokensOf(readFileSync(file, 'utf8')).includes(tokensOf(text)))
}

/** Whether what a page's link leads to, seen from `folder`, exists. */
export function leadsSomewhere(target: string, page: string, folder: string): boolean {
  const [path = '', heading] = target.split('#')
  if (!existsSync(join(root, folder, path))) return false
  return (
    heading === undefined ||
    headingsOf(path === '' ? page : readFileSync(join(root, folder, path), 'utf8')).includes(heading)
  )
}

/** The targets of a page's links that stay in the repository. */
export function localLinksOf(page: string): string[] {
  return linksOf(page).filter((each) => !/^https?:/.test(each))
}

/** Every test, and every file under test/ and examples/ that one of them names in a string, however indirectly. */
function filesUnderTest(): string[] {
  const tests = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
  const found = new Set(tests.filter((name) => name.endsWith('.test.ts')).map((name) => join(root, 'test', name)))
  for (const own of ['readme.test.ts', 'docs/pages.test.ts']) found.delete(join(root, 'test', own))
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
