import {
  type Client,
  type ClientOptions,
  createClient,
  defineVendor,
  type TokenSet,
  type Vendor,
  type VendorDefinition,
} from 'esign-auth'
import { describe, expect, it } from 'vitest'
import { failure, thrown } from './failure.ts'

// What a descriptor can say, each on an invented vendor that differs from the plain one in nothing else.

const redirectUri = 'https://app.example/callback'
const host = 'https://sign.example'
const exchange = { code: 'a-code', redirectUri }

const plain: VendorDefinition = {
  id: 'invented',
  name: 'Invented',
  endpoints: () => ({ authorization: `${host}/auth`, token: `${host}/token`, userinfo: `${host}/me` }),
  api: () => [host],
  identity: [{ from: 'userinfo', id: ['id'] }],
  pkce: 'unknown',
  rotation: 'never',
  token: {
    credentials: 'body',
    encoding: 'form',
    fields: { authorization_code: ['grant_type', 'code'], refresh_token: ['grant_type', 'refresh_token'] },
  },
}

interface Sent {
  readonly method: string
  readonly url: string
  readonly headers: Headers
  readonly body: Readonly<Record<string, string>>
}

/** The error that a mistake in the options is. */
function mistake(act: () => unknown): unknown {
  try {
    act()
  } catch (error) {
    return error
  }
  throw new Error('there was no error')
}

/** A client of the plain vendor with these differences, and what it sends; `answer` goes on top of a token answer. */
function start(
  differences: Partial<VendorDefinition>,
  { answer = {}, status = 200, ...options }: Partial<ClientOptions> & { answer?: object; status?: number } = {},
): { client: Client; sent: Sent[] } {
  const sent: Sent[] = []
  const fetch = async (input: string | URL | Request, init?: RequestInit) => {
    const headers = new Headers(init?.headers)
    const text = String(init?.body ?? '')
    const isJson = headers.get('content-type') === 'application/json'
    const body = isJson ? JSON.parse(text) : Object.fromEntries(new URLSearchParams(text))
    sent.push({ method: String(init?.method), url: String(input), headers, body })
    const tokens = { access_token: 'an-access-token', token_type: 'Bearer', refresh_token: 'a-refresh-token' }
    return Response.json({ ...tokens, id: 'a-user', ...answer }, { status })
  }
  const vendor: Vendor = defineVendor({ ...plain, ...differences })
  const secret = options.clientAuthentication === 'public' ? {} : { clientSecret: 'a-client-secret' }
  return { client: createClient(vendor, { clientId: 'an-id', ...secret, fetch, ...options }), sent }
}

function queryOf(client: Client, asked: { scope?: string | string[]; params?: Record<string, string> } = {}): string {
  const challenge = client.pkce ? { codeChallenge: 'c'.repeat(43) } : {}
  return new URL(client.authorizationUrl({ redirectUri, state: 's', ...challenge, ...asked })).search
}

const tokens: TokenSet = { access_token: 'an-access-token', refresh_token: 'a-refresh-token' }

describe('the scope', () => {
  it.each([
    [',', 'a%2Cb'],
    ['+', 'a+b'],
    [' ', 'a%20b'],
  ] as const)('is joined by %j: %s', (scopeSeparator, wire) => {
    const { client } = start({ authorize: { scopeSeparator } })
    for (const scope of ['a b', ['a', 'b']]) expect(queryOf(client, { scope })).toContain(`&scope=${wire}`)
  })

  it('is joined by one comma where the caller wrote it with some', () => {
    const { client } = start({ authorize: { scopeSeparator: ',' } })
    for (const scope of ['a,b', 'a, b', ['a,b'], ' a b ']) expect(queryOf(client, { scope })).toContain('&scope=a%2Cb')
  })

  it('stays as it is where its joining plus is part of it, and nothing else loses its encoding', () => {
    const { client } = start({ authorize: { scope: 'read+write', scopeSeparator: '+' } })
    const query = queryOf(client, { params: { hint: 'a+b', xscope: 'a+b' } })
    expect(query).toContain('scope=read+write')
    expect(query).toContain('hint=a%2Bb')
    expect(query).toContain('xscope=a%2Bb')
  })

  it('goes with the token request where the vendor wants it there, and there only', async () => {
    const token = { ...plain.token, fields: { authorization_code: ['grant_type', 'code', 'scope'] } } as const
    const { client, sent } = start({ authorize: { scope: '*', scopeAt: 'token' }, token })
    expect(queryOf(client)).not.toContain('scope')
    await client.exchangeCode(exchange)
    expect(sent[0]?.body).toMatchObject({ scope: '*' })
    expect(await thrown(() => queryOf(client, { scope: 'x' }))).toMatchObject({ code: 'invalid_argument' })
  })
})

