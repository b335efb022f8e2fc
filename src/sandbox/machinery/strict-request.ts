import type { Received } from './request.ts'

/** Makes the error for a reason, in the words and shape of whoever refuses; the readers throw it. */
export type Refuse = (reason: string) => Error

/** The largest request body a fake reads: 1 MB. */
export const BODY_LIMIT: number = 1024 * 1024

/** Reads the query, strictly: decodable, and every name once. */
export function readQuery(request: Received, refuse: Refuse): Map<string, string> {
  return readPairs(request.url.search.slice(1), 'query', refuse)
}

/** Reads a form body, strictly: labelled as what it is, decodable, and every name once. */
export function readForm(request: Received, refuse: Refuse): Map<string, string> {
  const label = request.headers.get('content-type') ?? ''
  if (!/^application\/x-www-form-urlencoded(\s*;\s*charset="?utf-8"?)?$/i.test(label)) {
    throw refuse(`the body must be application/x-www-form-urlencoded, but its Content-Type is "${label}"`)
  }
  return readPairs(readText(request, refuse), 'body', refuse)
}

/** Refuses every name outside `known`, and every one of `required` that is missing or empty. */
export function checkNames(
  fields: ReadonlyMap<string, string>,
  required: readonly string[],
  optional: readonly string[],
  refuse: Refuse,
): void {
  for (const name of fields.keys()) {
    if (!required.includes(name) && !optional.includes(name)) throw refuse(`"${name}" is not a documented parameter`)
  }
  for (const name of required) {
    if (!fields.get(name)) throw refuse(`the parameter "${name}" is missing`)
  }
}

/** The body as text, if it is UTF-8. */
export function readText(request: Received, refuse: Refuse): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(request.body)
  } catch {
    throw refuse('the body is not UTF-8')
  }
}

function readPairs(text: string, where: 'query' | 'body', refuse: Refuse): Map<string, string> {
  const fields = new Map<string, string>()
  if (text === '') return fields
  for (const pair of text.split('&')) {
    const [name, value] = splitPair(pair).map((part) => decode(part, where, refuse))
    if (!name || value === undefined) throw refuse(`the ${where} holds "${pair}", which is not name=value`)
    if (fields.has(name)) throw refuse(`the ${where} holds "${name}" more than once`)
    fields.set(name, value)
  }
  return fields
}

function splitPair(pair: string): string[] {
  const at = pair.indexOf('=')
  return at < 0 ? [pair] : [pair.slice(0, at), pair.slice(at + 1)]
}

function decode(text: string, where: string, refuse: Refuse): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw refuse(`the ${where} holds a percent-encoding that cannot be decoded`)
  }
}
