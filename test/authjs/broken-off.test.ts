import type { RequestListener, ServerResponse } from 'node:http'
import { ExpressAuth } from '@auth/express'
import { withEsign } from 'esign-auth/authjs'
import { createSandbox } from 'esign-auth/sandbox'
import express5 from 'express'
// @ts-expect-error -- Express 4 under another name, which has no types
import express4Untyped from 'express4'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { breakOff, raw, serve } from '../passport/serve.ts'
import { nothingEscapes } from '../security/nothing-escapes.ts'
import { testApp } from './express-app.ts'
import { site, type WebHost, webApp, webConfig } from './web-app.ts'

// Node ends the process for a rejection that nobody hears; Express 4, and a plain server, hear none.
nothingEscapes()
afterEach(() => void vi.restoreAllMocks())

const express4 = express4Untyped as typeof express5
type NodeHandler = (req: object, res: object, next?: (error?: unknown) => void) => Promise<unknown>

/** Watches a handler: how many of its calls have ended. */
function watched(handler: unknown) {
  const calls = { begun: 0, ended: 0 }
  const watching: NodeHandler = (req, res, next) => {
    calls.begun++
    const work = Promise.resolve((handler as NodeHandler)(req, res, next))
    work.then(
      () => calls.ended++,
      () => calls.ended++,
    )
    return work
  }
  return { calls, handler: watching as never }
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 100))

describe.each([
  ['Express 4', (handler: never) => express4().use('/auth', handler)],
  ['Express 5', (handler: never) => express5().use('/auth', handler)],
])('1.3 · on %s, a posted callback that is broken off in its middle', (_, build) => {
  it('1.3 · ends nothing but itself, and the next one signs in', async () => {
    const app = await testApp({ provider: { postCallback: true } })
    const { calls, handler } = watched(withEsign(ExpressAuth, app.config))
    const url = await serve(build(handler) as unknown as RequestListener)
    for (let i = 0; i < 3; i++) await breakOff(url, '/auth/callback/insuresign', 'code=a&state=')
    await expect.poll(() => calls).toEqual({ begun: 3, ended: 3 })
    await expect.poll(() => app.errors.length).toBe(3)
    expect(app.errors).toMatchObject(Array(3).fill({ code: 'callback_incomplete', vendor: 'insuresign' }))
    expect(app.tokenRequests()).toEqual([])
    const form = 'code=a&state=b'
    const answer = await raw(url, '/auth/callback/insuresign', { method: 'POST', body: form })
    expect(answer.header('location')).toContain('code=state_unknown')
  })
})

describe('1.3 · on a host of web requests, a posted callback that is broken off in its middle', () => {
  it('1.3 · is answered with the sign-in page', async () => {
    const { host } = webApp({}, {}, { postCallback: true })
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('code=a&state='))
        setTimeout(() => controller.error(new Error('aborted')), 10)
      },
    })
    const request = new Request(`${site}/api/auth/callback/insuresign`, {
      method: 'POST',
      body,
      duplex: 'half',
    } as never)
    const answer = await host.handlers.POST(request)
    expect(answer.headers.get('location')).toContain('code=callback_incomplete')
  })
})

/** Requests that begin a login, end one, and do neither. */
const requests = [
  ['a start', { method: 'POST', path: '/auth/signin/insuresign' }],
  ['a callback', { method: 'GET', path: '/auth/callback/insuresign?code=a&state=b' }],
  ['any other request', { method: 'GET', path: '/auth/session' }],
] as const

const failing: readonly (readonly [string, () => NodeHandler])[] = [
  [
    'a config function that rejects',
    () => withEsign(hostOfNode(), (() => Promise.reject(new Error('no config'))) as never),
  ],
  [
    'a config function that throws',
    () =>
      withEsign(hostOfNode(), (() => {
        throw new Error('no config')
      }) as never),
  ],
  ['a config function that returns none', () => withEsign(hostOfNode(), (async () => undefined) as never)],
  [
    'a host that rejects',
    () =>
      withEsign(
        hostOfNode(async () => Promise.reject(new Error('no host'))),
        config() as never,
      ),
  ],
  [
    'a host that throws',
    () =>
      withEsign(
        hostOfNode(() => {
          throw new Error('no host')
        }),
        config() as never,
      ),
  ],
]

