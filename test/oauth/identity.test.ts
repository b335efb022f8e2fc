import {
  type Client,
  type ClientOptions,
  createClient,
  defineVendor,
  insureSign,
  type TokenSet,
  type Vendor,
  type VendorDefinition,
} from 'esign-auth'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Deed, type EvilVendor, reply, silence, startEvilVendor, tokens } from '../evil-vendor.ts'
import { failure, leaks, shown } from './failure.ts'

const credentials = { clientId: 'a-client-id', clientSecret: 'a-client-secret' }
const redirectUri = 'https://app.example/callback'

let evil: EvilVendor
beforeEach(async () => {
  evil = await startEvilVendor()
})
afterEach(() => evil.close())

/** A client of the evil vendor; without `userinfo`, as InsureSign is. */
function clientOf(options: Partial<ClientOptions> = {}, vendor: Vendor = insureSign): Client {
  const { authorization, token } = evil.address.endpoints
  return createClient(vendor, { ...credentials, ...evil.address, endpoints: { authorization, token }, ...options })
}

function withUserinfo(options: Partial<ClientOptions> = {}, vendor: Vendor = insureSign): Client {
  return clientOf({ endpoints: evil.address.endpoints, ...options }, vendor)
}

/** What the vendor answers by path. */
function plays(deeds: Readonly<Record<string, Deed>>): void {
  evil.does = (socket, heard) => (deeds[heard.path] ?? silence)(socket, heard)
}

/** Signs in with such fields in the token answer. */
async function issued(fields: Readonly<Record<string, unknown>>, client: Client = clientOf()): Promise<TokenSet> {
  evil.does = tokens(fields)
  return client.exchangeCode({ code: 'a-code', redirectUri })
}

function json(value: unknown): Deed {
  return reply(JSON.stringify(value))
}