describe('the authorization URL', () => {
  it('carries what the settings say, under the caller’s word and above nothing of OAuth', () => {
    const { client } = start({ authorize: { params: () => ({ access: 'offline', prompt: 'none', state: 'x' }) } })
    const query = new URLSearchParams(queryOf(client, { params: { prompt: 'login' } }))
    expect(Object.fromEntries(query)).toMatchObject({ access: 'offline', prompt: 'login', state: 's' })
  })
})

describe('a callback in other words', () => {
  const callbackNames = { authorization_code: 'code', error_code: 'error', error_message: 'error_description' } as const
  const { client } = start({ callbackNames })

  it('is understood', () => {
    expect(client.readCallback('authorization_code=c&state=s')).toMatchObject({ code: 'c', state: 's' })
    expect(client.readCallback('code=c&state=s')).toMatchObject({ code: 'c' })
    expect(client.readCallback('error_code=denied&error_message=why')).toMatchObject({
      error: 'denied',
      description: 'why',
    })
  })

  it.each(['code=c&authorization_code=d', 'authorization_code[]=c', 'code=c&error_code=x'])(
    'is read as strictly as in RFC 6749: %s',
    async (raw) => {
      expect(await thrown(() => client.readCallback(raw))).toMatchObject({ code: 'callback_invalid' })
    },
  )

  it('of a vendor without such words is none', async () => {
    const other = start({}).client
    expect(await thrown(() => other.readCallback('authorization_code=c'))).toMatchObject({
      code: 'callback_incomplete',
    })
  })
})

describe('a token request', () => {
  it('of a public client names the client and nothing else, and uses PKCE', async () => {
    const { client, sent } = start({ publicClients: true }, { clientAuthentication: 'public' })
    expect(client.pkce).toBe(true)
    await client.exchangeCode({ ...exchange, codeVerifier: 'v'.repeat(43) })
    expect(sent[0]?.body).toEqual({
      ...{ grant_type: 'authorization_code', code: 'a-code', client_id: 'an-id', code_verifier: 'v'.repeat(43) },
    })
    expect(sent[0]?.headers.has('authorization')).toBe(false)
    // Nobody makes the key of its seals from nothing.
    const sealed = await client.sealer('x').seal('a value', 'here')
    expect(await client.sealer('x').open(sealed, 'here')).toBe('a value')
    const other = start({ publicClients: true }, { clientAuthentication: 'public' }).client
    expect(await other.sealer('x').open(sealed, 'here')).toBeUndefined()
  })

  it('of a public client is refused where there are none, without PKCE, or with a secret', async () => {
    const clientAuthentication = 'public'
    for (const [differences, options, option] of [
      [{}, { clientAuthentication }, 'clientAuthentication'],
      [{ publicClients: true }, { clientAuthentication, pkce: false }, 'pkce'],
      [{ publicClients: true }, { clientAuthentication, clientSecret: 'a-secret' }, 'clientSecret'],
    ] as const) {
      expect(mistake(() => start(differences, options))).toMatchObject({ code: 'invalid_option', option })
    }
  })

  it('is written as the settings say', async () => {
    const tokenOf = () => ({ encoding: 'json', credentials: 'basic-raw' }) as const
    const { client, sent } = start({ tokenOf })
    await client.exchangeCode(exchange)
    expect(sent[0]?.body).toEqual({ grant_type: 'authorization_code', code: 'a-code' })
    expect(sent[0]?.headers.get('authorization')).toMatch(/^Basic /)
  })

  it('repeats the redirect URI on refresh where the vendor wants it, as long as it is known', async () => {
    const fields = { ...plain.token.fields, refresh_token: ['grant_type', 'refresh_token', 'redirect_uri'] } as const
    const { client, sent } = start({ token: { ...plain.token, fields } })
    const issued = await client.exchangeCode(exchange)
    expect(issued.vendor_state).toEqual({ redirect_uri: redirectUri })
    const again = await client.refresh(JSON.parse(JSON.stringify(issued)))
    expect(again.vendor_state).toEqual(issued.vendor_state)
    await client.refresh(tokens)
    expect(sent.map(({ body }) => body['redirect_uri'])).toEqual([undefined, redirectUri, undefined])
  })
})

