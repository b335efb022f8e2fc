import type { Session } from '@auth/express'
import { type Html, html } from './html.ts'
import { accountPath, nameOf, vendors } from './vendors.ts'

/** What a vendor's API answered. */
export interface Answer {
  readonly vendor: string
  readonly path: string
  readonly status: number
  readonly body: string
}

/** Who is signed in, or with whom to sign in. */
export function homePage(session: Session | null): string {
  const vendor = session?.esign?.vendor
  return page(session && vendor ? account(session, vendor) : signIn(), session !== null)
}

/** What the vendor's API tells. */
export function accountPage({ vendor, path, status, body }: Answer): string {
  const answer = html`<section class="card" aria-labelledby="answer">
    <h1 id="answer">${nameOf(vendor)}: GET ${path} → ${String(status)}</h1>
    <pre>${indented(body)}</pre>
    <a href="/">Back</a>
  </section>`
  return page(answer, true)
}

/** What went wrong, in a sentence. */
export function problemPage(problem: string): string {
  return page(html`<section class="card"><p role="alert">${problem}</p><a href="/">Back</a></section>`, false)
}

function signIn(): Html {
  return html`<section class="card">
    <h1>Sign in</h1>
    <p>Choose where your documents are.</p>
    ${vendors.map(
      ({ id, name }) => html`<form method="post" action="/auth/signin/${id}">
      <input type="hidden" name="callbackUrl" value="/">
      <button class="vendor ${id}">Sign in with ${name}</button>
    </form>`,
    )}
    <p><a href="/auth/signin">Auth.js’s own sign-in page</a></p>
  </section>`
}

function account({ user, esign }: Session, vendor: string): Html {
  const name = nameOf(vendor)
  const more = esign?.error
    ? html`<p role="alert">Your access has ended (${esign.error}). Please sign in again.</p>`
    : accountPath(vendor)
      ? html`<a href="/account">Ask ${name}</a>`
      : html`<p>${name} documents no API call that shows your account, so there is none to try.</p>`
  return html`<section class="card">
    <h1>Signed in with ${name}</h1>
    <dl>
      <dt>Name</dt><dd>${user?.name ?? 'not told'}</dd>
      <dt>E-mail</dt><dd>${user?.email ?? 'not told'}</dd>
    </dl>
    ${more}
  </section>`
}

function page(content: Html, signedIn: boolean): string {
  const signOut = html`<form method="post" action="/auth/signout">
    <input type="hidden" name="callbackUrl" value="/">
    <button>Sign out</button>
  </form>`
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Auth.js on Express</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/style.css">
<script type="module" src="/forms.js"></script>
</head>
<body>
<header>
  <a href="/">Auth.js on Express<small>esign-auth</small></a>
  ${signedIn ? signOut : ''}
</header>
<main>${content}</main>
</body>
</html>
`.html
}

/** JSON in lines; whatever else an API answers as it came. */
function indented(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2)
  } catch {
    return body
  }
}
