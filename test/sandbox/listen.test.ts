import { once } from 'node:events'
import { connect } from 'node:net'
import type { ListeningSandbox } from 'esign-auth/sandbox'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { API_HOST, type App, basic, createApp, HOST, LEGACY_HOST, readJson, type Tokens } from './app.ts'
import { ACCOUNT, REFRESH, TOKEN } from './dropbox-sign-app.ts'
import { multipart, PATH } from './esignglobal-app.ts'

let app: App
let listening: ListeningSandbox

beforeEach(async () => {
  app = createApp()
  listening = await app.sandbox.listen()
})

afterEach(() => listening.close())

/** The same address at the listening sandbox. */
function local(url: string): string {
  return url.replace(/^https:\/\/([\w.-]+)/, (_, host: string) => listening.urls[host] ?? '')
}

/** Sends bytes as they are, and gives back whatever comes until the connection ends. */
async function raw(url: string, text: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.end(text)
  let answer = ''
  socket.setEncoding('utf8').on('data', (part) => {
    answer += part
  })
  await once(socket, 'close')
  return answer
}

describe('a listening sandbox', () => {
  test('gives each vendor host a loopback port of its own', () => {
    const urls = Object.values(listening.urls)
    expect(Object.keys(listening.urls).slice(0, 11)).toEqual([
      'sign-auth.insuresign.io',
      'auth.insuresign.io',
      'api-v2.insuresign.io',
      'app.hellosign.com',
      'api.hellosign.com',
      'account.esignglobal.com',
      'account-sml.esignglobal.com',
      'openapi-as1.esignglobal.com',
      'openapi-as2.esignglobal.com',
      'openapi-eu1.esignglobal.com',
      'openapi-sml.esignglobal.com',
    ])
    expect(new Set(urls).size).toBe(urls.length)
    for (const url of urls) expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  })

  test('tells a client of many hosts what stands for each of them, beside its settings', () => {
    const hosts = ['account.docusign.com', 'account-d.docusign.com', 'na3.docusign.net', 'eu.docusign.net']
    expect(listening.options('docusign', { demo: true })).toEqual({
      demo: true,
      origins: Object.fromEntries(
        [...hosts, 'demo.docusign.net'].map((host) => [`https://${host}`, listening.urls[host]]),
      ),
      allowLoopbackHttp: true,
      minRefreshAge: 0,
    })
  })

  test('says what a client needs to find it', () => {
    expect(listening.options('insuresign')).toEqual({
      endpoints: { authorization: local(`${HOST}/oauth2/authorize`), token: local(`${HOST}/oauth2/token`) },
      api: [local(API_HOST)],
      allowLoopbackHttp: true,
      minRefreshAge: 0,
    })
    expect(listening.options('insuresign', { legacy: true }).endpoints).toEqual({
      authorization: local(`${LEGACY_HOST}/oauth2/authorize`),
      token: local(`${LEGACY_HOST}/oauth2/token`),
    })
  })

  test('tells a client of Dropbox Sign where the four endpoints and the API are', () => {
    expect(listening.options('dropbox-sign')).toEqual({
      endpoints: {
        authorization: local('https://app.hellosign.com/oauth/authorize'),
        token: local(TOKEN),
        refresh: local(REFRESH),
        userinfo: local(ACCOUNT),
      },
      api: [local('https://api.hellosign.com')],
      allowLoopbackHttp: true,
      minRefreshAge: 0,
    })
  })

  test.each([
    [undefined, { region: 'as1' }, '', 'as1'],
    [{ sandbox: false }, { sandbox: false, region: 'as1' }, '', 'as1'],
    [{ region: 'eu1' }, { region: 'eu1' }, '', 'eu1'],
    [{ region: 'as2', sandbox: false }, { region: 'as2', sandbox: false }, '', 'as2'],
    [{ sandbox: true }, { sandbox: true }, '-sml', 'sml'],
    [{ region: 'as2', sandbox: true }, { region: 'as2', sandbox: true }, '-sml', 'sml'],
  ] as const)('tells a client of eSignGlobal with %o where it belongs', (settings, given, account, openapi) => {
    const host = `https://openapi-${openapi}.esignglobal.com`
    expect(listening.options('esignglobal', settings)).toEqual({
      ...given,
      endpoints: {
        authorization: local(`https://account${account}.esignglobal.com/oauth`),
        token: local(host + PATH),
      },
      api: [local(host)],
      allowLoopbackHttp: true,
      minRefreshAge: 0,
    })
  })

  test('takes a login at Dropbox Sign from the first page to the account', async () => {
    const dropbox = app.sandbox.vendors['dropbox-sign']
    dropbox.client.redirectUris.push(app.redirectUri)
    const { endpoints } = listening.options('dropbox-sign')
    const { clientId: client_id, clientSecret: client_secret } = dropbox.client
    const query = new URLSearchParams({ response_type: 'code', client_id, state: 's' })
    const { url } = await app.sandbox.approve(`${endpoints.authorization}?${query}`)
    const code = new URL(url).searchParams.get('code')
    const post = async (to: string, fields: object) => {
      const body = JSON.stringify({ client_id, client_secret, ...fields })
      const response = await fetch(to, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body })
      return readJson<Tokens>(response)
    }
    const first = await post(endpoints.token, { grant_type: 'authorization_code', code, state: 's' })
    const second = await post(endpoints.refresh, { grant_type: 'refresh_token', refresh_token: first.refresh_token })
    const headers = { Authorization: `Bearer ${second.access_token}` }
    expect(await readJson(await fetch(endpoints.userinfo, { headers }))).toMatchObject({
      account: { email_address: 'grace@example.com' },
    })
  })

  test('takes a login at eSignGlobal from the first page to the tokens', async () => {
    const esign = app.sandbox.vendors.esignglobal
    const { clientId, clientSecret } = esign.register({ region: 'eu1', redirectUris: [app.redirectUri] })
    const { endpoints } = listening.options('esignglobal', { region: 'eu1' })
    const { redirectUri } = app
    const query = new URLSearchParams({ response_type: 'code', clientId, redirectUri, scope: 'signature' })
    const { url } = await app.sandbox.approve(`${endpoints.authorization}?${query}`)
    const code = new URL(url).searchParams.get('code') ?? ''
    const fields = { grant_type: 'authorization_code', client_id: clientId, client_secret: clientSecret, code }
    const response = await fetch(endpoints.token, { method: 'POST', body: multipart(fields) })
    expect(await readJson(response)).toMatchObject({ scope: 'signature', token_type: 'bearer' })
  })

  test('answers as the fetch does', async () => {
    const code = await app.approved()
    const requests: [string, RequestInit][] = [
      [app.authorizationUrl({ scope: 'x' }), {}],
      [`${HOST}/oauth2/token`, {}],
      [`${HOST}/oauth2/token?x=1`, { method: 'POST' }],
      [`${HOST}/oauth2/token`, { method: 'POST', body: '{}', headers: { 'Content-Type': 'application/json' } }],
      [`${HOST}/oauth2/token`, { method: 'POST', body: new URLSearchParams(code) }],
      [
        `${LEGACY_HOST}/oauth2/token`,
        { method: 'POST', body: new URLSearchParams(), headers: { Authorization: basic(app.client) } },
      ],
      [`${API_HOST}/my/documents`, { headers: { Authorization: 'Bearer x' } }],
      [`${API_HOST}/nothing`, { method: 'DELETE' }],
    ]
    for (const [url, init] of requests) {
      const [here, there] = [await app.sandbox.fetch(url, init), await fetch(local(url), init)]
      const nonces = /nonce-?="?[\w-]+|nonce-[\w-]+/g
      expect(there.status, url).toBe(here.status)
      expect((await there.text()).replace(nonces, ''), url).toBe((await here.text()).replace(nonces, ''))
      for (const [name, value] of here.headers) {
        expect(there.headers.get(name)?.replace(nonces, ''), name).toBe(value.replace(nonces, ''))
      }
      const [entry, other] = app.sandbox.log.slice(-2)
      expect({ ...other, time: 0 }).toEqual({ ...entry, time: 0 })
    }
  })

  test('takes a login from the first page to the API', async () => {
    const { endpoints, api } = listening.options('insuresign')
    const { url } = await app.sandbox.approve(local(app.authorizationUrl()), 'Mei Tanaka')
    const code = new URL(url).searchParams.get('code') ?? ''
    const response = await fetch(endpoints.token, {
      method: 'POST',
      headers: { Authorization: basic(app.client) },
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: app.client.clientId,
        redirect_uri: app.redirectUri,
        code,
      }),
    })
    const { access_token } = await readJson<Tokens>(response)
    const listed = await fetch(`${api[0]}/my/documents`, { headers: { Authorization: `Bearer ${access_token}` } })
    expect((await readJson<{ documents: object[] }>(listed)).documents).toHaveLength(3)
  })

  test('lets approve and deny take its URLs', async () => {
    const { url } = await app.sandbox.deny(local(app.authorizationUrl()))
    expect(url).toBe(`${app.redirectUri}?error=access_denied&state=s1`)
    expect(app.sandbox.log[0]?.host).toBe('sign-auth.insuresign.io')
  })

  test('sees a header that is sent twice', async () => {
    const header = `Authorization: ${basic(app.client)}\r\n`
    const body = `grant_type=client_credentials&client_id=${app.client.clientId}`
    const head = `POST /oauth2/token HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\n`
    const length = `Content-Length: ${body.length}\r\n\r\n`
    expect(await raw(local(HOST), `${head}${header}${length}${body}`)).toMatch(/^HTTP\/1.1 200/)
    expect(await raw(local(HOST), `${head}${header}${header}${length}${body}`)).toMatch(/^HTTP\/1.1 400/)
  })

  test('refuses a body of more than 1 MB', async () => {
    const body = 'x'.repeat(1024 * 1024 + 1)
    const head = `POST /oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n`
    expect(await raw(local(HOST), head + body)).toMatch(/^HTTP\/1.1 413/)
  })

  test('does not wait for the end of a body that is too large', async () => {
    const socket = connect(Number(new URL(local(HOST)).port), '127.0.0.1')
    socket.write('POST /oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n\r\n')
    socket.write('x'.repeat(1024 * 1024 + 1))
    const [answer] = await once(socket, 'data')
    expect(`${answer}`).toMatch(/^HTTP\/1.1 413/)
    socket.destroy()
  })

  test('refuses a request target that is no path', async () => {
    const answer = await raw(local(HOST), 'GET http://evil.example/oauth2/authorize HTTP/1.1\r\nHost: x\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1.1 400/)
  })

  test('keeps to its own host whatever the path looks like', async () => {
    expect(await raw(local(HOST), 'GET //evil.example/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).toMatch(
      /^HTTP\/1.1 404/,
    )
    expect(app.sandbox.log.at(-1)?.url).toBe('https://sign-auth.insuresign.io//evil.example/')
  })

  test('survives clients that leave in the middle of a request or an answer', async () => {
    const socket = connect(Number(new URL(local(HOST)).port), '127.0.0.1')
    socket.write('POST /oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf')
    await once(socket, 'connect')
    socket.resetAndDestroy()
    app.fake.faults.add('authorize', { answer: 'drip' })
    const gone = new AbortController()
    const response = await fetch(local(app.authorizationUrl()), { signal: gone.signal })
    gone.abort()
    await expect(response.text()).rejects.toThrow()
    expect((await fetch(local(app.authorizationUrl()))).status).toBe(200)
  })

  test('answers 500 with the reason when a test’s own fault function throws', async () => {
    app.fake.faults.add('authorize', {
      answer: () => {
        throw new Error('my mistake')
      },
    })
    const response = await fetch(local(app.authorizationUrl()))
    expect([response.status, await response.text()]).toEqual([500, 'Error: my mistake'])
  })

  test('closes at once, with requests still hanging', async () => {
    const other = await app.sandbox.listen()
    app.fake.faults.add('token', { answer: 'hang' })
    const hanging = fetch(other.options('insuresign').endpoints.token, { method: 'POST' }).catch(
      (error: unknown) => error,
    )
    while (app.sandbox.log.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    await other.close()
    expect(await hanging).toBeInstanceOf(TypeError)
    await expect(fetch(other.options('insuresign').endpoints.token)).rejects.toThrow('fetch failed')
  })

  test('is no vendor any more once it is closed', async () => {
    const other = await app.sandbox.listen()
    await other.close()
    const url = `${other.options('insuresign').endpoints.authorization}?x=1`
    await expect(app.sandbox.approve(url)).rejects.toThrow('no fake vendor lives at http://127.0.0.1')
  })

  test('can listen twice', async () => {
    const other = await app.sandbox.listen()
    expect(other.urls).not.toEqual(listening.urls)
    await other.close()
    expect((await fetch(local(app.authorizationUrl()))).status).toBe(200)
  })
})
