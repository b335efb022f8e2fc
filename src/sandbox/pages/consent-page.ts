import { type Brand, type Consent, type Return, randomText, type SandboxUser } from '../machinery/fake.ts'
import { style } from './style.ts'

/** Where the consent page posts the person's decision: the one path on a fake's host that is not the vendor's. */
export const DECISION_PATH = '/__sandbox__/decide'

/** The page that asks a person for consent. `request` is the one-time id that the decision carries. */
export function consentPage(brand: Brand, consent: Consent, users: readonly SandboxUser[], request: string): Response {
  const host = hostOf(consent.redirectUri)
  return page(brand, 200, `Sign in with ${brand.name}`, () => [
    html`<h1><strong>${consent.app ?? host}</strong> asks for access to your ${brand.name} account</h1>`,
    consent.app ? html`<p class="host">${host}</p>` : '',
    html`<form method="post" action="${DECISION_PATH}"><input type="hidden" name="request" value="${request}">`,
    '<h2 id="asks">If you approve, it may</h2>',
    `<ul aria-labelledby="asks">${consent.asks.map((ask) => html`<li>${ask}</li>`).join('')}</ul>`,
    `<fieldset><legend>Continue as</legend>${users.map(userChoice).join('')}</fieldset>`,
    '<div class="buttons"><button name="decision" value="approve" class="main">Approve</button>',
    '<button name="decision" value="deny">Deny</button></div></form>',
    html`<p class="after">You will return to <b>${host}</b></p>`,
  ])
}

/** The page of a refused request: what was wrong, for the developer who reads it. Nothing goes back to the app. */
export function errorPage(brand: Brand, status: number, reason: string): Response {
  return page(brand, status, `${brand.name} cannot continue`, () => [
    '<p class="sign" aria-hidden="true">!</p>',
    html`<h1>This sign-in cannot continue</h1><p class="reason" role="alert">${reason}</p>`,
    '<p class="after">Nothing was sent to the app. Go back to it and start again.</p>',
  ])
}

/** The page that carries a callback as a form POST: by itself where scripts run, by its button where not. */
export function postPage(brand: Brand, { redirectUri, parameters }: Return): Response {
  const fields = parameters.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)
  return page(brand, 200, `Back to ${hostOf(redirectUri)}`, (nonce) => [
    html`<h1>Taking you back to <strong>${hostOf(redirectUri)}</strong></h1>`,
    html`<form method="post" action="${redirectUri}">`,
    fields.join(''),
    '<div class="buttons"><button class="main">Continue</button></div></form>',
    html`<script nonce="${nonce}">document.forms[0].submit()</script>`,
  ])
}

function page(brand: Brand, status: number, title: string, content: (nonce: string) => string[]): Response {
  const nonce = randomText(16)
  const body = [
    html`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>`,
    '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">',
    html`<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,"><style nonce="${nonce}">`,
    style(brand),
    '</style></head><body><main><header>',
    brand.mark,
    html`<span>${brand.name}</span></header>`,
    ...content(nonce),
    html`</main><footer><b>Sandbox</b> This is not ${brand.name}. No real account is involved.</footer></body></html>`,
  ]
  return new Response(body.join('\n'), { status, headers: pageHeaders(nonce) })
}

/** No `form-action`: Chrome applies it to the redirect that follows the form, and that leads to the app. */
function pageHeaders(nonce: string): Record<string, string> {
  return {
    'Content-Type': 'text/html;charset=UTF-8',
    'Cache-Control': 'no-store',
    'Content-Security-Policy':
      `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'; img-src data:; ` +
      "base-uri 'none'; frame-ancestors 'none'",
    'X-Frame-Options': 'DENY',
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'strict-origin',
  }
}

function userChoice(user: SandboxUser, index: number): string {
  const initials = user.name.replace(/(\S)\S*\s*/g, '$1').slice(0, 2)
  return [
    html`<label><input type="radio" name="user" value="${user.id}" required`,
    index === 0 ? ' checked>' : '>',
    html`<span class="face" aria-hidden="true">${initials}</span>`,
    html`<span class="who"><b>${user.name}</b><small>${user.email}</small></span></label>`,
  ].join('')
}

function hostOf(redirectUri: string): string {
  const { host, protocol } = new URL(redirectUri)
  return host || protocol
}

/** A template that escapes every value put into it. */
function html(parts: TemplateStringsArray, ...values: readonly string[]): string {
  return String.raw({ raw: parts }, ...values.map(escapeText))
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => ESCAPES[sign] ?? sign)
}

/** The id of the request that a consent page asks about; `undefined` on any other page. */
export function formRequest(page: string): string | undefined {
  return /name="request" value="([\w-]+)"/.exec(page)?.[1]
}

/** What a person reads on a page of ours, as one line of plain text. */
export function pageText(page: string): string {
  const text = page.replace(/<(style|script|svg|title|footer)\b.*?<\/\1>/gs, ' ').replace(/<[^>]*>/g, ' ')
  const plain = Object.entries(ESCAPES).reduceRight((left, [sign, entity]) => left.replaceAll(entity, sign), text)
  return plain.replace(/\s+/g, ' ').trim()
}
