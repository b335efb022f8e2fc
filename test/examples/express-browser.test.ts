import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Demo, startDemo } from '../../examples/express/server.ts'
import { launchChromium, noChromium } from './chromium.ts'

describe.skipIf(noChromium)('the Express example in Chromium', () => {
  let demo: Demo
  let browser: Browser
  let shots: string
  const complaints: string[] = []

  beforeAll(async () => {
    demo = await startDemo({})
    shots = await mkdtemp(join(tmpdir(), 'esign-auth-shots-'))
    browser = await launchChromium()
  })
  afterEach(() => {
    // Such as a style or form that the page's own Content-Security-Policy forbids.
    expect(complaints.splice(0)).toEqual([])
  })
  afterAll(async () => {
    await browser?.close()
    await demo?.close()
    await rm(shots, { recursive: true, force: true })
  })

  /** A browser of a person's own; each call of what it returns opens a tab. */
  async function person(options: BrowserContextOptions = {}): Promise<() => Promise<Page>> {
    const context = await browser.newContext(options)
    context.setDefaultTimeout(10_000)
    return async () => {
      const page = await context.newPage()
      page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
      page.on('pageerror', (error) => complaints.push(String(error)))
      await page.goto(demo.url)
      return page
    }
  }

  const signIn = (page: Page, vendor = 'InsureSign') =>
    page.getByRole('link', { name: `Sign in with ${vendor}` }).click()
  const press = (page: Page, name: string) => page.getByRole('button', { name }).click()
  /** Waits until the page shows it. */
  const see = (page: Page, role: 'heading' | 'alert' | 'status' | 'region', text: string) =>
    page.getByRole(role).filter({ hasText: text }).waitFor()

  it('signs in from two tabs that both began before either finished', async () => {
    const open = await person()
    const [first, second] = [await open(), await open()]
    await signIn(first)
    await signIn(second)
    await second.getByRole('radio', { name: 'Jonas Lindqvist' }).check()
    await press(first, 'Approve')
    await see(first, 'heading', 'grace@example.com')
    await press(second, 'Approve')
    await see(second, 'heading', 'jonas@example.com')
    expect(second.url()).toBe(`${demo.url}/`)
  })

  it('lands on a page that says so when access is denied', async () => {
    const page = await (await person())()
    await signIn(page)
    await press(page, 'Deny')
    await see(page, 'alert', 'InsureSign: access was denied.')
    await see(page, 'heading', 'Sign in')
    await page.reload()
    expect(await page.getByRole('alert').count()).toBe(0)
  })

  it('calls the API, refreshes and signs out, without JavaScript', async () => {
    const page = await (await person({ javaScriptEnabled: false }))()
    await signIn(page)
    await press(page, 'Approve')
    await press(page, 'List my documents')
    await see(page, 'region', '"status": "completed"')
    await press(page, 'Refresh the token')
    await see(page, 'status', 'The access token was refreshed.')
    await press(page, 'Fifty API calls at once')
    await see(page, 'status', '50 answers, 0 refreshes.')
    await press(page, 'Sign out')
    await see(page, 'status', 'You are signed out.')
    await page.goBack()
    await see(page, 'heading', 'Sign in')
  })

  it('disconnects, and signs the other browser out when it next asks for anything', async () => {
    const [here, there] = [await (await person())(), await (await person())()]
    for (const page of [here, there]) {
      await signIn(page)
      await press(page, 'Approve')
      await see(page, 'heading', 'grace@example.com')
    }
    await press(here, 'Disconnect InsureSign')
    await see(here, 'status', 'your tokens are forgotten here')
    await press(there, 'Fifty API calls at once')
    await see(there, 'alert', 'Your access to InsureSign has ended (revoked). Please sign in again.')
    await see(there, 'heading', 'Sign in')
  })

  it.each([
    ['Dropbox Sign', 'jonas@example.com', 'rgb(0, 97, 254)'],
    ['eSignGlobal', 'Your eSignGlobal account', 'rgb(11, 107, 93)'],
  ])('signs in with %s, on a page in its colour', async (vendor, who, colour) => {
    const page = await (await person())()
    await signIn(page, vendor)
    await page.getByRole('radio', { name: 'Jonas Lindqvist' }).check()
    await press(page, 'Approve')
    await see(page, 'heading', who)
    await see(page, 'heading', `Signed in with ${vendor}`)
    await page.waitForLoadState() // with its style sheet
    expect(await page.evaluate('getComputedStyle(document.querySelector(".mark")).backgroundColor')).toBe(colour)
  })

  it('sends nothing to a vendor for a tab that was left open while its user signed in with another', async () => {
    const open = await person()
    const [left, other] = [await open(), await open()]
    await signIn(left)
    await press(left, 'Approve')
    await see(left, 'heading', 'Signed in with InsureSign')
    await signIn(other, 'Dropbox Sign')
    await press(other, 'Approve')
    await see(other, 'heading', 'Signed in with Dropbox Sign')
    const asked = demo.sandbox?.log.length
    await press(left, 'List my documents')
    await see(left, 'heading', 'Signed in with Dropbox Sign')
    expect(demo.sandbox?.log).toHaveLength(Number(asked))
  })

  it.each([
    ['phone', { width: 360, height: 740 }],
    ['desktop', { width: 1280, height: 800 }],
  ])('fits a %s, light and dark', async (device, viewport) => {
    const look = async (colorScheme: 'light' | 'dark') => {
      const page = await (await person({ viewport, colorScheme }))()
      await signIn(page)
      await press(page, 'Approve')
      await press(page, 'List my documents')
      await see(page, 'region', '"documents"')
      await page.waitForLoadState() // with its style sheet
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(viewport.width)
      return page.screenshot({ path: join(shots, `${device}-${colorScheme}.png`), fullPage: true })
    }
    const [light, dark] = [await look('light'), await look('dark')]
    expect(light.equals(dark)).toBe(false)
  })
})
