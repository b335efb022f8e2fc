import { existsSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ListeningSandbox } from 'esign-auth/sandbox'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type App, createApp } from './app.ts'

const executablePath = '/usr/bin/chromium'

describe.skipIf(!existsSync(executablePath))('the consent page in Chromium', () => {
  let app: App
  let listening: ListeningSandbox
  let server: Server
  let browser: Browser
  let callback: string

  beforeAll(async () => {
    app = createApp()
    listening = await app.sandbox.listen()
    // The user's app: shows what its callback received.
    server = createServer(async (request, response) => {
      let body = ''
      for await (const part of request) body += part
      response.setHeader('Content-Type', 'text/plain').end(`${request.method} ${request.url} ${body}`)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    callback = `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`
    app.client.redirectUris.push(callback)
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-quic'] })
  })

  afterAll(async () => {
    await browser?.close()
    server?.close()
    await listening?.close()
  })

  async function open(javaScriptEnabled: boolean): Promise<Page> {
    const page = await (await browser.newContext({ javaScriptEnabled })).newPage()
    const { search } = new URL(app.authorizationUrl({ redirect_uri: callback }))
    await page.goto(listening.options('insuresign').endpoints.authorization + search)
    return page
  }

  test('works by mouse and without JavaScript', async () => {
    const page = await open(false)
    await page.getByLabel('Mei Tanaka').check()
    await page.getByRole('button', { name: 'Approve' }).click()
    expect(await page.textContent('body')).toMatch(/^GET \/callback\?code=[\da-f-]{36}&state=s1 $/)
    await page.context().close()
  })

  test('works by keyboard', async () => {
    const page = await open(true)
    await page.keyboard.press('Tab')
    await page.keyboard.press('ArrowDown')
    await expect.poll(() => page.getByLabel('Jonas Lindqvist').isChecked()).toBe(true)
    await page.keyboard.press('Enter')
    await page.waitForURL(`${callback}?code=*`)
    await page.context().close()
  })

  test('denies by its button', async () => {
    const page = await open(true)
    await page.getByRole('button', { name: 'Deny' }).click()
    expect(await page.textContent('body')).toBe('GET /callback?error=access_denied&state=s1 ')
    await page.context().close()
  })

  test('posts the callback by itself where scripts run, and by its button where not', async () => {
    app.fake.switches.callback = 'form_post'
    for (const scripts of [true, false]) {
      const page = await open(scripts)
      await page.getByRole('button', { name: 'Approve' }).click()
      if (!scripts) await page.getByRole('button', { name: 'Continue' }).click()
      await page.waitForURL(callback)
      expect(await page.textContent('body')).toMatch(/^POST \/callback code=[\da-f-]{36}&state=s1$/)
      await page.context().close()
    }
    app.fake.switches.callback = 'query'
  })

  // The pages of the others, which differ in brand and in what they ask for.
  test.each(['dropbox-sign', 'esignglobal'] as const)('signs in at %s, in its own colours', async (vendor) => {
    const { client } = app.sandbox.vendors[vendor]
    client.redirectUris.push(callback)
    const page = await browser.newPage()
    const complaints: string[] = []
    page.on('console', (message) => complaints.push(message.text()))
    const own: Record<string, string> =
      vendor === 'esignglobal'
        ? { clientId: client.clientId, redirectUri: callback, scope: 'signature' }
        : { client_id: client.clientId, redirect_uri: callback }
    const query = new URLSearchParams({ response_type: 'code', state: 's1', ...own })
    await page.goto(`${listening.options(vendor).endpoints.authorization}?${query}`)
    const approve = page.getByRole('button', { name: 'Approve' })
    const colour = await page.evaluate('getComputedStyle(document.querySelector(".main")).backgroundColor')
    expect(colour).toBe(vendor === 'esignglobal' ? 'rgb(11, 107, 93)' : 'rgb(0, 97, 254)')
    expect(complaints).toEqual([])
    await page.getByLabel('Mei Tanaka').check()
    await approve.click()
    expect(await page.textContent('body')).toMatch(/^GET \/callback\?code=[\da-f-]{36}&state=s1 $/)
    await page.close()
  })

  test('complains of nothing in the console and asks for nothing else', async () => {
    const before = app.sandbox.log.length
    const page = await browser.newPage()
    const complaints: string[] = []
    page.on('console', (message) => complaints.push(message.text()))
    await page.goto(listening.options('insuresign').endpoints.authorization + new URL(app.authorizationUrl()).search)
    expect(complaints).toEqual([])
    expect(app.sandbox.log.length - before).toBe(1)
    await page.close()
  })
})
