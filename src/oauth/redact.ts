/** A vendor's text beyond this length is no message; it is not searched, and not shown. */
const longest = 4000

/** A longer secret cannot stand in such a text, not even without the escapes in it. */
const longestSecret = 6 * longest

/**
 * A vendor's text made fit for an error message: without control characters, without any of `secrets` in an encoding
 * that is known here, and at most `limit` characters. Secrets of fewer than eight characters stay, since replacing them
 * would spoil ordinary words.
 *
 * Known are: percent-encoding, HTML and JSON escapes, `\\xNN`, and a backslash before any character, up to four layers in
 * any order; hex, base64 and base64url at any offset, up to three within each other. Work is bounded: texts of more than
 * 4,000 characters are not shown at all.
 */
export function redact(text: string, secrets: readonly string[], limit = 300): string {
  let clean = text.length > longest ? '(a text too long to show)' : text
  // The longest first: one may be the beginning of another.
  const known = secrets.filter(({ length }) => length <= longestSecret).toSorted((a, b) => b.length - a.length)
  for (const secret of known) clean = cutOut(clean, secret)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
  clean = clean.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
  return clean.length > limit ? `${clean.slice(0, limit - 1)}…` : clean
}

/** Whether `text` holds one of `secrets` (of eight characters or more) in an encoding that is known here. */
export function holdsSecret(text: string, secrets: readonly string[]): boolean {
  return redact(text, secrets, Number.POSITIVE_INFINITY) !== redact(text, [], Number.POSITIVE_INFINITY)
}

const mask = '[redacted]'

/** So many layers of escapes are looked under. */
const deepest = 4
/** So many encodings of bytes within each other are opened. */
const mostNested = 3

/** What may be base64, base64url or hex. */
const encodedRun = /[\w+/-]{10,}/g

/**
 * An answer that echoes our request may hold a value in many dialects of escapes, so the text is searched under each layer
 * of them, and given without those under which something was found.
 */
function cutOut(text: string, secret: string): string {
  // A value that is nearly nothing but escapes would, without them, be found everywhere; so would a short one.
  const patterns = [secret, withoutEscapes(secret)].filter((form) => form.length >= 8).map(patternOf)
  if (patterns.length === 0) return text
  let clean = text
  let layer = text
  for (let depth = 0; depth <= deepest; depth++) {
    let cut = layer
    for (const pattern of patterns) cut = cut.replace(pattern, mask)
    cut = cut.replace(encodedRun, (run) => (encodes(run, patterns, mostNested) ? mask : run))
    if (cut !== layer) clean = cut
    layer = withoutEscapes(cut, 1)
    if (layer === cut) break
  }
  return clean
}

/** Whether a run of letters encodes a text that holds the secret, or a run that does. */
function encodes(run: string, patterns: readonly RegExp[], nested: number): boolean {
  return textsIn(run).some((text) => {
    const forms = [text, withoutEscapes(text)]
    if (patterns.some((pattern) => forms.some((form) => form.search(pattern) >= 0))) return true
    return nested > 1 && (text.match(encodedRun) ?? []).some((inner) => encodes(inner, patterns, nested - 1))
  })
}

/** What a run may stand for: base64 at any offset, hex at either. */
function textsIn(run: string): string[] {
  const base64 = [0, 1, 2, 3].map((offset) => fromBase64(run.slice(offset)))
  if (!/^[0-9a-f]+$/i.test(run)) return base64
  return [...base64, ...[0, 1].map((offset) => utf8((run.slice(offset).match(/../g) ?? []).map(fromHex)))]
}

/** In either case, since percent-encodings and servers differ in it; with a space written as `+` too. */
function patternOf(value: string): RegExp {
  // Nothing that long is in the text, and it would make too large a pattern.
  if (value.length > longest) return /(?!)/g
  return new RegExp(value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/ |\\\+/g, '[ +]'), 'gi')
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
const escapes =
  /(?<percent>(?:%[0-9a-f]{2})+)|(?<bytes>(?:\\x[0-9a-f]{2})+)|&#(?<decimal>\d{1,6});|&#x(?<hex>[0-9a-f]{1,5});|&(?<name>amp|lt|gt|quot|apos);|\\u(?<unit>[0-9a-f]{4})|\\(?<self>.)/gi

function withoutEscapes(text: string, depth: number = deepest): string {
  const inner = text.replace(escapes, (...found) => {
    const { percent, bytes, decimal, hex, name, unit, self } = found.at(-1) as Record<string, string | undefined>
    if (percent) return utf8(percent.slice(1).split('%').map(fromHex))
    if (bytes) return utf8(bytes.slice(2).split(/\\x/i).map(fromHex))
    if (decimal) return String.fromCodePoint(Number(decimal))
    if (hex) return String.fromCodePoint(fromHex(hex))
    if (unit) return String.fromCharCode(fromHex(unit))
    return name ? String(entities[name.toLowerCase()]) : String(self)
  })
  return inner === text || depth === 1 ? inner : withoutEscapes(inner, depth - 1)
}

function fromHex(digits: string): number {
  return Number.parseInt(digits, 16)
}

function fromBase64(run: string): string {
  const standard = run.replaceAll('-', '+').replaceAll('_', '/')
  const bytes = atob(standard.length % 4 === 1 ? standard.slice(0, -1) : standard)
  return utf8(Array.from(bytes, (character) => character.charCodeAt(0)))
}

function utf8(bytes: readonly number[]): string {
  return new TextDecoder().decode(Uint8Array.from(bytes))
}
