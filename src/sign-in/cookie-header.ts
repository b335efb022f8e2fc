/**
 * Names and values of a `Cookie` header, in order (RFC 6265 §4.2.1). Only blanks and tabs around a pair are white space:
 * `trim` would take U+00A0 and others away too, and a cookie that a sibling domain planted under such a name would pass
 * for one with the `__Host-` prefix. Values are left as they are.
 */
export function cookiesIn(header = ''): readonly (readonly [name: string, value: string])[] {
  return header.split(';').flatMap((each) => {
    const pair = withoutBlanks(each)
    const at = pair.indexOf('=')
    return at < 1 ? [] : [[pair.slice(0, at), pair.slice(at + 1)] as const]
  })
}

/** Not by a regular expression: one that looks for blanks at the end takes a second for a header full of them. */
function withoutBlanks(text: string): string {
  const isBlank = (at: number) => text[at] === ' ' || text[at] === '\t'
  let start = 0
  let end = text.length
  while (isBlank(start)) start += 1
  while (end > start && isBlank(end - 1)) end -= 1
  return text.slice(start, end)
}
