import {
  type Client,
  type ClientOptions,
  createClient,
  defineVendor,
  EsignAuthError,
  type TokenSet,
  type Vendor,
} from 'esign-auth'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { failure, shown, thrown } from './failure.ts'

const redirectUri = 'https://app.example/callback'
const home = 'https://na1.sign.example'
const first = 'https://api.sign.example'

/** A vendor whose accounts live on many hosts: the callback names the one that serves this user. */
const vendor = defineVendor({
  id: 'sharded',
  name: 'Sharded Vendor',
  endpoints: (_settings, captured = first) => ({
    authorization: 'https://secure.sign.example/authorize',
    token: `${captured}/token`,
    refresh: `${captured}/refresh`,
    revocation: `${captured}/revoke`,
    userinfo: `${captured}/me`,
  }),
  api: (_settings, captured = first) => [captured],
  captured: { parameter: 'api-access-point', hosts: ['sign.example', '*.sign.example'], required: true },
  identity: [{ from: 'userinfo', id: ['id'] }],
  pkce: 'unknown',
  rotation: 'always',
  token: {
    credentials: 'body',
    encoding: 'form',
    fields: { authorization_code: ['grant_type', 'code'], refresh_token: ['grant_type', 'refresh_token'] },
  },
})
const optional = defineVendor({
  ...vendor,
  captured: { parameter: 'location', hosts: ['eu.sign.example'], required: false },
})

/** A client whose vendor answers whatever is asked, and notes where. */
function start(of: Vendor = vendor, options: Partial<ClientOptions> = {}): { client: Client; asked: string[] } {
  const asked: string[] = []
  const fetch = async (input: string | URL | Request, init?: RequestInit) => {
    asked.push(`${init?.method} ${input}`)
    return Response.json({
      access_token: 'an-access-token',
      token_type: 'Bearer',
      refresh_token: 'a-token',
      id: 'a-user',
    })
  }
  return { client: createClient(of, { clientId: 'an-id', clientSecret: 'a-secret', fetch, ...options }), asked }
}

function query(host: string, name = 'api-access-point'): string {
  return new URLSearchParams({ code: 'a-code', state: 's', [name]: host }).toString()
}

const strangers = [
  ...[
    'https://evil.example',
    'https://evil.example/',
    'evil.example/',
    'evil.example',
    '//evil.example',
    '@evil',
    'x#',
    '../',
  ],
  // A host name of no DNS label, which some resolvers look up all the same.
  ...['https://a_na1.sign.example', 'https://_.sign.example'],
  ...['https://sign.example.evil.example', 'https://na1.sign.example.evil.example', 'https://evilsign.example'],
  ...[
    'https://evil.example/na1.sign.example',
    'https://evil.example?na1.sign.example',
    'https://evil.example#.sign.example',
  ],
  // A user name or password, in front of either host.
  ...['https://na1.sign.example@evil.example', 'https://evil.example@na1.sign.example', 'https://:pw@na1.sign.example'],
  ...[
    'https://na1.sign.example:pw@evil.example',
    'https://@na1.sign.example',
    'https://na1.sign.example\\@evil.example',
  ],
  // A port, also the one that goes without saying.
  ...['https://na1.sign.example:8443', 'https://na1.sign.example:443', 'https://na1.sign.example:'],
  // More than a host.
  ...[
    'https://na1.sign.example/token',
    'https://na1.sign.example//',
    'https://na1.sign.example?x',
    'https://na1.sign.example#x',
  ],
  ...['https://na1.sign.example/../', 'https://na1.sign.example/?', 'blob:https://na1.sign.example/x'],
  // Another scheme, or the right one in another spelling.
  ...['http://na1.sign.example', 'HTTPS://na1.sign.example', 'https:na1.sign.example', 'https:/na1.sign.example'],
  ...[
    'https:\\\\na1.sign.example',
    'ftp://na1.sign.example',
    'javascript:alert(1)',
    'file:///etc/passwd',
    'na1.sign.example',
  ],
  // Names that only look like the vendor's, or are it in another spelling.
  ...['https://NA1.SIGN.EXAMPLE', 'https://Na1.sign.example', 'https://na1.sign.example.', 'https://na1.ѕign.example'],
  ...[
    'https://na1。sign。example',
    'https://na1.sign%2Eexample',
    'https://na1.sign.example%00.evil.example',
    'https://nа1.sign.example',
  ],
  ...['https://.sign.example', 'https://a.b.sign.example', 'https://na1_.sign.example', 'https://*.sign.example'],
  ...[
    'https://127.0.0.1',
    'https://[::1]',
    'https://localhost',
    'https://2130706433',
    'https://sign',
    'https://example',
  ],
  ...[
    '',
    ' ',
    ' https://na1.sign.example',
    'https://na1.sign.example ',
    'https://na1.\tsign.example',
    'https://na1.sign.example\r\n',
  ],
]

