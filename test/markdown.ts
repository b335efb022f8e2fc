/** A fenced block of a Markdown page. */
export interface Block {
  readonly language: string
  readonly text: string
}

export function blocksOf(page: string): Block[] {
  return [...page.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language = '', text = '']) => ({ language, text }))
}

/** Where a page's links lead. */
export function linksOf(page: string): string[] {
  return [...page.matchAll(/\]\(([^)]+)\)/g)].map(([, target = '']) => target)
}

/** Source without what a formatter changes: blanks, line breaks and the commas before a closing bracket. */
export function tokensOf(source: string): string {
  return source.replace(/\s+/g, '').replace(/,(?=[)\]}])/g, '')
}

/** The anchors of a page's headings, as GitHub makes them. */
export function headingsOf(page: string): string[] {
  return [...page.matchAll(/^#+ (.+)$/gm)].map(([, text = '']) =>
    text
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  )
}
