import type { FaultQueue, Faults } from './faults.ts'
import type { Place, Received } from './request.ts'

/** One fake vendor as the engine sees it: where it lives, what it answers, and the handle that tests hold. */
export interface Vendor<Controls extends FakeControls = FakeControls, Settings = never, Options = unknown> {
  readonly id: string
  readonly brand: Brand
  /** The vendor's hosts, without scheme: https in process, one loopback port each when listening. */
  readonly hosts: readonly string[]
  /** Every path the vendor documents. Whatever is not here is refused by the engine. */
  readonly routes: readonly Route[]
  /** What a client must be told to find the vendor elsewhere; `base` gives the address that stands for a host. */
  options(base: (host: string) => string, settings?: Settings): Options
  readonly fake: Controls
  /** The queue behind `fake.faults`. */
  readonly faults: FaultQueue
}

/** What every fake lets a test do. */
export interface FakeControls {
  /** The people who can sign in, as the consent page lists them; the first is preselected. Push to add one. */
  readonly users: SandboxUser[]
  /** What goes wrong next. */
  readonly faults: Faults
}

/** A person with an account at a fake vendor. */
export interface SandboxUser {
  readonly id: string
  readonly name: string
  readonly email: string
}

/** How a fake looks to the person on its consent page. */
export interface Brand {
  readonly name: string
  /** CSS colours of buttons and accents, on light and on dark ground. White text is set on the first. */
  readonly colour: { readonly light: string; readonly dark: string }
  /** A mark drawn by us, as inline SVG without ids; never the vendor's logo. */
  readonly mark: string
}

/** One documented path with a documented method. */
export interface Route {
  readonly place: Place
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly hosts: readonly string[]
  readonly path: string
  /** Answers, asks a person for consent, or throws a {@link Refusal}. */
  answer(request: Received): Response | Consent | Promise<Response | Consent>
}

/** What a person is asked on the consent page, and what follows from the answer. */
export interface Consent {
  /** The name of the app that asks. Without one the page shows the host of `redirectUri`. */
  readonly app: string | undefined
  /** Where the browser goes afterwards: an absolute URL. */
  readonly redirectUri: string
  /** What the app wants, as plain sentences. */
  readonly asks: readonly string[]
  /** Called once, with the person who approved or `undefined` for a refusal. */
  decide(user: SandboxUser | undefined): Return
}

/** How the browser is sent back to the app. */
export interface Return {
  readonly method: 'GET' | 'POST'
  readonly redirectUri: string
  readonly parameters: readonly (readonly [name: string, value: string])[]
}

/** A request turned down: thrown by a fake, answered with `response`; `message` is what the log says about it. */
export class Refusal extends Error {
  readonly response: Response

  constructor(reason: string, response: Response) {
    super(reason)
    this.response = response
  }
}

/** Whether an authorize answer is a question to a person. */
export function isConsent(answer: Response | Consent): answer is Consent {
  return 'decide' in answer
}

/** A JSON answer. */
export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json', ...headers } })
}

/** A secret that nobody can guess, as base64url text. */
export function randomText(bytes: number): string {
  return base64url(crypto.getRandomValues(new Uint8Array(bytes)))
}

/** Bytes as base64 text with padding (RFC 4648, section 4). */
function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
}

/** Bytes as base64url text without padding (RFC 7636, appendix A). */
export function base64url(bytes: Uint8Array): string {
  return base64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** The credentials of HTTP Basic, both raw: what follows the word `Basic`. */
export function basicCredentials(user: string, password: string): string {
  return base64(new TextEncoder().encode(`${user}:${password}`))
}
