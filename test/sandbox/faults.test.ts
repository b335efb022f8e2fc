import type { Fault, ListeningSandbox } from 'esign-auth/sandbox'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type App, basic, createApp, readJson } from './app.ts'

// Each fault looks the same to a client in process and to one on the network.
describe.each(['in process', 'listening'])('a fault, %s,', (way) => {
  let app: App
  let listening: ListeningSandbox | undefined

  beforeEach(async () => {
    app = createApp()
    listening = way === 'listening' ? await app.sandbox.listen() : undefined
  })

  afterEach(() => listening?.close())

  function ask(fields: Record<string, string> = {}, signal?: AbortSignal): Promise<Response> {
    const url = listening?.options('insuresign').endpoints.token ?? 'https://sign-auth.insuresign.io/oauth2/token'
    return (listening ? fetch : app.sandbox.fetch)(url, {
      method: 'POST',
      redirect: 'manual',
      headers: { Authorization: basic(app.client) },
      body: new URLSearchParams({ client_id: app.client.clientId, grant_type: 'client_credentials', ...fields }),
      signal: signal ?? null,
    })
  }

  /** Whether the vendor took the code that was sent while the fault was played. */
  async function spends(fault: Fault): Promise<boolean> {
    const code = await app.approved()
    app.fake.faults.add('token', fault)
    await (await ask(code, AbortSignal.timeout(60))).text().catch(() => {})
    return (await ask(code)).status === 400
  }

  test('answers with any status, headers and body', async () => {
    app.fake.faults.add('token', { answer: { status: 503, headers: { 'Retry-After': '7' }, body: 'later' } })
    const response = await ask()
    expect([response.status, response.headers.get('retry-after'), await response.text()]).toEqual([503, '7', 'later'])
  })

  test('is over after one request', async () => {
    app.fake.faults.add('token', { answer: { status: 500 } })
    expect([(await ask()).status, (await ask()).status]).toEqual([500, 200])
  })

  test('waits its turn, and lasts as often as it says', async () => {
    app.fake.faults.add('token', { answer: { status: 500 }, times: 2 })
    app.fake.faults.add('token', { answer: { status: 502 } })
    const answers = [await ask(), await ask(), await ask(), await ask()]
    expect(answers.map(({ status }) => status)).toEqual([500, 500, 502, 200])
  })

  test('lasts until it is cleared', async () => {
    app.fake.faults.add('token', { answer: { status: 500 }, times: Number.POSITIVE_INFINITY })
    expect([(await ask()).status, (await ask()).status]).toEqual([500, 500])
    app.fake.faults.clear('authorize')
    expect((await ask()).status).toBe(500)
    app.fake.faults.clear('token')
    expect((await ask()).status).toBe(200)
  })

  test('meets only its own endpoint', async () => {
    app.fake.faults.add('api', { answer: { status: 500 } })
    expect((await ask()).status).toBe(200)
    app.fake.faults.clear()
  })

  test('meets only the requests it is meant for', async () => {
    app.fake.faults.add('token', {
      answer: { status: 500 },
      where: ({ body }) => body['grant_type'] === 'refresh_token',
    })
    expect((await ask()).status).toBe(200)
    expect((await ask({ grant_type: 'refresh_token', refresh_token: 'x' })).status).toBe(500)
  })

  test('delays the answer', async () => {
    app.fake.faults.add('token', { latency: 60 })
    const start = performance.now()
    expect((await ask()).status).toBe(200)
    expect(performance.now() - start).toBeGreaterThan(55)
    expect(app.sandbox.log.at(-1)?.fault).toBe('latency 60')
  })

  test('hangs until the client gives up', async () => {
    app.fake.faults.add('token', { answer: 'hang' })
    await expect(ask({}, AbortSignal.timeout(50))).rejects.toMatchObject({ name: 'TimeoutError' })
  })

  test('cuts the connection before the answer', async () => {
    app.fake.faults.add('token', { answer: 'cut' })
    await expect(ask()).rejects.toMatchObject({ message: 'fetch failed', cause: { code: 'ECONNRESET' } })
  })

  test('cuts the connection in the middle of the body', async () => {
    app.fake.faults.add('token', { answer: 'cut-body' })
    const response = await ask()
    expect(response.status).toBe(200)
    await expect(response.text()).rejects.toThrow('terminated')
  })

  test('answers in HTML', async () => {
    app.fake.faults.add('token', { answer: 'html' })
    const response = await ask()
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html'])
  })

  test('answers half of the JSON', async () => {
    app.fake.faults.add('token', { answer: 'truncated' })
    const response = await ask()
    const text = await response.text()
    expect(response.headers.get('content-type')).toBe('application/json;charset=UTF-8')
    expect(text).toMatch(/^{"access_token":"/)
    expect(() => JSON.parse(text)).toThrow()
  })

  test('drips for ever', async () => {
    app.fake.faults.add('token', { answer: 'drip' })
    const response = await ask({}, AbortSignal.timeout(300))
    const parts: number[] = []
    const reading = (async () => {
      for await (const part of response.body ?? []) parts.push(part.length)
    })()
    await expect(reading).rejects.toThrow()
    expect(parts.length).toBeGreaterThan(2)
    expect(parts.at(-1)).toBe(1)
  })

  test('makes its answer from the vendor’s own', async () => {
    app.fake.faults.add('token', {
      answer: async (own) => Response.json({ ...(await readJson(own)), token_type: 'mac' }, { status: 201 }),
    })
    const response = await ask()
    expect(response.status).toBe(201)
    expect(await readJson(response)).toMatchObject({ token_type: 'mac', expires_in: 3600 })
  })

  test('before the vendor acts leaves the code good', async () => {
    expect(await spends({ answer: { status: 503 } })).toBe(false)
    expect(await spends({ answer: 'html', when: 'before' })).toBe(false)
  })

  test('after the vendor acted leaves the code spent', async () => {
    expect(await spends({ answer: { status: 503 }, when: 'after' })).toBe(true)
    expect(await spends({ answer: 'truncated' })).toBe(true)
    expect(await spends({ answer: 'cut-body' })).toBe(true)
  })

  test('that cuts or hangs comes before or after the vendor acts', async () => {
    for (const answer of ['cut', 'hang'] as const) {
      for (const when of ['before', 'after'] as const) {
        const code = await app.approved()
        app.fake.faults.add('token', { answer, when })
        await ask(code, AbortSignal.timeout(50)).catch(() => {})
        expect((await ask(code)).status, `${answer} ${when}`).toBe(when === 'after' ? 400 : 200)
      }
    }
  })

  test('delays the answer only, once the vendor acted', async () => {
    const code = await app.approved()
    app.fake.faults.add('token', { latency: 1_000, when: 'after' })
    await expect(ask(code, AbortSignal.timeout(50))).rejects.toThrow()
    expect((await ask(code)).status).toBe(400)
  })

  test('delays what the vendor does, before it acts', async () => {
    const code = await app.approved()
    app.fake.faults.add('token', { latency: 1_000 })
    await expect(ask(code, AbortSignal.timeout(50))).rejects.toThrow()
    expect((await ask(code)).status).toBe(200)
  })
})

test('a fault of the authorize endpoint shows in what approve throws', async () => {
  const app = createApp()
  app.fake.faults.add('authorize', { answer: { status: 503, body: '<h1>Maintenance</h1>' } })
  await expect(app.sandbox.approve(app.authorizationUrl())).rejects.toMatchObject({
    message: 'InsureSign did not ask for consent: Maintenance',
    status: 503,
  })
})
