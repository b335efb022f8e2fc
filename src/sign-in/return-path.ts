/** A longer return address would not leave room in a cookie, and anybody who opens the login page can write one. */
const longestPath = 1_500

/**
 * A return address reduced to a path of this site; `undefined` if it leads, or could be read to lead, elsewhere, or if
 * it is too long to be kept.
 */
export function localPath(returnTo: unknown): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: browsers drop some of them, which makes /\t/evil into //evil
  if (typeof returnTo !== 'string' || !returnTo.startsWith('/') || /[\u0000-\u001f\\]/.test(returnTo)) return undefined
  const site = 'http://site.invalid'
  if (!URL.canParse(returnTo, site)) return undefined
  const url = new URL(returnTo, site)
  if (url.origin !== site || url.username || url.password) return undefined
  const path = url.pathname + url.search + url.hash
  // Dot segments may have left two slashes at the front: `/.//evil`.
  return path.startsWith('//') || path.length > longestPath ? undefined : path
}