/** What a store may give back, or a body parser make of it. */
const oddities = [5, true, {}, ['https://na1.sign.example'], { toString: () => home }, null]

describe('a host that came with the callback', () => {
  it.each([
    ['the host itself', 'https://sign.example', 'https://sign.example'],
    ['one label before it', home, home],
    ['one label before it, with a slash behind', `${home}/`, home],
    ['a label with a hyphen', 'https://eu-2.sign.example', 'https://eu-2.sign.example'],
  ])('serves every request for this user, and is kept with the tokens: %s', async (_, host, origin) => {
    const { client, asked } = start()
    const callback = client.readCallback(`?${query(host)}`)
    expect(callback).toEqual({ code: 'a-code', state: 's', vendorState: { 'api-access-point': host } })
    if ('error' in callback) throw new Error('the callback is no error')
    const tokens = await client.exchangeCode({ ...callback, redirectUri })
    const stored: TokenSet = JSON.parse(JSON.stringify(tokens))
    expect(stored.vendor_state).toEqual({ 'api-access-point': host })
    const refreshed = await client.refresh(stored)
    expect(refreshed.vendor_state).toEqual(stored.vendor_state)
    expect(await client.identify(refreshed)).toMatchObject({ id: 'a-user' })
    await client.get(refreshed, '/documents')
    await client.revoke(refreshed)
    expect(asked).toEqual([
      `POST ${origin}/token`,
      `POST ${origin}/refresh`,
      `GET ${origin}/me`,
      `GET ${origin}/documents`,
      `POST ${origin}/revoke`,
    ])
  })

  it('is read from a posted form as well', () => {
    const { client } = start()
    expect(client.readCallback({ code: 'a', state: 's', 'api-access-point': home, other: home })).toMatchObject({
      vendorState: { 'api-access-point': home },
    })
  })

  it.each(strangers)('1.7 · is refused before any request when it is %j', async (host) => {
    const { client, asked } = start()
    const read = [
      () => client.readCallback(query(host)),
      () => client.readCallback({ code: 'a', 'api-access-point': host }),
    ]
    for (const act of read) {
      const error = await thrown(act)
      expect(error).toMatchObject({ code: 'callback_invalid', vendor: 'sharded', sent: 'no' })
      expect(error.message).toMatch(/^Sharded Vendor: api-access-point names a host that is not the vendor's/)
      // Whoever wrote the callback does not write our messages too.
      if (host.length > 4) expect(shown(error)).not.toContain(host)
    }
    await refusesAll(client, { 'api-access-point': host })
    expect(asked).toEqual([])
  })

  it('1.7 · is on the list, on https and on no port, whatever was made of an honest one', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        ...'.:/\\@?#%-*[]\t ',
        '..',
        '//',
        '%2e',
        '.evil.example',
        'evil.example/',
        '@evil.example',
        ':443',
      ),
      fc.string({ unit: 'binary', maxLength: 5 }),
      fc.webUrl(),
    )
    const made = fc
      .tuple(fc.nat(home.length), fc.nat(3), piece)
      .map(([at, cut, put]) => home.slice(0, at) + put + home.slice(at + cut))
    const { client } = start()
    fc.assert(
      fc.property(made, (host) => {
        const read = () => client.readCallback(query(host))
        if (!/^https:\/\/([a-z0-9-]+\.)?sign\.example\/?$/.test(host)) expect(read).toThrow(EsignAuthError)
        else expect(read()).toMatchObject({ vendorState: { 'api-access-point': host } })
      }),
      { numRuns: 3000 },
    )
  })

  it.each(oddities)('1.7 · is refused before any request when it is no text: %j', async (host) => {
    const { client, asked } = start()
    if (host !== null) {
      const form = { code: 'a', 'api-access-point': host }
      expect(await thrown(() => client.readCallback(form))).toMatchObject({ code: 'callback_invalid' })
    }
    await refusesAll(client, { 'api-access-point': host as string })
    expect(asked).toEqual([])
  })

  it('1.7 · is refused before any request when it is missing and required', async () => {
    const { client, asked } = start()
    const error = await thrown(() => client.readCallback('code=a&state=s'))
    expect(error).toMatchObject({ code: 'callback_invalid', message: expect.stringContaining('is missing') })
    await refusesAll(client, undefined)
    await refusesAll(client, {})
    await refusesAll(client, { api_access_point: home })
    expect(asked).toEqual([])
  })

  it.each([
    ['twice', `${query(home)}&api-access-point=${home}`],
    ['twice, the second a stranger', `${query(home)}&api-access-point=https://evil.example`],
    ['with brackets', `code=a&state=s&api-access-point[]=${home}`],
    ['with brackets beside itself', `${query(home)}&api-access-point[x]=https://evil.example`],
    ['with a dot', `${query(home)}&api-access-point.x=https://evil.example`],
    ['in broken encoding', 'code=a&state=s&api-access-point=https%3A%2F%2Fna1.sign.example%'],
  ])('1.2 · is refused when it comes %s', async (_, raw) => {
    expect(await thrown(() => start().client.readCallback(raw))).toMatchObject({ code: 'callback_invalid' })
  })

  it('is not looked for beside an error', () => {
    for (const host of [home, 'https://evil.example']) {
      const raw = `error=access_denied&state=s&api-access-point=${host}`
      expect(start().client.readCallback(raw)).toEqual({
        ...{ error: 'access_denied', description: undefined, uri: undefined, state: 's' },
      })
    }
  })

  it('1.7 · gets no bearer token of a user whom another host serves', async () => {
    const { client, asked } = start()
    const tokens = { access_token: 'an-access-token', vendor_state: { 'api-access-point': home } }
    for (const url of ['https://eu1.sign.example/x', `${first}/x`, 'https://evil.example/x']) {
      expect(await failure(client.get(tokens, url))).toMatchObject({ code: 'insecure_url', sent: 'no' })
    }
    expect(asked).toEqual([])
  })

  it("1.7 · is no other vendor's business: there it is an unknown parameter", async () => {
    const { captured: _, ...plain } = vendor
    const { client, asked } = start(defineVendor(plain))
    const callback = client.readCallback(query('https://evil.example'))
    expect(callback).toMatchObject({ code: 'a-code', vendorState: undefined })
    await client.exchangeCode({
      code: 'a-code',
      redirectUri,
      vendorState: { 'api-access-point': 'https://evil.example' },
    })
    await client.refresh({ refresh_token: 'x', vendor_state: { 'api-access-point': 'https://evil.example' } })
    expect(asked).toEqual([`POST ${first}/token`, `POST ${first}/refresh`])
  })

  it("steps back behind an endpoint of the caller's own, for refreshes too", async () => {
    const { client, asked } = start(vendor, { endpoints: { token: 'https://proxy.example/token' } })
    const tokens = await client.exchangeCode({ code: 'a', redirectUri, vendorState: { 'api-access-point': home } })
    await client.refresh(tokens)
    expect(asked).toEqual(['POST https://proxy.example/token', 'POST https://proxy.example/token'])
  })

  it('1.4 · keeps two exchanges of one code apart', async () => {
    const { client, asked } = start()
    const exchange = (host: string) =>
      client.exchangeCode({ code: 'a', redirectUri, vendorState: { 'api-access-point': host } })
    const refresh = (host: string) => client.refresh({ refresh_token: 'a', vendor_state: { 'api-access-point': host } })
    const other = 'https://eu1.sign.example'
    await Promise.all([exchange(home), exchange(other), exchange(home), refresh(home), refresh(other), refresh(home)])
    expect(asked.sort()).toEqual([
      `POST ${other}/refresh`,
      `POST ${other}/token`,
      `POST ${home}/refresh`,
      `POST ${home}/token`,
    ])
  })
})

