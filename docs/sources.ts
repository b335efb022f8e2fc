import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A page where a vendor's facts were read, and which of them. */
export interface Source {
  readonly url: string
  readonly about: string
}

/** The `@see` lines above a vendor's definition. They are comments: an app that bundles the vendor does not carry them. */
export function sourcesOf(id: string): Source[] {
  const [, comment = ''] = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\nexport const /.exec(definitionOf(id)) ?? []
  return [...comment.matchAll(/^ \* @see (\S+) ?(.*)$/gm)].map(([, url = '', about = '']) => ({ url, about }))
}

/** What the comment of each of a vendor's settings says. */
export function settingComments(id: string): Readonly<Record<string, string>> {
  const found = definitionOf(id).matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s+readonly (\w+)\?:/g)
  return Object.fromEntries(
    [...found].map(([, comment = '', name = '']) => [name, comment.replace(/\s*\n\s*\* ?/g, ' ').trim()]),
  )
}

function definitionOf(id: string): string {
  return readFileSync(join(import.meta.dirname, `../src/vendors/${id}.ts`), 'utf8')
}
