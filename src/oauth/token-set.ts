/**
 * Tokens of one grant in the names of the wire (RFC 6749 §5.1), with the relative `expires_in` turned into a moment.
 * A plain object for storing: JSON and spread give everything.
 */
export interface TokenSet {
  /** Visible ASCII without spaces: fit for an `Authorization: Bearer` header. */
  readonly access_token: string
  /** After a refresh without a new one: the old one, which stays valid (RFC 6749 §6). */
  readonly refresh_token?: string | undefined
  /** Whole epoch seconds. Absent when the vendor named no readable lifetime; that never means "for ever". */
  readonly expires_at?: number | undefined
  /** Space separated. Absent when the vendor did not say; then what was asked for was granted (RFC 6749 §5.1). */
  readonly scope?: string | undefined
  readonly id_token?: string | undefined
  /** What the vendor sent besides and needs back later, such as the host that serves this user. No secrets. */
  readonly vendor_state?: Readonly<Record<string, string>> | undefined
}

/**
 * A `TokenSet` as it came from a token endpoint. `console.log` and `util.inspect` hide its tokens; `JSON.stringify`,
 * spread and `structuredClone` give them. That an object is of this class proves that its tokens came straight from
 * the vendor, which is what allows reading their claims without a signature check; a copy loses that quality.
 */
export class IssuedTokens implements TokenSet {
  readonly access_token: string
  // Only declared: a field would be an own `undefined`, which a spread over stored tokens would wipe them with.
  declare readonly refresh_token?: string
  declare readonly expires_at?: number
  declare readonly scope?: string
  declare readonly id_token?: string
  declare readonly vendor_state?: Readonly<Record<string, string>>

  constructor(tokens: TokenSet) {
    this.access_token = tokens.access_token
    if (tokens.refresh_token !== undefined) this.refresh_token = tokens.refresh_token
    if (tokens.expires_at !== undefined) this.expires_at = tokens.expires_at
    if (tokens.scope !== undefined) this.scope = tokens.scope
    if (tokens.id_token !== undefined) this.id_token = tokens.id_token
    if (tokens.vendor_state !== undefined) this.vendor_state = tokens.vendor_state
    // Nobody writes other tokens into a trusted object.
    Object.freeze(this)
  }
}

/** The same tokens with more of what the vendor said, as straight from the vendor as they were. */
export function withVendorState(tokens: TokenSet, more: TokenSet['vendor_state']): TokenSet {
  if (more === undefined) return tokens
  const changed = { ...tokens, vendor_state: { ...tokens.vendor_state, ...more } }
  return tokens instanceof IssuedTokens ? new IssuedTokens(changed) : changed
}

/** Tokens of the app itself (client credentials): straight from the token endpoint too, but they name no user. */
export class MachineTokens extends IssuedTokens {}

hideInPrint(IssuedTokens.prototype)

/**
 * The object itself, whose tokens `console.log` and `util.inspect` do not show: for plain copies too, which are the
 * application's to change and to store.
 */
export function hideInPrint<T extends TokenSet>(tokens: T): T {
  const hidden = (token: string | undefined) => (token === undefined ? undefined : '[hidden]')
  // Defined this way because a computed method name would make isolatedDeclarations ask for a unique symbol.
  return Object.defineProperty(tokens, Symbol.for('nodejs.util.inspect.custom'), {
    value(this: TokenSet) {
      return {
        access_token: '[hidden]',
        refresh_token: hidden(this.refresh_token),
        expires_at: this.expires_at,
        scope: this.scope,
        id_token: hidden(this.id_token),
        vendor_state: this.vendor_state,
      }
    },
  })
}

/** Seconds until the access token runs out, negative afterwards; `undefined` when no lifetime is known. */
export function expiresIn(tokens: Pick<TokenSet, 'expires_at'>, now: number = Date.now()): number | undefined {
  return tokens.expires_at === undefined ? undefined : tokens.expires_at - Math.floor(now / 1000)
}