describe('a host that need not come with the callback', () => {
  it('leaves everything where it is when it is missing', async () => {
    const { client, asked } = start(optional)
    const callback = client.readCallback('code=a&state=s')
    expect(callback).toEqual({ code: 'a', state: 's', vendorState: undefined })
    const tokens = await client.exchangeCode({ code: 'a', redirectUri })
    expect('vendor_state' in tokens).toBe(false)
    await client.refresh(tokens)
    expect(asked).toEqual([`POST ${first}/token`, `POST ${first}/refresh`])
  })

  it('serves when it comes', async () => {
    const { client, asked } = start(optional)
    const callback = client.readCallback(query('https://eu.sign.example', 'location'))
    if ('error' in callback) throw new Error('the callback is no error')
    await client.exchangeCode({ ...callback, redirectUri })
    expect(asked).toEqual(['POST https://eu.sign.example/token'])
  })

  it.each(['', 'https://us.sign.example', 'https://x.eu.sign.example', 'https://eu.sign.example.evil.example'])(
    '1.7 · is refused all the same when it is %j',
    async (host) => {
      const { client, asked } = start(optional)
      expect(await thrown(() => client.readCallback(query(host, 'location')))).toMatchObject({
        code: 'callback_invalid',
      })
      expect(asked).toEqual([])
    },
  )
})

/** Whatever would go to the host is refused, and nothing is sent. */
async function refusesAll(client: Client, vendorState: TokenSet['vendor_state']): Promise<void> {
  const tokens = { access_token: 'an-access-token', refresh_token: 'a-token', vendor_state: vendorState }
  for (const asked of [
    client.exchangeCode({ code: 'a', redirectUri, vendorState }),
    client.refresh(tokens),
    client.identify(tokens),
    client.get(tokens, '/documents'),
    client.revoke(tokens),
  ]) {
    expect(await failure(asked)).toMatchObject({ code: 'callback_invalid', sent: 'no' })
  }
}
