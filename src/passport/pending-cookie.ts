import type { ServerResponse } from 'node:http'
import { EsignAuthError } from '../core/errors.ts'
import type { Sealer } from '../core/seal.ts'
import type { PassportRequest } from './base.ts'
import { fileName, mostPending, type PendingLogin, type PendingLogins, pendingLifetime } from './pending.ts'

/** All our cookies together stay below this, so that no server refuses the browser's requests. */
const mostBytes = 8_192
/** Browsers drop a cookie of more than 4096 bytes without a word. */
const mostBytesEach = 4_000

/** How the cookies of one strategy are made. */
export interface CookieSettings {
  readonly vendor: { readonly id: string; readonly name: string }
  readonly sealer: Sealer
  /** The vendor posts the callback from its own site, so the cookie must travel cross-site. */
  readonly crossSite: boolean
}

/**
 * One short-lived sealed cookie per login. No session is needed, passport's new session at sign-in does not end the
 * login in another tab, and nothing grows on the server. The value begins with its start time in clear, so that the
 * oldest can go without being opened.
 */
export function cookiePending({ vendor, sealer, crossSite }: CookieSettings): PendingLogins {
  const secure = ({ redirectUri }: PendingLogin) => crossSite || new URL(redirectUri).protocol === 'https:'
  const openCookie = async ({ name, value }: Cookie) => {
    const login = (await sealer.open(value.slice(value.indexOf('.') + 1), fileOf(name))) as PendingLogin | undefined
    // To the letter: without its `__Host-` a sibling domain may have planted it, with a login of its own.
    return login && nameOf(fileName(login.state), secure(login)) === name ? login : undefined
  }
  return {
    async begin(req, login) {
      const file = fileName(login.state)
      const value = `${login.startedAt.toString(36)}.${await sealer.seal(login, file)}`
      const name = nameOf(file, secure(login))
      if (name.length + value.length > mostBytesEach) {
        throw new EsignAuthError(
          'pending_login_impossible',
          vendor,
          'the application state of this login is too large for a cookie: keep it below about 2 kB, or keep it on the server and pass its key.',
        )
      }
      makeRoom(req, name.length + value.length, login.startedAt)
      setCookie(req, name, value, pendingLifetime / 1000, crossSite)
      return login.state
    },
    async open(req, state) {
      const file = fileName(state)
      for (const cookie of ourCookies(req)) {
        const login = fileOf(cookie.name) === file ? await openCookie(cookie) : undefined
        if (login) return login
      }
      return undefined
    },
    async all(req) {
      const opened = await Promise.all(ourCookies(req).map(openCookie))
      return opened.filter((login) => login !== undefined)
    },
    end(req, login) {
      setCookie(req, nameOf(fileName(login.state), secure(login)), '', 0, crossSite)
    },
  }

  /** Ends the oldest logins of this browser, whoever began them, until one more fits. */
  function makeRoom(req: PassportRequest, needed: number, now: number): void {
    let count = 1
    let bytes = needed
    const startOf = ({ value }: Cookie) => Number.parseInt(value.split('.', 1)[0] ?? '', 36) || 0
    for (const cookie of ourCookies(req).sort((a, b) => startOf(b) - startOf(a))) {
      count += 1
      bytes += cookie.name.length + cookie.value.length
      const tooOld = now - startOf(cookie) > pendingLifetime
      if (tooOld || count > mostPending || bytes > mostBytes) setCookie(req, cookie.name, '', 0, crossSite)
    }
  }
}

interface Cookie {
  readonly name: string
  readonly value: string
}

const stemOfNames = 'esign-login.'

function nameOf(file: string, secure: boolean): string {
  return `${secure ? '__Host-' : ''}${stemOfNames}${file}`
}

function fileOf(name: string): string {
  return name.slice(name.indexOf(stemOfNames) + stemOfNames.length)
}

/** The request's cookies of pending logins, of all strategies. */
function ourCookies(req: PassportRequest): Cookie[] {
  const pairs = (req.headers.cookie ?? '').split(';').map((pair) => pair.trim())
  return pairs.flatMap((pair) => {
    const [, name, value] = /^((?:__Host-)?esign-login\.[\w-]+)=([\w.-]+)$/.exec(pair) ?? []
    return name && value ? [{ name, value }] : []
  })
}

/** `__Host-` asks for Secure, Path=/ and no Domain; SameSite=None asks for Secure. */
function setCookie(req: PassportRequest, name: string, value: string, maxAge: number, crossSite: boolean): void {
  const secure = crossSite || name.startsWith('__Host-') ? '; Secure' : ''
  const sameSite = crossSite ? 'None' : 'Lax'
  const res = req.res as ServerResponse
  res.appendHeader('set-cookie', `${name}=${value}; Max-Age=${maxAge}; Path=/; HttpOnly; SameSite=${sameSite}${secure}`)
}
