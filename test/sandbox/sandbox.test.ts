import { createSandbox, SandboxError } from 'esign-auth/sandbox'
import { describe, expect, test } from 'vitest'
import { API_HOST, basic, createApp, HOST } from './app.ts'

describe('the sandbox’s fetch', () => {
  test.each(['https://example.com/', 'http://sign-auth.insuresign.io/', 'https://sign-auth.insuresign.io:8443/'])(
    'is a network failure for %s',
    async (url) => {
      const { fetch, log } = createSandbox()
      const failure = await fetch(url).catch((error: unknown) => error)
      expect(failure).toBeInstanceOf(TypeError)
      expect(failure).toMatchObject({ message: 'fetch failed', cause: { code: 'ENOTFOUND' } })
      expect(log).toEqual([])
    },
  )

  test('takes a string, a URL or a Request', async () => {
    const app = createApp()
    for (const input of [
      app.authorizationUrl(),
      new URL(app.authorizationUrl()),
      new Request(app.authorizationUrl()),
    ]) {
      expect((await app.sandbox.fetch(input)).status).toBe(200)
    }
  })

  test('asks nothing when it is aborted beforehand', async () => {
    const app = createApp()
    const signal = AbortSignal.abort(new Error('too late'))
    await expect(app.sandbox.fetch(app.authorizationUrl(), { signal })).rejects.toThrow('too late')
    expect(app.sandbox.log).toEqual([])
  })

  test('gives up with the reason of the signal while the vendor hangs', async () => {
    const app = createApp()
    app.fake.faults.add('authorize', { answer: 'hang' })
    const asked = app.sandbox.fetch(app.authorizationUrl(), { signal: AbortSignal.timeout(20) })
    await expect(asked).rejects.toMatchObject({ name: 'TimeoutError' })
  })

  test('obeys the signal of a Request', async () => {
    const app = createApp()
    app.fake.faults.add('authorize', { answer: 'hang' })
    const request = new Request(app.authorizationUrl(), { signal: AbortSignal.timeout(20) })
    await expect(app.sandbox.fetch(request)).rejects.toMatchObject({ name: 'TimeoutError' })
  })

  test('gives a redirect to those who handle it, and is a failure for others', async () => {
    const app = createApp()
    const moved = { status: 307, headers: { Location: 'https://evil.example/' } }
    app.fake.faults.add('token', { answer: moved, times: 3 })
    const { status } = await app.post({ grant_type: 'client_credentials' }, { init: { redirect: 'manual' } })
    expect(status).toBe(307)
    await expect(app.post({ grant_type: 'client_credentials' })).rejects.toThrow('fetch failed')
    await expect(app.post({ grant_type: 'client_credentials' }, { init: { redirect: 'error' } })).rejects.toThrow(
      TypeError,
    )
  })
})

describe('an address that no page documents', () => {
  test('is refused in JSON to a client', async () => {
    const response = await createSandbox().fetch(`${HOST}/oauth2/nothing`)
    expect(response.status).toBe(404)
    expect(await response.json()).toEqual({
      error: 'not_found',
      error_description: 'sign-auth.insuresign.io/oauth2/nothing is not a documented address',
    })
  })

  test('is refused with a page to a browser', async () => {
    const response = await createSandbox().fetch(`${HOST}/oauth2/nothing`, { headers: { Accept: 'text/html,*/*' } })
    expect(response.status).toBe(404)
    expect(response.headers.get('content-type')).toBe('text/html;charset=UTF-8')
    expect(await response.text()).toContain('sign-auth.insuresign.io/oauth2/nothing is not a documented address')
  })
})

