import { consentPage, errorPage, postPage } from '../pages/consent-page.ts'
import { type Consent, Refusal, type Return, randomText, type SandboxUser, type Vendor } from './fake.ts'
import type { Received } from './request.ts'
import { checkNames, type Refuse, readForm } from './strict-request.ts'

/** Where authorization requests wait for a person's decision. */
export interface PendingConsents {
  /** Answers with the consent page. */
  ask(vendor: Vendor, consent: Consent): Response
  /** Takes the decision that a consent page posts, and sends the browser back to the app. */
  receive(vendor: Vendor, request: Received): Response
  /** Takes a decision, once: the user who approved or `'deny'`. Refuses an id under which nothing waits. */
  decide(id: string, decision: SandboxUser | 'deny', refuse: Refuse): Return
}

/** How many authorization requests wait at most; the oldest is forgotten. */
const LIMIT = 1_000

/** No request waits yet. */
export function createPendingConsents(): PendingConsents {
  const waiting = new Map<string, Consent>()

  const consents: PendingConsents = {
    ask(vendor, consent) {
      const id = randomText(24)
      waiting.set(id, consent)
      for (const oldest of waiting.keys()) {
        if (waiting.size <= LIMIT) break
        waiting.delete(oldest)
      }
      return consentPage(vendor.brand, consent, vendor.fake.users, id)
    },

    receive(vendor, request) {
      const refuse: Refuse = (reason) => new Refusal(reason, errorPage(vendor.brand, 400, reason))
      if (request.method !== 'POST') throw refuse('A decision is posted by the consent page.')
      const form = readForm(request, refuse)
      checkNames(form, ['request', 'decision'], ['user'], refuse)
      const decision = form.get('decision') === 'deny' ? 'deny' : findApproving(vendor, form, refuse)
      const back = consents.decide(form.get('request') ?? '', decision, refuse)
      return back.method === 'POST' ? postPage(vendor.brand, back) : redirect(callbackUrl(back))
    },

    decide(id, decision, refuse) {
      const consent = waiting.get(id)
      if (!consent) throw refuse('This request was answered already, or it is too old.')
      waiting.delete(id)
      return consent.decide(decision === 'deny' ? undefined : decision)
    },
  }
  return consents
}

function findApproving({ fake }: Vendor, form: ReadonlyMap<string, string>, refuse: Refuse): SandboxUser {
  if (form.get('decision') !== 'approve') throw refuse('The decision is neither approve nor deny.')
  const user = fake.users.find(({ id }) => id === form.get('user'))
  if (!user) throw refuse('Nobody with this id has an account here.')
  return user
}

/** The URL of a callback by GET; an existing query of the redirect URI is kept to the letter. */
export function callbackUrl({ redirectUri, parameters }: Return): string {
  const query = parameters.map((pair) => pair.map(encodeURIComponent).join('=')).join('&')
  if (query === '') return redirectUri
  return `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${query}`
}

function redirect(location: string): Response {
  return new Response(null, {
    status: 303,
    headers: { Location: location, 'Cache-Control': 'no-store', 'Referrer-Policy': 'strict-origin' },
  })
}
