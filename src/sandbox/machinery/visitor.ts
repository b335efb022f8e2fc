import { formRequest, pageText } from '../pages/consent-page.ts'
import type { SandboxUser, Vendor } from './fake.ts'
import { callbackUrl, type PendingConsents } from './pending-consents.ts'
import type { Fetch } from './sandbox-fetch.ts'

/** How the vendor sends the browser back: hand it to your app's callback. */
export interface SandboxCallback {
  readonly method: 'GET' | 'POST'
  readonly url: string
  /** The form fields of a POST callback. */
  readonly body?: URLSearchParams
}

/** What `approve` and `deny` throw: the vendor's page as a person would have read it. */
export class SandboxError extends Error {
  override readonly name = 'SandboxError'
  /** The HTTP status of the page, if there was a page. */
  readonly status: number | undefined

  constructor(message: string, status?: number) {
    super(message)
    this.status = status
  }
}

/** Plays the person at the browser: opens the authorization URL, decides on the page, and is sent back to the app. */
export async function visit(
  vendor: Vendor,
  { fetch, consents }: { readonly fetch: Fetch; readonly consents: PendingConsents },
  authorizationUrl: URL,
  decision: SandboxUser | 'deny',
): Promise<SandboxCallback> {
  const page = await fetch(authorizationUrl, { headers: { Accept: 'text/html' }, redirect: 'manual' })
  const html = await page.text()
  const request = page.status === 200 ? formRequest(html) : undefined
  if (!request) throw new SandboxError(`${vendor.brand.name} did not ask for consent: ${pageText(html)}`, page.status)
  const back = consents.decide(request, decision, (reason) => new SandboxError(`${vendor.brand.name}: ${reason}`))
  if (back.method === 'GET') return { method: 'GET', url: callbackUrl(back) }
  const body = new URLSearchParams(back.parameters.map(([name, value]): [string, string] => [name, value]))
  return { method: 'POST', url: back.redirectUri, body }
}

/** The user who is meant by an id, an e-mail address or a name; without one, the first. */
export function findUser({ brand, fake }: Vendor, who: SandboxUser | string | undefined): SandboxUser {
  const [first] = fake.users
  const wanted = typeof who === 'object' ? who.id : who
  const user =
    wanted === undefined ? first : fake.users.find(({ id, email, name }) => [id, email, name].includes(wanted))
  if (!user) {
    const known = fake.users.map(({ name }) => name).join(', ')
    throw new SandboxError(`${brand.name}: "${wanted}" has no account here; the users are ${known}`)
  }
  return user
}
