import { type InsureSignSettings, insureSign } from 'esign-auth'
import { createTokenKeeper, memoryStore, type TokenKeeper } from 'esign-auth/keeper'
import type { Sandbox, SandboxRequest } from 'esign-auth/sandbox'
import {
  type BeginOptions,
  createSignIn,
  type FinishedConnect,
  type FinishedSignIn,
  requestFrom,
  type SignIn,
  SignInFailure,
  type SignInOptions,
  sendResponse,
} from 'esign-auth/web'
import { type Mock, onTestFinished, vi } from 'vitest'
import { createTestSandbox } from '../passport/app.ts'
import { type Browser, createBrowser } from '../passport/browser.ts'
import { serve } from '../passport/serve.ts'

/** Where the tests' app believes to be. */
export const site: string = 'https://app.example'
export const callbackUrl: string = `${site}/callback`

export type Finished = FinishedSignIn | FinishedConnect

/** An app on `node:http` with one sign-in, and the fake vendor behind it. */
export interface WebApp {
  /** `http://127.0.0.1:port` */
  readonly url: string
  readonly sandbox: Sandbox
  readonly signIn: SignIn
  /** What `finish` gave, in order. */
  readonly finished: Finished[]
  /** What `begin` and `finish` rejected with, in order. */
  readonly failures: unknown[]
  /** A browser of its own. Whoever it says to be in the cookie `user` is signed in. */
  browser(): Browser
  /** What reached the vendor's token endpoint. */
  tokenRequests(): SandboxRequest[]
  /** The whole way of an honest visitor, up to the answer at the callback. */
  visit(visitor: Browser, as?: string): ReturnType<Browser['follow']>
}

/** What {@link webApp} can vary. */
export interface WebAppOptions {
  readonly options?: Partial<SignInOptions> & InsureSignSettings
  readonly sandbox?: Sandbox
  /** Given to every `begin` and `connect`. */
  readonly begin?: BeginOptions
}

/**
 * `/login` begins a sign-in (with `?returnTo=`), `/connect` connects an account to the user who is signed in, and `/callback`
 * ends both. A failure is answered with 403, anything else that is thrown with 500.
 */
export async function webApp({
  options = {},
  sandbox = createTestSandbox(),
  begin = {},
}: WebAppOptions = {}): Promise<WebApp> {
  const signIn = newSignIn(sandbox, options)
  const finished: Finished[] = []
  const failures: unknown[] = []
  const answer = async (request: Request): Promise<Response> => {
    const { pathname, searchParams } = new URL(request.url)
    const user = /(?:^|; )user=(\w+)/.exec(request.headers.get('cookie') ?? '')?.[1]
    const returnTo = searchParams.get('returnTo')
    try {
      if (pathname === '/login') return await signIn.begin(request, { returnTo, ...begin })
      if (pathname === '/connect') return await signIn.connect(request, { ...begin, owner: user ?? '' })
      const done = await signIn.finish(request, { owner: user })
      finished.push(done)
      const { connected, owner, identity, state, link } = done
      const told = { connected, owner, id: identity?.id, returnTo: done.returnTo, state, link }
      return Response.json(told, { headers: done.headers })
    } catch (error) {
      failures.push(error)
      const { code } = error as { code?: string }
      return Response.json(
        { code },
        error instanceof SignInFailure ? { status: 403, headers: error.headers } : { status: 500 },
      )
    }
  }
  const url = await serve(async (req, res) => sendResponse(res, await answer(requestFrom(req, site))))
  const browser = () => createBrowser(url)
  return {
    url,
    sandbox,
    signIn,
    finished,
    failures,
    browser,
    tokenRequests: () => sandbox.log.filter(({ place }) => place === 'token'),
    visit: async (visitor, as) => visitor.follow(await sandbox.approve(await visitor.login(), as)),
  }
}

/** A sign-in for the sandbox's client; `options` go on top. */
export function newSignIn({ vendors, fetch }: Sandbox, options: WebAppOptions['options'] = {}): SignIn {
  const { clientId, clientSecret } = vendors.insuresign.client
  const given = { clientId, clientSecret, callbackUrl, fetch: fetch as typeof globalThis.fetch, ...options }
  return createSignIn(insureSign, given)
}

/** A keeper with a memory of its own, whose `adopt` is counted. */
export function newKeeper(): TokenKeeper & { readonly adopt: Mock<TokenKeeper['adopt']> } {
  const keeper = createTokenKeeper({ store: memoryStore() })
  onTestFinished(() => keeper.close())
  return Object.assign(keeper, { adopt: vi.fn(keeper.adopt) })
}

/** Another browser with the same cookies. */
export function copyOf(visitor: Browser, { browser }: Pick<WebApp, 'browser'>): Browser {
  const copy = browser()
  for (const [name, value] of visitor.cookies) copy.cookies.set(name, value)
  return copy
}

/** The cookies of pending logins, by name. */
export function ours({ cookies }: Browser): [string, string][] {
  return [...cookies].filter(([name]) => name.includes('esign-login'))
}
