import type { ListeningSandbox } from 'esign-auth/sandbox'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type App, createApp } from './app.ts'

let app: App
let listening: ListeningSandbox

beforeEach(async () => {
  app = createApp()
  listening = await app.sandbox.listen()
})

afterEach(() => listening.close())

/** Opens the consent page over HTTP and gives its text and the id it asks about. */
async function open(
  changes: Record<string, string> = {},
): Promise<{ response: Response; html: string; request: string }> {
  const response = await fetch(
    `${base()}${new URL(app.authorizationUrl(changes)).href.slice('https://sign-auth.insuresign.io'.length)}`,
  )
  const html = await response.text()
  return { response, html, request: /name="request" value="([^"]+)"/.exec(html)?.[1] ?? '' }
}

function base(): string {
  return listening.urls['sign-auth.insuresign.io'] ?? ''
}

/** Posts the form as a browser does, without cookies. */
function decide(fields: Record<string, string>): Promise<Response> {
  return fetch(`${base()}/__sandbox__/decide`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams(fields),
  })
}

describe('the consent page', () => {
  test('sends the chosen person back with a code', async () => {
    const { request } = await open()
    const response = await decide({ request, user: app.fake.users[1]?.id ?? '', decision: 'approve' })
    expect(response.status).toBe(303)
    const { origin, pathname, searchParams } = new URL(response.headers.get('location') ?? '')
    expect(origin + pathname).toBe(app.redirectUri)
    app.fake.switches.idToken = true
    const answer = await app.post({
      grant_type: 'authorization_code',
      redirect_uri: app.redirectUri,
      code: searchParams.get('code') ?? '',
    })
    const { id_token } = (await answer.json()) as { id_token: string }
    expect(atob(id_token.split('.')[1] ?? '')).toContain('Jonas Lindqvist')
  })

  test('sends the person who denies back with an error, whoever is chosen', async () => {
    const { request } = await open()
    const response = await decide({ request, user: app.fake.users[1]?.id ?? '', decision: 'deny' })
    expect(response.headers.get('location')).toBe(`${app.redirectUri}?error=access_denied&state=s1`)
  })

  test('takes one decision only', async () => {
    const { request } = await open()
    await decide({ request, decision: 'deny' })
    const again = await decide({ request, user: app.fake.users[0]?.id ?? '', decision: 'approve' })
    expect(again.status).toBe(400)
    expect(await again.text()).toContain('This request was answered already, or it is too old.')
  })

  test.each([
    [{ request: 'guessed', decision: 'deny' }, 'answered already'],
    [{ decision: 'deny' }, 'the parameter &quot;request&quot; is missing'],
    [{ request: 'x' }, 'the parameter &quot;decision&quot; is missing'],
    [{ request: 'x', decision: 'approve', user: 'nobody' }, 'Nobody with this id has an account here.'],
    [{ request: 'x', decision: 'approve' }, 'Nobody with this id has an account here.'],
    [{ request: 'x', decision: 'maybe' }, 'The decision is neither approve nor deny.'],
    [{ request: 'x', decision: 'deny', more: 'x' }, '&quot;more&quot; is not a documented parameter'],
  ])('refuses the decision %o', async (fields, reason) => {
    const response = await decide(fields as unknown as Record<string, string>)
    expect([response.status, response.headers.get('location')]).toEqual([400, null])
    expect(await response.text()).toContain(reason)
  })

  test('takes no decision by GET', async () => {
    const { request } = await open()
    const response = await fetch(`${base()}/__sandbox__/decide?request=${request}&decision=deny`)
    expect([response.status, await response.text()]).toEqual([
      400,
      expect.stringContaining('posted by the consent page'),
    ])
    expect((await decide({ request, decision: 'deny' })).status).toBe(303)
  })

  test('says who asks, for what, as whom, and that it is a sandbox', async () => {
    const client = app.fake.register({ name: 'Meridian Property', redirectUris: [app.redirectUri] })
    const { html } = await open({ client_id: client.clientId })
    expect(html).toContain('<strong>Meridian Property</strong> asks for access to your InsureSign account')
    expect(html).toContain('app.example')
    for (const { name, email } of app.fake.users) expect(html).toContain(`<b>${name}</b><small>${email}</small>`)
    expect(html).toContain('This is not InsureSign.')
    expect(html.match(/ checked>/g)).toHaveLength(1)
  })

  test('escapes whatever it shows', async () => {
    const evil = `<script>alert("1")</script>'&`
    app.fake.users.push({ id: evil, name: evil, email: evil })
    const redirectUri = `https://app.example/?${evil}`
    const client = app.fake.register({ name: evil, redirectUris: [redirectUri] })
    app.fake.switches.callback = 'form_post'
    const { html, request } = await open({ client_id: client.clientId, redirect_uri: redirectUri, state: evil })
    const back = await (await decide({ request, user: evil, decision: 'approve' })).text()
    const error = (await open({ redirect_uri: evil })).html
    for (const page of [html, back, error]) {
      expect(page).not.toContain('<script>alert')
      expect(page).toContain('&lt;script&gt;')
    }
  })

  test('can be neither stored, framed nor scripted, but may lead to any app', async () => {
    const { response } = await open()
    const policy = response.headers.get('content-security-policy') ?? ''
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('x-frame-options')).toBe('DENY')
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toMatch(/form-action|unsafe/)
  })

  test('has a new nonce and a new request id each time', async () => {
    const [one, other] = [await open(), await open()]
    expect(one.request).not.toBe(other.request)
    expect(one.response.headers.get('content-security-policy')).not.toBe(
      other.response.headers.get('content-security-policy'),
    )
  })

  test('forgets the oldest of more than 1,000 open requests', async () => {
    const { request } = await open()
    for (let count = 0; count < 1_000; count += 1) await app.sandbox.fetch(app.authorizationUrl())
    expect((await decide({ request, decision: 'deny' })).status).toBe(400)
  })
})

test('the page of a POST callback carries code and state in a form with a button', async () => {
  app.fake.switches.callback = 'form_post'
  const { request } = await open()
  const response = await decide({ request, user: app.fake.users[0]?.id ?? '', decision: 'approve' })
  const html = await response.text()
  expect(response.status).toBe(200)
  expect(html).toContain(`<form method="post" action="${app.redirectUri}">`)
  expect(html).toMatch(/<input type="hidden" name="code" value="[\da-f-]{36}">/)
  expect(html).toContain('<input type="hidden" name="state" value="s1">')
  expect(html).toContain('<button class="main">Continue</button>')
})
