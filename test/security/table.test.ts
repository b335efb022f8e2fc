import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'SECURITY.md'), 'utf8')
const table = page.slice(page.indexOf('## Requirements'))
const sections = table.split(/^### /m).slice(1)
const rows = sections.flatMap((section) => {
  const [title = ''] = section.split('\n', 1)
  const lines = section.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| requirement'))
  return lines.map((line) => {
    const [, requirement = '', proof = ''] = line.split('|').map((cell) => cell.trim())
    return { title, requirement, proof }
  })
})

describe('the table of SECURITY.md', () => {
  it('has every section of the requirements, with as many rows as there are', () => {
    const counted = sections.map((section) => [
      section.slice(0, 3).trim(),
      rows.filter(({ title }) => section.startsWith(title)).length,
    ])
    expect(counted).toEqual([
      ['1.1', 18],
      ['1.2', 11],
      ['1.3', 13],
      ['1.4', 14],
      ['1.5', 6],
      ['1.6', 8],
      ['1.7', 6],
      ['1.8', 8],
      ['2 D', 4],
    ])
  })

  it.each(rows)('$title · $requirement: each of its tests exists', ({ proof }) => {
    const tests = proof.split('<br>').filter((each) => !each.startsWith('*'))
    expect(tests.length).toBeGreaterThan(0)
    for (const each of tests) {
      const [, file = '', text = ''] = /^`(test\/[\w./-]+\.ts)` (.+)$/.exec(each) ?? []
      expect(file, each).not.toBe('')
      const source = readFileSync(join(root, file), 'utf8').replaceAll("\\'", "'")
      expect(source, each).toContain(text)
    }
  })
})