describe('a token answer', () => {
  const now = Math.floor(Date.now() / 1000)
  const expiry = { at: ['expires_at'], in: ['expires_in_sec', 'expires_in'] }

  it.each([
    [{ expires_in: 60, expires_in_sec: 7200 }, 7200],
    [{ expires_in: 60 }, 60],
    [{ expires_at: now + 600, expires_in: 60 }, 600],
    [{ expires_at: String(now + 600) }, 600],
    [{ expires_at: null, expires_in: '60' }, 60],
    [{ expires_at: now + 4e9 }, undefined],
    [{ expires_at: 'soon' }, undefined],
  ])('says in the vendor’s own members when it runs out: %o', async (answer, seconds) => {
    const { client } = start({ token: { ...plain.token, expiry } }, { answer })
    const { expires_at } = await client.exchangeCode(exchange)
    if (seconds === undefined) expect(expires_at).toBeUndefined()
    else expect(Math.abs((expires_at ?? 0) - now - seconds)).toBeLessThan(10)
  })

  it('of long ago is expired', async () => {
    const { client } = start({ token: { ...plain.token, expiry } }, { answer: { expires_at: now - 600 } })
    expect((await client.exchangeCode(exchange)).expires_at).toBe(now - 600)
  })

  it('1.4 · may lack token_type only where the vendor says so, and is never of another type', async () => {
    const untyped = { token: { ...plain.token, untyped: true } }
    const answer = { token_type: undefined }
    await start(untyped, { answer }).client.exchangeCode(exchange)
    for (const asked of [
      start({}, { answer }).client.exchangeCode(exchange),
      start(untyped, { answer: { token_type: 'mac' } }).client.exchangeCode(exchange),
    ]) {
      expect(await failure(asked)).toMatchObject({ code: 'invalid_answer' })
    }
  })

  it('1.4 · may be a 201, or JSON under another label, only where the vendor says so', async () => {
    const created = { token: { ...plain.token, created: true } }
    const labels = { token: { ...plain.token, labels: ['text/html'] } }
    const json = { access_token: 'a-token', token_type: 'Bearer' }
    const ask = (vendor: Partial<VendorDefinition>, status: number, label: string, body: object = json) => {
      const fetch = async () =>
        new Response(JSON.stringify(body), { status, headers: { 'content-type': `${label}; charset=utf-8` } })
      const client = createClient(defineVendor({ ...plain, ...vendor }), {
        clientId: 'an-id',
        clientSecret: 'x',
        fetch,
      })
      return client.refresh({ refresh_token: 'a-refresh-token' })
    }
    expect(await ask(created, 201, 'application/json')).toMatchObject({ access_token: 'a-token' })
    expect(await ask(labels, 200, 'Text/HTML')).toMatchObject({ access_token: 'a-token' })
    for (const refused of [
      ask({}, 201, 'application/json'),
      ask({}, 200, 'text/html'),
      ask(created, 202, 'application/json'),
      ask(created, 200, 'text/html'),
      ask(labels, 201, 'text/html'),
      ask(labels, 200, 'text/plain'),
      ask(created, 201, 'application/json', { ...json, error: 'invalid_grant' }),
      ask(labels, 200, 'text/html', { error: 'invalid_grant' }),
    ]) {
      expect((await failure(refused)).code).toMatch(/^(http_error|oauth_error|invalid_answer)$/)
    }
    expect(() => defineVendor({ ...plain, token: { ...plain.token, labels: ['HTML'] } })).toThrow(/token.labels/)
  })

  it('1.4 · of a userinfo is success with a 200 alone, whatever the vendor says of its tokens', async () => {
    const vendor = defineVendor({ ...plain, token: { ...plain.token, created: true, labels: ['text/html'] } })
    for (const [status, label] of [
      [201, 'application/json'],
      [200, 'text/html'],
    ] as const) {
      const fetch = async () => new Response('{"id":"1"}', { status, headers: { 'content-type': label } })
      const client = createClient(vendor, { clientId: 'an-id', clientSecret: 'x', fetch })
      expect(await failure(client.identify({ access_token: 'a-token' }))).toMatchObject({ sent: 'answered' })
    }
  })

  it('leaves what is to be kept with the tokens: plain text of one word, over what was there', async () => {
    const answer = { api_domain: 'https://x.example', level: 5, note: 'two words', empty: '' }
    const keep = ['api_domain', 'level', 'note', 'empty', 'missing']
    const { client } = start({ token: { ...plain.token, keep } }, { answer })
    expect((await client.exchangeCode(exchange)).vendor_state).toEqual({ api_domain: 'https://x.example' })
    const before = { ...tokens, vendor_state: { api_domain: 'https://old.example', other: 'stays' } }
    expect((await client.refresh(before)).vendor_state).toEqual({ api_domain: 'https://x.example', other: 'stays' })
  })
})

