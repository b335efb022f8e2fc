import { createHash } from 'node:crypto'
import type { Session } from './session.ts'

/** What the one page of this app shows. */
export interface View {
  readonly user?: Session | undefined
  /** What the vendor's API says of the user. */
  readonly account?: unknown
  /** What went wrong, in a sentence. */
  readonly problem?: string | undefined
}

/** The page, as an answer. */
export function page(status: number, { user, account, problem }: View, headers: HeadersInit = {}): Response {
  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${user ? 'Signed in' : 'Sign in'} · node:http example</title>
<link rel="icon" href="data:,">
<style>${style}</style>
<main>
  ${problem ? `<p role="alert">${text(problem)}</p>` : ''}
  <h1>${user ? text(user.email ?? user.owner) : 'Sign in'}</h1>
  ${
    user
      ? `<p>Signed in with Dropbox Sign.</p>
  <nav><a href="/account">Show my account</a><form method="post" action="/sign-out"><button>Sign out</button></form></nav>`
      : '<nav><a href="/login">Sign in with Dropbox Sign</a></nav>'
  }
  ${account ? `<pre role="region" aria-label="Account" tabindex="0">${text(JSON.stringify(account, null, 2))}</pre>` : ''}
</main>
</html>
`
  const all = new Headers(headers)
  all.set('content-type', 'text/html; charset=utf-8')
  all.set('content-security-policy', policy)
  all.set('cache-control', 'no-store')
  return new Response(html, { status, headers: all })
}

/** An answer that sends the browser to a path of this site. */
export function redirect(path: string, headers: HeadersInit = {}): Response {
  const all = new Headers(headers)
  all.set('location', path)
  all.set('cache-control', 'no-store')
  return new Response(null, { status: 303, headers: all })
}

function text(value: string): string {
  return value.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}

const style = `
  :root { color-scheme: light dark; --line: light-dark(#c9ced8, #3a404b); --blue: light-dark(#0050d0, #7db0ff) }
  body { margin: 0; padding: 0 12px; background: light-dark(#f4f5f8, #101216); font: 16px/1.5 system-ui, sans-serif }
  main { max-width: 560px; margin: 48px auto; padding: 32px; box-sizing: border-box; border: 1px solid var(--line);
    border-radius: 16px; background: light-dark(#fff, #191c22); color: light-dark(#171a21, #eceef2) }
  h1 { margin: 0 0 8px; font-size: 24px; overflow-wrap: anywhere }
  nav { display: flex; flex-wrap: wrap; gap: 12px; margin-top: 24px }
  a, button { padding: 10px 18px; border: 1px solid var(--blue); border-radius: 8px; background: none; color: var(--blue);
    font: inherit; text-decoration: none; cursor: pointer }
  [role=alert] { margin: 0 0 24px; padding: 12px 16px; border-left: 4px solid light-dark(#b3261e, #f2b8b5);
    background: light-dark(#fdecea, #3b1f1e) }
  pre { margin: 24px 0 0; padding: 16px; overflow: auto; border: 1px solid var(--line); border-radius: 8px; font-size: 14px }
`

// Nothing but this style, and forms that come back here.
const policy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`
