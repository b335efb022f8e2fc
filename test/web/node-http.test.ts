import { METHODS } from 'node:http'
import { requestFrom, sendResponse } from 'esign-auth/web'
import express from 'express'
import { describe, expect, it } from 'vitest'
import { raw, serve } from '../passport/serve.ts'
import { site } from './app.ts'

/** What {@link requestFrom} makes of a request with these very bytes. */
async function seen(target: string, given: Parameters<typeof raw>[2] = {}, origin = site): Promise<Request> {
  let request: Request | undefined
  const url = await serve(async (req, res) => {
    request = requestFrom(req, origin)
    await sendResponse(res, new Response(await request.clone().text()))
  })
  await raw(url, target, given)
  if (!request) throw new Error('no request came')
  return request
}

describe('requestFrom', () => {
  it.each([
    ['/callback?code=x&state=y', `${site}/callback?code=x&state=y`],
    ['//evil.example/x', `${site}/evil.example/x`],
    ['/\\evil.example/x', `${site}//evil.example/x`],
    ['/..//evil.example', `${site}//evil.example`],
    ['http://evil.example/callback?code=x', `${site}/callback?code=x`],
    ['HTTPS://user@evil.example:99/callback', `${site}/callback`],
    ['http://evil.example?x', `${site}/?x`],
    ['/@evil.example', `${site}/@evil.example`],
    ['/:99/x', `${site}/:99/x`],
    ['/a?b=http://elsewhere.example', `${site}/a?b=http://elsewhere.example`],
    ['/?code[]=%5B&x=%E0%A4%A', `${site}/?code[]=%5B&x=%E0%A4%A`],
    ['*', `${site}/*`],
  ])('1.3 · a target of %s stays on the site', async (target, url) => {
    const method = target === '*' ? 'OPTIONS' : 'GET'
    expect((await seen(target, { method, headers: { host: 'evil.example' } })).url).toBe(url)
  })

  it('takes the origin of a longer address', async () => {
    expect((await seen('/x', {}, 'http://127.0.0.1:3000/app/?y')).url).toBe('http://127.0.0.1:3000/x')
  })

  it('carries method, headers, cookies and body', async () => {
    const headers = { cookie: 'a=1; b=2', 'x-twice': 'one, two', 'content-type': 'text/plain' }
    const request = await seen('/x', { method: 'PUT', headers, body: 'of the request' })
    expect(request.method).toBe('PUT')
    for (const [name, value] of Object.entries(headers)) expect(request.headers.get(name)).toBe(value)
    expect(await request.text()).toBe('of the request')
  })

  it('1.2 · no method that a visitor chooses makes it throw', async () => {
    for (const method of METHODS.filter((each) => each !== 'CONNECT')) {
      expect((await seen('/x?y=1', { method })).method).toBe(method)
    }
  })

  it('1.2 · a body that somebody else has read makes it throw neither', async () => {
    const requests: Request[] = []
    const url = await serve(async (req, res) => {
      for await (const _ of req);
      requests.push(requestFrom(req, site))
      res.end()
    })
    await raw(url, '/x', { method: 'POST', body: 'of the request' })
    expect(await requests[0]?.text()).toBe('')
  })

  it('below a mounted router the whole address counts', async () => {
    const app = express()
    app.use('/mounted', (req, res) => sendResponse(res, new Response(requestFrom(req, site).url)))
    expect((await raw(await serve(app), '/mounted/x?y=1')).text).toContain(`${site}/mounted/x?y=1`)
  })
})

describe('sendResponse', () => {
  it('sends status, headers, each cookie on its own, and the body to the byte', async () => {
    const bytes = new Uint8Array([0, 255, 10, 13])
    const url = await serve(async (_req, res) => {
      res.setHeader('set-cookie', 'mine=1')
      res.setHeader('x-mine', 'stays')
      const response = new Response(bytes, { status: 418, headers: { 'x-other': 'a, b' } })
      for (const cookie of ['a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT', 'b=2']) {
        response.headers.append('set-cookie', cookie)
      }
      await sendResponse(res, response)
    })
    const answer = await fetch(url)
    expect([answer.status, answer.headers.get('x-mine'), answer.headers.get('x-other')]).toEqual([418, 'stays', 'a, b'])
    expect(answer.headers.getSetCookie()).toEqual(['mine=1', 'a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT', 'b=2'])
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(bytes)
  })

  it('sends a response without a body, and none to HEAD', async () => {
    const url = await serve(async (req, res) => {
      await sendResponse(res, req.url === '/none' ? new Response(null, { status: 204 }) : new Response('text'))
    })
    expect((await fetch(`${url}/none`)).status).toBe(204)
    const head = await fetch(url, { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
  })
})