describe('a host from an answer', () => {
  const captured = { parameter: 'base', hosts: ['*.sign.example'], required: false }
  const api = (_: object, base?: string) => (base ? [base] : [])

  it('of the token endpoint serves from then on, if it is the vendor’s', async () => {
    const differences = { captured, api, token: { ...plain.token, keep: ['base'] } }
    const { client } = start(differences, { answer: { base: 'https://eu.sign.example/' } })
    const issued = await client.exchangeCode({ ...exchange, vendorState: { base: 'https://us.sign.example' } })
    expect(client.apiOf(issued)).toEqual(['https://eu.sign.example'])
    const evil = start(differences, { answer: { base: 'https://evil.example' } }).client
    const kept = await evil.exchangeCode({ ...exchange, vendorState: { base: 'https://us.sign.example' } })
    expect(evil.apiOf(kept)).toEqual(['https://us.sign.example'])
  })

  const accounts = (list: unknown) => ({
    answer: { accounts: list },
  })
  const eu = { base_uri: 'https://eu.sign.example', is_default: true }
  const us = { base_uri: 'https://us.sign.example', is_default: false }
  const identity = [{ from: 'userinfo', id: ['id'], keep: { base: ['accounts[is_default].base_uri'] } }] as const

  it.each([
    ['the default of several', [us, eu], 'https://eu.sign.example'],
    ['the only one', [us], 'https://us.sign.example'],
    ['none of several without a default', [us, us], undefined],
    ['none of another’s hosts', [{ ...eu, base_uri: 'https://evil.example' }], undefined],
    ['none where there is no list', 'x', undefined],
  ])('of the identity: %s', async (_, list, origin) => {
    const { client } = start({ captured: { ...captured, inCallback: false }, api, identity }, accounts(list))
    const { vendorState } = await client.identify(tokens)
    expect(vendorState).toEqual(origin === undefined ? undefined : { base: origin })
    expect(client.apiOf({ vendor_state: vendorState })).toEqual(origin === undefined ? [] : [origin])
  })

  it('may be the choice of the caller’s own profile, among the vendor’s', async () => {
    const chosen = async (base: string) => {
      const profile = () => ({ id: 'a-user', vendorState: { base, account: 'an-account' } })
      return (await start({ captured, api }, { profile }).client.identify(tokens)).vendorState
    }
    const own = { base: 'https://us.sign.example', account: 'an-account' }
    expect(await chosen('https://us.sign.example')).toEqual(own)
    expect(await chosen('https://evil.example')).toEqual({ account: 'an-account' })
  })

  it('is not listened to in a callback that never names it', () => {
    const { client } = start({ captured: { ...captured, inCallback: false } })
    for (const base of ['https://eu.sign.example', 'https://evil.example']) {
      expect(client.readCallback(`code=c&state=s&base=${base}`)).toMatchObject({ vendorState: undefined })
    }
  })

  it('may come as a code of the vendor’s, unless it comes itself', () => {
    const codes = { parameter: 'location', hosts: { eu: 'eu.sign.example' } }
    const { client } = start({ captured: { ...captured, codes } })
    const stateOf = (query: string) => client.readCallback(`code=c&state=s&${query}`)
    expect(stateOf('location=eu')).toMatchObject({ vendorState: { base: 'https://eu.sign.example' } })
    expect(stateOf('location=eu&base=https://us.sign.example')).toMatchObject({
      vendorState: { base: 'https://us.sign.example' },
    })
    for (const code of ['xx', 'toString', 'evil.example'])
      expect(stateOf(`location=${code}`)).toMatchObject({ vendorState: undefined })
  })

  it('is required, unless a setting says otherwise', async () => {
    const needed = { ...captured, required: true, requiredUnless: 'alone' }
    const differences = {
      captured: needed,
      settings: { alone: { values: [true, false] } },
    } as Partial<VendorDefinition>
    const { client, sent } = start(differences)
    expect(await failure(client.exchangeCode(exchange))).toMatchObject({ code: 'callback_invalid', sent: 'no' })
    expect(sent).toEqual([])
    const alone = start(differences, { alone: true } as Partial<ClientOptions>)
    await alone.client.exchangeCode(exchange)
    expect(alone.sent).toHaveLength(1)
  })
})

