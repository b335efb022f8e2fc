import { sha256 } from '#crypto'
import { EsignAuthError } from '../oauth/errors.ts'
import type { Sealer } from '../oauth/seal.ts'
import { cookiesIn } from './cookie-header.ts'
import { mostPending, type PendingLogin, type PendingLogins, pendingLifetime } from './pending-login.ts'

/** All our cookies together stay below this, so that no server refuses the browser's requests. */
const mostBytes = 8_192
/** Browsers drop a cookie of more than 4096 bytes without a word. */
const mostBytesEach = 4_000

/** How the cookies of one client's logins are made. */
export interface PendingCookieSettings {
  readonly vendor: { readonly id: string; readonly name: string }
  readonly sealer: Sealer
  /** The vendor posts the callback from its own site, so the cookie must travel cross-site. */
  readonly crossSite: boolean
}

/** A cookie to set: `HttpOnly`, on the whole site. */
export interface PendingCookie {
  readonly name: string
  /** Empty where it is to end. */
  readonly value: string
  /** Seconds; 0 ends it. */
  readonly maxAge: number
  readonly secure: boolean
  readonly sameSite: 'lax' | 'none'
}

/** The pending logins in a request's `Cookie` header; `set` gets the cookies that its response is to set. */
export type PendingCookies = (header: string | undefined, set: (cookie: PendingCookie) => void) => PendingLogins

/**
 * One short-lived sealed cookie per login. No session is needed, a new session at sign-in does not end the login in
 * another tab, and nothing grows on the server. The value begins with its start time in clear, so that the oldest can
 * go without being opened.
 */
export function pendingCookies({ vendor, sealer, crossSite }: PendingCookieSettings): PendingCookies {
  const isSecure = ({ redirectUri }: PendingLogin) => crossSite || new URL(redirectUri).protocol === 'https:'
  const nameFor = async (login: PendingLogin) => nameOf(await fileName(login.state), isSecure(login))
  // `__Host-` asks for Secure, Path=/ and no Domain; SameSite=None asks for Secure.
  const cookie = (name: string, value: string, maxAge: number): PendingCookie => ({
    name,
    value,
    maxAge,
    secure: crossSite || name.startsWith('__Host-'),
    sameSite: crossSite ? 'none' : 'lax',
  })
  return (header, set) => {
    const names = new Map<PendingLogin, string>()
    const openCookie = async ({ name, value }: Cookie) => {
      const login = (await sealer.open(value.slice(value.indexOf('.') + 1), fileOf(name))) as PendingLogin | undefined
      // To the letter: without its `__Host-` a sibling domain may have planted it, with a login of its own.
      if (!login || (await nameFor(login)) !== name) return undefined
      names.set(login, name)
      return login
    }
    return {
      async begin(login) {
        if (!fitsJson(login.appState)) {
          throw new EsignAuthError(
            'invalid_argument',
            vendor,
            'the application state of this login must be something that JSON can hold.',
          )
        }
        const file = await fileName(login.state)
        const value = `${login.startedAt.toString(36)}.${await sealer.seal(login, file)}`
        const name = nameOf(file, isSecure(login))
        if (name.length + value.length > mostBytesEach) {
          throw new EsignAuthError(
            'pending_login_impossible',
            vendor,
            'the application state of this login is too large for a cookie: keep it below about 2 kB, or keep it on the server and pass its key.',
          )
        }
        // The oldest logins end, of any client, until this one fits.
        for (const old of surplus(ourCookies(header), name.length + value.length, login.startedAt)) {
          set(cookie(old, '', 0))
        }
        set(cookie(name, value, pendingLifetime / 1000))
        return login.state
      },
      async open(state) {
        const file = await fileName(state)
        for (const each of ourCookies(header)) {
          const login = fileOf(each.name) === file ? await openCookie(each) : undefined
          if (login) return login
        }
        return undefined
      },
      async all() {
        const opened = await Promise.all(ourCookies(header).map(openCookie))
        return opened.filter((login) => login !== undefined)
      },
      end(login) {
        const name = names.get(login)
        // Logins that begin at the same time do not see each other's cookies, so the bound is kept here too.
        const others = ourCookies(header).filter((other) => other.name !== name)
        for (const each of [...(name === undefined ? [] : [name]), ...surplus(others, 0)]) set(cookie(each, '', 0))
      },
    }
  }
}

/** A cookie as a `Set-Cookie` header writes it. */
export function cookieText({ name, value, maxAge, secure, sameSite }: PendingCookie): string {
  const how = `SameSite=${sameSite === 'none' ? 'None' : 'Lax'}${secure ? '; Secure' : ''}`
  return `${name}=${value}; Max-Age=${maxAge}; Path=/; HttpOnly; ${how}`
}

/**
 * Names of the oldest logins of this browser that must end for one of `needed` bytes (0: for none) to fit; with `now` also
 * of those that have run out.
 */
function surplus(cookies: Cookie[], needed: number, now = 0): string[] {
  let count = needed > 0 ? 1 : 0
  let bytes = needed
  const startOf = ({ value }: Cookie) => Number.parseInt(value.split('.', 1)[0] ?? '', 36) || 0
  return cookies
    .sort((a, b) => startOf(b) - startOf(a))
    .filter((cookie) => {
      count += 1
      bytes += cookie.name.length + cookie.value.length
      return now - startOf(cookie) > pendingLifetime || count > mostPending || bytes > mostBytes
    })
    .map(({ name }) => name)
}

/** Whether JSON neither refuses it, as a bigint or a circle, nor drops it without a word, as a function. */
function fitsJson(value: unknown): boolean {
  try {
    return value === undefined || JSON.stringify(value) !== undefined
  } catch {
    return false
  }
}

interface Cookie {
  readonly name: string
  readonly value: string
}

/** What a login is filed under: tells nothing of the state, and finding it compares the state in full. */
async function fileName(state: string): Promise<string> {
  return (await sha256(state)).slice(0, 24)
}

const stemOfNames = 'esign-login.'

function nameOf(file: string, secure: boolean): string {
  return `${secure ? '__Host-' : ''}${stemOfNames}${file}`
}

function fileOf(name: string): string {
  return name.slice(name.indexOf(stemOfNames) + stemOfNames.length)
}

/** A browser's cookies of pending logins, of all clients. */
function ourCookies(header: string | undefined): Cookie[] {
  return cookiesIn(header)
    .filter(([name, value]) => /^(__Host-)?esign-login\.[\w-]+$/.test(name) && /^[\w.-]+$/.test(value))
    .map(([name, value]) => ({ name, value }))
}
