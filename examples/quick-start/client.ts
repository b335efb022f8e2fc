import { randomBytes } from 'node:crypto'
import { type ClientOptions, createClient, dropboxSign, type Identity } from 'esign-auth'

/** How a web framework meets a browser. */
export interface Browser {
  /** Sends it to this URL, and returns the raw query with which it comes back to the redirect URI. */
  visit(url: string): Promise<string>
}

/** A sign-in without a framework, and a call of the vendor's API. */
export async function signIn(
  { clientId, clientSecret, ...more }: ClientOptions,
  redirectUri: string,
  browser: Browser,
): Promise<Identity & { readonly account: unknown }> {
  const client = createClient(dropboxSign, { clientId, clientSecret, ...more })

  const state = randomBytes(16).toString('base64url') // keep it bound to the browser, and use it once
  const query = await browser.visit(client.authorizationUrl({ redirectUri, state }))

  const callback = client.readCallback(query)
  if (callback.state !== state) throw new Error('this browser began no such sign-in')
  if ('error' in callback) throw new Error(`not signed in: ${callback.error}`)

  const tokens = await client.exchangeCode({ ...callback, redirectUri })
  const who = await client.identify(tokens)

  const fresh = await client.refresh(tokens) // one request, however many ask for it at once
  const { account } = await client.get(fresh, '/v3/account')
  return { ...who, account }
}
