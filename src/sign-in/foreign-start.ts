/**
 * Whether a page of another site has the browser begin this login as a part of that page, such as a picture or a frame.
 * With a posted callback the cookie of such a login would be kept, and many of them would lock the visitor out. A
 * browser that does not send `Sec-Fetch-Site` counts as honest.
 */
export function isEmbeddedElsewhere(header: (name: string) => unknown): boolean {
  return header('sec-fetch-site') === 'cross-site' && header('sec-fetch-dest') !== 'document'
}

/** What a visitor is told who began a login that way. */
export const embeddedElsewhere =
  'a page of another site asked for this login, as a picture or in a frame. Open the login itself.'
