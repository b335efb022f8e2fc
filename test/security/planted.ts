import { onTestFinished, vi } from 'vitest'
import { testApp as authApp, browser as authBrowser } from '../authjs/express-app.ts'
import { testApp as passportApp, pathOf } from '../passport/app.ts'

/** The attacker's own login: what a sibling domain wants in the victim's browser. */
export interface Attack {
  /** Where the app listens, and where the callback leads there. */
  readonly url: string
  readonly target: string
  /** Of the attacker's pending login. */
  readonly cookie: { readonly name: string; readonly value: string }
  readonly tokenRequests: () => unknown[]
  /** Whether an answer signs somebody in. */
  signsIn(answer: { readonly status: number; readonly text: string }): boolean
}

/** The cookie of a pending login among a browser's. */
export function loginAmong(cookies: Iterable<[string, string]>): Attack['cookie'] {
  const [name = '', value = ''] = [...cookies].find(([each]) => each.startsWith('__Host-esign-login.')) ?? []
  return { name, value }
}

/** At a Passport app. */
export async function throughPassport(strategy: object = {}): Promise<Attack> {
  const app = await passportApp({ strategy })
  const attacker = app.browser()
  const target = pathOf(await app.sandbox.approve(await attacker.login()))
  const { url, tokenRequests } = app
  return { url, target, cookie: loginAmong(attacker.cookies), tokenRequests, signsIn: ({ status }) => status === 200 }
}

/** At an Auth.js app that people reach over https. */
export async function throughAuthJs(): Promise<Attack> {
  vi.stubEnv('AUTH_URL', 'https://app.example')
  onTestFinished(() => void vi.unstubAllEnvs())
  const app = await authApp()
  app.sandbox.vendors.insuresign.client.redirectUris.push('https://app.example/auth/callback/insuresign')
  const attacker = authBrowser(app.origin)
  const target = pathOf(await app.sandbox.approve(await attacker.begin('insuresign')))
  return {
    url: app.origin,
    target,
    cookie: loginAmong(attacker.jar),
    tokenRequests: app.tokenRequests,
    signsIn: ({ text }) => /^set-cookie: (__Secure-)?authjs.session-token=/im.test(text),
  }
}

/** Wherever a character can stand in a cookie's name, or around it. */
export const placesOf = (text: string, { name, value }: Attack['cookie']): string[] => [
  `${text}${name}=${value}`,
  `${text} ${name}=${value}`,
  ` ${text}\t${name}=${value}`,
  `x=1; ${text}${name}=${value}`,
  `x=1${text}${name}=${value}`,
  `${name}${text}=${value}`,
  `${name.replace('__Host-', `__Host-${text}`)}=${value}`,
  `${name.replace('.', `.${text}`)}=${value}`,
  `=${text}${name}=${value}`,
  `${name}=${text}${value}`,
]
