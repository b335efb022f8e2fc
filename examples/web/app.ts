import type { RequestListener } from 'node:http'
import { type ClientOptions, dropboxSign, EsignAuthError } from 'esign-auth'
import type { TokenKeeper } from 'esign-auth/keeper'
import { createSignIn, requestFrom, SignInFailure, sendResponse } from 'esign-auth/web'
import { page, redirect } from './page.ts'
import { sealedSessions } from './session.ts'

/** What the app is made with: the client's options, and what every app has. */
export interface AppOptions extends ClientOptions {
  /** Where the app is, without a path: `https://app.example.com`. */
  readonly publicUrl: string
  readonly sessionSecret: string
  /** Keeps everybody's tokens fresh. */
  readonly keeper: TokenKeeper
}

/** An app on `node:http` alone: it signs people in, calls the vendor's API for them, and signs them out. */
export function createApp({ publicUrl, sessionSecret, keeper, ...client }: AppOptions): RequestListener {
  const signIn = createSignIn(dropboxSign, { ...client, callbackUrl: `${publicUrl}/callback`, keeper })
  const sessions = sealedSessions(sessionSecret, publicUrl)

  async function answer(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url)
    const user = await sessions.read(request)
    switch (pathname) {
      case '/':
        return page(200, { user })
      case '/login':
        return signIn.begin(request, { returnTo: searchParams.get('returnTo') })
      case '/callback': {
        const { owner, identity, returnTo = '/', headers } = await signIn.finish(request)
        headers.append('set-cookie', await sessions.begin({ owner, email: identity?.email }))
        return redirect(returnTo, headers)
      }
      case '/account': {
        if (!user) return redirect('/login?returnTo=/account')
        const account = await keeper.fetch({ owner: user.owner, vendor: 'dropbox-sign' }, '/v3/account')
        if (!account.ok) throw new Error(`the account call answered ${account.status}`)
        return page(200, { user, account: await account.json() })
      }
      case '/sign-out':
        // A page of another site can post here too, but without the session's cookie.
        return redirect('/', request.method === 'POST' && user ? { 'set-cookie': sessions.end } : {})
      default:
        return page(404, { user, problem: 'There is no such page.' })
    }
  }

  function failed(error: unknown): Response {
    // They end the cookie of a sign-in that is used up.
    const headers = new Headers(error instanceof SignInFailure ? error.headers : {})
    const { code, message, retryAfter } = error instanceof EsignAuthError ? error : {}
    if (code === 'reauth_required') {
      headers.append('set-cookie', sessions.end)
      return page(401, { problem: message }, headers)
    }
    if (code === 'vendor_unavailable' || code === 'store_unavailable') {
      headers.set('retry-after', `${retryAfter}`)
      return page(503, { problem: message }, headers)
    }
    if (error instanceof SignInFailure) return page(403, { problem: message }, headers)
    console.error(error)
    return page(500, { problem: 'Something went wrong here. Please try again.' })
  }

  return async (req, res) => {
    const respond = async () => answer(requestFrom(req, publicUrl))
    await sendResponse(res, await respond().catch(failed))
  }
}