describe('the log', () => {
  test('holds what was asked and what came of it', async () => {
    const app = createApp()
    await app.post({ grant_type: 'client_credentials', scope: 'x' })
    expect(app.sandbox.log).toEqual([
      {
        time: expect.any(Number),
        vendor: 'insuresign',
        place: 'token',
        method: 'POST',
        url: 'https://sign-auth.insuresign.io/oauth2/token',
        host: 'sign-auth.insuresign.io',
        path: '/oauth2/token',
        query: {},
        contentType: 'application/x-www-form-urlencoded;charset=UTF-8',
        authorization: { scheme: 'Basic', header: basic(app.client) },
        body: { client_id: app.client.clientId, grant_type: 'client_credentials', scope: 'x' },
        status: 400,
        refusal: '"scope" is not a documented parameter',
        fault: undefined,
      },
    ])
  })

  test('reads the query, and bodies in JSON and multipart too', async () => {
    const { fetch, log } = createSandbox()
    await fetch(`${HOST}/oauth2/authorize?a=b`)
    const json = { headers: { 'Content-Type': 'application/json' }, body: '{"grant_type":"x","deep":{"n":1}}' }
    await fetch(`${HOST}/oauth2/token`, { method: 'POST', ...json })
    const form = new FormData()
    form.append('grant_type', 'y')
    await fetch(`${HOST}/oauth2/token`, { method: 'POST', body: form })
    await fetch(`${HOST}/oauth2/token`, { method: 'POST', ...json, body: '{' })
    expect(log.map(({ query, body }) => ({ ...query, ...body }))).toEqual([
      { a: 'b' },
      { grant_type: 'x', deep: '{"n":1}' },
      { grant_type: 'y' },
      {},
    ])
  })

  test('has no status for a request without answer', async () => {
    const app = createApp()
    app.fake.faults.add('token', { answer: 'cut' })
    await app.post({ grant_type: 'client_credentials' }).catch(() => {})
    expect(app.sandbox.log).toMatchObject([{ place: 'token', status: undefined, fault: 'cut' }])
  })

  test('names the fault that was played', async () => {
    const app = createApp()
    for (const answer of ['html', {}, { status: 503 }, (own: Response) => own] as const) {
      app.fake.faults.add('api', { answer })
      await app.sandbox.fetch(`${API_HOST}/my/documents`)
    }
    expect(app.sandbox.log.map(({ fault }) => fault)).toEqual(['html', 'status 200', 'status 503', 'rewritten'])
  })

  test('names undocumented addresses too', async () => {
    const { fetch, log } = createSandbox()
    await fetch(`${HOST}/favicon.ico`)
    expect(log).toMatchObject([{ place: undefined, status: 404, path: '/favicon.ico' }])
  })

  test('keeps the last 10,000 requests', async () => {
    const { fetch, log } = createSandbox()
    for (let count = 0; count <= 10_000; count += 1) await fetch(`${HOST}/${count}`)
    expect(log).toHaveLength(10_000)
    expect(log[0]?.path).toBe('/1')
  })

  test('leaves out what a person does on the consent page', async () => {
    const app = createApp()
    await app.sandbox.approve(app.authorizationUrl())
    expect(app.sandbox.log.map(({ place }) => place)).toEqual(['authorize'])
  })
})

describe('the clock', () => {
  test('runs with the time it is given, ahead of it by what it was advanced', async () => {
    let time = 1_000
    const { clock, fetch, log } = createSandbox({ time: () => time })
    clock.advance(500)
    time += 1
    expect(clock.now()).toBe(1_501)
    await fetch(`${HOST}/`)
    expect(log[0]?.time).toBe(1_501)
  })

  test('starts at the real time', () => {
    expect(Math.abs(createSandbox().clock.now() - Date.now())).toBeLessThan(1_000)
  })
})

