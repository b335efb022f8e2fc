import { Readable } from 'node:stream'
import { createTokenKeeper } from 'esign-auth/keeper'
import { describe, expect, it } from 'vitest'
import { failure, shown } from '../oauth/failure.ts'
import { ada, createWorld, expired, signedIn } from './world.ts'

const api = 'https://api.acme.example'
const minute = 60_000

describe('keeper.fetch', () => {
  it('1.5 · sends the bearer to a path of the vendor’s API, or to a whole URL there', async () => {
    const { clock, vendor, a } = await signedIn()
    const urls = ['/documents?page=2', `${api}/documents`, new URL(`${api}/documents`)]
    for (const url of urls) expect((await clock.until(a.keeper.fetch(ada, url))).status).toBe(200)
    expect(vendor.apiCalls.map(({ url, token }) => [url, token])).toEqual([
      [`${api}/documents?page=2`, 'access-f1-1'],
      [`${api}/documents`, 'access-f1-1'],
      [`${api}/documents`, 'access-f1-1'],
    ])
  })

  it.each([
    'https://evil.example/documents',
    '//evil.example/documents',
    'http://api.acme.example/documents',
    'https://api.acme.example:8443/documents',
    'https://api.acme.example.evil.example/',
    'https://acme.example/token',
    'https://api.acme.example@evil.example/',
    'javascript:alert(1)',
    'data:text/plain,x',
    '\\\\evil.example\\documents',
    'https://',
  ])('1.5 · sends nothing to %s', async (url) => {
    const { clock, vendor, a } = await signedIn()
    const error = await failure(clock.until(a.keeper.fetch(ada, url)))
    expect(error).toMatchObject({ code: 'insecure_url', sent: 'no' })
    expect(error.message).toContain('(https://api.acme.example)')
    expect(vendor.apiCalls).toEqual([])
    expect(shown(error)).not.toContain('access-f1')
  })

  it('1.5 · sends it to hosts that the client was told of, and only those', async () => {
    const { clock, vendor, ...world } = createWorld()
    const a = world.process({ api: ['https://eu.api.example'] })
    await world.adopt(a.keeper)
    await clock.until(a.keeper.fetch(ada, '/documents'))
    expect(vendor.apiCalls.map(({ url }) => url)).toEqual(['https://eu.api.example/documents'])
    expect(await failure(a.keeper.fetch(ada, `${api}/documents`))).toMatchObject({ code: 'insecure_url' })
  })

  it('sends it to the host that serves this user, and to that of no other user', async () => {
    const captured = { parameter: 'base', hosts: ['*.acme.example'], required: false }
    const vendorFacts = { captured, api: (_: object, base?: string) => (base ? [base] : []) }
    const { clock, vendor, ...world } = createWorld({ vendor: vendorFacts })
    const { keeper } = world.process()
    const bob = { ...ada, owner: 'bob' }
    const at = (base: string) => ({ ...vendor.signIn(), vendor_state: { base } })
    await keeper.adopt(at('https://eu.acme.example'), ada)
    await keeper.adopt(at('https://us.acme.example'), bob)
    await keeper.adopt(vendor.signIn(), { ...ada, owner: 'cleo' })
    await clock.until(keeper.fetch(ada, '/documents'))
    await clock.advance(3_600_000)
    for (const owner of [bob, ada]) await clock.until(keeper.fetch(owner, '/documents'))
    expect(vendor.apiCalls.map(({ url, token }) => [url, token.slice(0, 9)])).toEqual([
      ['https://eu.acme.example/documents', 'access-f1'],
      ['https://us.acme.example/documents', 'access-f2'],
      ['https://eu.acme.example/documents', 'access-f1'],
    ])
    for (const [owner, url] of [
      [bob, 'https://eu.acme.example/documents'],
      [{ ...ada, owner: 'cleo' }, '/documents'],
      [{ ...ada, owner: 'cleo' }, 'https://eu.acme.example/documents'],
    ] as const) {
      expect(await failure(clock.until(keeper.fetch(owner, url)))).toMatchObject({ code: 'insecure_url', sent: 'no' })
    }
    expect(vendor.apiCalls).toHaveLength(3)
    const nowhere = await failure(clock.until(keeper.fetch({ ...ada, owner: 'cleo' }, '/documents')))
    expect(nowhere.message).toContain('(none is known)')
  })

  it('asks for no token where the address is wrong already', async () => {
    const { clock, vendor, a } = await expired()
    expect(await failure(clock.until(a.keeper.fetch(ada, 'https://evil.example/')))).toMatchObject({
      code: 'insecure_url',
    })
    await clock.advance(1_000)
    expect(vendor.posts).toEqual([])
  })

  it('names the scheme that the vendor has in place of Bearer', async () => {
    const { clock, vendor, a } = await signedIn({ vendor: { apiScheme: 'Acme-token' } })
    await clock.until(a.keeper.fetch(ada, '/documents'))
    expect(vendor.apiCalls[0]?.token).toBe('Acme-token access-f1-1')
  })

  it('without an answer says which host was asked, and nothing of the request', async () => {
    const { vendor, ...world } = createWorld()
    const { client, store, machine } = world.process()
    const reset = Object.assign(new TypeError('fetch failed: Bearer access-f1-1'), { cause: 'access-f1-1' })
    const clients = [{ ...client, fetch: () => Promise.reject(reset) }]
    const keeper = createTokenKeeper({ store, keys: 'none', clients, clock: machine })
    await world.adopt(keeper)
    const error = await failure(keeper.fetch(ada, '/documents'))
    expect(error).toMatchObject({ code: 'network_error', vendor: 'acme', sent: 'maybe' })
    expect(error.message).toContain('api.acme.example')
    expect(shown(error)).not.toContain('access-f1')
  })

  it('is called off in the middle of the request: the caller gets its own reason', async () => {
    const { vendor, ...world } = createWorld()
    const { client, store, machine } = world.process()
    const controller = new AbortController()
    const fetch = async () => {
      controller.abort(new Error('called off'))
      throw new TypeError('fetch failed')
    }
    const keeper = createTokenKeeper({ store, keys: 'none', clients: [{ ...client, fetch }], clock: machine })
    await world.adopt(keeper)
    const { signal } = controller
    await expect(keeper.fetch(ada, '/documents', { signal })).rejects.toThrow('called off')
  })

  it('replaces an Authorization header of the caller’s, and keeps the others', async () => {
    const { clock, vendor, a } = await signedIn()
    const headers = { Authorization: 'Bearer of-somebody', 'x-asked': 'yes' }
    await clock.until(a.keeper.fetch(ada, '/documents', { headers }))
    expect(vendor.apiCalls[0]?.token).toBe('access-f1-1')
  })

  it('1.5 · follows no redirect: the caller gets it', async () => {
    const { clock, vendor, a } = await signedIn()
    const answer = await clock.until(a.keeper.fetch(ada, '/moved', { redirect: 'follow' }))
    expect(answer.status).toBe(302)
    expect(vendor.apiCalls[0]?.redirect).toBe('manual')
    expect(vendor.apiCalls).toHaveLength(1)
  })

  it('6 · after a 401 it repeats once with a newer token', async () => {
    const { clock, vendor, a } = await signedIn()
    await clock.advance(minute)
    vendor.refuse('access-f1-1')
    const answer = await clock.until(a.keeper.fetch(ada, '/documents', { method: 'POST', body: '{"a":1}' }))
    expect(answer.status).toBe(200)
    expect(vendor.apiCalls.map(({ token, body }) => [token, body])).toEqual([
      ['access-f1-1', '{"a":1}'],
      ['access-f1-2', '{"a":1}'],
    ])
    expect(vendor.posts).toHaveLength(1)
  })

  it('6 · 100 requests that meet a 401 at once cost one refresh', async () => {
    const { clock, vendor, a } = await signedIn()
    await clock.advance(minute)
    vendor.refuse('access-f1-1')
    const answers = await clock.until(Promise.all(Array.from({ length: 100 }, () => a.keeper.fetch(ada, '/documents'))))
    expect(answers.every(({ status }) => status === 200)).toBe(true)
    expect(vendor.posts).toHaveLength(1)
  })

  it('once, not for ever: a second 401 is the answer', async () => {
    const { clock, vendor, a } = await signedIn()
    await clock.advance(minute)
    vendor.refuse(/./)
    const answer = await clock.until(a.keeper.fetch(ada, '/documents'))
    expect(answer.status).toBe(401)
    expect(vendor.apiCalls).toHaveLength(2)
    expect(vendor.posts).toHaveLength(1)
  })

  it('6 · a token of less than 30 s that is refused is not refreshed: the 401 is the answer, however often', async () => {
    const { clock, vendor, a } = await signedIn()
    await clock.advance(minute)
    vendor.refuse(/./)
    for (let call = 0; call < 200; call++) {
      expect((await clock.until(a.keeper.fetch(ada, '/documents'))).status).toBe(401)
    }
    expect([vendor.posts.length, vendor.apiCalls.length]).toEqual([1, 201])
    await clock.advance(minute)
    expect((await clock.until(a.keeper.fetch(ada, '/documents'))).status).toBe(401)
    expect(vendor.posts).toHaveLength(2)
  })

  it('6 · nor is one that is refused after a refresh for the same reason, whatever `minRefreshAge` says', async () => {
    const { clock, vendor, ...world } = createWorld()
    const { client, store, machine } = world.process()
    const clients = [{ ...client, minRefreshAge: 0 }]
    const keeper = createTokenKeeper({ store, keys: 'none', clients, clock: machine })
    await world.adopt(keeper)
    vendor.refuse(/./)
    for (let call = 0; call < 200; call++) await clock.until(keeper.fetch(ada, '/documents'))
    expect(vendor.posts).toHaveLength(1)
    vendor.refuse('none')
    expect((await clock.until(keeper.fetch(ada, '/documents'))).status).toBe(200)
    // The API takes the tokens again: the next 401 is a new one.
    vendor.refuse('access-f1-2')
    expect((await clock.until(keeper.fetch(ada, '/documents'))).status).toBe(200)
    expect(vendor.posts).toHaveLength(2)
  })

  it('6 · a young token that has run out already is refreshed all the same', async () => {
    const { clock, vendor, a } = await signedIn({ lifetime: 10 })
    await clock.advance(9_000)
    const asked = a.keeper.fetch(ada, '/documents')
    expect((await clock.until(asked)).status).toBe(200)
    vendor.refuse('access-f1-2')
    await clock.advance(11_000)
    expect((await clock.until(a.keeper.fetch(ada, '/documents'))).status).toBe(200)
  })

  it('a 401 without a body, to a request without one, is followed by the newer token too', async () => {
    const { clock, vendor, ...world } = createWorld()
    const { client, store, machine } = world.process()
    const asked: (string | null)[] = []
    const fetch = async (_: unknown, init?: RequestInit) => {
      asked.push(new Headers(init?.headers).get('authorization'))
      return new Response(null, { status: asked.length === 1 ? 401 : 204 })
    }
    const keeper = createTokenKeeper({ store, keys: 'none', clients: [{ ...client, fetch }], clock: machine })
    await world.adopt(keeper)
    await clock.advance(minute)
    expect((await clock.until(keeper.fetch(ada, '/documents', { method: 'DELETE', body: null }))).status).toBe(204)
    expect(asked).toEqual(['Bearer access-f1-1', 'Bearer access-f1-2'])
  })

  const replayable: [string, () => NonNullable<RequestInit['body']>][] = [
    ['text', () => 'a=1'],
    ['URLSearchParams', () => new URLSearchParams({ a: '1' })],
    ['bytes', () => new TextEncoder().encode('a=1')],
    ['a Blob', () => new Blob(['a=1'])],
  ]
  it.each(replayable)('a body of %s is repeated', async (_, body) => {
    const { clock, vendor, a } = await signedIn()
    await clock.advance(minute)
    vendor.refuse('access-f1-1')
    const answer = await clock.until(a.keeper.fetch(ada, '/documents', { method: 'POST', body: body() }))
    expect(answer.status).toBe(200)
    expect(vendor.apiCalls.map((call) => call.body)).toEqual(['a=1', 'a=1'])
  })

  it.each([
    ['a stream', () => new Blob(['a=1']).stream()],
    ['what Node reads in turn', () => Readable.from([Buffer.from('a=1')])],
  ])('a body that can be read only once, %s, is not repeated: the 401 is the answer', async (_, make) => {
    const { clock, vendor, a } = await signedIn()
    await clock.advance(minute)
    vendor.refuse('access-f1-1')
    const body = make()
    const answer = await clock.until(
      a.keeper.fetch(ada, '/documents', { method: 'POST', body, duplex: 'half' } as RequestInit),
    )
    expect(answer.status).toBe(401)
    expect(vendor.apiCalls).toHaveLength(1)
    expect(vendor.posts).toHaveLength(0)
  })

  it('the refused answer’s body is let go, also when no newer token can be had', async () => {
    const { clock, vendor, a } = await signedIn()
    await clock.advance(minute)
    vendor.refuse('access-f1-1')
    vendor.next({ cut: 'before' })
    let cancelled = false
    vendor.apiBody = () =>
      new ReadableStream({
        cancel() {
          cancelled = true
        },
      })
    expect(await failure(clock.until(a.keeper.fetch(ada, '/documents')))).toMatchObject({ code: 'vendor_unavailable' })
    expect(cancelled).toBe(true)
  })

  it('an answer streams: it is there before its body has ended', async () => {
    const { clock, vendor, a } = await signedIn()
    let more: ReadableStreamDefaultController<Uint8Array> | undefined
    vendor.apiBody = () =>
      new ReadableStream({
        start(controller) {
          more = controller
          controller.enqueue(new TextEncoder().encode('first '))
        },
      })
    const answer = await clock.until(a.keeper.fetch(ada, '/documents'))
    const reader = answer.body?.getReader()
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('first ')
    more?.enqueue(new TextEncoder().encode('second'))
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('second')
  })

  it('the caller’s signal ends the wait for a token, and the request', async () => {
    const { clock, vendor, a, record } = await signedIn()
    await clock.advance(3_600_000)
    const controller = new AbortController()
    const asked = a.keeper.fetch(ada, '/documents', { signal: controller.signal }).catch((error: Error) => error.name)
    await clock.advance(10)
    controller.abort()
    await clock.advance(1_000)
    expect(await asked).toBe('AbortError')
    expect(vendor.apiCalls).toEqual([])
    expect(record().generation).toBe(2)
  })
})
