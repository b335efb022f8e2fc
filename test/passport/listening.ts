import type { TokenSet } from 'esign-auth'
import { createTokenKeeper, type TokenKeeper } from 'esign-auth/keeper'
import type { EsignStrategy, Profile } from 'esign-auth/passport'
import { createSandbox, type Sandbox, type SandboxRequest, type SandboxVendors } from 'esign-auth/sandbox'
import { onTestFinished } from 'vitest'
import { appOf, callbackURL, type Failure, recordFailures } from './app.ts'
import type { Browser } from './browser.ts'

/** An Express app with one vendor behind it, each of its hosts on a loopback port of its own, and a keeper. */
export interface ListeningApp {
  readonly sandbox: Sandbox
  readonly strategy: EsignStrategy
  readonly keeper: TokenKeeper
  browser(): Browser
  /** Why sign-ins failed. */
  readonly failures: Failure[]
  /** What verify was called with, and what the app answered. */
  signIn(as?: string): Promise<{ status: number; text: string; tokens: TokenSet; profile: Profile }>
  /** Method, host and path of what reached the vendor since the last time. */
  asked(): string[]
}

type AnyClass = new (options: never, verify: (tokens: TokenSet, profile: Profile) => unknown) => EsignStrategy

/** `settings` go to the strategy and to the fake's client alike. */
export async function listeningApp<V extends keyof SandboxVendors>(
  vendor: V,
  Strategy: unknown,
  settings: Readonly<Record<string, unknown>> = {},
  options: Readonly<Record<string, unknown>> = {},
): Promise<ListeningApp> {
  const sandbox = createSandbox()
  const listening = await sandbox.listen()
  onTestFinished(() => listening.close())
  const { register } = sandbox.vendors[vendor] as unknown as {
    register(given: object): { clientId: string; clientSecret: string }
  }
  const path = new URL(callbackURL.replace('/callback', `/${vendor}/callback`)).href
  const { clientId: clientID, clientSecret } = register({ ...settings, redirectUris: [path] })
  const keeper = createTokenKeeper()
  onTestFinished(() => keeper.close())
  const seen: { tokens: TokenSet; profile: Profile }[] = []
  const given = { clientID, clientSecret, callbackURL: path, keeper, verifyStyle: 'tokens', ...options }
  const address = listening.options(vendor, settings as never)
  const strategy = new (Strategy as AnyClass)({ ...address, ...given } as never, (tokens, profile) => {
    seen.push({ tokens, profile })
    return { id: profile.id }
  })
  const failures = recordFailures(strategy)
  const { browser } = await appOf({ [vendor]: strategy })
  let read = 0
  return {
    ...{ sandbox, strategy, keeper, browser, failures },
    async signIn(as) {
      const visitor = browser()
      const { status, text } = await visitor.follow(await sandbox.approve(await visitor.login(`/${vendor}/login`), as))
      const last = seen.at(-1)
      if (!last) throw new Error(`verify was not called: ${status} ${text}`)
      return { status, text, ...last }
    },
    asked() {
      const fresh: readonly SandboxRequest[] = sandbox.log.slice(read)
      read = sandbox.log.length
      return fresh.map(({ method, host, path }) => `${method} ${host}${path}`)
    },
  }
}
