import { type Client, expiresIn } from 'esign-auth'
import type { AccessToken } from 'esign-auth/keeper'
import type { User } from './app.ts'
import { type Html, html } from './html.ts'
import type { ApiCall } from './vendors.ts'

/** A vendor that people can sign in with, as the page needs to know it. */
export interface Offered {
  readonly client: Client
  readonly call: ApiCall | undefined
}

/** What the one page of this app shows. */
export interface View {
  readonly offered: readonly Offered[]
  readonly user: User | undefined
  /** The user's token now, and how many refreshes this app made for them. Absent where there is none to be had. */
  readonly token?: (Omit<AccessToken, 'token'> & { readonly refreshes: number }) | undefined
  /** Epoch milliseconds. */
  readonly now: number
  /** What went wrong, in a sentence. */
  readonly problem?: string | undefined
  /** What went well, in a sentence. */
  readonly notice?: string | undefined
  /** What the vendor's API answered. */
  readonly answer?: { readonly path: string; readonly status: number; readonly body: string } | undefined
}

/** The page: who is signed in and what they can do, or with whom to sign in. */
export function homePage({ offered, user, token, now, problem, notice, answer }: View): string {
  const at = offered.find(({ client }) => client.vendor.id === user?.vendor)
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${user && at ? `${headingOf(user, at)} · ${at.client.vendor.name}` : 'Sign in'} · Express example</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/style.css">
</head>
<body class="${at?.client.vendor.id ?? ''}">
<header>
  <a href="/">Express example<small>esign-auth</small></a>
  ${user ? html`<form method="post" action="/sign-out"><button class="quiet">Sign out</button></form>` : ''}
</header>
<main>
  ${problem ? html`<p class="message problem" role="alert">${problem}</p>` : ''}
  ${notice ? html`<p class="message notice" role="status">${notice}</p>` : ''}
  ${user && at ? account(user, at, lifetime(token, now)) : signIn(offered)}
  ${answer && at ? result(at.client, answer) : ''}
</main>
</body>
</html>
`.html
}

function signIn(offered: readonly Offered[]): Html {
  return html`<section class="card">
    <h1>Sign in</h1>
    <p>Choose where your documents are.</p>
    ${offered.map(
      ({ client }) => html`<a class="vendor ${client.vendor.id}" href="/login/${client.vendor.id}">
      ${mark(client)}
      <span>Sign in with ${client.vendor.name}${place(client)}</span>
      <svg viewBox="0 0 20 20" aria-hidden="true"><path d="M4 10h12m-5-5 5 5-5 5"/></svg>
    </a>`,
    )}
  </section>`
}

function account(user: User, at: Offered, token: Html): Html {
  const { client, call } = at
  const { id, name } = client.vendor
  return html`<section class="card">
    <div class="who">
      ${mark(client)}
      <h1>${headingOf(user, at)}<small>Signed in with ${name}</small></h1>
    </div>
    <dl>
      <div><dt>Vendor</dt><dd>${name}${place(client)}</dd></div>
      <div><dt>Account</dt><dd><code>${user.account}</code></dd></div>
      <div><dt>Access token</dt><dd>${token}</dd></div>
    </dl>
    <div class="buttons">
      ${
        call
          ? html`<form method="post" action="/call/${id}"><button class="main">${call.button}</button></form>
      <form method="post" action="/calls/${id}"><button>Fifty API calls at once</button></form>`
          : ''
      }
      <form method="post" action="/refresh/${id}"><button>Refresh the token</button></form>
    </div>
    ${call ? '' : html`<p class="aside">${name} documents no API call that shows your account, so there is none to try.</p>`}
    <div class="ways">
      <a href="/login/${id}">Use another account</a>
      <form method="post" action="/disconnect/${id}"><button class="link">Disconnect ${name}</button></form>
      <small>Signing out ends this browser’s session. Disconnecting forgets your tokens, for all browsers.</small>
    </div>
  </section>`
}

/** Whom the page greets: some vendors tell an id and nothing else. */
function headingOf({ name }: User, { client }: Offered): string {
  return name ?? `Your ${client.vendor.name} account`
}

function lifetime(token: View['token'], now: number): Html {
  if (!token) return html`None that works now`
  const { expiresAt, generation, refreshes } = token
  const at = new Date(expiresAt * 1000).toISOString()
  const left = Math.max(0, expiresIn({ expires_at: expiresAt }, now) ?? 0)
  return html`Runs out in ${duration(left)}
      <small>at <time datetime="${at}">${at.slice(11, 19)} UTC</time></small>
      <small>Generation ${String(generation)}, ${count(refreshes, 'refresh')} so far</small>`
}

/** So many of them, in words. */
export function count(number: number, noun: 'refresh'): string {
  return `${number} ${noun}${number === 1 ? '' : 'es'}`
}

/** The largest unit of which there are two or more, rounded down. */
function duration(seconds: number): string {
  const units = [
    ['day', 86_400],
    ['hour', 3600],
    ['minute', 60],
  ] as const
  const [unit, size] = units.find(([, size]) => seconds >= 2 * size) ?? ['second', 1]
  return new Intl.NumberFormat('en', { style: 'unit', unit, unitDisplay: 'long' }).format(Math.floor(seconds / size))
}

function result({ api }: Client, { path, status, body }: NonNullable<View['answer']>): Html {
  return html`<section class="card" aria-labelledby="answer">
    <h2 id="answer">GET ${path} → ${String(status)}<small>${api[0] ?? ''}</small></h2>
    <pre>${indented(body)}</pre>
  </section>`
}

/** JSON in lines; whatever else an API answers as it came. */
function indented(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2)
  } catch {
    return body
  }
}

/** A vendor's initials, in a colour of its own; its logo is its own. */
function mark({ vendor }: Client): Html {
  const [first = '', second = ''] = vendor.name.match(/^.|[A-Z]/g) ?? []
  return html`<span class="mark" aria-hidden="true">${first + second}</span>`
}

/** Where the browser goes to sign in, so that nobody takes the sandbox for the vendor. */
function place({ endpoints }: Client): Html {
  const { host, hostname } = new URL(endpoints.authorization)
  return html`<small>${hostname === '127.0.0.1' ? html`<b>Sandbox</b> No real account` : host}</small>`
}
