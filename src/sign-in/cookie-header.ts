/**
 * Names and values of a `Cookie` header, in order (RFC 6265 §4.2.1). Only blanks and tabs around a pair are white space:
 * `trim` would take U+00A0 and others away too, and a cookie that a sibling domain planted under such a name would pass
 * for one with the `__Host-` prefix. Values are left as they are.
 */
export function cookiesIn(header = ''): readonly (readonly [name: string, value: string])[] {
  return header.split(';').flatMap((pair) => {
    const [, name, value] = /^[ \t]*([^= \t][^=]*)=(.*?)[ \t]*$/s.exec(pair) ?? []
    return name === undefined || value === undefined ? [] : [[name, value] as const]
  })
}
