import { optionError } from '../oauth/errors.ts'
import type { SealingKey } from '../oauth/seal.ts'
import type { VersionedStore } from './stores/versioned-store.ts'

/** At least one; the first seals. */
export type SealingKeys = readonly [SealingKey, ...SealingKey[]]

/**
 * The keys a keeper seals with: the option, else `ESIGN_AUTH_KEYS`; `undefined` for none. No message quotes a secret.
 *
 * @throws TypeError with `code: 'invalid_option'` on a mistake, and for a shared store without keys, unless they are
 * `'none'`.
 */
export function keysOf(
  option: readonly SealingKey[] | 'none' | undefined,
  reach: VersionedStore['reach'],
  text: string | undefined = globalThis.process?.env['ESIGN_AUTH_KEYS'],
): SealingKeys | undefined {
  if (option === 'none') return undefined
  if (option !== undefined) return checked(option, (at) => `[${at}]`)
  if (text?.trim()) return checked(read(text), (at) => `(ESIGN_AUTH_KEYS, entry ${at + 1})`)
  if (reach === 'process') return undefined
  throw wrong(
    'is missing, and the store is shared: anybody who reads it would read the tokens. ' +
      "Give keys: [{ kid: '2026-11', secret }] with the text of `openssl rand -base64 32`, or ESIGN_AUTH_KEYS=2026-11:<secret>; " +
      "the same in every instance. Only keys: 'none' stores tokens in clear.",
  )
}

/** `kid:secret,kid:secret`; spaces and line breaks around each do not count. A secret may hold `:`, but no `,`. */
function read(text: string): unknown[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .map((entry) => {
      const [kid = ''] = entry.split(':', 1)
      return { kid, secret: entry.slice(kid.length + 1) }
    })
}

function checked(keys: unknown, place: (at: number) => string): SealingKeys {
  if (!Array.isArray(keys) || keys.length === 0) throw wrong("must be a list of { kid, secret }, or 'none'.")
  const seen = new Set<string>()
  const all = keys.map((each: unknown, at): SealingKey => {
    const { kid, secret } = (typeof each === 'object' && each !== null ? each : {}) as Partial<SealingKey>
    if (typeof kid !== 'string' || !/^[\w.-]{1,64}$/.test(kid)) {
      throw wrong(`${place(at)} needs a \`kid\`: letters, digits, ".", "_" and "-", at most 64.`)
    }
    if (typeof secret !== 'string' || secret.length < 32) {
      throw wrong(
        `${place(at)} needs a \`secret\` of at least 32 characters, as from \`openssl rand -base64 32\`; is its environment variable set?`,
      )
    }
    if (seen.has(kid)) throw wrong(`${place(at)} has the \`kid\` of another. A new secret needs a new one.`)
    seen.add(kid)
    return { kid, secret }
  })
  return all as [SealingKey, ...SealingKey[]]
}

/**
 * The option `idSecret`.
 *
 * @throws TypeError with `code: 'invalid_option'`, which does not quote it.
 */
export function idSecretOf(option: unknown): string | undefined {
  if (option === undefined || (typeof option === 'string' && option.length >= 32)) return option
  throw wrong(
    'must be a text of at least 32 characters, as from `openssl rand -base64 32`; is its environment variable set?',
    'idSecret',
  )
}

function wrong(what: string, option = 'keys'): TypeError {
  return optionError({ name: 'keeper' }, option, what)
}