describe('an endpoint', () => {
  it('that a vendor leaves undefined is none', async () => {
    const endpoints = () => ({ ...plain.endpoints({}), userinfo: undefined, revocation: undefined })
    const { client } = start({ endpoints } as Partial<VendorDefinition>)
    expect(client.endpoints).toEqual({ authorization: `${host}/auth`, token: `${host}/token` })
    expect(await failure(client.revoke(tokens))).toMatchObject({ code: 'unsupported' })
  })
})

describe('origins in place of the vendor’s', () => {
  const captured = { parameter: 'base', hosts: ['*.sign.example'], required: false }
  const endpoints = (_: object, base = host) => ({ authorization: `${host}/auth`, token: `${base}/token?x` })
  const origins = { 'https://eu.sign.example': 'http://127.0.0.1:4711', [host]: 'https://proxy.example' }

  it('stand for every address, also one that is captured later, after it was checked', async () => {
    const { client, sent } = start({ captured, endpoints }, { origins, allowLoopbackHttp: true })
    expect(client.endpoints.authorization).toBe('https://proxy.example/auth')
    await client.exchangeCode({ ...exchange, vendorState: { base: 'https://eu.sign.example' } })
    expect(sent[0]?.url).toBe('http://127.0.0.1:4711/token?x')
    const evil = { ...exchange, vendorState: { base: 'http://127.0.0.1:4711' } }
    expect(await failure(client.exchangeCode(evil))).toMatchObject({ code: 'callback_invalid', sent: 'no' })
  })

  it.each([
    ['a path', { [host]: 'https://proxy.example/x' }],
    ['no URL', { [host]: 'proxy.example' }],
    ['a path in front', { [`${host}/x`]: 'https://proxy.example' }],
    ['plain http', { [host]: 'http://proxy.example' }],
  ])('are refused with %s', async (_, wrong) => {
    expect(mistake(() => start({}, { origins: wrong }))).toMatchObject({ code: 'invalid_option' })
  })
})

describe('an API call', () => {
  it('names the vendor’s own scheme', async () => {
    const { client, sent } = start({ apiScheme: 'Invented-token' })
    await client.get(tokens, '/documents')
    await client.identify(tokens)
    for (const { headers } of sent) expect(headers.get('authorization')).toBe('Invented-token an-access-token')
  })
})

