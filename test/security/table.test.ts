import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'SECURITY.md'), 'utf8')
const table = page.slice(page.indexOf('## Requirements'))
const sections = table.split(/^### /m).slice(1)
const hosts = ['client', 'Passport', 'Auth.js', 'web', 'keeper'] as const
const rows = sections.flatMap((section) => {
  const [title = ''] = section.split('\n', 1)
  const lines = section.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| requirement'))
  return lines.map((line) => {
    const [requirement = '', ...cells] = line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim())
    return { title, requirement, cells }
  })
})

/** The tests that a cell names, without its remarks. */
const testsOf = (cell: string) => cell.split('<br>').filter((each) => !/^\*.+\*$/.test(each))

/** Whether a text stands in a title: in a file of tests behind a quotation mark. */
function isTitled(file: string, text: string): boolean {
  const lines = readFileSync(join(root, file), 'utf8').replaceAll("\\'", "'").split('\n')
  return lines.some((line) => line.includes(text) && /['"`]/.test(line.slice(0, line.indexOf(text) + 1)))
}

function expectTests(cell: string): void {
  const tests = testsOf(cell)
  expect(tests.length, cell).toBeGreaterThan(0)
  for (const each of tests) {
    const [, file = '', text = ''] = /^`(test\/[\w./-]+\.ts)` (.+)$/.exec(each) ?? []
    expect(file, each).not.toBe('')
    expect(text.length, `${each}: too short to name one test`).toBeGreaterThanOrEqual(12)
    expect(isTitled(file, text), each).toBe(true)
  }
}

describe('the table of SECURITY.md', () => {
  it('has every section of the requirements, with as many rows as there are', () => {
    const counted = sections.map((section) => [
      section.slice(0, 3).trim(),
      rows.filter(({ title }) => section.startsWith(title)).length,
    ])
    expect(counted).toEqual([
      ['1.1', 21],
      ['1.2', 11],
      ['1.3', 14],
      ['1.4', 14],
      ['1.5', 6],
      ['1.6', 10],
      ['1.7', 7],
      ['1.8', 9],
      ['2 D', 5],
    ])
  })

  it('has one column for each host, in every section', () => {
    const heads = table.split('\n').filter((line) => line.startsWith('| requirement'))
    expect(heads).toEqual(sections.map(() => `| requirement | ${hosts.join(' | ')} |`))
  })

  it.each(rows)('$title · $requirement: for each host tests that exist, or a reason', ({ cells }) => {
    expect(cells).toHaveLength(hosts.length)
    const [client = ''] = cells
    for (const [i, cell] of cells.entries()) {
      // Of the host that does nothing but call the client, whose cell then has to prove it.
      if (i > 0 && cell === "the client's") expectTests(client)
      else if (cell.startsWith('–')) expect(cell, hosts[i]).toMatch(/^– \*[^*]{12,}\*$/)
      else expectTests(cell)
    }
  })
})