describe('approving', () => {
  test.each([
    ['id', ({ id }: { id: string }) => id],
    ['e-mail address', ({ email }: { email: string }) => email],
    ['name', ({ name }: { name: string }) => name],
    ['the user itself', (user: { id: string; name: string; email: string }) => user],
  ])('knows a user by %s', async (_, key) => {
    const app = createApp()
    const user = { id: 'u-4', name: 'Ada Byron', email: 'ada@example.com' }
    app.fake.users.push(user)
    app.fake.switches.idToken = true
    const { url } = await app.sandbox.approve(app.authorizationUrl(), key(user))
    const code = new URL(url).searchParams.get('code') ?? ''
    const answer = await app.post({ grant_type: 'authorization_code', redirect_uri: app.redirectUri, code })
    const { id_token } = (await answer.json()) as { id_token: string }
    expect(JSON.parse(Buffer.from(id_token.split('.')[1] ?? '', 'base64url').toString())).toMatchObject({ sub: 'u-4' })
  })

  test('fails for somebody without an account, and names those who have one', async () => {
    const app = createApp()
    await expect(app.sandbox.approve(app.authorizationUrl(), 'Nobody')).rejects.toThrow(
      'InsureSign: "Nobody" has no account here; the users are Grace Osei, Jonas Lindqvist, Mei Tanaka',
    )
  })

  test('fails with the text and status of the page that refuses', async () => {
    const app = createApp()
    const failure = await app.sandbox
      .approve(app.authorizationUrl({ scope: `<b>&"'` }))
      .catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(SandboxError)
    expect(failure).toMatchObject({ name: 'SandboxError', status: 400 })
    const wrong = app.authorizationUrl({ redirect_uri: `https://x.example/<b>&"'&amp;` })
    await expect(app.sandbox.deny(wrong)).rejects.toThrow(
      `the redirect_uri "https://x.example/<b>&"'&amp;" is not registered`,
    )
  })

  test('fails for a URL of nobody', async () => {
    const { approve } = createSandbox()
    await expect(approve('https://example.com/oauth2/authorize')).rejects.toThrow(
      'no fake vendor lives at https://example.com',
    )
  })

  test('works for many people at once', async () => {
    const app = createApp()
    const urls = await Promise.all(
      Array.from(
        { length: 50 },
        async (_, n) => (await app.sandbox.approve(app.authorizationUrl({ state: `${n}` }))).url,
      ),
    )
    expect(urls.map((url) => new URL(url).searchParams.get('state'))).toEqual(
      Array.from({ length: 50 }, (_, n) => `${n}`),
    )
    expect(new Set(urls.map((url) => new URL(url).searchParams.get('code'))).size).toBe(50)
  })
})

describe('registering a client', () => {
  test('makes up what is not given', () => {
    const { insuresign } = createSandbox().vendors
    const client = insuresign.register()
    expect(client).toMatchObject({ redirectUris: [], legacy: false })
    expect(client.clientId).toMatch(/^[\da-f]{26}$/)
    expect(client.clientSecret.length).toBeGreaterThan(30)
    expect(insuresign.register().clientSecret).not.toBe(client.clientSecret)
  })

  test('makes up what only one vendor knows, too', () => {
    const { 'dropbox-sign': dropboxSign, esignglobal } = createSandbox().vendors
    expect(dropboxSign.register()).toMatchObject({ apiKey: undefined })
    expect(dropboxSign.register({ apiKey: 'key' })).toMatchObject({ apiKey: 'key' })
    expect(esignglobal.register()).toMatchObject({ region: 'as1', sandbox: false })
    expect(esignglobal.register({ region: 'eu1', sandbox: true })).toMatchObject({ region: 'eu1', sandbox: true })
    expect(esignglobal.client.clientId).toBe('sandbox0esignglobal0client0')
    expect(dropboxSign.client.clientId).toBe('sandbox0dropboxsign0client0')
  })

  test('refuses an id that is taken', () => {
    const { insuresign } = createSandbox().vendors
    expect(() => insuresign.register(insuresign.client)).toThrow(TypeError)
  })

  test('is not needed: there is a client whose secret shows each mistake of encoding', () => {
    const { client } = createSandbox().vendors.insuresign
    for (const sign of '+/%:=') expect(client.clientSecret).toContain(sign)
    expect(client.clientSecret.length).toBeGreaterThan(30)
  })
})

test('sandboxes share nothing', async () => {
  const [one, other] = [createApp(), createApp()]
  const fields = await one.approved()
  expect((await other.post(fields)).status).toBe(400)
  expect(other.refusal()).toBe('the code is unknown')
})
