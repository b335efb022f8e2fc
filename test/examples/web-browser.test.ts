import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Running, startWeb } from '../../examples/web/server.ts'
import { findings, overflows } from './axe.ts'
import { launchChromium, noChromium } from './chromium.ts'

describe.skipIf(noChromium)('the example on node:http in Chromium', () => {
  let running: Running
  let browser: Browser
  let shots: string
  const complaints: string[] = []

  beforeAll(async () => {
    running = await startWeb({})
    shots = await mkdtemp(join(tmpdir(), 'esign-auth-shots-'))
    browser = await launchChromium()
  })
  afterEach(() => {
    // Such as a style or form that the page's own Content-Security-Policy forbids.
    expect(complaints.splice(0)).toEqual([])
  })
  afterAll(async () => {
    await browser?.close()
    await running?.close()
    await rm(shots, { recursive: true, force: true })
  })

  /** A browser of a person's own; each call of what it returns opens a tab. */
  async function person(options: BrowserContextOptions = {}): Promise<() => Promise<Page>> {
    const context = await browser.newContext(options)
    context.setDefaultTimeout(10_000)
    return async () => {
      const page = await context.newPage()
      // The page of a refusal is meant to be one of status 403.
      const isMeant = (text: string) => text.includes('status of 403')
      page.on('console', (message) => {
        if (message.type() === 'error' && !isMeant(message.text())) complaints.push(message.text())
      })
      page.on('pageerror', (error) => complaints.push(String(error)))
      await page.goto(running.url)
      return page
    }
  }

  const signIn = (page: Page) => page.getByRole('link', { name: 'Sign in with Dropbox Sign' }).click()
  const press = (page: Page, name: string) => page.getByRole('button', { name }).click()
  /** Waits until the page shows it. */
  const see = (page: Page, role: 'heading' | 'alert' | 'region', text: string) =>
    page.getByRole(role).filter({ hasText: text }).waitFor()

  it('signs in, shows how many documents are left, and signs out, without JavaScript', async () => {
    const page = await (await person({ javaScriptEnabled: false }))()
    await signIn(page)
    await press(page, 'Approve')
    await see(page, 'heading', 'grace@example.com')
    expect(page.url()).toBe(`${running.url}/`)
    await page.getByRole('link', { name: 'Show my account' }).click()
    await see(page, 'region', '"documents_left": 3')
    await press(page, 'Sign out')
    await see(page, 'heading', 'Sign in')
    expect(await page.context().cookies()).toEqual([])
    // The account is not shown from a cache: it is asked for again, and with it a sign-in.
    await page.goBack()
    await page.getByRole('button', { name: 'Approve' }).waitFor()
  })

  it('says that access was denied, and signs in at the second attempt', async () => {
    const page = await (await person())()
    await signIn(page)
    await press(page, 'Deny')
    await see(page, 'alert', 'Dropbox Sign: access was denied.')
    expect(await page.context().cookies()).toEqual([])
    await signIn(page)
    await press(page, 'Approve')
    await see(page, 'heading', 'grace@example.com')
  })

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
    await first.getByRole('link', { name: 'Show my account' }).click()
    await see(first, 'region', '"email_address": "jonas@example.com"')
  })

  it('going back to the callback signs nobody in twice', async () => {
    const page = await (await person())()
    await signIn(page)
    const callback = page.waitForRequest((request) => request.url().includes('/callback?'))
    await press(page, 'Approve')
    await see(page, 'heading', 'grace@example.com')
    await page.goto((await callback).url())
    await see(page, 'alert', 'Dropbox Sign: no sign-in with this state is pending in this browser.')
    await page.goto(running.url)
    await see(page, 'heading', 'grace@example.com')
  })

  it.each([
    ['phone', { width: 320, height: 640 }],
    ['desktop', { width: 1280, height: 800 }],
  ])('is for everybody and fits a %s, light and dark', async (device, viewport) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await (await person({ viewport, colorScheme }))()
      const isFine = async (where: string) => {
        await page.screenshot({ path: join(shots, `${device}-${colorScheme}-${where}.png`), fullPage: true })
        expect([where, await findings(page), await overflows(page)]).toEqual([where, [], false])
      }
      await isFine('signed-out')
      await signIn(page)
      await press(page, 'Deny')
      await see(page, 'alert', 'denied')
      await isFine('denied')
      await signIn(page)
      await press(page, 'Approve')
      await page.getByRole('link', { name: 'Show my account' }).click()
      await page.getByRole('region').waitFor()
      await isFine('account')
      await page.context().close()
    }
  })
})
