import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { blocksOf } from '../markdown.ts'
import { isQuoted, leadsSomewhere, localLinksOf } from '../quotes.ts'
import { stepsOf } from './follow.ts'

const folder = join(import.meta.dirname, '../../docs')
const pages = readdirSync(folder).filter((name) => name.endsWith('.md'))

describe.each(pages)('docs/%s', (name) => {
  const page = readFileSync(join(folder, name), 'utf8')
  const code = blocksOf(page).filter(({ language }) => !['sh', 'text', ''].includes(language))

  it('has code that runs under test, and links that lead somewhere', () => {
    expect(localLinksOf(page).filter((target) => !leadsSomewhere(target, page, 'docs'))).toEqual([])
    // These are followed to the letter by getting-started.e2e.ts.
    if (name.startsWith('getting-started-')) expect(stepsOf(page).length).toBeGreaterThan(4)
    else expect(code.filter((block) => !isQuoted(block)).map(({ text }) => text)).toEqual([])
  })
})
