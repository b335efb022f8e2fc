import { spawn } from 'node:child_process'
import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import { connect, createServer } from 'node:net'
import { Worker } from 'node:worker_threads'
import { type Client, type ClientOptions, createClient, dropboxSign, insureSign } from 'esign-auth'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ExchangeContext, exchange } from '../../src/oauth/http/exchange.ts'
import { createSend as createFetchSend } from '../../src/oauth/http/send-fetch.ts'
import { createSend as createNodeSend } from '../../src/oauth/http/send-node.ts'
import {
  cutBody,
  type Deed,
  drip,
  dripHead,
  type EvilVendor,
  flood,
  garbage,
  gzipBomb,
  reply,
  reset,
  resetOnReuse,
  silence,
  silentBody,
  startEvilVendor,
  testCertificate,
  tokenFields,
  tokens,
} from '../evil-vendor.ts'
import { failure } from './failure.ts'

const redirectUri = 'https://app.example/callback'
const credentials = { clientId: 'a-client-id', clientSecret: 'a-client-secret' }

/** Both ways to the network; everything below holds for each. */
const senders = [
  { sender: 'node:https', options: {}, send: createNodeSend() },
  { sender: 'fetch', options: { fetch: globalThis.fetch }, send: createFetchSend() },
] as const

/** The three kinds of call that carry a secret. */
const calls: readonly { call: string; make: (client: Client) => Promise<unknown> }[] = [
  { call: 'a code exchange', make: (client) => client.exchangeCode({ code: 'a-code', redirectUri }) },
  { call: 'a refresh', make: (client) => client.refresh({ refresh_token: 'a-refresh-token' }) },
  { call: 'userinfo', make: (client) => client.identify({ access_token: 'an-access-token' }) },
]

const endless: readonly { how: string; deed: Deed }[] = [
  { how: 'silent', deed: silence },
  { how: 'silent after its headers', deed: silentBody },
  { how: 'dripping its body', deed: drip },
  { how: 'dripping its headers', deed: dripHead },
]

describe('the deadline', () => {
  const rows = senders.flatMap((sender) =>
    calls.flatMap((call) => endless.map((each) => ({ ...sender, ...call, ...each }))),
  )

  // At once, each with a vendor of its own, so that the deadline may be long enough for a busy machine.
  it.concurrent.for(rows)(
    '1.4 · over $sender ends $call to a vendor that is $how',
    async ({ options, make, deed }, { expect }) => {
      const evil = await startEvilVendor()
      evil.does = deed
      const start = performance.now()
      const error = await failure(
        make(createClient(insureSign, { ...credentials, ...evil.address, ...options, timeout: 300 })),
      )
      expect(performance.now() - start).toBeLessThan(2000)
      expect(error).toMatchObject({ code: 'timeout', sent: 'maybe' })
      expect(error.message).toMatch(/^InsureSign: 127\.0\.0\.1:\d+ did not answer completely within 300 ms/)
      await expect.poll(() => evil.busy, { timeout: 2000, interval: 5 }).toBe(0)
      expect(evil.heard).toHaveLength(1)
      await evil.close()
    },
  )
})

let evil: EvilVendor
beforeEach(async () => {
  const fresh = await startEvilVendor()
  evil = fresh
  // Not `evil`: tests that run at once come here before the first of them ends.
  return () => fresh.close()
})

