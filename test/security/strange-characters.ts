/** What a sloppy reader of headers might take for white space, as Node hands it over: one character a byte. */
export interface StrangeCharacter {
  readonly name: string
  readonly text: string
}

const named = (text: string): StrangeCharacter => ({
  name: [...text]
    .map((each) => `U+${(each.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`)
    .join(' '),
  text,
})

/** What `String.prototype.trim` takes off, but for blank and tab. */
const trimmed: readonly string[] = Array.from({ length: 0x1_0000 }, (_, code) => String.fromCharCode(code)).filter(
  (each) => each.trim() === '' && each !== ' ' && each !== '\t',
)

/** Each byte above 0x7F, and the characters that `trim` takes off as UTF-8. A browser sends these, and Node takes them. */
export const strangeBytes: readonly StrangeCharacter[] = [
  ...Array.from({ length: 0x80 }, (_, i) => String.fromCharCode(0x80 + i)),
  ...trimmed.filter((each) => each > '\x7F').map((each) => Buffer.from(each).toString('latin1')),
].map(named)
