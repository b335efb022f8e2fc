import { type Client, expiresIn } from 'esign-auth'
import type { User } from './app.ts'
import { type Html, html } from './html.ts'

/** What the one page of this app shows. */
export interface View {
  readonly clients: readonly Client[]
  readonly user: User | undefined
  /** Epoch milliseconds. */
  readonly now: number
  /** What went wrong, in a sentence. */
  readonly problem?: string | undefined
  /** What went well, in a sentence. */
  readonly notice?: string | undefined
  /** What the vendor's API answered. */
  readonly answer?: { readonly path: string; readonly json: unknown } | undefined
}

/** The page: who is signed in and what they can do, or with whom to sign in. */
export function homePage({ clients, user, now, problem, notice, answer }: View): string {
  const client = clients.find(({ vendor }) => vendor.id === user?.vendor)
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${user ? user.name : 'Sign in'} · Express example</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/style.css">
</head>
<body>
<header>
  <a href="/">Express example<small>esign-auth</small></a>
  ${user ? html`<form method="post" action="/sign-out"><button class="quiet">Sign out</button></form>` : ''}
</header>
<main>
  ${problem ? html`<p class="message problem" role="alert">${problem}</p>` : ''}
  ${notice ? html`<p class="message notice" role="status">${notice}</p>` : ''}
  ${user && client ? account(user, client, now) : signIn(clients)}
  ${answer && client ? result(client, answer) : ''}
</main>
</body>
</html>
`.html
}

function signIn(clients: readonly Client[]): Html {
  return html`<section class="card">
    <h1>Sign in</h1>
    <p>Choose where your documents are.</p>
    ${clients.map(
      (client) => html`<a class="vendor" href="/login/${client.vendor.id}">
      ${mark(client)}
      <span>Sign in with ${client.vendor.name}${place(client)}</span>
      <svg viewBox="0 0 20 20" aria-hidden="true"><path d="M4 10h12m-5-5 5 5-5 5"/></svg>
    </a>`,
    )}
  </section>`
}

function account(user: User, client: Client, now: number): Html {
  const { id, name } = client.vendor
  return html`<section class="card">
    <div class="who">
      ${mark(client)}
      <h1>${user.name}<small>Signed in with ${name}</small></h1>
    </div>
    <dl>
      <div><dt>Vendor</dt><dd>${name}${place(client)}</dd></div>
      <div><dt>Account</dt><dd><code>${user.account}</code></dd></div>
      <div><dt>Access token</dt><dd>${lifetime(user, now)}</dd></div>
    </dl>
    <div class="buttons">
      <form method="post" action="/documents/${id}"><button class="main">List my documents</button></form>
      <form method="post" action="/refresh/${id}"><button>Refresh the token</button></form>
    </div>
    <p class="aside"><a href="/login/${id}">Use another account</a></p>
  </section>`
}

function lifetime({ tokens }: User, now: number): Html {
  const left = expiresIn(tokens, now)
  if (tokens.expires_at === undefined || left === undefined) return html`The vendor did not say when it runs out`
  const at = new Date(tokens.expires_at * 1000).toISOString()
  const time = html`<time datetime="${at}">${at.slice(11, 19)} UTC</time>`
  return left > 0
    ? html`Runs out in ${duration(left)}<small>at ${time}</small>`
    : html`Ran out ${duration(-left)} ago<small>at ${time}</small>`
}

function duration(seconds: number): string {
  const [unit, count] = seconds < 120 ? ['second', seconds] : ['minute', Math.floor(seconds / 60)]
  return new Intl.NumberFormat('en', { style: 'unit', unit, unitDisplay: 'long' }).format(count)
}

function result({ api }: Client, { path, json }: { readonly path: string; readonly json: unknown }): Html {
  return html`<section class="card" aria-labelledby="answer">
    <h2 id="answer">GET ${path}<small>${api[0] ?? ''}</small></h2>
    <pre>${JSON.stringify(json, null, 2)}</pre>
  </section>`
}

/** A vendor's initials; its logo is its own. */
function mark({ vendor }: Client): Html {
  return html`<span class="mark" aria-hidden="true">${vendor.name.replace(/[^A-Z]/g, '').slice(0, 2)}</span>`
}

/** Where the browser goes to sign in, so that nobody takes the sandbox for the vendor. */
function place({ endpoints }: Client): Html {
  const { host, hostname } = new URL(endpoints.authorization)
  return html`<small>${hostname === '127.0.0.1' ? html`<b>Sandbox</b> No real account` : host}</small>`
}