const config = () => ({ ...webConfig(createSandbox()), basePath: '/auth' })
function hostOfNode(handler: (...args: unknown[]) => unknown = () => {}) {
  return (_: unknown) => handler as NodeHandler
}

describe.each(failing)('2 · middleware of Node’s kind, and %s', (_, make) => {
  it.each(requests)('2 · hands the failure of %s to `next`', async (_, { method, path }) => {
    const app = express4()
    app.use('/auth', make() as never)
    app.use(((
      error: Error,
      _req: unknown,
      res: { status(n: number): { send(text: string): void } },
      _next: unknown,
    ) => {
      res.status(503).send(`handled: ${error.message}`)
    }) as never)
    const answer = await raw(await serve(app as unknown as RequestListener), path, { method })
    expect([answer.status, answer.text]).toEqual([503, expect.stringContaining('handled: ')])
  })

  it.each(requests)('2 · answers %s with 500 where there is no `next`', async (_, { method, path }) => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const handler = make()
    const answer = await raw(await serve((req, res) => void handler(req, res)), path, { method })
    expect(answer.status).toBe(500)
    expect(answer.text).not.toMatch(/no config|no host/)
  })
})

describe('2 · middleware of Node’s kind that rejects with what is no error', () => {
  it.each([undefined, null, 0, '', 'route', 'router'])('2 · lets no request pass: %j', async (reason) => {
    const app = express4()
    app.use(
      '/auth',
      withEsign(
        hostOfNode(() => Promise.reject(reason)),
        config() as never,
      ) as never,
    )
    app.use((_req, res) => void res.status(200).send('passed'))
    app.use(((error: unknown, _req: unknown, res: { status(n: number): { send(text: string): void } }, _: unknown) => {
      res.status(503).send(error instanceof TypeError ? error.message : 'no error')
    }) as never)
    const answer = await raw(await serve(app as unknown as RequestListener), '/auth/session')
    expect([answer.status, answer.text]).toEqual([503, expect.stringContaining('withEsign: ')])
  })
})

describe('2 · middleware of Node’s kind without `next`', () => {
  it('2 · prints why, as Auth.js would, where a config function fails and so there is no logger', async () => {
    const printed = vi.spyOn(console, 'error').mockImplementation(() => {})
    const handler = withEsign(hostOfNode(), (() => Promise.reject(new Error('no config'))) as never)
    expect((await raw(await serve((req, res) => void handler(req, res)), '/auth/session')).status).toBe(500)
    expect(printed).toHaveBeenCalledWith(expect.stringContaining('[auth][error] Error: no config'))
  })

  it('1.3 · answers the next request after a posted callback that was broken off', async () => {
    const app = await testApp({ provider: { postCallback: true } })
    const { calls, handler } = watched(
      withEsign(
        hostOfNode(async (_, res) => (res as ServerResponse).end()),
        app.config,
      ),
    )
    const url = await serve((req, res) => void (handler as NodeHandler)(req, res))
    await breakOff(url, '/auth/callback/insuresign', 'code=a&state=')
    await expect.poll(() => calls).toEqual({ begun: 1, ended: 1 })
    expect((await raw(url, '/auth/session')).status).toBe(200)
  })

  it('2 · tells the logger why, and ends an answer that had begun', async () => {
    const errors: Error[] = []
    const logger = { error: (error: Error) => errors.push(error) }
    const late = hostOfNode(async (_req, res) => {
      ;(res as { writeHead(status: number): { write(text: string): void } }).writeHead(200).write('half')
      await settled()
      throw new Error('too late')
    })
    const handler = withEsign(late, { ...config(), logger } as never) as NodeHandler
    const url = await serve((req, res) => void handler(req, res))
    await expect(raw(url, '/auth/session').then(({ text }) => text)).resolves.not.toContain('\r\n0\r\n')
    expect(errors).toMatchObject([{ message: 'too late' }])
  })
})

describe('2 · a host of web requests', () => {
  it('2 · whose config function rejects, rejects with the same', async () => {
    const reason = new Error('no config')
    const lazy = (config: unknown) =>
      ({ handlers: { GET: async () => new Response(String(config)) } }) as unknown as WebHost
    const { handlers } = withEsign(lazy, (() => Promise.reject(reason)) as never)
    await expect(handlers.GET(new Request(`${site}/api/auth/session`))).rejects.toBe(reason)
  })
})