describe('a revocation', () => {
  const endpoints = () => ({ ...plain.endpoints({}), revocation: `${host}/revoke` })
  const revoking = (revocation: ReturnType<NonNullable<VendorDefinition['revocation']>>) =>
    start({ endpoints, revocation: () => revocation })
  const body = { client_id: 'an-id', client_secret: 'a-client-secret', token: 'a-refresh-token' }

  it.each([
    ['a form', {}, 'POST', '', { ...body, token_type_hint: 'refresh_token' }],
    ['JSON', { place: 'json', hint: false }, 'POST', '', body],
    ['nothing but the token', { credentials: 'none', hint: false }, 'POST', '', { token: 'a-refresh-token' }],
    ['a query', { place: 'query', credentials: 'none', hint: false }, 'POST', '?token=a-refresh-token', {}],
    ['the access token', { token: 'access_token', hint: false }, 'POST', '', { ...body, token: 'an-access-token' }],
  ] as const)('is %s', async (_, dialect, method, search, fields) => {
    const { client, sent } = revoking(dialect)
    await client.revoke(tokens)
    expect(sent).toMatchObject([{ method, url: `${host}/revoke${search}` }])
    expect(sent[0]?.body).toEqual(fields)
  })

  it('is a DELETE with the bearer, and Basic beside the form', async () => {
    const bearer = revoking({ method: 'DELETE', place: 'bearer', token: 'access_token' })
    await bearer.client.revoke(tokens)
    expect(bearer.sent[0]).toMatchObject({ method: 'DELETE', url: `${host}/revoke`, body: {} })
    expect(bearer.sent[0]?.headers.get('authorization')).toBe('Bearer an-access-token')
    const basic = revoking({ credentials: 'basic-raw' })
    await basic.client.revoke(tokens)
    expect(basic.sent[0]?.headers.get('authorization')).toMatch(/^Basic /)
    expect(basic.sent[0]?.body).not.toHaveProperty('client_secret')
  })

  it('is done when the vendor says that the token was no more, and not at another error, be it in a 200', async () => {
    const revocation = () => ({ doneErrors: ['EXPIRED_TOKEN'] })
    const asked = (error: string, status: number) =>
      start({ endpoints, revocation }, { answer: { error }, status }).client.revoke(tokens)
    await asked('EXPIRED_TOKEN', 400)
    for (const [error, status] of [
      ['INVALID_REQUEST', 400],
      ['invalid_code', 200],
    ] as const) {
      expect(await failure(asked(error, status))).toMatchObject({ code: 'oauth_error' })
    }
  })
})

describe('a setting of free text', () => {
  const settings = (values: 'label' | 'text') => ({ settings: { area: { values } } }) as Partial<VendorDefinition>
  const given = (area: unknown) => ({ area }) as Partial<ClientOptions>

  it.each(['na1', 'a', 'x-1', 'a'.repeat(63)])('may be a label: %s', (label) => {
    expect(start(settings('label'), given(label)).client.region).toBe(`area=${label}`)
  })

  it.each(['', 'NA1', 'a.b', 'evil.example/', '-a', 'a-', 'a@b', 'a:1', 'a\n', 'a'.repeat(64), 5])(
    '1.7 · is no label: %j',
    (label) => {
      const error = mistake(() => start(settings('label'), given(label)))
      expect(error).toMatchObject({ code: 'invalid_option', option: 'area' })
      expect(error).toMatchObject({ message: expect.stringContaining('letters, digits and hyphens') })
    },
  )

  it('may be any text, and need not tell users apart', () => {
    expect(start(settings('text'), given('https://x.example/')).client.region).toBe('area=https://x.example/')
    const rule = { values: 'text', sameUsers: true } as const
    expect(start({ settings: { area: rule } } as Partial<VendorDefinition>, given('x')).client.region).toBe('')
  })
})