function jwt(payload: unknown): string {
  const part = (value: unknown) =>
    Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'RS256' })}.${part(payload)}.c2lnbmF0dXJl`
}

function vendorOf(identity: VendorDefinition['identity']): Vendor {
  return defineVendor({ ...insureSign, identity, endpoints: () => ({ authorization: '', token: '' }) })
}

describe('where somebody signed in', () => {
  const setting = { values: ['north', 'south'] }
  const acme: Vendor = defineVendor({
    ...(insureSign as Vendor),
    settings: { place: setting, tint: { ...setting, sameUsers: true }, key: { values: 'secret' } },
    endpoints: () => ({ authorization: '', token: '' }),
  })
  const idOf = async (settings: object, options: Partial<ClientOptions> = {}) => {
    const client = clientOf({ ...settings, ...options }, acme)
    const { id, region } = await client.identify(await issued({ access_token: jwt({ sub: '7' }) }, client))
    return { id, region, same: region === (client.region || undefined) }
  }

  it('1.5 · is part of a user’s key: one id in two regions is two people', async () => {
    expect(await idOf({ place: 'north' })).toEqual({ id: '7', region: 'place=north', same: true })
    expect(await idOf({ place: 'south' })).toEqual({ id: '7', region: 'place=south', same: true })
    const profile = () => ({ id: 7, region: 'of the caller' })
    expect(await idOf({ place: 'south' }, { profile })).toEqual({ id: '7', region: 'place=south', same: true })
  })

  it('1.5 · is not said where the vendor has one place, or a setting changes the request only', async () => {
    for (const settings of [{}, { tint: 'north' }, { key: 'a-secret' }]) {
      expect(await idOf(settings)).toEqual({ id: '7', region: undefined, same: true })
    }
    const identity = await clientOf().identify(await issued({ access_token: jwt({ sub: '7' }) }))
    expect(identity).not.toHaveProperty('region')
  })
})

describe('who signed in with InsureSign', () => {
  const everything = {
    id_token: jwt({
      sub: 'of the id_token',
      aud: 'a-client-id',
      email: 'id@example.com',
      given_name: 'Ida',
      family_name: 'Token',
    }),
    access_token: jwt({ sub: 'of the access token', name: 'Axel' }),
  }
  const userinfo = json({ sub: 'of userinfo', email: 'info@example.com', name: 'Ina Fo' })

  it('is first what the option `profile` says', async () => {
    const client = withUserinfo({
      profile: async () => ({ id: 'of the profile', email: 'p@example.com', name: 'Pia' }),
    })
    const found = await client.identify(await issued(everything, client))
    expect(found).toEqual({ id: 'of the profile', email: 'p@example.com', name: 'Pia', claims: {} })
    expect(evil.heard.map(({ path }) => path)).toEqual(['/token'])
  })

  it('is then what userinfo says', async () => {
    const client = withUserinfo()
    plays({ '/token': tokens(everything), '/userinfo': userinfo })
    const found = await client.identify(await client.exchangeCode({ code: 'a-code', redirectUri }))
    expect(found).toMatchObject({ id: 'of userinfo', email: 'info@example.com', name: 'Ina Fo' })
    expect({ ...found.claims }).toEqual({ sub: 'of userinfo', email: 'info@example.com', name: 'Ina Fo' })
  })

  it('is then what the id_token says', async () => {
    expect(await clientOf().identify(await issued(everything))).toMatchObject({
      id: 'of the id_token',
      email: 'id@example.com',
      name: 'Ida Token',
    })
  })

  it('is then what the access token says, where it is a JWT', async () => {
    const found = await clientOf().identify(await issued({ access_token: everything.access_token }))
    expect(found).toMatchObject({ id: 'of the access token', name: 'Axel', email: undefined })
  })

  it('1.5 · is at last unknown, and the error names the option `profile`', async () => {
    const error = await failure(clientOf().identify(await issued({})))
    expect(error).toMatchObject({ code: 'identity_unknown', vendor: 'insuresign' })
    expect(error.message).toContain('`profile`')
  })

  it('may be told by the tokens of a refresh too', async () => {
    evil.does = tokens({ access_token: everything.access_token })
    const renewed = await clientOf().refresh({ refresh_token: 'a-refresh-token' })
    expect((await clientOf().identify(renewed)).id).toBe('of the access token')
  })
})

describe('an answer of userinfo', () => {
  const told = JSON.stringify({ sub: 'a-user', id: 'a-user' })

  it.each([
    [401, 'http_error'],
    [403, 'http_error'],
    [500, 'http_error'],
    [201, 'http_error'],
    [302, 'redirect_refused'],
  ])('1.5 · with status %i and the body of a profile signs nobody in', async (status, code) => {
    const client = withUserinfo()
    const tokens = await issued({ id_token: jwt({ sub: 'of the id_token' }) }, client)
    evil.does = reply(told, { status, headers: { location: '/elsewhere' } })
    expect(await failure(client.identify(tokens))).toMatchObject({ code, vendorStatus: status, sent: 'answered' })
  })

  it.each([
    ['null', 'null', 'invalid_answer'],
    ['an array', `[${told}]`, 'invalid_answer'],
    ['text', '"a-user"', 'invalid_answer'],
    ['nothing', '', 'invalid_answer'],
    ['a profile beside an error', '{"sub":"a-user","error":"invalid_token"}', 'oauth_error'],
    ['an empty object', '{}', 'identity_unknown'],
    ['no id', '{"email":"a@example.com","name":"A"}', 'identity_unknown'],
    ['an id in a prototype', '{"__proto__":{"sub":"a-user"}}', 'identity_unknown'],
  ])('1.5 · that is %s signs nobody in', async (_, body, code) => {
    const client = withUserinfo()
    const tokens = await issued({ id_token: jwt({ sub: 'of the id_token' }) }, client)
    evil.does = reply(body)
    expect((await failure(client.identify(tokens))).code).toBe(code)
  })

  it.each([
    ['an object', { a: 1 }],
    ['an array', ['a-user']],
    ['null', null],
    ['true', true],
    ['empty', ''],
    ['blank', ' \t'],
    ['a fraction', 1.5],
    ['a number beyond what JSON keeps', 2 ** 53],
    ['a huge number', 1e300],
  ])('1.5 · with an id that is %s signs nobody in', async (_, sub) => {
    evil.does = json({ sub })
    const error = await failure(withUserinfo().identify({ access_token: 'an-access-token' }))
    expect(error).toMatchObject({ code: 'identity_unknown', message: expect.stringContaining('`profile`') })
  })

  it.each([
    ['a number', 42, '42'],
    ['zero', 0, '0'],
    ['the last number JSON keeps', Number.MAX_SAFE_INTEGER, '9007199254740991'],
    ['text', 'a user', 'a user'],
    ['text with blanks around it', ' a-user ', 'a-user'],
  ])('with an id that is %s signs in %s', async (_, sub, id) => {
    evil.does = json({ sub })
    expect((await withUserinfo().identify({ access_token: 'an-access-token' })).id).toBe(id)
  })

  it('1.5 · is asked for with the bearer in the header, never in a URL', async () => {
    evil.does = json({ sub: 'a-user' })
    await withUserinfo().identify({ access_token: 'an-access-token' })
    expect(evil.heard).toHaveLength(1)
    expect(evil.heard[0]).toMatchObject({ method: 'GET', path: '/userinfo', body: '' })
    expect(evil.heard[0]?.headers['authorization']).toBe('Bearer an-access-token')
    expect(evil.heard[0]?.raw).not.toContain('a-client-secret')
  })

  it('1.6 · that echoes the bearer shows it in no error', async () => {
    evil.does = (socket, heard) =>
      reply(JSON.stringify({ error: 'invalid_token', error_description: heard.raw }), { status: 401 })(socket, heard)
    const error = await failure(withUserinfo().identify({ access_token: 'Zq7Wx9Kk2Mn4' }))
    expect(error.oauth?.error_description).toContain('[redacted]')
    expect(leaks(shown(error), ['Zq7Wx9Kk2Mn4'])).toEqual([])
  })
})

describe('the claims of a JWT', () => {
  const fields = { id_token: jwt({ sub: 'a-user' }), access_token: jwt({ sub: 'a-user' }) }

  it.each([
    ['a spread copy', (tokens: TokenSet) => ({ ...tokens })],
    ['a copy from a store', (tokens: TokenSet) => JSON.parse(JSON.stringify(tokens)) as TokenSet],
    ['a structured clone', (tokens: TokenSet) => structuredClone(tokens)],
  ])('1.5 · are not read from %s, since it need not come from the vendor', async (_, copy) => {
    const tokens = await issued(fields)
    expect((await clientOf().identify(tokens)).id).toBe('a-user')
    expect((await failure(clientOf().identify(copy(tokens)))).code).toBe('identity_unknown')
  })

  it.each([['another-client'], [['another-client', 'a third']], [null], [5], ['a-client-id-and-more']])(
    '1.5 · of an id_token made for %j sign nobody in',
    async (aud) => {
      const tokens = await issued({ id_token: jwt({ sub: 'a-user', aud }), access_token: jwt({ sub: 'a-user' }) })
      const error = await failure(clientOf().identify(tokens))
      expect(error).toMatchObject({ code: 'invalid_answer', sent: 'answered' })
      expect(error.message).toContain('another client')
    },
  )

  it.each([['a-client-id'], [['another-client', 'a-client-id']], [undefined]])(
    'of an id_token made for %j are read',
    async (aud) => {
      const tokens = await issued({ id_token: jwt({ sub: 'a-user', aud }) })
      expect((await clientOf().identify(tokens)).id).toBe('a-user')
    },
  )

  it.each([
    ['no JWT', 'opaque'],
    ['a JWT without a signature part', jwt({ sub: 'a-user' }).split('.').slice(0, 2).join('.')],
    ['dots only', '..'],
    ['a JWT of no JSON', jwt('no json')],
    ['a JWT of null', jwt('null')],
    ['a JWT of an array', jwt([{ sub: 'a-user' }])],
    ['a JWT of no base64', 'e30.%%%.c2ln'],
    ['a JWT of no UTF-8', `e30.${Buffer.from([0x22, 0xff, 0x22]).toString('base64url')}.c2ln`],
    ['a JWT with an id that is no UTF-8', `e30.${Buffer.from('{"sub":"a\xff"}', 'latin1').toString('base64url')}.c2ln`],
    ['a JWT whose sub is an object', jwt({ sub: { a: 1 } })],
    ['a JWT whose sub is in a prototype', jwt('{"__proto__":{"sub":"a-user"}}')],
    ['an encrypted JWT', `${jwt({ sub: 'a-user' }).replace(/\.[^.]*\./, '.AAAA.')}.AAAA.AAAA`],
  ])('of %s do not exist, and the next source is asked', async (_, token) => {
    expect((await failure(clientOf().identify(await issued({ id_token: token, access_token: token })))).code).toBe(
      'identity_unknown',
    )
    expect((await clientOf().identify(await issued({ id_token: token, access_token: jwt({ sub: 'next' }) }))).id).toBe(
      'next',
    )
  })

  it('of an access token are read whatever API it was made for', async () => {
    const tokens = await issued({ access_token: jwt({ sub: 'a-user', aud: 'https://api.example' }) })
    expect((await clientOf().identify(tokens)).id).toBe('a-user')
  })

  it('may hold letters beyond ASCII', async () => {
    expect(await clientOf().identify(await issued({ id_token: jwt({ sub: 'ü-1', name: 'Zoë 署名' }) }))).toMatchObject({
      id: 'ü-1',
      name: 'Zoë 署名',
    })
  })
})

describe('the sources of a private vendor', () => {
  const nested = vendorOf([
    {
      from: 'userinfo',
      id: ['account.account_id', 'account.id'],
      email: ['account.email_address'],
      name: [['account.first', 'account.middle', 'account.last'], 'account.email_address'],
    },
  ])

  it('may lie in nested objects, and the first that holds something wins', async () => {
    evil.does = json({
      account: { account_id: null, id: 7, email_address: 'a@example.com', first: 'Ada', middle: ' ', last: 'L' },
    })
    expect(await withUserinfo({}, nested).identify({ access_token: 'at' })).toMatchObject({
      id: '7',
      email: 'a@example.com',
      name: 'Ada L',
    })
  })

  const marked = { id: 'of the marked', is_default: true }
  const other = { id: 'of another', is_default: false }
  const many = Array.from({ length: 12 }, (_, at) => ({ id: `number ${at}` }))
  it.each([
    ['the first of a list', 'list[0].id', [other, marked], 'of another'],
    ['the second of a list', 'list[1].id', [other, marked], 'of the marked'],
    ['the eleventh of a list', 'list[10].id', many, 'number 10'],
    ['the one that the vendor marks', 'list[is_default].id', [other, marked, other], 'of the marked'],
    ['the one that the vendor marks by a word with digits', 'list[is2].id', [other, { id: 'it', is2: true }], 'it'],
    ['the one that the vendor marks by digits and a word', 'list[2nd].id', [other, { id: 'it', '2nd': true }], 'it'],
    ['the only one, marked or not', 'list[is_default].id', [other], 'of another'],
    ['text in a list', 'list[0]', ['a-user', 'another'], 'a-user'],
  ])('may lie in lists: %s', async (_, path, list, id) => {
    evil.does = json({ list })
    const vendor = vendorOf([{ from: 'userinfo', id: [path] }])
    expect((await withUserinfo({}, vendor).identify({ access_token: 'at' })).id).toBe(id)
  })

  it.each([
    ['none of several that is marked', 'list[is_default].id', [other, other]],
    ['several of which one is marked by a word', 'list[is_default].id', [other, { ...marked, is_default: 'true' }]],
    ['several of which one is marked by a number', 'list[is_default].id', [other, { ...marked, is_default: 1 }]],
    ['an empty list', 'list[is_default].id', []],
    ['a list that is too short', 'list[2].id', [other, marked]],
    ['an object in place of the list', 'list[0].id', { 0: marked, length: 1 }],
    ['text in place of the list', 'list[0]', 'a-user'],
    ['null in place of the list', 'list[is_default].id', null],
    ['null in the list', 'list[0].id', [null]],
  ])('1.5 · name nobody in %s, and the next path is tried', async (_, path, list) => {
    evil.does = json({ list, spare: 'of the next path' })
    const one = vendorOf([{ from: 'userinfo', id: [path] }])
    expect((await failure(withUserinfo({}, one).identify({ access_token: 'at' }))).code).toBe('identity_unknown')
    const two = vendorOf([{ from: 'userinfo', id: [path, 'spare'] }])
    expect((await withUserinfo({}, two).identify({ access_token: 'at' })).id).toBe('of the next path')
  })

  it('say what is to be kept with the tokens: short plain text, and hosts of the vendor alone', async () => {
    const keep = { host: ['host'], account: ['accounts[0].id', 'account'], note: ['note'], missing: ['missing'] }
    const captured = { parameter: 'host', hosts: ['*.sign.example'], required: false }
    const vendor = { ...vendorOf([{ from: 'userinfo', id: ['sub'], keep }]), captured }
    const kept = async (answer: object) => {
      evil.does = json({ sub: 'a-user', ...answer })
      return (await withUserinfo({}, vendor).identify({ access_token: 'at' })).vendorState
    }
    expect(await kept({ host: 'https://eu.sign.example', account: 7, note: 'two words' })).toEqual({
      ...{ host: 'https://eu.sign.example', account: '7' },
    })
    expect(await kept({ host: 'https://evil.example', accounts: [{ id: 'a' }], account: 'b' })).toEqual({
      account: 'a',
    })
    expect(await kept({ host: 'https://evil.example' })).toBeUndefined()
  })

  it('give no name and no e-mail rather than odd ones', async () => {
    evil.does = json({ account: { id: 'x', email_address: ['a@example.com'], first: 5 } })
    expect(await withUserinfo({}, nested).identify({ access_token: 'at' })).toMatchObject({
      id: 'x',
      email: undefined,
      name: undefined,
    })
  })

  it('1.5 · are read from own properties only', async () => {
    const vendor = vendorOf([
      {
        from: 'userinfo',
        id: ['constructor.name', 'account.constructor.name', '__proto__.sub', 'list.length', 'text.length'],
      },
    ])
    evil.does = json({ account: {}, text: 'abc' })
    expect((await failure(withUserinfo({}, vendor).identify({ access_token: 'at' }))).code).toBe('identity_unknown')
  })

  it('1.5 · are not read from a prototype that somebody polluted', async () => {
    const vendor = vendorOf([{ from: 'userinfo', id: ['polluted', 'account.polluted'] }])
    evil.does = json({ account: {} })
    Object.defineProperty(Object.prototype, 'polluted', { value: 'a-user', configurable: true })
    try {
      expect((await failure(withUserinfo({}, vendor).identify({ access_token: 'at' }))).code).toBe('identity_unknown')
    } finally {
      Reflect.deleteProperty(Object.prototype, 'polluted')
    }
  })

  it('may be none, and then nobody is known', async () => {
    const error = await failure(
      clientOf({}, vendorOf('none')).identify(await issued({ id_token: jwt({ sub: 'a-user' }) })),
    )
    expect(error.code).toBe('identity_unknown')
  })
})

describe('the option `profile`', () => {
  it.each([
    undefined,
    null,
    {},
    { id: '' },
    { id: ' ' },
    { id: undefined },
    { id: {} },
    { id: Number.NaN },
    { id: 2 ** 53 },
    { id: 1.5 },
  ])('1.5 · that returns %j signs nobody in', async (told) => {
    const client = clientOf({ profile: () => told as never })
    const error = await failure(client.identify(await issued({ id_token: jwt({ sub: 'a-user' }) })))
    expect(error).toMatchObject({ code: 'identity_unknown', message: expect.stringContaining('`profile`') })
  })

  it('may return a number, and claims', async () => {
    const client = clientOf({ profile: () => ({ id: 7, claims: { role: 'signer' } }) })
    expect(await client.identify({ access_token: 'at' })).toEqual({ id: '7', claims: { role: 'signer' } })
  })

  it("gets the tokens, and may ask the vendor's API with them", async () => {
    const client = clientOf({
      profile: async ({ access_token }, { get }) => {
        const { account } = await get('/v3/account?x=1')
        return { id: `${access_token} ${String(account)}` }
      },
    })
    evil.does = json({ account: 'a-user' })
    expect((await client.identify({ access_token: 'at' })).id).toBe('at a-user')
    expect(evil.heard[0]).toMatchObject({ method: 'GET', path: '/v3/account?x=1' })
    expect(evil.heard[0]?.headers['authorization']).toBe('Bearer at')
  })

  it('fails with its own error when it fails', async () => {
    const own = new Error('of the caller')
    await expect(clientOf({ profile: () => Promise.reject(own) }).identify({ access_token: 'at' })).rejects.toBe(own)
  })
})

describe('a bearer token', () => {
  let elsewhere: EvilVendor
  beforeEach(async () => {
    elsewhere = await startEvilVendor()
  })
  afterEach(() => elsewhere.close())

  it.each([
    ['another host', (url: URL) => url.href],
    ['another host without a scheme', (url: URL) => `//${url.host}/x`],
    ['another host behind a backslash', (url: URL) => `/\\${url.host}/x`],
    ['another host behind a tab', (url: URL) => `/\t/${url.host}/x`],
    ['another host behind the right one', (url: URL) => `${evil.url}@${url.host}/x`],
    ['the right host with another port', (url: URL) => `${evil.url.replace(/:\d+$/, '')}:${url.port}/`],
    ['the right host with another scheme', () => evil.url.replace('http:', 'https:')],
    ['the right host with a user name', () => evil.url.replace('//', '//user:pw@')],
    ['the right host with a fragment', () => `${evil.url}/x#y`],
    ['a blob of the right host', () => `blob:${evil.url}/x`],
    ['no URL', () => 'http://['],
  ])('1.5 · is not sent to %s', async (_, urlOf) => {
    const url = urlOf(new URL(elsewhere.url))
    expect(await failure(clientOf().get({ access_token: 'at' }, url))).toMatchObject({
      code: 'insecure_url',
      sent: 'no',
    })
    expect([elsewhere.connections, evil.connections]).toEqual([0, 0])
  })

  it.each([
    'https://api.example.evil.example/x',
    'https://api.example:8443/',
    'https://API.example.evil/',
    'https://evil.example/https://api.example',
  ])('1.5 · is not sent to %s, which only begins like an API host', async (url) => {
    const asked = vi.fn<typeof fetch>()
    const client = createClient(insureSign, { ...credentials, api: ['https://api.example'], fetch: asked })
    expect(await failure(client.get({ access_token: 'at' }, url))).toMatchObject({
      code: 'insecure_url',
      message: expect.stringContaining('(https://api.example)'),
    })
    expect(asked).not.toHaveBeenCalled()
  })

  it('1.5 · is not carried along by a redirect of the API', async () => {
    evil.does = reply('{}', { status: 302, headers: { location: elsewhere.url } })
    expect((await failure(clientOf().get({ access_token: 'at' }, '/x'))).code).toBe('redirect_refused')
    expect(elsewhere.connections).toBe(0)
  })

  it('1.5 · is sent to no API where none is known', async () => {
    const error = await failure(clientOf({ api: [] }).get({ access_token: 'at' }, '/x'))
    expect(error).toMatchObject({ code: 'insecure_url', message: expect.stringMatching(/none is known.*`api`/) })
  })

  it.each([undefined, null, '', 5, {}])('1.5 · is sent nowhere for a path that is %j', async (path) => {
    const error = await failure(clientOf().get({ access_token: 'at' }, path as string))
    expect(error).toMatchObject({ code: 'invalid_argument', sent: 'no' })
    expect(evil.connections).toBe(0)
  })

  it('is sent to each host the caller named, and to that of userinfo', async () => {
    evil.does = elsewhere.does = json({ ok: true })
    const client = withUserinfo({ api: [elsewhere.url] })
    await client.get({ access_token: 'at' }, '/path')
    await client.get({ access_token: 'at' }, `${evil.url}/other`)
    expect([elsewhere.heard[0]?.path, evil.heard[0]?.path]).toEqual(['/path', '/other'])
  })

  it.each([undefined, null, '', 5, 'a b', 'a\r\nx-evil: 1', 'é'])(
    '1.4 · that is %j is not sent at all',
    async (access_token) => {
      const error = await failure(clientOf().get({ access_token: access_token as string }, '/x'))
      expect(error).toMatchObject({ code: 'invalid_argument', sent: 'no' })
      expect(evil.connections).toBe(0)
    },
  )
})