describe.each(senders)('the exchange over $sender', ({ sender, options, send }) => {
  const client = (more: Partial<ClientOptions> = {}) =>
    createClient(insureSign, { ...credentials, ...evil.address, ...options, ...more })
  const refresh = (more: Partial<ClientOptions> = {}) => client(more).refresh({ refresh_token: 'a-refresh-token' })

  describe.each(calls)('of $call', ({ make }) => {
    it('1.4 · a 32 MB answer is cut off at the limit', async () => {
      let sent = 0
      evil.does = flood(32 * 1_048_576, (bytes) => {
        sent = bytes
      })
      expect(await failure(make(client()))).toMatchObject({
        code: 'answer_too_large',
        sent: 'maybe',
        vendorStatus: 200,
      })
      await expect.poll(() => evil.busy, { timeout: 1000, interval: 5 }).toBe(0)
      expect(sent).toBeLessThan(24 * 1_048_576)
    })

    it.each([301, 302, 303, 307, 308])('1.4 · a %i to another host is not followed', async (status) => {
      const elsewhere = await startEvilVendor()
      evil.does = tokens({ sub: 'a-user' }, { status, headers: { location: `${elsewhere.url}/token` } })
      const error = await failure(make(client()))
      await elsewhere.close()
      expect(error).toMatchObject({ code: 'redirect_refused', vendorStatus: status, sent: 'answered' })
      expect(elsewhere.connections).toBe(0)
      expect(evil.heard).toHaveLength(1)
    })

    it.each([
      ['cut in mid-body', cutBody('end')],
      ['reset in mid-body', cutBody('reset')],
      ['reset without an answer', reset],
      ['ended without an answer', ((socket) => socket.end()) satisfies Deed],
      ['garbage', garbage],
      ['a 64 kB header', tokens({}, { headers: { 'x-large': 'x'.repeat(65_536) } })],
      ['an upgrade to another protocol', reply('', { status: 101, headers: { upgrade: 'x', connection: 'upgrade' } })],
      [
        'two lengths',
        ((socket) =>
          socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab')) satisfies Deed,
      ],
    ])('1.4 · %s is refused in time, and nothing is sent again', async (_, deed) => {
      evil.does = deed
      const start = performance.now()
      expect(await failure(make(client({ timeout: 3000 })))).toMatchObject({ code: 'network_error', sent: 'maybe' })
      expect(performance.now() - start).toBeLessThan(1000)
      await pause(5)
      expect(evil.heard).toHaveLength(1)
    })

    it('1.4 · a reset on a connection that was kept alive sends nothing again', async () => {
      evil.does = resetOnReuse
      const one = client()
      await one.clientCredentials()
      await pause(10)
      expect(await failure(make(one))).toMatchObject({ code: 'network_error', sent: 'maybe' })
      await pause(30)
      expect(evil.heard.map(({ connection, nth }) => [connection, nth])).toEqual([
        [1, 1],
        [1, 2],
      ])
    })
  })

  it('1.4 · a connection reset before the request was read is not tried again', async () => {
    evil.greets = (socket) => {
      socket.resetAndDestroy()
      evil.greets = undefined
    }
    expect((await failure(refresh())).code).toBe('network_error')
    await pause(30)
    expect(evil.heard).toHaveLength(0)
  })

  it('1.4 · a code that a 503 answered is not sent again, and its Retry-After is told', async () => {
    evil.does = reply('', { status: 503, headers: { 'retry-after': '7' } })
    const error = await failure(client().exchangeCode({ code: 'a-code', redirectUri }))
    expect(error).toMatchObject({ code: 'http_error', vendorStatus: 503, retryAfter: 7, sent: 'answered' })
    await pause(30)
    expect(evil.heard).toHaveLength(1)
  })

  it.each([201, 202, 203, 206, 226, 400, 401, 500])('1.4 · a token in a %i is no token', async (status) => {
    evil.does = tokens({}, { status })
    expect(await failure(refresh())).toMatchObject({ code: 'http_error', vendorStatus: status, sent: 'answered' })
  })

  it.each([
    ['ends with its connection', 'connection: close\r\n\r\n', (body: string) => body],
    ['comes without a length from a server that still speaks HTTP/1.0', '\r\n', (body: string) => body],
    [
      'comes in chunks of a byte',
      'transfer-encoding: chunked\r\n\r\n',
      (body: string) => `${[...body].map((byte) => `1\r\n${byte}\r\n`).join('')}0\r\n\r\n`,
    ],
  ])('an answer that %s is complete', async (how, head, framed) => {
    const version = how.includes('1.0') ? 'HTTP/1.0' : 'HTTP/1.1'
    const headers = `content-type: application/json\r\n${head}`
    evil.does = (socket) => {
      socket.write(`${version} 200 OK\r\n${headers}`)
      // Apart from its head, and from the end of the connection.
      setTimeout(() => socket.write(framed(JSON.stringify(tokenFields()))), 10)
      setTimeout(() => socket.end(), 20)
    }
    expect((await refresh()).access_token).toBe(tokenFields()['access_token'])
  })

  it('what follows a complete answer takes nothing from it', async () => {
    const body = JSON.stringify(tokenFields())
    const head = `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`
    evil.does = (socket) => socket.write(`HTTP/1.1 200 OK\r\n${head}${body}and then garbage`)
    expect((await refresh()).access_token).toBe(tokenFields()['access_token'])
    evil.does = (socket) => socket.write(`HTTP/1.1 204 No Content\r\n${head}${body}`)
    expect(await failure(refresh())).toMatchObject({ code: 'http_error', vendorStatus: 204 })
  })

  it('1.4 · a 204 is no token', async () => {
    evil.does = (socket) => socket.write('HTTP/1.1 204 No Content\r\ncontent-type: application/json\r\n\r\n')
    expect(await failure(refresh())).toMatchObject({ code: 'http_error', vendorStatus: 204 })
  })

  it('1.4 · a gzip bomb does not go off', async () => {
    evil.does = gzipBomb
    const error = await failure(refresh())
    expect(error).toMatchObject(
      sender === 'fetch'
        ? { code: 'answer_too_large', sent: 'maybe' }
        : { code: 'network_error', message: expect.stringContaining('compressed, though asked not to be') },
    )
  })

  it('reads an answer of exactly 1 MB and refuses one byte more', async () => {
    const json = JSON.stringify(tokenFields())
    evil.does = reply(json.padEnd(1_048_576))
    expect((await refresh()).access_token).toBe('evil-access-token')
    evil.does = reply(json.padEnd(1_048_577))
    expect((await failure(refresh())).code).toBe('answer_too_large')
  })

  it('1.4 · an answer in invalid UTF-8 is refused, be it beside the token or in it', async () => {
    evil.does = reply(
      Buffer.concat([Buffer.from(`${JSON.stringify(tokenFields()).slice(0, -1)},"x":"`), Buffer.of(0xff, 0x22, 0x7d)]),
    )
    expect(await failure(refresh())).toMatchObject({ code: 'invalid_answer', sent: 'answered' })
    evil.does = reply(
      Buffer.concat([Buffer.from('{"token_type":"Bearer","access_token":"a'), Buffer.of(0xff, 0x22, 0x7d)]),
    )
    expect(await failure(refresh())).toMatchObject({ code: 'invalid_answer', sent: 'answered' })
  })

  it('reads an answer that comes in pieces, split within a letter', async () => {
    const bytes = Buffer.from(JSON.stringify(tokenFields({ scope: 'größe' })))
    const at = bytes.indexOf(0xc3) + 1
    evil.does = (socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${bytes.length}\r\n\r\n`)
      socket.write(bytes.subarray(0, at))
      setTimeout(() => socket.write(bytes.subarray(at)), 20)
    }
    expect((await refresh()).scope).toBe('größe')
  })

  it('keeps one connection for several requests', async () => {
    const one = client()
    for (let i = 0; i < 5; i++) {
      await one.refresh({ refresh_token: `refresh-token-${i}` })
      // Node's fetch takes a moment to see that a connection is free again.
      if (sender === 'fetch') await pause(5)
    }
    expect(evil.heard.map(({ connection, nth }) => [connection, nth])).toEqual([1, 2, 3, 4, 5].map((nth) => [1, nth]))
  })

  it('was certainly not sent where nobody listens', async () => {
    const url = await nobodyListens()
    expect(await failure(refresh({ endpoints: { token: `${url}/token` } }))).toMatchObject({
      code: 'network_error',
      sent: 'no',
      message: expect.stringContaining('ECONNREFUSED'),
    })
  })

  it('1.7 · TLS is verified: a self-signed certificate is refused, and nothing was sent', async () => {
    const tls = await startEvilVendor({ tls: true })
    // No option of ours says otherwise.
    const careless = { rejectUnauthorized: false, strictSSL: false, insecure: true }
    const error = await failure(refresh({ ...tls.address, ...careless }))
    await tls.close()
    expect(error).toMatchObject({
      code: 'network_error',
      sent: 'no',
      message: expect.stringContaining('DEPTH_ZERO_SELF_SIGNED_CERT'),
    })
    expect(tls.heard).toHaveLength(0)
  })

  it('1.7 · no plain http leaves this machine, and to it only if asked for', async () => {
    const request = { method: 'GET', url: `${evil.url}/x`, headers: {}, secrets: [] } as const
    const context: ExchangeContext = { vendor: insureSign, send, timeout: 1000, allowLoopbackHttp: false }
    expect((await exchange(request, { ...context, allowLoopbackHttp: true })).status).toBe(200)
    expect(await failure(exchange(request, context))).toMatchObject({ code: 'insecure_url', sent: 'no' })
    for (const url of [
      'http://vendor.example/x',
      'http://127.0.0.1.vendor.example/',
      'ftp://127.0.0.1/',
      'no url',
      'http://0.0.0.0/',
    ]) {
      const foreign = exchange({ ...request, url }, { ...context, allowLoopbackHttp: true })
      expect(await failure(foreign)).toMatchObject({ code: 'insecure_url', sent: 'no' })
    }
    const hostless = await failure(exchange({ ...request, url: 'blob:https://vendor.example/1' }, context))
    expect(hostless.message).toContain('the address of an unreadable address must be an https URL')
    expect(evil.heard).toHaveLength(1)
  })

  describe('after the process slept past the deadline', () => {
    // After it wakes it has a tenth of a second, which a busy machine may take away: that is the rule, and no mistake.
    it('reads an answer that came meanwhile', { retry: 3 }, async () => {
      const sleeper = await startSleeper('answer')
      const call = refresh({ ...sleeper.address, timeout: 100 })
      await sleeper.sleepOnceAsked(300)
      expect((await call).access_token).toBe('worker-token')
      await sleeper.close()
    })

    it('still gives up soon when none came', async () => {
      const sleeper = await startSleeper('silence')
      const call = failure(refresh({ ...sleeper.address, timeout: 100 }))
      await sleeper.sleepOnceAsked(300)
      const woken = performance.now()
      expect(await call).toMatchObject({ code: 'timeout', sent: 'maybe' })
      expect(performance.now() - woken).toBeLessThan(600)
      await sleeper.close()
    })
  })
})

describe('the exchange over node:https', () => {
  const refresh = (options: Partial<ClientOptions>): Promise<unknown> =>
    createClient(insureSign, { ...credentials, ...evil.address, ...options }).refresh({ refresh_token: 'a-token' })

  describe('to a vendor with TLS', () => {
    let tls: EvilVendor
    beforeEach(async () => {
      tls = await startEvilVendor({ tls: true })
    })
    afterEach(() => tls.close())

    it("trusts a certificate that the caller's agent trusts", async () => {
      await refresh({ ...tls.address, agent: new https.Agent({ ca: testCertificate }) })
      expect(tls.heard).toHaveLength(1)
    })

    it('1.7 · refuses a certificate made out to another name, and nothing was sent', async () => {
      const token = `${tls.url.replace('127.0.0.1', 'localhost')}/token`
      const agent = new https.Agent({ ca: testCertificate, family: 4 })
      const error = await failure(refresh({ endpoints: { token }, agent }))
      expect(error).toMatchObject({ code: 'network_error', sent: 'no' })
      expect(error.message).toContain('ERR_TLS_CERT_ALTNAME_INVALID')
      expect(tls.heard).toHaveLength(0)
    })

    it('may have been sent once the handshake is done', async () => {
      tls.does = reset
      const agent = new https.Agent({ ca: testCertificate })
      expect(await failure(refresh({ ...tls.address, agent }))).toMatchObject({ code: 'network_error', sent: 'maybe' })
    })
  })

  it('was certainly not sent to a TLS server that never shakes hands, nor to one that speaks no TLS', async () => {
    const token = `${evil.url.replace('http:', 'https:')}/token`
    const plain = await failure(refresh({ endpoints: { token }, timeout: 100 }))
    expect(plain).toMatchObject({ code: 'timeout', sent: 'no' })
    evil.greets = (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')
    expect(await failure(refresh({ endpoints: { token } }))).toMatchObject({ code: 'network_error', sent: 'no' })
  })

  it('asks for an uncompressed answer', async () => {
    await refresh({})
    expect(evil.heard[0]?.headers['accept-encoding']).toBe('identity')
  })

  it("drops an idle connection when the vendor's own hint says so", async () => {
    evil.does = tokens({}, { headers: { 'keep-alive': 'timeout=1', connection: 'keep-alive' } })
    await refresh({})
    await expect.poll(() => evil.busy, { timeout: 1800, interval: 100 }).toBe(0)
  })
})

describe('a process that used a client', () => {
  const proxyVariables = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'].flatMap((name) => [name, name.toLowerCase()])
  const program = `
    import { createClient, insureSign } from 'esign-auth'
    const sender = process.env.SENDER === 'fetch' ? { fetch: globalThis.fetch } : {}
    const clientOf = (timeout) => createClient(insureSign, { ...JSON.parse(process.env.OPTIONS), ...sender, timeout })
    const { access_token } = await clientOf(60_000).refresh({ refresh_token: 'a-token' })
    const { code } = await clientOf(300).refresh({ refresh_token: 'hang' }).catch((error) => error)
    process.stdout.write(access_token + ' ' + code)`

  it.concurrent.each(senders)(
    '1.7 · over $sender ends by itself, and goes round any proxy of its environment',
    async ({ sender }) => {
      const [vendor, proxy] = await Promise.all([startEvilVendor(), startEvilVendor()])
      vendor.does = (socket, heard) => (heard.body.includes('hang') ? drip : tokens())(socket, heard)
      const env = {
        ...process.env,
        ...Object.fromEntries(proxyVariables.map((name) => [name, proxy.url])),
        OPTIONS: JSON.stringify({ ...credentials, ...vendor.address }),
        SENDER: sender,
      }
      const flags = ['--conditions=esign-auth:source', '--import=tsx', '--input-type=module']
      const child = spawn(process.execPath, [...flags, '--eval', program], {
        env,
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      let said = ''
      let saidAt = 0
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        said += text
        saidAt = performance.now()
      })
      const [exitCode] = await once(child, 'exit')
      const lingered = performance.now() - saidAt
      await Promise.all([vendor.close(), proxy.close()])
      expect({ said, exitCode }).toEqual({ said: 'evil-access-token timeout', exitCode: 0 })
      expect(lingered).toBeLessThan(1000)
      expect(vendor.heard).toHaveLength(2)
      expect(proxy.connections).toBe(0)
    },
  )
})

describe("the exchange over a fetch of the caller's", () => {
  const refresh = (fetch: typeof globalThis.fetch): Promise<unknown> =>
    createClient(insureSign, { ...credentials, fetch, timeout: 60 }).refresh({ refresh_token: 'a-token' })

  it.each([
    ['never answers', () => new Promise<Response>(() => {})],
    ['never ends its body', async () => new Response(new ReadableStream(), json)],
    ['drips', async () => new Response(new ReadableStream({ pull: dripInto }), json)],
    [
      'cannot be cancelled',
      async () => new Response(new ReadableStream({ cancel: () => new Promise(() => {}) }), json),
    ],
  ])('1.4 · ends at the deadline, even if it ignores the signal and %s', async (_, fetch) => {
    expect(await failure(refresh(fetch))).toMatchObject({ code: 'timeout', sent: 'maybe' })
  })

  it('1.4 · that gives a body of texts in place of bytes gives none', async () => {
    const body = new ReadableStream({ start: (controller) => controller.enqueue(JSON.stringify(tokenFields())) })
    const fetch = async () => ({ status: 200, headers: new Headers(json.headers), body }) as unknown as Response
    const client = createClient(dropboxSign, {
      ...credentials,
      fetch,
      endpoints: { revocation: 'https://vendor.example/revoke' },
    })
    expect(await failure(client.revoke({ access_token: 'a-token' }))).toMatchObject({ code: 'network_error' })
  })

  it('makes an error of ours of whatever it throws', async () => {
    for (const reason of [undefined, null, 'text', new Error('a-client-secret'), { code: 'ECONNREFUSED' }]) {
      const error = await failure(refresh(() => Promise.reject(reason)))
      expect(error).toMatchObject({ code: 'network_error', sent: 'maybe' })
      expect(error.message).not.toContain('a-client-secret')
    }
  })

  it('is looked up again for each call when it is the global one', async () => {
    const own = globalThis.fetch
    const send = createFetchSend()
    globalThis.fetch = async () => new Response('replaced', json)
    try {
      const context = { vendor: insureSign, send, timeout: 1000, allowLoopbackHttp: false }
      const request = { method: 'GET', url: 'https://vendor.example/', headers: {}, secrets: [] } as const
      expect((await exchange(request, context)).body).toBe('replaced')
    } finally {
      globalThis.fetch = own
    }
  })
})

describe('an agent of the caller', () => {
  it('1.4 · that leaves TLS to a proxy may have sent once its connection stands', async () => {
    const { port } = new URL(evil.url)
    class Plain extends http.Agent {
      readonly protocol = 'https:'
      override createConnection() {
        return connect(Number(port), '127.0.0.1')
      }
    }
    const client = createClient(insureSign, { ...credentials, agent: new Plain(), timeout: 500 })
    for (const deed of [cutBody('end'), silence]) {
      evil.does = deed
      expect(await failure(client.refresh({ refresh_token: 'a-token' }))).toMatchObject({ sent: 'maybe' })
    }
    expect(evil.heard).toHaveLength(2)
  })

  it('1.4 · that never gives a connection is waited for until the deadline, and no longer', async () => {
    class Silent extends https.Agent {
      addRequest() {}
    }
    const client = createClient(insureSign, { ...credentials, agent: new Silent(), timeout: 60 })
    expect(await failure(client.refresh({ refresh_token: 'a-token' }))).toMatchObject({ code: 'timeout', sent: 'no' })
  })
})

describe.each([
  [
    'node:https',
    (code: string) => ({
      agent: new https.Agent({ lookup: (_name, _options, done) => void setImmediate(done, failed(code), '') }),
    }),
  ],
  [
    'fetch',
    (code: string) => ({ fetch: async () => Promise.reject(new TypeError('fetch failed', { cause: failed(code) })) }),
  ],
] as const)('a name that cannot be resolved, over %s', (_, options) => {
  it.each(['ENOTFOUND', 'EAI_AGAIN'])('%s: the request was certainly not sent', async (code) => {
    const error = await failure(
      createClient(insureSign, { ...credentials, ...options(code) }).refresh({ refresh_token: 'a-token' }),
    )
    expect(error).toMatchObject({ code: 'network_error', sent: 'no', message: expect.stringContaining(code) })
  })
})

const json = { headers: { 'content-type': 'application/json' } }

async function dripInto(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
  await pause(5)
  controller.enqueue(Buffer.from(' '))
}

function failed(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error('a failure of the tests'), { code })
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** A loopback address whose port was free a moment ago. */
async function nobodyListens(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  server.close()
  await once(server, 'close')
  return `http://127.0.0.1:${port}`
}

/** A vendor in a thread of its own, which goes on while this one sleeps. */
async function startSleeper(then: 'answer' | 'silence') {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads')
    const server = require('node:http').createServer((req, res) => {
      parentPort.postMessage('asked')
      const body = JSON.stringify({ access_token: 'worker-token', token_type: 'Bearer' })
      const answer = () => res.writeHead(200, { 'content-type': 'application/json' }).end(body)
      if (${then === 'answer'}) setTimeout(answer, 30)
    })
    server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))`,
    { eval: true },
  )
  const [port] = await once(worker, 'message')
  const url = `http://127.0.0.1:${port}`
  return {
    address: { endpoints: { token: `${url}/token` } },
    /** Waits until the vendor has the request, and then holds this thread still, timers and sockets too. */
    async sleepOnceAsked(ms: number) {
      await once(worker, 'message')
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
    },
    close: () => worker.terminate(),
  }
}