describe('a definition that contradicts itself', () => {
  const captured = (host: string) => ({ captured: { parameter: 'base', hosts: [host], required: false } })

  it.each([
    ['a host that anybody can have', captured('*.com')],
    ['a host that everything is', captured('*')],
    ['an origin for a host', captured('https://sign.example')],
    ['a star within a label', captured('api*.sign.example')],
    ['a star at the end', captured('sign.*')],
    ['a host with a path', captured('sign.example/x')],
    ['a host with a port', captured('sign.example:8443')],
    ['a host behind a user name', captured('a@sign.example')],
    ['a host in two lines', captured('sign.example\nevil.example')],
    ['endpoints that are no function', { endpoints: plain.endpoints({}) }],
    ['no endpoints', { endpoints: undefined }],
    ['API hosts that are no function', { api: [host] }],
    ['one source in place of a list', { identity: { from: 'userinfo', id: ['id'] } }],
    ['a source by its name', { identity: 'userinfo' }],
    ['no token requests', { token: undefined }],
    ['token requests without fields', { token: { credentials: 'body', encoding: 'form' } }],
    ['a media type with more behind it', { token: { ...plain.token, labels: ['text/html; charset=utf-8'] } }],
    ['a media type with more before it', { token: { ...plain.token, labels: ['a text/html'] } }],
    ['an unknown field', { token: { ...plain.token, fields: { refresh_token: ['grant_type', 'secret'] } } }],
    ['an unknown grant', { token: { ...plain.token, fields: { password: ['grant_type'] } } }],
    ['an unknown way to prove the client', { token: { ...plain.token, credentials: 'mtls' } }],
    ['an unknown encoding', { token: { ...plain.token, encoding: 'xml' } }],
    ['an unknown word for PKCE', { pkce: 'plain' }],
    ['an unknown word for rotation', { rotation: 'yes' }],
    ['an unknown meaning', { callbackNames: { x: 'token' } }],
    ['an unknown separator', { authorize: { scopeSeparator: ';' } }],
    ['an unknown place of the scope', { authorize: { scopeAt: 'both' } }],
    ['parameters that are no function', { authorize: { params: {} } }],
    ['a revocation that is no function', { revocation: {} }],
    ['an unknown confidence', { confidence: 'high' }],
  ])('is refused at once: %s', (_, differences) => {
    expect(() => defineVendor({ ...plain, ...(differences as Partial<VendorDefinition>) })).toThrow(
      /^defineVendor\(invented\): `/,
    )
  })

  it.each(['sign.example', '*.sign.example', 'api.*.sign.example', '*.*.sign.example'])(
    'is none with the host %s',
    (host) => {
      expect(defineVendor({ ...plain, ...captured(host) }).captured?.hosts).toEqual([host])
    },
  )

  it.each<Partial<VendorDefinition>>([
    ...['a', 'a1', 'private-vendor', 'a-22-x'].map((id) => ({ id })),
    ...(['documented', 'third-party-profile', 'token-only'] as const).map((confidence) => ({ confidence })),
    { callbackNames: { authorization_code: 'code', failure: 'error', why: 'error_description' } },
    { token: { ...plain.token, labels: ['text/html', 'application/vnd.api+json'] } },
    { identity: 'none' },
    { identity: [] },
  ])('is none: %j', (differences) => {
    expect(defineVendor({ ...plain, ...differences })).toMatchObject(differences)
  })

  it('is none with an id that is text alone', () => {
    for (const id of [5, undefined, ['a'], 'a--b', '-a', 'a b'])
      expect(() => defineVendor({ ...plain, id: id as string })).toThrow(/`id` must be/)
  })
})

describe('requests that say less than RFC 6749', () => {
  it('leaves parameters of the authorization URL out, also those that the caller adds', () => {
    const { client } = start({ authorize: { omit: ['response_type', 'redirect_uri'] } })
    expect(queryOf(client, { params: { response_type: 'token' } })).toBe('?client_id=an-id&state=s')
  })

  it('refuses a scope where the vendor knows none', () => {
    const { client } = start({ authorize: { scopeAt: 'nowhere' } })
    expect(queryOf(client)).not.toContain('scope')
    expect(mistake(() => queryOf(client, { scope: 'read' }))).toMatchObject({ code: 'invalid_argument' })
    const other = start({ authorize: { scopeAt: 'nowhere' } }, { scope: 'read' })
    expect(mistake(() => queryOf(other.client))).toMatchObject({ code: 'invalid_argument' })
  })

  it('does not name the grant where the vendor does not want it', async () => {
    const token = { ...plain.token, grantType: false, fields: { authorization_code: ['code', 'state'] } } as const
    const { client, sent } = start({ token })
    await client.exchangeCode({ ...exchange, state: 's' })
    expect(sent[0]?.body).toEqual({ client_id: 'an-id', client_secret: 'a-client-secret', code: 'a-code', state: 's' })
    expect(await failure(client.refresh({ refresh_token: 'r' }))).toMatchObject({ code: 'unsupported', sent: 'no' })
  })
})

describe('a flag of success', () => {
  it.each([
    [{ success: false }, 'invalid_answer'],
    [{ success: false, error: 'no_such_code' }, 'oauth_error'],
  ])('with which %o is none, whatever stands beside it', async (answer, code) => {
    const { client } = start({}, { answer })
    expect(await failure(client.exchangeCode(exchange))).toMatchObject({ code, sent: 'answered' })
  })

  it('is no hindrance where it is true', async () => {
    const { client } = start({}, { answer: { success: true } })
    expect(await client.exchangeCode(exchange)).toMatchObject({ access_token: 'an-access-token' })
  })
})
